package suite

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func requestSection(s *section) {
	s.check("request.endpoint", "A POST to {base}/users/ creates an account.")
	s.probe(func(t *trial) {
		each(2, func(int) { t.create("request.endpoint", t.name()) })
	}, "request.endpoint")

	s.check("request.username-header", "The account gets the name that the header Username holds.")
	s.probe(func(t *trial) {
		each(2, func(int) {
			name := t.name()
			a := t.create("request.username-header", name)
			t.checks["request.username-header"].judge(aboutName, a, []want{wantCreated(name, fixtures.DefaultPrivacy)})
		})
	}, "request.username-header")

	s.check("request.privacy-header", "The account gets the setting that the header Privacy holds, or is refused for it.")
	s.probe(func(t *trial) {
		const id = "request.privacy-header"
		all(
			func() { t.refuse(id, t.name(), t.invalid(0)) },
			func() {
				each(len(t.accepted()), func(i int) {
					name, setting := t.name(), t.accepted()[i]
					a := t.create(id, name, setting)
					t.checks[id].judge(aboutPrivacy, a, []want{wantCreated(name, setting)})
				})
			},
		)
	}, "request.privacy-header")

	s.check("request.header-case", "The headers are read however the letters of their names are cased.")
	s.probe(headerCase, "request.header-case")

	s.check("request.headers-only", "A query parameter or form field called Username or Privacy is not read.")
	s.probe(headersOnly, "request.headers-only")
}

// headerCase writes header names as HTTP/2 does, as a shouting client does, and as nobody does (RFC 9110, section 5.1).
func headerCase(t *trial) {
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
				name, setting := t.name(), t.accepted()[len(t.accepted())-1]
				a := t.send(request{clause: id, header: written(name, setting)})
				t.checks[id].judge(aboutStatus|aboutName|aboutPrivacy, a, []want{wantCreated(name, setting)})
			},
			func() {
				name, setting := t.name(), t.invalid(0)
				a := t.send(request{clause: id, header: written(name, setting)})
				t.checks[id].judge(aboutStatus|aboutName|aboutPrivacy, a, []want{wantInvalid(name, setting)})
			},
		)
	})
}

// headersOnly sends fields beside the headers, and instead of the Username. What else a target makes of them is its own affair: it
// may refuse such a request, but no answer may show that they were read.
func headersOnly(t *trial) {
	asQuery := func(fields url.Values, header http.Header) request {
		return request{query: fields.Encode(), header: header, unusual: true}
	}
	asForm := func(fields url.Values, header http.Header) request {
		header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
		return request{body: fields.Encode(), header: header, unusual: true}
	}
	for where, send := range map[string]func(url.Values, http.Header) request{"query parameter": asQuery, "form field": asForm} {
		all(
			func() {
				name, other := t.name(), t.name()
				t.fieldsUnread(where, other, send(fields(other, t.invalid(0)), headers(name)))
			},
			func() {
				other := t.name()
				t.fieldsUnread(where, other, send(fields(other, ""), http.Header{}))
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

func (t *trial) fieldsUnread(where, name string, r request) {
	const id = "request.headers-only"
	r.clause = id
	a := t.send(r)
	if a.status == 0 {
		return
	}
	echoed, _ := a.object.text("name")
	privacy, _ := a.object.text("privacy")
	t.checks[id].hold(echoed != name, "The "+where+" Username was read: the answer is about the name it holds.", a)
	t.checks[id].hold(privacy != t.invalid(0), "The "+where+" Privacy was read: the answer is about the setting it holds.", a)
	if _, named := r.header[fixtures.UsernameHeader]; !named {
		t.checks[id].hold(!a.is(http.StatusCreated), "The "+where+" Username was read: there was no header, and the status is 201.", a)
	}
}

// accepted are the settings that the target is said to accept.
func (t *trial) accepted() []string {
	return append([]string{fixtures.DefaultPrivacy}, t.cfg.Privacy...)
}

// invalid returns settings that the target must refuse, in turn.
func (t *trial) invalid(turn int) string {
	if t.cfg.InvalidPrivacy != "" {
		return t.cfg.InvalidPrivacy
	}
	settings := []string{
		DefaultInvalidPrivacy,
		"NotPublic",              // a search for a known setting would find one
		"PublicAndMore",          // so would a look at its beginning
		"ublic",                  // a search among the known settings would find it
		"constructor",            // every JavaScript object has a member of this name
		`Nobody "defines" this\`, // spoils JSON that is put together by hand
		"Nobody-Defines-This-2026-Setting-Either-However-Long-It-Is", // longer than most
	}
	return settings[turn%len(settings)]
}
