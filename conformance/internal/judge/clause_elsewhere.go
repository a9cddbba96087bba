package judge

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func elsewhereProbes() []probe {
	return []probe{
		{clauses: []string{"missing-slash.answer"}, run: missingSlash},
		{clauses: []string{"other-path.answer"}, run: otherPath},
		{clauses: []string{"other-method.answer"}, run: otherMethod},
		{clauses: []string{"request-body.answer"}, run: requestBody},
	}
}

func missingSlash(r *run) {
	const id = "missing-slash.answer"
	a := r.send(request{clause: id, path: strings.TrimSuffix(fixtures.UsersPath, "/"), header: headers(r.name()), aside: true})
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
	r.observe(id, o, o.Choices != nil)
}

func otherPath(r *run) {
	const id = "other-path.answer"
	a := r.send(request{clause: id, path: "/no-such-path/", header: headers(r.name()), aside: true})
	o := report.Observation{Text: "it is answered with " + a.text(), Exchanges: evidence(a)}
	if a.object != nil {
		o.Text += ", and a JSON object"
	}
	r.observe(id, o, a.is(http.StatusNotFound) && a.object != nil)
}

func otherMethod(r *run) {
	const id = "other-method.answer"
	a := r.send(request{clause: id, method: http.MethodGet, header: headers(r.name()), aside: true})
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
	r.observe(id, o, o.Choices != nil)
}

func requestBody(r *run) {
	const id = "request-body.answer"
	name, other := r.name(), r.name()
	header := headers(name)
	header["Content-Type"] = []string{"application/json"}
	body := fmt.Sprintf(`{"Username":%q,"username":%q,"name":%q}`, other, other, other)
	a := r.send(request{clause: id, header: header, body: body, unusual: true})
	o := report.Observation{Text: "a request body is answered with " + a.text(), Exchanges: evidence(a)}
	echoed, _ := a.object.text("name")
	ignored := a.is(http.StatusCreated) && echoed == name
	switch {
	case ignored:
		o.Text = "a request body is ignored"
	case a.is(http.StatusCreated) && echoed == other:
		o.Text = "a request body is read: its name counts, not the header's"
	}
	r.observe(id, o, ignored)
}
