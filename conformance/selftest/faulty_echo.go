package selftest

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// faultyEchoes send back a value after something has interpreted it: each interpretation in each place that echoes.
func faultyEchoes() []Implementation {
	interpretations := []struct {
		name, text string
		interpret  func(string) string
	}{
		{"url-decoded", "%41 becomes A", unescapedFromURL},
		{"form-decoded", "+ becomes a blank", replaced("+", " ")},
		{"formatted", "%s is a verb of a format, and there is no value for it", pattern(`%s`, "(null)")},
		{"unescaped", `\u0041 becomes A`, unescapedFromJSON},
		{"interpolated-by-ruby", "#{b} is what b stands for, which is nothing", pattern(`#\{[^}]*\}`, "")},
		{"interpolated-by-javascript", "${b} is what b stands for, which is nothing", pattern(`\$\{[^}]*\}`, "")},
		{"rendered", "{{b}} is what b stands for, which is nothing", pattern(`\{\{[^}]*\}\}`, "")},
	}
	places := []struct {
		kind           kind
		status         int
		member, breaks string
	}{
		{created, 201, "name", "created.exact-echo"},
		{invalidPrivacy, 400, "name", "invalid-privacy.name"},
		{invalidPrivacy, 400, "privacy", "invalid-privacy.privacy"},
		{conflict, 409, "name", "conflict.name"},
	}
	var all []Implementation
	for _, place := range places {
		for _, i := range interpretations {
			all = append(all, Implementation{
				Name:    fmt.Sprintf("%s-%s-on-%d", place.member, i.name, place.status),
				Text:    fmt.Sprintf("In the %s of a %d %s.", place.member, place.status, i.text),
				Breaks:  place.breaks,
				deviate: on(place.kind, alter(place.member, i.interpret)),
			})
		}
	}
	return append(all,
		Implementation{"stored-spelling-on-409",
			"Letter case does not matter, and the answer has the name as it is stored.",
			"conflict.name", storedSpelling},
	)
}

func unescapedFromURL(value string) string {
	if decoded, err := url.PathUnescape(value); err == nil {
		return decoded
	}
	return value
}

func unescapedFromJSON(value string) string {
	return regexp.MustCompile(`\\u[0-9A-Fa-f]{4}`).ReplaceAllStringFunc(value, func(escape string) string {
		char, err := strconv.ParseUint(escape[2:], 16, 16)
		if err != nil {
			return escape
		}
		return string(rune(char))
	})
}

func pattern(of, with string) func(string) string {
	found := regexp.MustCompile(of)
	return func(value string) string { return found.ReplaceAllLiteralString(value, with) }
}

// storedSpelling compares without regard to letter case, and tells a conflict by the name that was there first.
func storedSpelling(a *app) {
	comparesBy(strings.ToLower)(a)
	var spellings sync.Map
	right := a.claim
	a.claim = func(q request) kind {
		end := right(q)
		if end == created {
			spellings.Store(strings.ToLower(q.name), q.name)
		}
		return end
	}
	on(conflict, func(q request, answer *answer) {
		if stored, found := spellings.Load(strings.ToLower(q.name)); found {
			set("name", stored)(q, answer)
		}
	})(a)
}
