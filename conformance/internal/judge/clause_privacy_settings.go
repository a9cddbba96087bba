package judge

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// likely are settings that an implementation may well have besides Public.
var likely = []string{"Private", "Friends", "Followers", "Protected", "Unlisted", "Hidden"}

func privacySettingsProbes() []probe {
	return []probe{
		{run: privacySettings, clauses: []string{
			"privacy.accepted", "privacy.case", "empty-privacy.answer", "repeated-privacy.answer", "created.privacy",
			"created.status",
		}},
	}
}

func privacySettings(r *run) {
	all(func() { repeatedPrivacy(r, acceptedSettings(r)) }, func() { privacyCase(r) }, func() { emptyPrivacy(r) })
}

// acceptedSettings tries settings and returns those that are accepted. Whichever is, its 201 must echo it (clause
// created.privacy).
func acceptedSettings(r *run) []string {
	const id = "privacy.accepted"
	candidates := r.accepted()
	for _, setting := range likely {
		if !slices.Contains(candidates, setting) && setting != r.cfg.InvalidPrivacy {
			candidates = append(candidates, setting)
		}
	}
	answers := make([]*answer, len(candidates))
	each(len(candidates), func(i int) {
		name := r.name()
		a := r.send(request{clause: id, header: headers(name, candidates[i])})
		created := wantCreated(name, candidates[i])
		r.expectBody(a, nil, created, wantInvalid(name, candidates[i]))
		r.checks["created.privacy"].judge(aboutPrivacy, a, []want{created})
		// It is a setting or it is none: a third answer is wrong.
		r.checks["created.status"].judge(aboutStatus, a, []want{created, wantInvalid(name, candidates[i])})
		answers[i] = a
	})
	var accepted []string
	for i, a := range answers {
		if a.is(http.StatusCreated) {
			accepted = append(accepted, candidates[i])
		}
	}
	if len(accepted) == 0 {
		r.checks[id].unchecked("no setting was accepted")
		return nil
	}
	r.observe(id, report.Observation{
		Text:      strings.Join(accepted, ", ") + " of " + strings.Join(candidates, ", "),
		Choices:   choice(privacyChoice, strings.Join(accepted, ",")),
		Exchanges: evidence(answers...),
	}, true)
	return accepted
}

func privacyCase(r *run) {
	const id = "privacy.case"
	name, setting := r.name(), strings.ToLower(fixtures.DefaultPrivacy)
	a := r.send(request{clause: id, header: headers(name, setting)})
	o := report.Observation{Exchanges: evidence(a)}
	switch privacy, _ := a.object.text("privacy"); {
	case a.is(http.StatusBadRequest):
		r.expectBody(a, nil, wantInvalid(name, setting))
		o.Text, o.Choices = "letter case matters: public is answered with 400", choice("privacy-comparison", "exact")
	case a.is(http.StatusCreated):
		o.Text = fmt.Sprintf("letter case does not matter: public is accepted, and echoed as %q", privacy)
		o.Choices = choice("privacy-comparison", "fold")
	default:
		o.Text = "public is answered with " + a.text()
	}
	r.observe(id, o, o.Choices != nil)
}

func emptyPrivacy(r *run) {
	const id = "empty-privacy.answer"
	a := r.send(request{clause: id, header: headers(r.name(), ""), unusual: true})
	o := report.Observation{Exchanges: evidence(a)}
	switch privacy, _ := a.object.text("privacy"); {
	case a.is(http.StatusBadRequest):
		o.Text, o.Choices = "an empty Privacy is answered with 400", choice("empty-privacy", "refuse")
	case a.is(http.StatusCreated) && privacy == fixtures.DefaultPrivacy:
		o.Text, o.Choices = "an empty Privacy is like none: the setting is Public", choice("empty-privacy", "default")
	default:
		o.Text = "an empty Privacy is answered with " + a.text()
	}
	r.observe(id, o, o.Choices != nil)
}

// repeatedPrivacy needs two settings that are accepted, to see which of them counts.
func repeatedPrivacy(r *run, accepted []string) {
	const id = "repeated-privacy.answer"
	if len(accepted) < 2 {
		r.checks[id].unchecked("it takes two accepted settings; --privacy names them")
		return
	}
	a := r.send(request{clause: id, header: headers(r.name(), accepted[0], accepted[1]), unusual: true})
	o := report.Observation{Exchanges: evidence(a)}
	switch privacy, _ := a.object.text("privacy"); {
	case a.is(http.StatusBadRequest):
		o.Text, o.Choices = "several Privacy headers are answered with 400", choice("repeated-privacy", "refuse")
	case a.is(http.StatusCreated) && privacy == accepted[0]:
		o.Text, o.Choices = "the first of several Privacy headers counts", choice("repeated-privacy", "first")
	case a.is(http.StatusCreated) && privacy == accepted[1]:
		o.Text, o.Choices = "the last of several Privacy headers counts", choice("repeated-privacy", "last")
	default:
		o.Text = "several Privacy headers are answered with " + a.text()
	}
	r.observe(id, o, o.Choices != nil)
}
