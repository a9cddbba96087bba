package judge

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func elsewhereProbes() []probe {
	return []probe{
		{clauses: []string{"missing-slash.answer"}, run: missingSlash},
		{clauses: []string{"other-path.answer"}, run: otherPath},
		{clauses: []string{"other-method.answer"}, run: otherMethod},
		{clauses: []string{"other-origin.answer"}, run: otherOrigin},
		{clauses: []string{"request-body.answer"}, run: requestBody},
	}
}

func missingSlash(r *run) {
	const id = "missing-slash.answer"
	path := strings.TrimSuffix(fixtures.UsersPath, "/")
	a := r.send(request{clause: id, path: path, header: headers(r.name()), aside: true})
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

// otherOrigin asks as a browser does for a page of another origin: first whether it may send the headers, and then
// with them.
func otherOrigin(r *run) {
	const id, origin = "other-origin.answer", "https://page.example"
	wanted := []string{strings.ToLower(fixtures.PrivacyHeader), strings.ToLower(fixtures.UsernameHeader)}
	preflight := r.send(request{clause: id, method: http.MethodOptions, aside: true, header: http.Header{
		"Origin": {origin}, "Access-Control-Request-Method": {http.MethodPost},
		"Access-Control-Request-Headers": {strings.Join(wanted, ",")},
	}})
	name := r.name()
	header := headers(name, fixtures.DefaultPrivacy)
	header["Origin"] = []string{origin}
	a := r.send(request{clause: id, header: header})
	r.expectBody(a, nil, wantCreated(name, fixtures.DefaultPrivacy))
	if preflight.status == 0 || a.status == 0 {
		r.checks[id].unchecked("the request of a page of another origin was not answered")
		return
	}
	granted := preflight.status >= 200 && preflight.status < 300
	allows := func(answer *answer) bool {
		allowed := answer.exchange.Response.Header.Get("Access-Control-Allow-Origin")
		return allowed == "*" || allowed == origin
	}
	var refused []string
	allowed := preflight.exchange.Response.Header.Values("Access-Control-Allow-Headers")
	for _, name := range []string{fixtures.UsernameHeader, fixtures.PrivacyHeader} {
		if !listed(allowed, name) && !listed(allowed, "*") {
			refused = append(refused, name)
		}
	}
	o := report.Observation{Exchanges: evidence(preflight, a)}
	switch {
	case granted && allows(preflight) && len(refused) == 0 && allows(a):
		o.Text = "a page of any origin may call"
		r.observe(id, o, true)
		return
	case !granted || !allows(preflight):
		o.Text = "a page of another origin may not call: its preflight is refused"
	case len(refused) > 0:
		o.Text = "a page of another origin may not call: it may not send " + strings.Join(refused, " and ")
	default:
		o.Text = "a page of another origin may not call: it may not read the answer"
	}
	o.Choices = choice(originChoice, r.target.base.Scheme+"://"+r.target.base.Host)
	r.observe(id, o, false)
}

// listed reports whether a header that is a list, of one line or of several, names a header.
func listed(lines []string, name string) bool {
	names := strings.Split(strings.Join(lines, ","), ",")
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSpace(n), name) })
}
