package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Rule names why a request got its answer. The journal shows it.
type Rule string

// The rules.
const (
	RuleCreated         Rule = "created"
	RuleInvalidPrivacy  Rule = "invalid-privacy"
	RuleInvalidUsername Rule = "invalid-username"
	RuleBlocked         Rule = "blocked"
	RuleConflict        Rule = "conflict"
	// RuleForced answers were asked for with Prefer or __code, or by the control API.
	RuleForced Rule = "forced"
	// RuleBadForce answers refuse a Prefer or __code that names no documented answer.
	RuleBadForce    Rule = "bad-force"
	RuleOtherPath   Rule = "other-path"
	RuleOtherMethod Rule = "other-method"
	// RuleFull answers say that the bound on accounts is reached.
	RuleFull Rule = "full"
)

// Answer is what a request is answered with. Deciding it and writing it are separate, so that whatever wraps the endpoint
// (faults, the journal) needs no part in either.
type Answer struct {
	Status int
	// Body is one JSON object, its members in the page's order.
	Body []byte
	// Header holds headers beyond Content-Type; nil mostly.
	Header http.Header
	Rule   Rule
	// Detail says more than Rule, such as which blocked entry matched; empty when there is no more to say.
	Detail string
	// Name and Privacy are what was read from the request.
	Name, Privacy string
	// Caller is the address the request was judged by; the zero Addr when it is not known.
	Caller netip.Addr
}

// contentType is shared by all answers; nobody may change it.
var contentType = []string{"application/json"}

// Write sends the answer.
func (a Answer) Write(w http.ResponseWriter) {
	header := w.Header()
	for name, values := range a.Header {
		header[name] = values
	}
	header["Content-Type"] = contentType
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a client that went away is no error of the server
}

func (r request) answer(status int, rule Rule, detail string, body []byte) Answer {
	return Answer{Status: status, Body: body, Rule: rule, Detail: detail, Name: r.name, Privacy: r.privacy, Caller: r.caller}
}

// created is the documented 201.
func (r request) created() Answer {
	return r.answer(http.StatusCreated, RuleCreated, "", object("name", r.name, "privacy", r.privacy))
}

// invalidPrivacy is the documented 400.
func (r request) invalidPrivacy() Answer {
	return r.answer(http.StatusBadRequest, RuleInvalidPrivacy, r.privacyProblem,
		object("name", r.name, "privacy", r.privacy, "code", "400", "description", "Privacy was invalid"))
}

// invalidUsername is a 400 of which the page says only the status (clauses missing-username.body, empty-username.body).
func (r request) invalidUsername(rules *rules) Answer {
	all := []string{"name", r.name, "privacy", r.privacy, "code", "400", "description", rules.usernameDescription}
	var members []string
	for i := 0; i < len(all); i += 2 {
		if slices.Contains(rules.usernameMembers, all[i]) {
			members = append(members, all[i], all[i+1])
		}
	}
	return r.answer(http.StatusBadRequest, RuleInvalidUsername, r.usernameProblem, object(members...))
}

// blocked is the documented 403.
func (r request) blocked(entry netip.Prefix) Answer {
	return r.answer(http.StatusForbidden, RuleBlocked, "the blocked entry "+entryString(entry),
		object("description", "Your IP address was blocked.", "code", "403"))
}

// conflict is the documented 409.
func (r request) conflict() Answer {
	return r.answer(http.StatusConflict, RuleConflict, "", object("name", r.name, "code", "409"))
}

// full is no answer of the page: it says that this server's bound is reached, which a test must not mistake for a refusal.
func (r request) full() Answer {
	return r.answer(http.StatusInsufficientStorage, RuleFull, "", object("name", r.name, "code", "507",
		"description", "The mock server holds as many accounts as --max-accounts allows; reset it or raise the bound."))
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

func (s *Server) notFound(r *http.Request) Answer {
	return Answer{Status: http.StatusNotFound, Rule: RuleOtherPath, Caller: s.caller(r), Body: object("code", "404",
		"description", fmt.Sprintf("There is nothing at %s; accounts are created with POST %s", r.URL.Path, s.rightURL(r)))}
}

func (s *Server) methodNotAllowed(r *http.Request) Answer {
	return Answer{Status: http.StatusMethodNotAllowed, Rule: RuleOtherMethod, Caller: s.caller(r),
		Header: http.Header{"Allow": {http.MethodPost}}, Body: object("code", "405",
			"description", fmt.Sprintf("%s is not allowed here; accounts are created with POST %s", r.Method, s.rightURL(r)))}
}

func (s *Server) redirect(r *http.Request) Answer {
	return Answer{Status: http.StatusPermanentRedirect, Rule: RuleOtherPath, Caller: s.caller(r),
		Header: http.Header{"Location": {s.usersPath}}, Body: object("code", "308",
			"description", "Accounts are created with POST "+s.rightURL(r))}
}

func (s *Server) rightURL(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + s.usersPath
}

// object is a JSON object of string members: names and values by turns. Values that are not UTF-8 do not reach it.
func object(members ...string) []byte {
	size := 2
	for _, text := range members {
		size += len(text) + 4
	}
	body := append(make([]byte, 0, size), '{')
	for i, text := range members {
		switch {
		case i%2 == 1:
			body = append(body, ':')
		case i > 0:
			body = append(body, ',')
		}
		body, _ = jsontext.AppendQuote(body, text)
	}
	return append(body, '}')
}

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
