package selftest

import (
	"net/http"
	"sync/atomic"
)

// faultyOverHTTP2 are right over HTTP/1.1, and wrong over HTTP/2, which is what browsers speak.
func faultyOverHTTP2() []Implementation {
	only := func(name, text, breaks string, deviate deviation) Implementation {
		return Implementation{"http-2-" + name, text, breaks, all(deviate, overTLS)}
	}
	return []Implementation{
		only("created-200", "The handler for streams does not set a status.", "created.status",
			on(created, overHTTP2(status(http.StatusOK)))),
		only("conflict-code-is-a-number", "Another version of the program serves HTTP/2.", "conflict.code",
			on(conflict, overHTTP2(set("code", 409)))),
		only("content-type-missing", "The label is dropped with the header names that are not in lower case.",
			"answer.content-type", on(everything, overHTTP2(header("Content-Type", "")))),
		only("every-answer-500", "The gateway speaks HTTP/2 to nobody behind it.", "answer.no-server-error",
			on(everything, overHTTP2(status(http.StatusInternalServerError)))),
		only("streams-reset", "A stream is reset before its answer.", "answer.complete",
			on(everything, overHTTP2(func(request, *answer) { abort() }))),
		only("username-unseen", "headers['Username'] is looked up, and HTTP/2 has names in lower case.",
			"request.username-header", reads(func(r *http.Request, q *request) {
				if r.ProtoMajor == 2 {
					q.name, q.named = "", false
				}
			})),
		only("privacy-unseen", "headers['Privacy'] is looked up, and HTTP/2 has names in lower case.",
			"request.privacy-header", reads(func(r *http.Request, q *request) {
				if r.ProtoMajor == 2 {
					q.privacy, q.asked = "Public", false
				}
			})),
		only("privacy-sticks-to-connection", "The setting is kept for all streams of a connection.",
			"created.default-privacy", func(a *app) {
				stick := sticky(func(before request, q *request) {
					if !q.asked {
						q.privacy = before.privacy
					}
				})
				over(a, stick)
			}),
		only("races", "The lock belongs to the connection's thread, and one thread serves its streams by turns.",
			"conflict.concurrent", func(a *app) {
				right := a.claim
				racing(roundTrip)(a)
				race := a.claim
				a.claim = func(q request) kind {
					if q.ProtoMajor == 2 {
						return race(q)
					}
					return right(q)
				}
			}),
		only("names-mixed", "The streams of a connection share a global.", "created.concurrent-names",
			func(a *app) {
				var latest atomic.Pointer[answer]
				a.edits = append(a.edits, overHTTP2(func(_ request, mine *answer) {
					whole := *mine
					latest.Store(&whole)
					work(roundTrip)
					mine.members = latest.Load().members
				}))
			}),
	}
}

// overTLS serves over TLS, where HTTP/2 is offered.
func overTLS(a *app) { a.secure = true }

// over reads in another way what comes over HTTP/2.
func over(a *app, deviate deviation) {
	http1 := a.read
	deviate(a)
	http2 := a.read
	a.read = func(r *http.Request) request {
		if r.ProtoMajor == 2 {
			return http2(r)
		}
		return http1(r)
	}
}

// overHTTP2 applies an edit to answers over HTTP/2 only.
func overHTTP2(edit edit) edit {
	return func(q request, a *answer) {
		if q.ProtoMajor == 2 {
			edit(q, a)
		}
	}
}
