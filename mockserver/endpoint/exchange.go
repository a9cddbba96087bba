package endpoint

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

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

// Exchange is a request and what it was answered with: the one shape of it, from the endpoint to the journal, the
// metrics and the control API. Deciding it and writing it are separate, so that whatever wraps the endpoint (faults,
// the journal) needs no part in either.
type Exchange struct {
	// ID counts the requests of a journal from 1.
	ID uint64 `json:"id"`
	// Time is when the request arrived.
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	// Headers are the request's, as far as a journal keeps them.
	Headers Headers `json:"headers"`
	// Name and Privacy are what was read from the request, or the default.
	Name    string `json:"name"`
	Privacy string `json:"privacy"`
	// Status is that of the answer, also of one that Fault kept from the client; 0 when there was none.
	Status int `json:"status"`
	// Rule is why the answer is what it is. Detail says more where there is more to say, such as which blocked entry
	// matched.
	Rule   Rule   `json:"rule"`
	Detail string `json:"detail"`
	// Caller is the address that the request was judged by; the zero Addr when it is not known.
	Caller netip.Addr `json:"caller"`
	// Fault is the fault that was injected; empty for none.
	Fault string `json:"fault"`
	// Duration is from the arrival of the request to the end of its answer, injected latency included.
	Duration Milliseconds `json:"duration_ms"`

	// Header holds the answer's headers beyond Content-Type; nil mostly. A journal keeps neither it nor Body.
	Header http.Header `json:"-"`
	// Body is one JSON object, its members in the page's order.
	Body []byte `json:"-"`
}

// Milliseconds is a duration that JSON has as a number of milliseconds.
type Milliseconds time.Duration

// MarshalJSONTo implements json.MarshalerTo.
func (m Milliseconds) MarshalJSONTo(to *jsontext.Encoder) error {
	return to.WriteToken(jsontext.Float(float64(time.Duration(m).Microseconds()) / 1000))
}

// contentType is shared by all answers; nobody may change it.
var contentType = []string{"application/json"}

// Write sends the answer.
func (e *Exchange) Write(w http.ResponseWriter) {
	header := w.Header()
	maps.Copy(header, e.Header)
	header["Content-Type"] = contentType
	w.WriteHeader(e.Status)
	_, _ = w.Write(e.Body) // a client that went away is no error of the server
}

// answered completes the request's exchange.
func (r *request) answered(status int, rule Rule, detail string, body []byte) Exchange {
	r.Status, r.Rule, r.Detail, r.Body = status, rule, detail, body
	return r.Exchange
}

// full is no answer of the page: it says that this server's bound is reached, which a test must not mistake for a
// refusal.
func (r *request) full() Exchange {
	return r.answered(http.StatusInsufficientStorage, RuleFull, "", object("name", r.Name, "code", "507",
		"description", "The mock server holds as many accounts as --max-accounts allows; reset it or raise the bound."))
}

// Refuse returns an answer that is not about an account, with the status as its code.
func (s *Server) Refuse(r *http.Request, status int, rule Rule, description string) Exchange {
	e := s.other(r)
	e.Status, e.Rule, e.Body = status, rule, object("code", strconv.Itoa(status), "description", description)
	return e
}

// other begins an exchange that is not about an account, so that Username and Privacy are not read. Method and Path are
// copies: those of the request are parts of its request line, whose query would stay in memory with them.
func (s *Server) other(r *http.Request) Exchange {
	method, path := http.MethodPost, s.usersPath // as mostly, so that there is nothing to copy
	if r.Method != method || r.URL.Path != path {
		method, path = strings.Clone(r.Method), strings.Clone(r.URL.Path)
	}
	return Exchange{Method: method, Path: path, Caller: s.Caller(r)}
}

func (s *Server) notFound(r *http.Request) Exchange {
	return s.Refuse(r, http.StatusNotFound, RuleOtherPath,
		fmt.Sprintf("There is nothing at %s; accounts are created with POST %s", r.URL.Path, s.rightURL(r)))
}

func (s *Server) methodNotAllowed(r *http.Request) Exchange {
	e := s.Refuse(r, http.StatusMethodNotAllowed, RuleOtherMethod,
		fmt.Sprintf("%s is not allowed here; accounts are created with POST %s", r.Method, s.rightURL(r)))
	e.Header = http.Header{"Allow": {http.MethodPost}}
	return e
}

func (s *Server) redirect(r *http.Request) Exchange {
	e := s.Refuse(r, http.StatusPermanentRedirect, RuleOtherPath, "Accounts are created with POST "+s.rightURL(r))
	e.Header = http.Header{"Location": {(&url.URL{Path: s.usersPath}).EscapedPath()}}
	return e
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

// object is a JSON object of string members: names and values by turns. What is not UTF-8 in a value, as in the path of
// a 404, becomes U+FFFD.
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
