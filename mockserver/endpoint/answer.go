package endpoint

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"
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

// answer is one to this request.
func (r request) answer(status int, rule Rule, detail string, body []byte) Answer {
	return Answer{Status: status, Body: body, Rule: rule, Detail: detail, Name: r.name, Privacy: r.privacy, Caller: r.caller}
}

// full is no answer of the page: it says that this server's bound is reached, which a test must not mistake for a refusal.
func (r request) full() Answer {
	return r.answer(http.StatusInsufficientStorage, RuleFull, "", object("name", r.name, "code", "507",
		"description", "The mock server holds as many accounts as --max-accounts allows; reset it or raise the bound."))
}

// NotFound is the answer to a request for something that does not exist.
func NotFound(description string) Answer {
	return Answer{Status: http.StatusNotFound, Rule: RuleOtherPath, Body: object("code", "404", "description", description)}
}

func (s *Server) notFound(r *http.Request) Answer {
	answer := NotFound(fmt.Sprintf("There is nothing at %s; accounts are created with POST %s", r.URL.Path, s.rightURL(r)))
	answer.Caller = s.caller(r)
	return answer
}

func (s *Server) methodNotAllowed(r *http.Request) Answer {
	return Answer{Status: http.StatusMethodNotAllowed, Rule: RuleOtherMethod, Caller: s.caller(r),
		Header: http.Header{"Allow": {http.MethodPost}}, Body: object("code", "405",
			"description", fmt.Sprintf("%s is not allowed here; accounts are created with POST %s", r.Method, s.rightURL(r)))}
}

func (s *Server) redirect(r *http.Request) Answer {
	return Answer{Status: http.StatusPermanentRedirect, Rule: RuleOtherPath, Caller: s.caller(r),
		Header: http.Header{"Location": {(&url.URL{Path: s.usersPath}).EscapedPath()}}, Body: object("code", "308",
			"description", "Accounts are created with POST "+s.rightURL(r))}
}

// rightURL is the endpoint's, with the host that the client used.
func (s *Server) rightURL(r *http.Request) string {
	right := url.URL{Scheme: "http", Host: r.Host, Path: s.usersPath}
	if r.TLS != nil {
		right.Scheme = "https"
	}
	if addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && right.Host == "" {
		right.Host = addr.String() // HTTP/1.0 does without a Host header
	}
	return right.String()
}

// object is a JSON object of string members: names and values by turns. What is not UTF-8 in a value, as in the path of a 404,
// becomes U+FFFD.
func object(members ...string) []byte {
	size := 2
	for _, text := range members {
		size += len(text) + 4
	}
	body := append(make([]byte, 0, size), '{')
	for i := 0; i < len(members); i += 2 {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(append(append(body, '"'), members[i]...), `":`...) // a name of ours needs no escape
		body, _ = jsontext.AppendQuote(body, members[i+1])
	}
	return append(body, '}')
}
