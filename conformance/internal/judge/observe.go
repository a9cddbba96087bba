package judge

import (
	"fmt"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// observe notes the answer to a question that the page leaves open. It is the reference server's answer when
// likeReference says so of what no assumption covers, and every assumption has its default.
func (r *run) observe(id string, o report.Observation, likeReference bool) {
	o.AsReference = likeReference
	for _, choice := range o.Choices {
		if choice.Value != defaultOf(choice.Assumption) {
			o.AsReference = false
		}
	}
	o.Reference = references[id]
	r.checks[id].observe(o)
}

// The pseudo-assumptions, for each of which the mock has a key of its own.
const (
	privacyChoice = "privacy"     // which settings are accepted
	originChoice  = "cors-origin" // whose pages may call
)

func defaultOf(assumption string) string {
	if assumption == privacyChoice {
		return "Public,Private"
	}
	return assumptionOf(assumption).Default
}

// choice is the value of one assumption.
func choice(assumption, value string) []report.Choice {
	return []report.Choice{{Assumption: assumption, Value: value}}
}

// assumptionOf returns an assumption by its id; the zero value when there is none.
func assumptionOf(id string) fixtures.Assumption {
	for _, a := range fixtures.Assumptions() {
		if a.ID == id {
			return a
		}
	}
	return fixtures.Assumption{}
}

const invalidUsername = `400 with the members name, privacy, code, description, ` +
	`described as "Username was invalid"`

// references say what the reference server does by default.
var references = map[string]string{
	"order.checks":             "blocked caller (403), then invalid input (400), then used name (409)",
	"missing-username.body":    invalidUsername,
	"empty-username.body":      invalidUsername,
	"repeated-username.answer": "several Username headers are answered with 400",
	"privacy.accepted":         "Public and Private",
	"privacy.case":             "letter case matters",
	"empty-privacy.answer":     "an empty Privacy is answered with 400",
	"repeated-privacy.answer":  "several Privacy headers are answered with 400",
	"names.case":               "names that differ by letter case are different accounts",
	"names.non-ascii":          "the name is echoed as it was sent",
	"names.latin-1":            "the name is read as ISO-8859-1",
	"names.length":             "there is no limit",
	"missing-slash.answer":     "404 that names the right URL",
	"other-path.answer":        "404 with a JSON object",
	"other-method.answer":      "405 with Allow",
	"request-body.answer":      "a request body is ignored",
	"other-origin.answer":      "a page of any origin may call",
}

// text names an answer in a sentence.
func (a *answer) text() string {
	if a.status == 0 {
		return "no answer: " + a.exchange.Error
	}
	text := fmt.Sprintf("status %d", a.status)
	if name, ok := a.object.text("name"); ok {
		text += fmt.Sprintf(" and the name %q", name)
	}
	return text
}
