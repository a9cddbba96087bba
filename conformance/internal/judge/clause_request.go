package judge

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func requestProbes() []probe {
	return []probe{
		{clauses: []string{"request.endpoint"}, run: func(r *run) {
			each(2, func(int) { r.create("request.endpoint", r.name()) })
		}},
		{clauses: []string{"request.username-header"}, run: usernameHeader},
		{clauses: []string{"request.privacy-header"}, run: privacyHeader},
		{clauses: []string{"request.header-case"}, run: headerCase},
		{clauses: []string{"request.headers-only"}, run: headersOnly},
		{clauses: []string{"request.safe-methods"}, run: safeMethods},
	}
}

func usernameHeader(r *run) {
	each(2, func(int) {
		name := r.name()
		a := r.create("request.username-header", name)
		r.checks["request.username-header"].judge(aboutName, a, []want{wantCreated(name, fixtures.DefaultPrivacy)})
	})
}

func privacyHeader(r *run) {
	const id = "request.privacy-header"
	all(
		func() { r.refuse(id, r.name(), r.invalid(0)) },
		func() {
			each(len(r.accepted()), func(i int) {
				name, setting := r.name(), r.accepted()[i]
				a := r.create(id, name, setting)
				r.checks[id].judge(aboutPrivacy, a, []want{wantCreated(name, setting)})
			})
		},
	)
}

// headerCase writes header names as HTTP/2 does, as a shouting client does, and as nobody does (RFC 9110, section 5.1).
func headerCase(r *run) {
	const id = "request.header-case"
	cases := []func(string) string{
		strings.ToLower,
		strings.ToUpper,
		func(name string) string { return strings.ToLower(name[:1]) + strings.ToUpper(name[1:]) },
	}
	each(len(cases), func(i int) {
		written := func(name, privacy string) http.Header {
			return http.Header{cases[i](fixtures.UsernameHeader): {name}, cases[i](fixtures.PrivacyHeader): {privacy}}
		}
		all(
			func() {
				name, setting := r.name(), r.accepted()[len(r.accepted())-1]
				a := r.send(request{clause: id, header: written(name, setting)})
				r.checks[id].judge(aboutStatus|aboutName|aboutPrivacy, a, []want{wantCreated(name, setting)})
			},
			func() {
				name, setting := r.name(), r.invalid(0)
				a := r.send(request{clause: id, header: written(name, setting)})
				r.checks[id].judge(aboutStatus|aboutName|aboutPrivacy, a, []want{wantInvalid(name, setting)})
			},
		)
	})
}

// headersOnly sends fields beside the headers, and instead of the Username. What else a target makes of them is its
// own affair: it may refuse such a request, but no answer may show that they were read.
func headersOnly(r *run) {
	asQuery := func(fields url.Values, header http.Header) request {
		return request{query: fields.Encode(), header: header, unusual: true}
	}
	asForm := func(fields url.Values, header http.Header) request {
		header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
		return request{body: fields.Encode(), header: header, unusual: true}
	}
	asJSON := func(fields url.Values, header http.Header) request {
		header["Content-Type"] = []string{"application/json"}
		members := map[string]string{}
		for name := range fields {
			members[name] = fields.Get(name)
		}
		body, _ := json.Marshal(members) // strings always can be
		return request{body: string(body), header: header, unusual: true}
	}
	for where, send := range map[string]func(url.Values, http.Header) request{
		"query parameter": asQuery, "form field": asForm, "member of a JSON body": asJSON,
	} {
		all(
			func() {
				name, other := r.name(), r.name()
				r.fieldsUnread(where, other, send(fields(other, r.invalid(0)), headers(name)))
			},
			func() {
				other := r.name()
				r.fieldsUnread(where, other, send(fields(other, ""), http.Header{}))
			},
		)
	}
}

// fields spells the fields as the page and as most programs do.
func fields(name, privacy string) url.Values {
	fields := url.Values{"Username": {name}, "username": {name}}
	if privacy != "" {
		fields["Privacy"], fields["privacy"] = []string{privacy}, []string{privacy}
	}
	return fields
}

func (r *run) fieldsUnread(where, name string, q request) {
	const id = "request.headers-only"
	q.clause = id
	a := r.send(q)
	if a.status == 0 {
		return
	}
	echoed, _ := a.object.text("name")
	privacy, _ := a.object.text("privacy")
	r.checks[id].hold(echoed != name, "The "+where+" Username was read: the answer is about the name it holds.", a)
	r.checks[id].hold(privacy != r.invalid(0),
		"The "+where+" Privacy was read: the answer is about the setting it holds.", a)
	if _, named := q.header[fixtures.UsernameHeader]; !named {
		r.checks[id].hold(!a.is(http.StatusCreated),
			"The "+where+" Username was read: there was no header, and the status is 201.", a)
	}
}

// safeMethods asks with methods that must change nothing, and then for the name.
func safeMethods(r *run) {
	methods := []string{http.MethodGet, http.MethodHead}
	each(2*len(methods), func(i int) {
		const id = "request.safe-methods"
		name := r.name()
		safe := r.send(request{clause: id, method: methods[i%len(methods)], header: headers(name), aside: true})
		if safe.status == 0 {
			return
		}
		a := r.send(request{clause: id, header: headers(name)})
		r.checks[id].judge(aboutStatus, a, []want{wantCreated(name, fixtures.DefaultPrivacy)}, safe)
	})
}
