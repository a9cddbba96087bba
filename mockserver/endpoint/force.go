package endpoint

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// forced returns the status that the client asks for with "Prefer: code=409" (RFC 7240) or "?__code=409", and 0 when it
// asks for none.
func forced(r *http.Request) (status int, err error) {
	asked := ""
	if preferences := r.Header["Prefer"]; len(preferences) > 0 {
		asked = preferredCode(preferences)
	}
	if asked == "" && strings.Contains(r.URL.RawQuery, "__code") {
		asked = r.URL.Query().Get("__code")
	}
	if asked == "" {
		return 0, nil
	}
	status, _ = strconv.Atoi(asked) // what is no number is no documented status either
	if _, documented := fixtures.AnswerOf(status); documented {
		return status, nil
	}
	return 0, fmt.Errorf("the answer %s that you prefer is not documented; use 201, 400, 403 or 409",
		untrusted.Quote(asked))
}

// preferredCode returns the value of the preference "code", or "" when there is none (RFC 7240, section 2).
func preferredCode(preferences []string) string {
	for _, preference := range splitQuoted(strings.Join(preferences, ","), ',') {
		preference = splitQuoted(preference, ';')[0] // without its parameters
		name, value, _ := strings.Cut(preference, "=")
		if strings.EqualFold(strings.TrimSpace(name), "code") {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// splitQuoted splits a header's value where the separator stands outside of quoted strings (RFC 9110, section 5.6.4).
func splitQuoted(value string, separator byte) (parts []string) {
	quoted, start := false, 0
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++ // whatever comes next stands for itself
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			parts = append(parts, value[start:i])
			start = i + 1
		}
	}
	return append(parts, value[start:])
}

// force is the documented answer with this status, whatever the request, without touching the state.
func (r *request) force(status int) Exchange {
	var answer Exchange
	switch status {
	case http.StatusCreated:
		answer = r.created()
	case http.StatusBadRequest:
		answer = r.invalidPrivacy()
	case http.StatusForbidden:
		answer = r.blocked(netip.Prefix{})
	default:
		answer = r.conflict()
	}
	answer.Rule, answer.Detail = RuleForced, ""
	answer.Header = http.Header{"Preference-Applied": {fmt.Sprintf("code=%d", status)}}
	return answer
}

func (r *request) badForce(err error) Exchange {
	return r.answered(http.StatusBadRequest, RuleBadForce, err.Error(),
		object("code", "400", "description", err.Error()))
}
