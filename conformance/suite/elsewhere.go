package suite

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func elsewhereSection(s *section) {
	s.check("missing-slash.answer", "What is the answer at the URL without its final slash?")
	s.probe(missingSlash, "missing-slash.answer")
	s.check("other-path.answer", "What is the answer at another path?")
	s.probe(otherPath, "other-path.answer")
	s.check("other-method.answer", "What is the answer to another method?")
	s.probe(otherMethod, "other-method.answer")
	s.check("request-body.answer", "What becomes of a request body?")
	s.probe(requestBody, "request-body.answer")
}

func missingSlash(t *trial) {
	const id = "missing-slash.answer"
	a := t.send(request{clause: id, path: strings.TrimSuffix(fixtures.UsersPath, "/"), header: headers(t.name()), aside: true})
	o := report.Observation{Exchanges: evidence(a)}
	switch {
	case a.is(http.StatusNotFound):
		o.Text, o.Choices = "it is answered with 404", choice("missing-slash", "404")
	case a.is(http.StatusCreated):
		o.Text, o.Choices = "it is answered like the URL with the slash", choice("missing-slash", "accept")
	case a.is(http.StatusPermanentRedirect):
		o.Text, o.Choices = "it is answered with 308, a redirect", choice("missing-slash", "redirect")
	default:
		o.Text = "it is answered with " + a.text()
	}
	t.observe(id, o, o.Choices != nil)
}

func otherPath(t *trial) {
	const id = "other-path.answer"
	a := t.send(request{clause: id, path: "/no-such-path/", header: headers(t.name()), aside: true})
	o := report.Observation{Text: "it is answered with " + a.text(), Exchanges: evidence(a)}
	if a.object != nil {
		o.Text += ", and a JSON object"
	}
	t.observe(id, o, a.is(http.StatusNotFound) && a.object != nil)
}

func otherMethod(t *trial) {
	const id = "other-method.answer"
	a := t.send(request{clause: id, method: http.MethodGet, header: headers(t.name()), aside: true})
	o := report.Observation{Exchanges: evidence(a)}
	switch {
	case a.is(http.StatusMethodNotAllowed):
		o.Text = fmt.Sprintf("GET is answered with 405, and Allow: %s", a.exchange.Response.Header.Get("Allow"))
		o.Choices = choice("other-method", "405")
	case a.is(http.StatusNotFound):
		o.Text, o.Choices = "GET is answered with 404", choice("other-method", "404")
	default:
		o.Text = "GET is answered with " + a.text()
	}
	t.observe(id, o, o.Choices != nil)
}

func requestBody(t *trial) {
	const id = "request-body.answer"
	name, other := t.name(), t.name()
	header := headers(name)
	header["Content-Type"] = []string{"application/json"}
	body := fmt.Sprintf(`{"Username":%q,"username":%q,"name":%q}`, other, other, other)
	a := t.send(request{clause: id, header: header, body: body, unusual: true})
	o := report.Observation{Text: "a request body is answered with " + a.text(), Exchanges: evidence(a)}
	echoed, _ := a.object.text("name")
	ignored := a.is(http.StatusCreated) && echoed == name
	switch {
	case ignored:
		o.Text = "a request body is ignored"
	case a.is(http.StatusCreated) && echoed == other:
		o.Text = "a request body is read: its name counts, not the header's"
	}
	t.observe(id, o, ignored)
}
