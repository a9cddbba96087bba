package judge

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
)

func http2Probes() []probe {
	return []probe{{run: overHTTP2, phase: alone, clauses: []string{
		"request.endpoint", "request.username-header", "request.privacy-header", "created.status",
		"created.default-privacy", "created.concurrent-names", "conflict.status", "conflict.concurrent",
		"invalid-privacy.status", "missing-username.status",
		"answer.content-type", "answer.no-server-error", "answer.complete",
	}}}
}

// overHTTP2 makes a part of the core requests, and a few races, over HTTP/2, which browsers use where the target offers
// it (RFC 9113, section 3.2). The plan takes it for granted that it does.
func overHTTP2(r *run) {
	if r.cfg.HTTP1 || r.target.base.Scheme != "https" {
		return
	}
	via, err := r.cfg.newRoute(r.cfg.URL, speakHTTP2)
	if err != nil {
		return
	}
	via.http2 = true
	if r.dry {
		via = r.target
	}
	defer via.close()
	send := func(clause string, header http.Header) *answer {
		return r.send(request{clause: clause, header: header, via: via, tentative: true})
	}
	name, setting := r.name(), r.accepted()[len(r.accepted())-1]
	private := send("request.endpoint", headers(name, setting))
	if private.unreached {
		return // it offers no HTTP/2, or cannot be reached, which other probes notice
	}
	r.expectCreated(private, nil, name, setting)
	r.checks["request.username-header"].judge(aboutStatus|aboutName, private, []want{wantCreated(name, setting)})
	r.checks["request.privacy-header"].judge(aboutStatus|aboutPrivacy, private, []want{wantCreated(name, setting)})

	public := r.name()
	r.expectCreated(send("created.status", headers(public)), []*answer{private}, public)
	r.expect(send("conflict.status", headers(name)), []*answer{private}, wantConflict(name))

	invalid, unknown := r.name(), r.invalid(0)
	refused := send("invalid-privacy.status", headers(invalid, unknown))
	r.expect(refused, nil, wantInvalid(invalid, unknown))
	r.checks["request.privacy-header"].judge(aboutStatus|aboutPrivacy, refused, []want{wantInvalid(invalid, unknown)})
	r.expect(send("missing-username.status", http.Header{}), nil, wantMissing())

	for range 3 { // a race is found by chance
		r.oneName("conflict.concurrent", via)
	}
	r.mixedNames(via)
}

// speakHTTP2 makes a transport speak HTTP/2 and nothing else: a server that offers none sees no request.
func speakHTTP2(transport *http.Transport) {
	transport.ForceAttemptHTTP2, transport.TLSNextProto = true, nil
	transport.MaxIdleConnsPerHost = 1
	transport.TLSClientConfig.NextProtos = []string{"h2"}
	transport.TLSClientConfig.VerifyConnection = func(state tls.ConnectionState) error {
		if state.NegotiatedProtocol != "h2" {
			return errors.New("the target offers no HTTP/2")
		}
		return nil
	}
}

// onlyHTTP2 says whether a target that had no answer to HTTP/1.1, or only that it wants HTTP/2, has one over HTTP/2. A
// URL that starts with http:// cannot offer a choice, so that HTTP/2 is spoken from the first byte there (RFC 9113,
// section 3.3). The request is a safe one.
func (r *run) onlyHTTP2() bool {
	via, err := r.cfg.newRoute(r.cfg.URL, speakHTTP2, func(transport *http.Transport) {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetHTTP2(true)
		transport.Protocols.SetUnencryptedHTTP2(true)
	})
	if err != nil {
		return false
	}
	defer via.close()
	asked := request{clause: "request.endpoint", method: http.MethodGet, via: via, tentative: true, aside: true}
	return r.send(asked).status != 0
}

// wantsHTTP2 says whether an answer to HTTP/1.1 is none, or is Node's to whoever cannot choose HTTP/2.
func wantsHTTP2(a *answer) bool {
	if a.exchange.Response == nil {
		return !a.timedOut
	}
	return bytes.Contains(a.exchange.Response.Body, []byte("Missing ALPN Protocol"))
}

// close closes the connections that are kept.
func (via *route) close() {
	if closer, ok := via.transport.(*http.Transport); ok {
		closer.CloseIdleConnections()
	}
}

// onlyOverHTTP2 says whether all that is wrong came over HTTP/2, while there was evidence over HTTP/1.1, too.
func (c *check) onlyOverHTTP2() bool {
	return len(c.failures) > 0 && c.overHTTP1 > 0 && !slices.ContainsFunc(c.failures, func(f failure) bool {
		return !slices.ContainsFunc(f.shown, func(a *answer) bool { return a.http2 })
	})
}

// isHTTP2 says whether a connection speaks HTTP/2.
func isHTTP2(conn net.Conn) bool {
	secure, ok := conn.(*tls.Conn)
	return ok && secure.ConnectionState().NegotiatedProtocol == "h2"
}
