package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// likely are settings that an implementation may well have besides Public.
var likely = []string{"Private", "Friends", "Followers", "Protected", "Unlisted", "Hidden"}

func privacySettingsSection(s *section) {
	s.check("privacy.accepted", "Which privacy settings are accepted?")
	s.check("privacy.case", "Does letter case matter in a privacy setting?")
	s.check("empty-privacy.answer", "What is the answer to an empty Privacy?")
	s.check("repeated-privacy.answer", "What is the answer to several Privacy headers?")
	s.probe(func(t *trial) {
		all(
			func() { repeatedPrivacy(t, acceptedSettings(t)) },
			func() { privacyCase(t) },
			func() { emptyPrivacy(t) },
		)
	}, "privacy.accepted", "privacy.case", "empty-privacy.answer", "repeated-privacy.answer", "created.privacy", "created.status")
}

// acceptedSettings tries settings and returns those that are accepted. Whichever is, its 201 must echo it (clause created.privacy).
func acceptedSettings(t *trial) []string {
	const id = "privacy.accepted"
	candidates := t.accepted()
	for _, setting := range likely {
		if !slices.Contains(candidates, setting) && setting != t.cfg.InvalidPrivacy {
			candidates = append(candidates, setting)
		}
	}
	answers := make([]*answer, len(candidates))
	each(len(candidates), func(i int) {
		name := t.name()
		a := t.send(request{clause: id, header: headers(name, candidates[i])})
		created := wantCreated(name, candidates[i])
		t.expectBody(a, nil, created, wantInvalid(name, candidates[i]))
		t.checks["created.privacy"].judge(aboutPrivacy, a, []want{created})
		// It is a setting or it is none: a third answer is wrong.
		t.checks["created.status"].judge(aboutStatus, a, []want{created, wantInvalid(name, candidates[i])})
		answers[i] = a
	})
	var accepted []string
	for i, a := range answers {
		if a.is(http.StatusCreated) {
			accepted = append(accepted, candidates[i])
		}
	}
	if len(accepted) == 0 {
		t.checks[id].unchecked("no setting was accepted")
		return nil
	}
	t.observe(id, report.Observation{
		Text:      strings.Join(accepted, ", ") + " of " + strings.Join(candidates, ", "),
		Choices:   []report.Choice{{Assumption: privacyChoice, Value: strings.Join(accepted, ",")}},
		Exchanges: evidence(answers...),
	}, true)
	return accepted
}

func privacyCase(t *trial) {
	const id = "privacy.case"
	name, setting := t.name(), strings.ToLower(fixtures.DefaultPrivacy)
	a := t.send(request{clause: id, header: headers(name, setting)})
	o := report.Observation{Exchanges: evidence(a)}
	switch privacy, _ := a.object.text("privacy"); {
	case a.is(http.StatusBadRequest):
		t.expectBody(a, nil, wantInvalid(name, setting))
		o.Text, o.Choices = "letter case matters: public is answered with 400", choice("privacy-comparison", "exact")
	case a.is(http.StatusCreated):
		o.Text = fmt.Sprintf("letter case does not matter: public is accepted, and echoed as %q", privacy)
		o.Choices = choice("privacy-comparison", "fold")
	default:
		o.Text = "public is answered with " + a.text()
	}
	t.observe(id, o, o.Choices != nil)
}

func emptyPrivacy(t *trial) {
	const id = "empty-privacy.answer"
	a := t.send(request{clause: id, header: headers(t.name(), ""), unusual: true})
	o := report.Observation{Exchanges: evidence(a)}
	switch privacy, _ := a.object.text("privacy"); {
	case a.is(http.StatusBadRequest):
		o.Text, o.Choices = "an empty Privacy is answered with 400", choice("empty-privacy", "refuse")
	case a.is(http.StatusCreated) && privacy == fixtures.DefaultPrivacy:
		o.Text, o.Choices = "an empty Privacy is like none: the setting is Public", choice("empty-privacy", "default")
	default:
		o.Text = "an empty Privacy is answered with " + a.text()
	}
	t.observe(id, o, o.Choices != nil)
}

// repeatedPrivacy needs two settings that are accepted, to see which of them counts.
func repeatedPrivacy(t *trial, accepted []string) {
	const id = "repeated-privacy.answer"
	if len(accepted) < 2 {
		t.checks[id].unchecked("it takes two accepted settings; --privacy names them")
		return
	}
	a := t.send(request{clause: id, header: headers(t.name(), accepted[0], accepted[1]), unusual: true})
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
	t.observe(id, o, o.Choices != nil)
}

// choice is the value of one assumption.
func choice(assumption, value string) []report.Choice {
	return []report.Choice{{Assumption: assumption, Value: value}}
}
