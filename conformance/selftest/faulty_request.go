package selftest

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// faultyRequests are wrong about where the endpoint is and what it reads.
func faultyRequests() []Implementation {
	return []Implementation{
		{"endpoint-without-slash", "The route is /users, and a strict router answers 404 at /users/.",
			"request.endpoint", serving(http.MethodPost, "/users")},
		{"endpoint-is-put", "The account is created with PUT, and POST is answered with 405.", "request.endpoint",
			all(serving(http.MethodPut, "/users/"), elsewhere(http.StatusMethodNotAllowed, "{}"))},
		{"endpoint-is-get", "A route registered for GET only leaves POST to the router's 404.", "request.endpoint",
			serving(http.MethodGet, "/users/")},

		{"username-from-x-username", "The name is read from X-Username, since custom headers used to begin so.",
			"request.username-header", usernameFrom(fromHeader("X-Username"))},
		{"username-from-basic-auth", "The name is read from the Authorization header.",
			"request.username-header",
			usernameFrom(func(r *http.Request) string { name, _, _ := r.BasicAuth(); return name })},
		{"username-from-json-body", "The name is read from a JSON body, as Express does with req.body.username.",
			"request.username-header", usernameFrom(fromJSON("username"))},
		{"username-from-query", "The name is read from the query alone.",
			"request.username-header", usernameFrom(fromQuery("Username"))},
		{"privacy-from-x-privacy", "The setting is read from X-Privacy.",
			"request.privacy-header", privacyFrom(fromHeader("X-Privacy"))},
		{"privacy-from-query", "The setting is read from the query alone.",
			"request.privacy-header", privacyFrom(fromQuery("Privacy"))},
		{"privacy-ignored", "The header Privacy is never read: everybody is Public.",
			"request.privacy-header", privacyFrom(func(*http.Request) string { return "" })},

		{"header-names-as-documented-only",
			"A Lambda function looks up event.headers['Username'], and a proxy sends lower case.",
			"request.header-case", blindTo("username", "privacy")},
		{"privacy-in-lower-case-unseen", "Only the lookup of Privacy is case-sensitive.",
			"request.header-case", blindTo("privacy")},
		{"username-in-lower-case-unseen", "Only the lookup of Username is case-sensitive.",
			"request.header-case", blindTo("username")},
		{"header-names-in-two-spellings", "Code tries headers['Username'] and headers['username'] and nothing else.",
			"request.header-case", blindTo("USERNAME", "PRIVACY")},
		{"header-names-lower-case-only", "A handler written for HTTP/2 looks up headers['username'] alone.",
			"request.username-header", blindTo("Username")},

		{"query-username-wins", "PHP's $_REQUEST comes first, so a query parameter overrides the header.",
			"request.headers-only", usernameOverride(fromQuery("Username"))},
		{"query-username-fallback", "A missing header is looked for in the query, as a generic param() helper does.",
			"request.headers-only", usernameFallback(fromQuery("Username"))},
		{"query-privacy-wins", "A query parameter Privacy overrides the header.",
			"request.headers-only", privacyOverride(fromQuery("Privacy"))},
		{"query-privacy-fallback", "Without the header, Privacy is taken from the query.",
			"request.headers-only", privacyFallback(fromQuery("Privacy"))},
		{"form-username-wins",
			"A form field overrides the header, as request.values does for those who merge all sources.",
			"request.headers-only", usernameOverride(fromForm("Username"))},
		{"form-username-fallback", "A missing header is looked for in the form.",
			"request.headers-only", usernameFallback(fromForm("Username"))},
		{"form-privacy-wins", "A form field Privacy overrides the header.",
			"request.headers-only", privacyOverride(fromForm("Privacy"))},
		{"form-privacy-fallback", "Without the header, Privacy is taken from the form.",
			"request.headers-only", privacyFallback(fromForm("Privacy"))},
		{"json-username-wins", "Headers and body are bound to one object, and the body comes last.",
			"request.headers-only", usernameOverride(fromJSON("username"))},
		{"json-username-fallback", "A missing header is looked for in a JSON body.",
			"request.headers-only", usernameFallback(fromJSON("username"))},
		{"json-privacy-wins", "A member privacy of a JSON body overrides the header.",
			"request.headers-only", privacyOverride(fromJSON("privacy"))},
		{"json-privacy-fallback", "Without the header, the setting is taken from a JSON body.",
			"request.headers-only", privacyFallback(fromJSON("privacy"))},

		{"privacy-sticks-to-connection",
			"The setting is kept in the connection's object, and the next request finds it there.",
			"created.default-privacy", privacySticks},
		{"username-sticks-to-connection", "A name that is missing is the one that the connection sent before.",
			"missing-username.status", sticky(func(before request, q *request) {
				if !q.named {
					q.name, q.named = before.name, before.named
				}
			})},
		{"longer-name-sticks-to-connection",
			"The connection's buffer is not cleared, and the end of a longer name stays in it.",
			"created.name", sticky(func(before request, q *request) {
				if len(q.name) < len(before.name) {
					q.name += before.name[len(q.name):]
				}
			})},

		{"get-creates", "The route is registered for any method.", "request.safe-methods",
			func(a *app) {
				right := a.serves
				a.serves = func(r *http.Request) bool { return right(r) || r.Method == http.MethodGet && isUsers(r) }
			}},
		{"get-creates-unseen", "GET runs the handler, and its answer is an empty list.", "request.safe-methods",
			createsOn(http.MethodGet)},
		{"head-creates", "HEAD runs the handler, because nobody thought of it.", "request.safe-methods",
			createsOn(http.MethodHead)},
	}
}

// serving has the endpoint with one method, at the paths that end so.
func serving(method string, ends ...string) deviation {
	return func(a *app) {
		a.serves = func(r *http.Request) bool {
			hasEnd := func(end string) bool { return strings.HasSuffix(r.URL.Path, end) }
			return r.Method == method && slices.ContainsFunc(ends, hasEnd)
		}
	}
}

// elsewhere answers what is not for the endpoint.
func elsewhere(status int, body string) deviation {
	return func(a *app) {
		a.elsewhere = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
}

// source returns a value from one place of a request; empty when it is not there.
type source func(*http.Request) string

func fromHeader(name string) source {
	return func(r *http.Request) string { return r.Header.Get(name) }
}

func fromQuery(name string) source {
	return func(r *http.Request) string { return r.URL.Query().Get(name) }
}

func fromForm(name string) source {
	return func(r *http.Request) string { return r.PostFormValue(name) }
}

// fromJSON returns a member of a JSON body, however its letters are written.
func fromJSON(name string) source {
	return func(r *http.Request) string {
		var body map[string]string
		_ = json.NewDecoder(r.Body).Decode(&body) // no JSON, no members
		for member, value := range body {
			if strings.EqualFold(member, name) {
				return value
			}
		}
		return ""
	}
}

// usernameFrom reads the name from one place, and an empty one counts as missing.
func usernameFrom(value source) deviation {
	return reads(func(r *http.Request, q *request) { q.name = value(r); q.named = q.name != "" })
}

// privacyFrom reads the setting from one place, and an empty one counts as missing.
func privacyFrom(value source) deviation {
	return reads(func(r *http.Request, q *request) {
		q.privacy = "Public"
		override(&q.privacy, value(r))
	})
}

func usernameOverride(value source) deviation {
	return reads(func(r *http.Request, q *request) { override(&q.name, value(r)) })
}

func privacyOverride(value source) deviation {
	return reads(func(r *http.Request, q *request) { override(&q.privacy, value(r)) })
}

func usernameFallback(value source) deviation {
	return reads(func(r *http.Request, q *request) {
		if !q.named {
			q.name = value(r)
			q.named = q.name != ""
		}
	})
}

func privacyFallback(value source) deviation {
	return reads(func(r *http.Request, q *request) {
		if !q.asked {
			override(&q.privacy, value(r))
		}
	})
}

func override(value *string, other string) {
	if other != "" {
		*value = other
	}
}

// sticky changes what is read from a request by what was read from the one before it on the same connection.
func sticky(change func(before request, q *request)) deviation {
	return func(a *app) {
		var connections sync.Map
		reads(func(r *http.Request, q *request) {
			if before, found := connections.Load(r.RemoteAddr); found {
				change(before.(request), q)
			}
			connections.Store(r.RemoteAddr, *q)
		})(a)
	}
}

// privacySticks gives a request without a setting the one of the request before it.
func privacySticks(a *app) {
	sticky(func(before request, q *request) {
		if !q.asked {
			q.privacy = before.privacy
		}
	})(a)
}

// createsOn creates the account on another method, too, and answers as if nothing had happened.
func createsOn(method string) deviation {
	return func(a *app) {
		right := a.elsewhere
		a.elsewhere = func(w http.ResponseWriter, r *http.Request) {
			if r.Method != method || !isUsers(r) {
				right(w, r)
				return
			}
			if q := a.request(r); q.named {
				a.claim(q)
			}
			_, _ = w.Write([]byte("[]"))
		}
	}
}

// blindTo makes the server not see headers written in these spellings. net/http knows one spelling only, so this
// happens to the bytes on their way in.
func blindTo(spellings ...string) deviation {
	return func(a *app) {
		a.listen = func(listener net.Listener) net.Listener { return blindListener{listener, spellings} }
	}
}

type blindListener struct {
	net.Listener
	spellings []string
}

func (l blindListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &blindConn{conn, l.spellings}, nil
}

type blindConn struct {
	net.Conn
	spellings []string
}

// Read renames the headers. A header that arrives in two pieces escapes it, which the short requests of a test do not.
func (c *blindConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	for _, spelling := range c.spellings {
		unseen := "X" + spelling[1:]
		copy(p, bytes.ReplaceAll(p[:n], []byte("\n"+spelling+":"), []byte("\n"+unseen+":")))
	}
	return n, err
}
