package judge

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

func answerProbes() []probe {
	form := slices.Sorted(maps.Values(formChecks))
	return []probe{
		// Every answer of the run is evidence for these; the probes are there when nothing else is.
		{run: oneConnection, phase: alone, clauses: append([]string{
			"created.name", "created.default-privacy", "missing-username.status",
		}, form...)},
		{run: anyAccept, clauses: append([]string{"invalid-privacy.description"}, form...)},
	}
}

// oneConnection sends the documented cases over one connection, where an answer that is longer or shorter than it
// says spoils the next, and where a value of one request may stick to the next. A server may close a connection at
// any time; only what comes is judged.
func oneConnection(r *run) {
	via, err := r.cfg.newRoute(r.cfg.URL, func(transport *http.Transport) {
		transport.MaxIdleConnsPerHost, transport.MaxConnsPerHost = 1, 1
	})
	if err != nil || r.dry {
		via = r.target
	}
	name, setting := r.name(), r.accepted()[len(r.accepted())-1]
	long := r.name() + strings.Repeat("n", 6)
	send := func(clause string, header http.Header) *answer {
		return r.send(request{clause: clause, header: header, via: via, shared: true})
	}
	before := send("created.exact-echo", headers(long, setting))
	r.expectBody(before, nil, wantCreated(long, setting)) // a longer name than the others may be refused
	r.expectCreated(send("created.status", headers(name)), []*answer{before}, name)
	nobody := send("missing-username.status", http.Header{})
	r.expect(nobody, nil, wantMissing())
	r.expect(send("conflict.status", headers(name)), []*answer{nobody}, wantConflict(name))
	refused := r.name()
	before = send("invalid-privacy.status", headers(refused, r.invalid(0)))
	r.expect(before, nil, wantInvalid(refused, r.invalid(0)))
	r.expectCreated(send("created.status", headers(refused)), []*answer{before}, refused)
	via.close()
}

// preferences are headers that say what a caller would like. The page knows one representation, in one language.
var preferences = []http.Header{
	{"Accept": {"*/*"}},
	{"Accept": nil}, // not sent at all
	{"Accept-Language": {"de, en;q=0.5"}},
}

// anyAccept asks in each of the documented ways with each of the preferences.
func anyAccept(r *run) {
	each(len(preferences), func(i int) {
		send := func(clause string, header http.Header) *answer {
			maps.Copy(header, preferences[i])
			return r.send(request{clause: clause, header: header})
		}
		name, refused := r.name(), r.name()
		all(
			func() {
				created := send("created.status", headers(name))
				r.expectCreated(created, nil, name)
				if created.is(http.StatusCreated) {
					r.expect(send("conflict.status", headers(name)), []*answer{created}, wantConflict(name))
				}
			},
			func() {
				r.expect(send("invalid-privacy.status", headers(refused, r.invalid(0))), nil,
					wantInvalid(refused, r.invalid(0)))
			},
			func() { r.expect(send("missing-username.status", http.Header{}), nil, wantMissing()) },
		)
	})
}
