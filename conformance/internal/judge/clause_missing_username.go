package judge

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func missingUsernameProbes() []probe {
	return []probe{
		{
			clauses: []string{"missing-username.status", "missing-username.code", "missing-username.body"},
			run: func(r *run) {
				withoutName(r, "missing-username", http.Header{})
			},
		},
		{clauses: []string{"empty-username.status", "empty-username.code", "empty-username.body"}, run: func(r *run) {
			withoutName(r, "empty-username", headers(""))
		}},
		{clauses: []string{"repeated-username.answer"}, run: repeatedUsername},
	}
}

// withoutName sends requests that name nobody. Only the status and the code are judged: the page gives no wording for
// this 400.
func withoutName(r *run, prefix string, header http.Header) {
	answers := make([]*answer, max(2, r.cfg.Repeat/2))
	each(len(answers), func(i int) {
		header := header.Clone()
		if i%2 == 1 {
			header[fixtures.PrivacyHeader] = []string{fixtures.DefaultPrivacy}
		}
		a := r.send(request{clause: prefix + ".status", header: header})
		r.expect(a, nil, wantMissing())
		r.checks[prefix+".code"].judge(aboutCode, a, []want{wantMissing()})
		answers[i] = a
	})
	observeRefusal(r, prefix+".body", answers[0])
}

// observeRefusal notes the members and the description of a 400 whose wording is the target's own.
func observeRefusal(r *run, id string, a *answer) {
	if !a.is(http.StatusBadRequest) || a.object == nil {
		r.checks[id].unchecked("the answer was not a 400 with a JSON object")
		return
	}
	documented, _ := fixtures.AnswerOf(http.StatusBadRequest)
	var members []string
	for _, member := range documented.Members {
		if _, ok := a.object[member.Name]; ok {
			members = append(members, member.Name)
		}
	}
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(a.object)),
		func(name string) bool { return slices.Contains(members, name) })
	o := report.Observation{
		Text:      "400 with the members " + strings.Join(slices.Concat(members, others), ", "),
		Exchanges: evidence(a),
	}
	if description, ok := a.object.text("description"); ok {
		o.Text += fmt.Sprintf(", described as %q", description)
		o.Choices = choice("username-description", description)
	}
	if slices.Contains(members, "code") && len(others) == 0 {
		o.Choices = append(o.Choices, choice("username-refusal-members", strings.Join(members, ","))...)
	}
	r.observe(id, o, len(others) == 0)
}

func repeatedUsername(r *run) {
	const id = "repeated-username.answer"
	first, last := r.name(), r.name()
	a := r.send(request{clause: id, header: http.Header{fixtures.UsernameHeader: {first, last}}, unusual: true})
	echoed, _ := a.object.text("name")
	o := report.Observation{Exchanges: evidence(a)}
	chose := func(value, text string) { o.Text, o.Choices = text, choice("repeated-username", value) }
	switch {
	case a.is(http.StatusBadRequest):
		chose("refuse", "several Username headers are answered with 400")
	case a.is(http.StatusCreated) && echoed == first:
		chose("first", "the first of several Username headers counts")
	case a.is(http.StatusCreated) && echoed == last:
		chose("last", "the last of several Username headers counts")
	case a.is(http.StatusCreated) && echoed == first+", "+last:
		chose("join", "several Username headers are joined by comma and space")
	default:
		o.Text = "several Username headers are answered with " + a.text()
	}
	r.observe(id, o, len(o.Choices) > 0)
}
