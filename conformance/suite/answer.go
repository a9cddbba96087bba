package suite

import (
	"net/http"
)

var answerClauses = []string{
	"answer.json", "answer.utf-8", "answer.unique-members", "answer.nothing-after", "answer.content-type", "answer.no-redirect",
	"answer.no-server-error", "answer.complete",
}

func answerSection(s *section) {
	s.check("answer.json", "The body of every answer is one well-formed JSON object.")
	s.check("answer.utf-8", "The body of every answer is UTF-8, without a byte order mark.")
	s.check("answer.unique-members", "No member stands in the body of an answer twice.")
	s.check("answer.nothing-after", "Nothing but white space follows the JSON object of an answer.")
	s.check("answer.content-type", "Every answer is sent as application/json.")
	s.check("answer.no-redirect", "No answer is a redirect.")
	s.check("answer.no-server-error", "No answer has a status of 500 or above.")
	s.check("answer.complete", "Every request is answered completely, also when several share a connection.")
	// Every answer of the run is evidence for these; this probe is there when nothing else is.
	s.probeIn(alone, oneConnection, answerClauses...)
}

// oneConnection sends the documented cases over one connection, where an answer that is longer or shorter than it says spoils the
// next. A server may close a connection at any time; only what comes is judged.
func oneConnection(t *trial) {
	via, err := t.cfg.newRoute(t.cfg.URL, func(transport *http.Transport) {
		transport.MaxIdleConnsPerHost, transport.MaxConnsPerHost = 1, 1
	})
	if err != nil || t.rehearsing {
		via = t.target
	}
	const id = "answer.complete"
	name := t.name()
	for _, header := range []http.Header{
		headers(name), headers(name), headers(t.name(), t.invalid(0)), {}, headers(t.name()),
	} {
		t.send(request{clause: id, header: header, via: via, shared: true})
	}
	if closer, ok := via.transport.(*http.Transport); ok {
		closer.CloseIdleConnections()
	}
}
