package judge

import "net/http"

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
