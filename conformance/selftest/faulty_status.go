package selftest

import (
	"net/http"
	"slices"
	"strings"
)

// faultyStatuses answer with the right body under another status, or decide wrongly which answer is due.
func faultyStatuses() []Implementation {
	return []Implementation{
		{"created-200", "Express and Flask send 200 unless they are told otherwise.", "created.status",
			on(created, status(http.StatusOK))},
		{"created-202", "The account is queued, and the answer says Accepted.", "created.status",
			on(created, status(http.StatusAccepted))},
		{"created-204", "The answer is No Content, and so has none.", "created.status",
			on(created, status(http.StatusNoContent), page("application/json", ""))},
		{"created-200-for-private", "Only the branch for the default setting sets the status.", "created.status",
			on(created, unlessAsked("Public", status(http.StatusOK)))},

		{"invalid-privacy-422", "Laravel, Rails and FastAPI validate with 422.", "invalid-privacy.status",
			on(invalidPrivacy, status(http.StatusUnprocessableEntity))},
		{"invalid-privacy-200", "The error is in the body, and the status says OK.", "invalid-privacy.status",
			on(invalidPrivacy, status(http.StatusOK))},
		{"invalid-privacy-409", "Every refusal is a conflict.", "invalid-privacy.status",
			on(invalidPrivacy, status(http.StatusConflict))},
		{"invalid-privacy-500", "Java's Enum.valueOf throws, and nobody catches it.", "invalid-privacy.status",
			ends(invalidPrivacy, crashed)},
		{"any-privacy-accepted", "The setting is a column of text, and nobody checks it.", "invalid-privacy.status",
			ends(invalidPrivacy, 0)},
		{"unknown-privacy-means-public", "A switch over the settings falls to its default.", "invalid-privacy.status",
			all(ends(invalidPrivacy, 0), on(created, unlessAsked("Private", set("privacy", "Public"))))},

		{"privacy-is-searched-for-a-setting", "privacy.includes('Public') is true of more than Public.",
			"invalid-privacy.status",
			accepts(func(privacy string) bool { return strings.Contains(privacy, "Public") })},
		{"privacy-begins-like-a-setting", "A pattern that is not anchored at its end, as in ^Public.",
			"invalid-privacy.status",
			accepts(func(privacy string) bool { return strings.HasPrefix(privacy, "Public") })},
		{"privacy-is-searched-in-settings", "'Public,Private'.includes(privacy) is true of parts, too.",
			"invalid-privacy.status",
			accepts(func(privacy string) bool { return strings.Contains("Public,Private", privacy) })},
		{"privacy-is-looked-up-in-object", "Every JavaScript object has a member constructor.",
			"invalid-privacy.status", accepts(func(privacy string) bool { return privacy == "constructor" })},
		{"privacy-with-quote-400-is-spoilt", "The invalid setting is put into the JSON as it is.",
			"invalid-privacy.well-formed", on(invalidPrivacy, encodeWith(encodeUnescaped))},
		{"privacy-too-long-500", "The refused setting is logged into a column of 32 characters.",
			"answer.no-server-error", func(a *app) {
				a.checks = slices.Insert(a.checks, 0, func(q request) kind {
					if len(q.privacy) > 32 {
						return crashed
					}
					return 0
				})
			}},

		{"missing-username-500", "Python raises KeyError: 'Username'.", "missing-username.status",
			ends(missingUsername, crashed)},
		{"missing-username-422", "FastAPI's required header is answered with 422.", "missing-username.status",
			on(missingUsername, status(http.StatusUnprocessableEntity))},
		{"missing-username-401", "A filter takes the missing name for a missing login.", "missing-username.status",
			on(missingUsername, status(http.StatusUnauthorized))},
		{"missing-username-404", "The lookup of nobody finds nobody.", "missing-username.status",
			on(missingUsername, status(http.StatusNotFound))},
		{"missing-username-403", "A gateway refuses what lacks a required header.", "missing-username.status",
			on(missingUsername, status(http.StatusForbidden))},
		{"missing-username-becomes-undefined", "JavaScript makes an account called undefined.",
			"missing-username.status", reads(func(_ *http.Request, q *request) {
				if !q.named {
					q.named, q.name = true, "undefined"
				}
			})},
		{"empty-username-created", "Only null is checked, and the empty string is a name.", "empty-username.status",
			ends(emptyUsername, 0)},
		{"empty-username-422", "A validator's minimum length answers 422.", "empty-username.status",
			on(emptyUsername, status(http.StatusUnprocessableEntity))},
		{"empty-username-500", "name[0] of an empty name is out of range.", "empty-username.status",
			ends(emptyUsername, crashed)},
		{"empty-username-409", "Somebody once registered the empty name.", "empty-username.status",
			ends(emptyUsername, conflict)},

		{"blocked-401", "The address filter says Unauthorized where it means Forbidden.", "blocked.status",
			on(blocked, status(http.StatusUnauthorized))},
		{"blocked-404", "Blocked callers are to think that nothing is here.", "blocked.status",
			on(blocked, status(http.StatusNotFound))},
		{"blocked-429", "A rate limiter does the blocking.", "blocked.status",
			on(blocked, status(http.StatusTooManyRequests))},
		{"blocked-451", "Blocking is taken for a legal matter.", "blocked.status",
			on(blocked, status(http.StatusUnavailableForLegalReasons))},
		{"blocked-200", "The refusal is in the body, and the status says OK.", "blocked.status",
			on(blocked, status(http.StatusOK))},
		{"blocked-400", "One handler answers every refusal with 400.", "blocked.status",
			on(blocked, status(http.StatusBadRequest))},
		{"blocks-nobody", "The list is compared with the address of the load balancer, so nobody is ever blocked.",
			"blocked.status", ends(blocked, 0)},

		{"blocks-default-privacy-only", "The address filter sits in one of two paths.", "blocked.status",
			letsThrough(addressCheck, func(q request) bool { return q.asked })},

		{"conflict-400", "A validator's rule unique answers 400 like every other rule.", "conflict.status",
			on(conflict, status(http.StatusBadRequest))},
		{"conflict-422", "Rails validates uniqueness with 422.", "conflict.status",
			on(conflict, status(http.StatusUnprocessableEntity))},
		{"conflict-403", "Taking another's name is taken for forbidden.", "conflict.status",
			on(conflict, status(http.StatusForbidden))},
		{"conflict-412", "An upsert with If-None-Match semantics answers Precondition Failed.", "conflict.status",
			on(conflict, status(http.StatusPreconditionFailed))},
		{"conflict-200", "Creating twice is idempotent, with the conflict in the body.", "conflict.status",
			on(conflict, status(http.StatusOK))},
		{"conflict-201", "INSERT … ON CONFLICT DO UPDATE never conflicts.", "conflict.status",
			ends(conflict, created)},
		{"conflict-500", "The violated unique index is an exception that nobody catches.", "conflict.status",
			ends(conflict, crashed)},
	}
}

// ends makes a request end in another way; 0 lets the next check decide.
func ends(from, to kind) deviation {
	return func(a *app) {
		turn := func(decide func(request) kind) func(request) kind {
			return func(q request) kind {
				end := decide(q)
				if end == from {
					return to
				}
				return end
			}
		}
		for i := range a.checks {
			a.checks[i] = turn(a.checks[i])
		}
		a.claim = turn(a.claim)
	}
}

// accepts knows further settings.
func accepts(known func(privacy string) bool) deviation {
	return letsThrough(privacyCheck, func(q request) bool { return known(q.privacy) })
}
