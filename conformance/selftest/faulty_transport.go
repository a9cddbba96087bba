package selftest

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"unicode/utf8"
)

// faultyTransport redirect, break off, or do wrong now and then.
func faultyTransport() []Implementation {
	elsewhere := header("Location", "https://www.clicksminuteper.net/users/")
	return []Implementation{
		{"redirect-to-no-slash", "Next.js sends /users/ to /users with 308.", "answer.no-redirect",
			redirectTo(http.StatusPermanentRedirect,
				func(path string) string { return strings.TrimSuffix(path, "/") })},
		{"redirect-to-version", "The endpoint has moved under /v2, and 307 says so.", "answer.no-redirect",
			redirectTo(http.StatusTemporaryRedirect, func(path string) string { return "/v2" + path })},
		{"redirect-301-to-other-host", "Whoever has an account is sent to the www host.", "answer.no-redirect",
			on(created|conflict, status(http.StatusMovedPermanently), elsewhere)},
		{"redirect-after-post", "Rails redirects to the new resource after a POST.", "answer.no-redirect",
			on(created, status(http.StatusSeeOther), header("Location", "/connectmypairs/users/1"))},
		{"redirect-blocked-302", "Blocked callers are sent to a page that explains.", "answer.no-redirect",
			on(blocked, status(http.StatusFound), elsewhere)},
		{"redirect-conflict-302", "A conflict goes back to the form.", "answer.no-redirect",
			on(conflict, status(http.StatusFound), elsewhere)},
		{"redirect-invalid-privacy-303", "Invalid input goes back to the form.", "answer.no-redirect",
			on(invalidPrivacy, status(http.StatusSeeOther), elsewhere)},

		{"body-cut-in-half", "A proxy's buffer is too small, and the connection ends early.", "answer.complete",
			onWire(everything, func(a *answer) string {
				right := message("HTTP/1.1", a, length(a, 0))
				return right[:len(right)-len(a.body)/2]
			})},
		{"content-length-too-long", "The length is that of the pretty-printed body.", "answer.complete",
			onWire(everything, func(a *answer) string { return message("HTTP/1.1", a, length(a, 10)) })},
		{"content-length-too-short", "The length was measured before the last edit.", "answer.json",
			onWire(everything, func(a *answer) string {
				return message("HTTP/1.1", a, length(a, -5), "Connection: close")
			})},
		{"content-length-in-characters", "Node's body.length counts characters, not bytes.", "answer.json",
			onWire(everything, func(a *answer) string {
				characters := utf8.RuneCount(a.body)
				return message("HTTP/1.1", a, length(a, characters-len(a.body)), "Connection: close")
			})},
		{"chunks-without-end", "The last chunk is never sent.", "answer.complete",
			onWire(everything, func(a *answer) string {
				right := message("HTTP/1.1", a, "Transfer-Encoding: chunked")
				return strings.Replace(right, "\r\n\r\n", fmt.Sprintf("\r\n\r\n%x\r\n", len(a.body)), 1) + "\r\n"
			})},
		{"chunk-sizes-wrong", "Chunk sizes are written in decimal.", "answer.complete",
			onWire(everything, func(a *answer) string {
				right := message("HTTP/1.1", a, "Transfer-Encoding: chunked")
				chunk := fmt.Sprintf("\r\n\r\n%d\r\n", len(a.body))
				return strings.Replace(right, "\r\n\r\n", chunk, 1) + "\r\n0\r\n\r\n"
			})},
		{"status-line-broken", "A CGI script forgets the number in its status line.", "answer.complete",
			onWire(conflict, func(a *answer) string {
				return strings.Replace(message("HTTP/1.1", a, "Connection: close"), " 409 ", " ", 1)
			})},
		{"conflict-breaks-connection", "The exception kills the worker before it answers.", "answer.complete",
			on(conflict, abort)},
		{"invalid-privacy-breaks-connection", "An assertion ends the process.", "answer.complete",
			on(invalidPrivacy, abort)},
		{"missing-username-breaks-connection", "A null pointer ends the process.", "answer.complete",
			on(missingUsername, abort)},
		{"blocked-breaks-connection", "A firewall drops blocked callers.", "answer.complete",
			on(blocked, abort)},
		{"every-fifth-connection-reset", "A load balancer has a dead member.", "answer.complete",
			func(a *app) {
				a.listen = func(listener net.Listener) net.Listener { return &flakyListener{Listener: listener} }
			}},

		{"every-seventh-500", "Now and then the database is away.", "answer.no-server-error",
			on(everything, every(7, status(http.StatusInternalServerError)))},
		{"every-ninth-502", "Now and then the gateway answers with its own page.", "answer.no-server-error",
			on(everything, every(9, status(http.StatusBadGateway), page("text/html", "<h1>502 Bad Gateway</h1>")))},
		{"every-seventh-lost", "Now and then no answer comes.", "answer.complete",
			on(everything, every(7, abort))},
		{"every-seventh-empty", "Now and then the body is empty.", "answer.json",
			on(everything, every(7, sendBody("")))},
		{"every-seventh-as-text", "Now and then another replica answers, which sends text/plain.",
			"answer.content-type", on(everything, every(7, header("Content-Type", "text/plain")))},
		{"post-sent-twice",
			"A proxy sends the request again when a connection breaks, though a POST may have been served.",
			"created.status", every5thTwice},
		{"single-page-app", "A web server in front answers every path with the page of the application.",
			"request.endpoint", func(a *app) {
				a.front = front(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
					w.Header().Set("Content-Type", "text/html; charset=utf-8")
					_, _ = w.Write([]byte("<!doctype html><title>ConnectMyPairs</title><div id=app></div>"))
				})
			}},
		{"every-third-code-is-a-number", "One of three replicas runs last week's release.", "conflict.code",
			on(conflict, every(3, set("code", 409)))},
	}
}

// redirectTo serves the endpoint at another path, and sends there whoever asks at the documented one.
func redirectTo(status int, moved func(path string) string) deviation {
	return func(a *app) {
		a.serves = func(r *http.Request) bool {
			return !strings.HasSuffix(r.URL.Path, "/users/") || strings.HasPrefix(r.URL.Path, "/v2")
		}
		a.elsewhere = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", moved(r.URL.Path))
			w.WriteHeader(status)
		}
	}
}

// every5thTwice has every fifth request served twice, and the second answer sent.
func every5thTwice(a *app) {
	right := a.claim
	a.claim = func(q request) kind {
		if q.number%5 == 0 {
			right(q)
		}
		return right(q)
	}
}

// abort ends the connection without an answer; net/http does so for this value.
func abort(request, *answer) { panic(http.ErrAbortHandler) }

// onWire writes the answers of some kinds as the bytes given, and ends the connection.
func onWire(kinds kind, bytes func(*answer) string) deviation {
	return func(a *app) {
		right := a.send
		a.send = func(w http.ResponseWriter, q request, answer *answer) {
			if answer.kind&kinds == 0 {
				right(w, q, answer)
				return
			}
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err) // the program's own server is HTTP/1.1 here
			}
			_, _ = conn.Write([]byte(bytes(answer))) // the caller may be gone
			_ = conn.Close()
		}
	}
}

// message is an answer as it stands on the wire, with further header lines.
func message(protocol string, a *answer, lines ...string) string {
	head := []string{
		fmt.Sprintf("%s %d %s", protocol, a.status, http.StatusText(a.status)),
		"Content-Type: " + a.header.Get("Content-Type"),
	}
	return strings.Join(append(head, lines...), "\r\n") + "\r\n\r\n" + string(a.body)
}

// length is the header line on the length of the body, when that is off by so much.
func length(a *answer, off int) string { return fmt.Sprint("Content-Length: ", len(a.body)+off) }

// flakyListener closes every fifth connection at once.
type flakyListener struct {
	net.Listener
	accepted atomic.Int64
}

func (l *flakyListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil && l.accepted.Add(1)%5 == 0 {
		_ = conn.Close() // the server sees a connection that ended
	}
	return conn, err
}
