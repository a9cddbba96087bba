package selftest

import (
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// faultyMembers send well-formed objects with the wrong members or the wrong values.
func faultyMembers() []Implementation {
	return slices.Concat(everyMember(), []Implementation{
		{"created-has-id", "The answer is the whole database row.", "created.body",
			on(created, add("id", "42"))},
		{"created-has-code", "All answers have a code, so this one has too.", "created.body",
			on(created, add("code", "201"))},
		{"created-has-description", "The page's summary is sent along.", "created.body",
			on(created, add("description", "User account was successfully created."))},
		{"created-has-empty-member", "A template leaves a member without a name.", "created.body",
			on(created, add("", ""))},
		{"created-is-empty-object", "The answer is {} and its client may ask again.", "created.body",
			on(created, members())},
		{"created-in-data", "Laravel's resources wrap everything in data.", "created.body",
			on(created, wrapped("data"))},
		{"created-in-user", "Rails' serializer has a root element.", "created.body",
			on(created, wrapped("user"))},
		{"created-privacy-omitted-by-default", "Go's omitempty leaves out the default setting.", "created.body",
			on(created, unlessAsked("Private", drop("privacy")))},
		{"created-name-as-list", "Node's rawHeaders and Java's Map<String, List<String>> hold lists.", "created.body",
			on(created, alter("name", func(name string) any { return []string{name} }))},
		{"created-privacy-as-enum", "The setting is sent as the number of its enum constant.", "created.body",
			on(created, alter("privacy",
				func(privacy string) any { return map[string]int{"Public": 0, "Private": 1}[privacy] }))},
		{"created-privacy-as-boolean", "The column is is_public, and so is the value.", "created.body",
			on(created, alter("privacy", func(privacy string) any { return privacy == "Public" }))},
		{"created-privacy-as-object", "The setting is a row of its own.", "created.body",
			on(created, alter("privacy", func(privacy string) any { return map[string]string{"name": privacy} }))},
		{"all-four-members-always", "A Java class with all members is written by Jackson, nulls included.",
			"created.body", on(everything, func(_ request, a *answer) {
				for _, name := range []string{"name", "privacy", "code", "description"} {
					if !slices.ContainsFunc(a.members, func(m member) bool { return m.name == name }) {
						a.members = append(a.members, member{name, nil})
					}
				}
			})},
		{"created-swapped", "The arguments of the constructor are in the wrong order.", "created.name",
			on(created, swap("name", "privacy"))},
		{"created-name-as-on-the-page", "The example is sent as it stands: name is Username.", "created.name",
			on(created, set("name", "Username"))},
		{"created-name-is-id", "The name of the resource is its id.", "created.name",
			on(created, set("name", "5f0c6a1e-7e0d-4f2c-9a3b-0d1c2b3a4f5e"))},
		{"created-name-empty", "The name is cleared before the answer is written.", "created.name",
			on(created, set("name", ""))},
		{"created-name-quoted", "The name is encoded twice and holds its own quotes.", "created.name",
			on(created, alter("name", strconv.Quote))},
		{"created-name-with-newline", "The name is read from a line and keeps its end.", "created.name",
			on(created, alter("name", func(name string) any { return name + "\n" }))},
		{"created-privacy-as-on-the-page", "The example is sent as it stands: privacy is Privacy setting.",
			"created.privacy", on(created, set("privacy", "Privacy setting"))},
		{"created-privacy-always-public", "The answer states the default, whatever was asked.", "created.privacy",
			on(created, set("privacy", "Public"))},
		{"created-privacy-lower-case", "The setting is kept in lower case, and so it is sent.", "created.privacy",
			on(created, alter("privacy", strings.ToLower))},
		{"created-privacy-upper-case", "The setting is sent as the name of a Java constant.", "created.privacy",
			on(created, alter("privacy", strings.ToUpper))},
		{"private-in-lower-case", "Only one of the constants is spelt with a small letter.", "created.privacy",
			on(created, unlessAsked("Public", set("privacy", "private")))},

		{"default-is-private", "Privacy by default.", "created.default-privacy",
			onDefault(set("privacy", "Private"))},
		{"default-is-null", "Nothing asked, nothing stated.", "created.default-privacy",
			onDefault(set("privacy", nil))},
		{"default-is-empty", "The missing header is read as the empty text and sent so.", "created.default-privacy",
			onDefault(set("privacy", ""))},
		{"default-is-undefined", "JavaScript puts undefined into a template string.", "created.default-privacy",
			onDefault(set("privacy", "undefined"))},
		{"default-in-lower-case", "The default constant is spelt public.", "created.default-privacy",
			onDefault(set("privacy", "public"))},
		{"default-is-default", "The setting's name is kept as Default until someone asks.", "created.default-privacy",
			onDefault(set("privacy", "Default"))},
		{"default-left-out", "The setting is sent only to those who asked for it.", "created.default-privacy",
			onDefault(drop("privacy"))},
		{"privacy-required", "Without Privacy the request is invalid.", "created.default-privacy",
			refusesWhen(invalidPrivacy, func(q request) bool { return !q.asked })},
		{"explicit-public-refused", "Only settings other than the default are known.", "created.explicit-default",
			refusesWhen(invalidPrivacy, asksForPublic)},
		{"explicit-public-left-out", "An explicit default is dropped as redundant.", "created.explicit-default",
			onExplicitPublic(drop("privacy"))},
		{"explicit-public-in-lower-case", "What was asked for takes another path, which lowers it.",
			"created.explicit-default", onExplicitPublic(set("privacy", "public"))},
		{"explicit-public-200", "Only the path of the default sets the status.", "created.explicit-default",
			onExplicitPublic(status(200))},

		{"invalid-privacy-echoes-public", "The invalid setting is replaced, then echoed.", "invalid-privacy.privacy",
			on(invalidPrivacy, set("privacy", "Public"))},
		{"invalid-privacy-echo-empty", "The invalid setting is cleared.", "invalid-privacy.privacy",
			on(invalidPrivacy, set("privacy", ""))},
		{"invalid-privacy-echo-lower-case", "The setting is compared in lower case and echoed so.",
			"invalid-privacy.privacy",
			on(invalidPrivacy, alter("privacy", strings.ToLower))},
		{"invalid-privacy-echo-capitalised", "The setting is capitalised before it is compared.",
			"invalid-privacy.privacy", on(invalidPrivacy, alter("privacy", capitalised))},
		{"invalid-privacy-echo-escaped", "The setting is escaped for HTML.", "invalid-privacy.privacy",
			on(invalidPrivacy, alter("privacy", html.EscapeString))},
		{"invalid-privacy-echo-cut", "The setting is echoed from a column of 20 characters.", "invalid-privacy.privacy",
			on(invalidPrivacy, alter("privacy", cutAt(20)))},
		{"invalid-privacy-as-on-the-page", "The example is sent as it stands.", "invalid-privacy.name",
			on(invalidPrivacy, set("name", "Username"), set("privacy", "Privacy setting"))},
		{"invalid-privacy-name-empty", "The name is not read before the setting is refused.", "invalid-privacy.name",
			on(invalidPrivacy, set("name", ""))},
		{"invalid-privacy-swapped", "name and privacy are swapped.", "invalid-privacy.name",
			on(invalidPrivacy, swap("name", "privacy"))},
		{"invalid-privacy-code-and-description-swapped", "code and description are swapped.", "invalid-privacy.code",
			on(invalidPrivacy, swap("code", "description"))},
		{"invalid-privacy-code-is-a-number", "The code is a number, as status codes are.", "invalid-privacy.code",
			on(invalidPrivacy, set("code", 400))},
		{"invalid-privacy-code-is-a-float", "PHP and Lua know one kind of number: 400.0.", "invalid-privacy.code",
			on(invalidPrivacy, set("code", json.RawMessage("400.0")))},
		{"invalid-privacy-code-in-words", "The code is an error constant: INVALID_PRIVACY.", "invalid-privacy.code",
			on(invalidPrivacy, set("code", "INVALID_PRIVACY"))},
		{"invalid-privacy-code-with-reason", "The code is the status line: 400 Bad Request.", "invalid-privacy.code",
			on(invalidPrivacy, set("code", "400 Bad Request"))},
		{"invalid-privacy-code-422", "The status was corrected and the code forgotten.", "invalid-privacy.code",
			on(invalidPrivacy, set("code", "422"))},
		{"invalid-privacy-description-of-status", "The description is the status text.", "invalid-privacy.description",
			on(invalidPrivacy, set("description", "Bad Request"))},
		{"invalid-privacy-description-of-page", "The description is the page's heading.", "invalid-privacy.description",
			on(invalidPrivacy, set("description", "Syntax was not valid"))},
		{"invalid-privacy-description-with-full-stop", "The description ends in a full stop.",
			"invalid-privacy.description", on(invalidPrivacy, set("description", "Privacy was invalid."))},
		{"invalid-privacy-description-lower-case", "The description begins with a small letter.",
			"invalid-privacy.description", on(invalidPrivacy, set("description", "privacy was invalid"))},
		{"invalid-privacy-description-explains", "The description names the value.", "invalid-privacy.description",
			on(invalidPrivacy, set("description", "Privacy was invalid: must be Public or Private"))},
		{"invalid-privacy-description-as-list", "Django's errors are lists.", "invalid-privacy.body",
			on(invalidPrivacy, set("description", []string{"Privacy was invalid"}))},
		{"invalid-privacy-has-errors", "The validator's error list is sent along.", "invalid-privacy.body",
			on(invalidPrivacy, add("errors", []string{"Privacy"}))},
		{"invalid-privacy-has-timestamp", "Spring adds timestamp and path.", "invalid-privacy.body",
			on(invalidPrivacy, add("timestamp", "2024-01-01T00:00:00Z"), add("path", "/users/"))},
		{"invalid-privacy-like-409", "All refusals have name and code only.", "invalid-privacy.body",
			on(invalidPrivacy, drop("privacy"), drop("description"))},
		{"invalid-privacy-in-error", "The error is an object inside the answer.", "invalid-privacy.body",
			on(invalidPrivacy, wrapped("error"))},
		{"invalid-privacy-as-problem", "RFC 9457 problem details replace the documented members.",
			"invalid-privacy.body",
			on(invalidPrivacy, members("type", "about:blank", "title", "Bad Request", "status", 400))},

		{"missing-username-code-is-a-number", "The code is a number.", "missing-username.code",
			on(missingUsername, set("code", 400))},
		{"missing-username-without-code", "Only the description is sent.", "missing-username.code",
			on(missingUsername, drop("code"))},
		{"missing-username-code-in-words", "The code is an error constant.", "missing-username.code",
			on(missingUsername, set("code", "MISSING_USERNAME"))},
		{"missing-username-code-null", "The code is set for known errors only.", "missing-username.code",
			on(missingUsername, set("code", nil))},
		{"missing-username-detail", "FastAPI's validation answer is moved to 400 and keeps its shape.",
			"missing-username.code",
			on(missingUsername, members("detail", []map[string]string{{"msg": "field required"}}))},
		{"empty-username-code-is-a-number", "The code is a number.", "empty-username.code",
			on(emptyUsername, set("code", 400))},
		{"empty-username-without-code", "Only the description is sent.", "empty-username.code",
			on(emptyUsername, drop("code"))},
		{"empty-username-code-422", "The code is that of the validator.", "empty-username.code",
			on(emptyUsername, set("code", "422"))},

		{"blocked-has-name", "The answer says whom it refuses.", "blocked.body",
			on(blocked, func(q request, a *answer) { add("name", q.name)(q, a) })},
		{"blocked-has-ip", "The answer says which address it refuses.", "blocked.body",
			on(blocked, add("ip", blockedCaller))},
		{"blocked-says-message", "AWS API Gateway answers {\"message\":\"Forbidden\"} by itself.", "blocked.body",
			on(blocked, members("message", "Forbidden"))},
		{"blocked-says-detail", "Django REST framework answers with detail.", "blocked.body",
			on(blocked, rename("description", "detail"))},
		{"blocked-is-empty-object", "The filter refuses with {}.", "blocked.body",
			on(blocked, members())},
		{"blocked-code-is-a-number", "The code is a number.", "blocked.code",
			on(blocked, set("code", 403))},
		{"blocked-code-in-words", "The code is an error constant.", "blocked.code",
			on(blocked, set("code", "IP_BLOCKED"))},
		{"blocked-code-401", "The status was corrected and the code forgotten.", "blocked.code",
			on(blocked, set("code", "401"))},
		{"blocked-swapped", "code and description are swapped.", "blocked.code",
			on(blocked, swap("code", "description"))},
		{"blocked-description-without-full-stop", "The full stop is missing, as in the other descriptions.",
			"blocked.description", on(blocked, set("description", "Your IP address was blocked"))},
		{"blocked-description-names-address", "The description names the address.", "blocked.description",
			on(blocked, set("description", "Your IP address 192.0.2.1 was blocked."))},
		{"blocked-description-of-page", "The description is the page's heading.", "blocked.description",
			on(blocked, set("description", "You are not allowed to perform this action at this time."))},
		{"blocked-description-of-status", "The description is the status text.", "blocked.description",
			on(blocked, set("description", "Forbidden"))},
		{"blocked-description-lower-case", "Ip is spelt in lower case.", "blocked.description",
			on(blocked, set("description", "Your ip address was blocked."))},
		{"blocked-description-no-break-space", "The text was pasted from a page, with a no-break space.",
			"blocked.description", on(blocked, set("description", "Your IP\u00a0address was blocked."))},

		{"conflict-has-privacy", "The answer to a conflict echoes the setting too.", "conflict.body",
			on(conflict, func(q request, a *answer) { add("privacy", q.privacy)(q, a) })},
		{"conflict-has-description", "All refusals have a description, so this one has too.", "conflict.body",
			on(conflict, add("description", "Name already in use."))},
		{"conflict-has-suggestions", "The answer suggests free names.", "conflict.body",
			on(conflict, add("suggestions", []string{"alice1"}))},
		{"conflict-says-error", "The answer is {\"error\":\"…\"} as in most tutorials.", "conflict.body",
			on(conflict, members("error", "Name already in use."))},
		{"conflict-name-is-object", "The answer shows the account that has the name.", "conflict.body",
			on(conflict, alter("name", func(name string) any { return map[string]string{"name": name} }))},
		{"conflict-code-is-a-number", "The code is a number, as a JavaScript literal has it.", "conflict.code",
			on(conflict, set("code", 409))},
		{"conflict-code-true", "The code says that there is a conflict.", "conflict.code",
			on(conflict, set("code", true))},
		{"conflict-code-as-list", "A validator may find several codes.", "conflict.code",
			on(conflict, set("code", []string{"409"}))},
		{"conflict-code-400", "The code was copied from the 400.", "conflict.code",
			on(conflict, set("code", "400"))},
		{"conflict-code-of-database", "The code is the database's: 23505, unique violation.", "conflict.code",
			on(conflict, set("code", "23505"))},
		{"conflict-code-padded", "A CHAR(4) column pads the code.", "conflict.code",
			on(conflict, set("code", "409 "))},
		{"conflict-swapped", "name and code are swapped.", "conflict.name",
			on(conflict, swap("name", "code"))},
		{"conflict-name-as-on-the-page", "The example is sent as it stands.", "conflict.name",
			on(conflict, set("name", "Username"))},
		{"conflict-name-empty", "The name that could not be had is cleared.", "conflict.name",
			on(conflict, set("name", ""))},
		{"conflict-name-lower-case", "The name is echoed from the index, which is in lower case.", "conflict.name",
			on(conflict, alter("name", strings.ToLower))},
		{"conflict-name-truncated", "The name is echoed from the index, which holds ten characters.", "conflict.name",
			on(conflict, alter("name", cutAt(10)))},
	})
}

// everyMember has, for every member of every documented body, the mistakes that anybody makes anywhere.
func everyMember() []Implementation {
	section := map[int]string{201: "created", 400: "invalid-privacy", 403: "blocked", 409: "conflict"}
	kinds := map[int]kind{201: created, 400: invalidPrivacy, 403: blocked, 409: conflict}
	var found []Implementation
	for _, answer := range fixtures.Answers() {
		for _, member := range answer.Members {
			name, answers, inBody := member.Name, kinds[answer.Status], section[answer.Status]
			add := func(mistake, text, breaks string, edit edit) {
				found = append(found, Implementation{
					fmt.Sprintf("%d-%s-%s", answer.Status, name, mistake), text, inBody + "." + breaks,
					on(answers, edit)})
			}
			add("left-out", fmt.Sprintf("The %d has no member %s.", answer.Status, name), "body", drop(name))
			add("null", fmt.Sprintf("The member %s of the %d is null.", name, answer.Status), "body", set(name, nil))
			add("capitalised", fmt.Sprintf("A C# serializer calls the member %s.", capitalised(name)),
				"body", rename(name, capitalised(name)))
			add("padded",
				fmt.Sprintf("A fixed-width column pads the value of %s in the %d with a space.", name, answer.Status),
				name, alter(name, func(right string) any { return right + " " }))
		}
	}
	return found
}

// swap exchanges the values of two members.
func swap(one, other string) edit {
	return func(_ request, a *answer) {
		index := func(name string) int {
			return slices.IndexFunc(a.members, func(m member) bool { return m.name == name })
		}
		i, j := index(one), index(other)
		a.members[i].value, a.members[j].value = a.members[j].value, a.members[i].value
	}
}

// wrapped sends the right object as the only member of another.
func wrapped(name string) edit {
	return func(_ request, a *answer) {
		a.members = []member{{name, json.RawMessage(encodeCompact(a.members))}}
	}
}

func onDefault(edit edit) deviation {
	return on(created, when(func(q request) bool { return !q.asked }, edit))
}

func onExplicitPublic(edit edit) deviation { return on(created, when(asksForPublic, edit)) }

func asksForPublic(q request) bool { return q.asked && q.privacy == "Public" }

func capitalised(text string) string {
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):]
}
