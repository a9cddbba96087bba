package endpoint

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// forced returns the status that the client asks for with "Prefer: code=409" (RFC 7240) or "?__code=409"; ok is false when it
// asks for none.
func forced(r *http.Request) (status int, ok bool, err error) {
	asked := ""
	if preferences := r.Header["Prefer"]; len(preferences) > 0 {
		asked = preferredCode(preferences)
	}
	if asked == "" && strings.Contains(r.URL.RawQuery, "__code") {
		asked = r.URL.Query().Get("__code")
	}
	if asked == "" {
		return 0, false, nil
	}
	if status, err := strconv.Atoi(asked); err == nil {
		if _, documented := fixtures.AnswerOf(status); documented {
			return status, true, nil
		}
	}
	return 0, false, fmt.Errorf("the answer %q that you prefer is not documented; use 201, 400, 403 or 409", asked)
}

// preferredCode returns the value of the preference "code", or "" when there is none (RFC 7240, section 2).
func preferredCode(preferences []string) string {
	for preference := range strings.SplitSeq(strings.Join(preferences, ","), ",") {
		preference, _, _ = strings.Cut(preference, ";")
		name, value, _ := strings.Cut(preference, "=")
		if strings.EqualFold(strings.TrimSpace(name), "code") {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// force is the documented answer with this status, whatever the request, without touching the state.
func (r request) force(status int) Answer {
	var answer Answer
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

func (r request) badForce(err error) Answer {
	return r.answer(http.StatusBadRequest, RuleBadForce, err.Error(), object("code", "400", "description", err.Error()))
}
