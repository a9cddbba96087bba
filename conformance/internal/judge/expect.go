package judge

import (
	"net/http"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// bodyChecks are the checks of what the documented answers say, by status.
var bodyChecks = map[int]map[aspect]string{
	http.StatusCreated: {aboutMembers: "created.body", aboutName: "created.name"},
	http.StatusBadRequest: {
		aboutMembers: "invalid-privacy.body", aboutName: "invalid-privacy.name",
		aboutPrivacy: "invalid-privacy.privacy",
		aboutCode:    "invalid-privacy.code", aboutDescription: "invalid-privacy.description",
		aboutEncoding: "invalid-privacy.well-formed",
	},
	http.StatusForbidden: {
		aboutMembers: "blocked.body", aboutDescription: "blocked.description", aboutCode: "blocked.code",
	},
	http.StatusConflict: {aboutMembers: "conflict.body", aboutName: "conflict.name", aboutCode: "conflict.code"},
}

// formChecks are the checks of every answer.
var formChecks = map[aspect]string{
	aboutJSON: "answer.json", aboutUTF8: "answer.utf-8", aboutUnique: "answer.unique-members",
	aboutRest: "answer.nothing-after", aboutContentType: "answer.content-type", aboutRedirect: "answer.no-redirect",
	aboutServerError: "answer.no-server-error", aboutComplete: "answer.complete",
}

// judgeForm takes an answer as evidence for the clauses that bind every answer.
func (r *run) judgeForm(q request, a *answer) {
	itsOwnWords := q.unusual && a.status >= 400 && a.status < 500
	for about, id := range formChecks {
		if a.status == 0 && about != aboutComplete {
			continue // there is nothing to examine
		}
		if itsOwnWords && about&(aboutEncoding|aboutContentType) != 0 {
			continue
		}
		r.checks[id].judge(about, a, []want{{status: a.status, only: aboutStatus}})
	}
}

// judgeMixUp looks for an answer about the name of another request: most of a run's requests are sent at the same
// time as others. A name that differs by letter case only may be the target's own way to write it.
func (r *run) judgeMixUp(q request, a *answer) {
	sent := q.header[fixtures.UsernameHeader]
	echoed, ok := a.object.text("name")
	if !ok || len(sent) != 1 || q.query != "" || q.body != "" || strings.EqualFold(echoed, sent[0]) {
		return
	}
	r.mu.Lock()
	named := r.named[echoed]
	r.mu.Unlock()
	if named && echoed != "" {
		r.checks["created.concurrent-names"].hold(false, "The answer is about the name of another request.", a)
	}
}

// expect takes an answer as evidence. Its status speaks for or against the clause for which the request was sent;
// what the body says, for or against the clauses on the documented answer with that status.
func (r *run) expect(a *answer, before []*answer, wants ...want) {
	r.checks[a.exchange.Clause].judge(aboutStatus, a, wants, before...)
	r.expectBody(a, before, wants...)
}

// expectBody takes what the body says as evidence, when the status is right.
func (r *run) expectBody(a *answer, before []*answer, wants ...want) {
	w := pick(wants, a.status)
	if a.status != w.status || w.only != 0 {
		return
	}
	for about, id := range bodyChecks[w.status] {
		r.checks[id].judge(about, a, wants, before...)
	}
}

// create asks for a new account, for the sake of a clause. At most one privacy is given.
func (r *run) create(clause, name string, privacy ...string) *answer {
	a := r.send(request{clause: clause, header: headers(name, privacy...)})
	r.expectCreated(a, nil, name, privacy...)
	return a
}

func (r *run) expectCreated(a *answer, before []*answer, name string, privacy ...string) {
	setting, clauses := fixtures.DefaultPrivacy, []string{"created.default-privacy"}
	if len(privacy) > 0 {
		setting, clauses = privacy[0], []string{"created.privacy"}
		if setting == fixtures.DefaultPrivacy {
			clauses = append(clauses, "created.explicit-default")
		}
	}
	w := wantCreated(name, setting)
	r.expect(a, before, w)
	for _, id := range clauses {
		r.checks[id].judge(aboutPrivacy, a, []want{w}, before...)
	}
	if a.is(http.StatusCreated) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.kept = append(r.kept, kept{name, a})
	}
}

// again asks for an account whose name is in use.
func (r *run) again(created *answer, clause, name string, privacy ...string) *answer {
	a := r.send(request{clause: clause, header: headers(name, privacy...)})
	r.expect(a, []*answer{created}, wantConflict(name))
	return a
}

// refuse asks for an account with a setting that is not known.
func (r *run) refuse(clause, name, privacy string) *answer {
	a := r.send(request{clause: clause, header: headers(name, privacy)})
	r.expect(a, nil, wantInvalid(name, privacy))
	return a
}
