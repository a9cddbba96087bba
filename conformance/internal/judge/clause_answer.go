package judge

import (
	"net/http"
)

func answerProbes() []probe {
	return []probe{
		// Every answer of the run is evidence for these; this probe is there when nothing else is.
		{run: oneConnection, phase: alone, clauses: []string{
			"answer.json", "answer.utf-8", "answer.unique-members", "answer.nothing-after", "answer.content-type",
			"answer.no-redirect", "answer.no-server-error", "answer.complete",
		}},
	}
}

// oneConnection sends the documented cases over one connection, where an answer that is longer or shorter than it says spoils the
// next. A server may close a connection at any time; only what comes is judged.
func oneConnection(r *run) {
	via, err := r.cfg.newRoute(r.cfg.URL, func(transport *http.Transport) {
		transport.MaxIdleConnsPerHost, transport.MaxConnsPerHost = 1, 1
	})
	if err != nil || r.dry {
		via = r.target
	}
	const id = "answer.complete"
	name := r.name()
	for _, header := range []http.Header{
		headers(name), headers(name), headers(r.name(), r.invalid(0)), {}, headers(r.name()),
	} {
		r.send(request{clause: id, header: header, via: via, shared: true})
	}
	if closer, ok := via.transport.(*http.Transport); ok {
		closer.CloseIdleConnections()
	}
}
