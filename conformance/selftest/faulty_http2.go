package selftest

import "net/http"

// faultyOverHTTP2 are right over HTTP/1.1, and wrong over HTTP/2, which is what browsers speak.
func faultyOverHTTP2() []Implementation {
	only := func(name, text, breaks string, deviate deviation) Implementation {
		return Implementation{"http-2-" + name, text, breaks, all(overHTTP2(deviate), overTLS)}
	}
	return []Implementation{
		only("created-200", "The handler for streams does not set a status.", "created.status",
			on(created, status(http.StatusOK))),
		only("conflict-code-is-a-number", "Another version of the program serves HTTP/2.", "conflict.code",
			on(conflict, set("code", 409))),
		only("content-type-missing", "The label is dropped with the header names that are not in lower case.",
			"answer.content-type", on(everything, header("Content-Type", ""))),
		only("every-answer-500", "The gateway speaks HTTP/2 to nobody behind it.", "answer.no-server-error",
			on(everything, status(http.StatusInternalServerError))),
		only("streams-reset", "A stream is reset before its answer.", "answer.complete",
			on(everything, abort)),
		only("username-unseen", "headers['Username'] is looked up, and HTTP/2 has names in lower case.",
			"request.username-header", usernameFrom(func(*http.Request) string { return "" })),
		only("privacy-unseen", "headers['Privacy'] is looked up, and HTTP/2 has names in lower case.",
			"request.privacy-header", privacyFrom(func(*http.Request) string { return "" })),
		only("privacy-sticks-to-connection", "The setting is kept for all streams of a connection.",
			"created.default-privacy", privacySticks),
		only("races", "The lock belongs to the connection's thread, and one thread serves its streams by turns.",
			"conflict.concurrent", racing(roundTrip)),
		only("names-mixed", "The streams of a connection share a global.", "created.concurrent-names",
			overlapping(latestMembers)),
	}
}

// overTLS serves over TLS, where HTTP/2 is offered.
func overTLS(a *app) { a.secure = true }

// overHTTP2 has a deviation in what is read, claimed and answered only where a request came over HTTP/2.
func overHTTP2(deviate deviation) deviation {
	isHTTP2 := func(r *http.Request) bool { return r.ProtoMajor == 2 }
	return func(a *app) {
		read, claim, edits := a.read, a.claim, len(a.edits)
		deviate(a)
		otherRead, otherClaim := a.read, a.claim
		a.read = func(r *http.Request) request {
			if isHTTP2(r) {
				return otherRead(r)
			}
			return read(r)
		}
		a.claim = func(q request) kind {
			if isHTTP2(q.Request) {
				return otherClaim(q)
			}
			return claim(q)
		}
		for i, edit := range a.edits[edits:] {
			a.edits[edits+i] = when(func(q request) bool { return isHTTP2(q.Request) }, edit)
		}
	}
}
