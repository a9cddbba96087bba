package verifier

import (
	_ "embed" // the template of the HTML report
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/junit"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// Outcome is what reports tell beside the run: the exit code, and the error that goes with it.
type Outcome struct {
	Run
	ExitCode int
	Problem  error
}

// problems are the lines of the error.
func (o Outcome) problems() []string {
	if o.Problem == nil {
		return nil
	}
	return strings.Split(o.Problem.Error(), "\n")
}

// JUnit writes a test case for each interaction. A pending one that failed is skipped, for JUnit has no element for a
// failure that fails no run; its message says pending. A problem is one more case, which is an error: a run that could
// not judge never looks green.
func JUnit(w io.Writer, outcome Outcome) error {
	suite := junit.Suite{Name: "pacts"}
	var duration time.Duration
	for _, interaction := range outcome.Interactions {
		duration += interaction.Duration
		lines := interaction.reasons()
		one := junit.Case{
			Class: interaction.Consumer, Name: interaction.title(), Duration: interaction.Duration,
			Text: strings.Join(lines, "\n"),
		}
		switch interaction.result() {
		case ok:
		case pending:
			one.Result, one.Message = junit.Skipped, "pending: "+lines[0]
		default:
			one.Result, one.Message = junit.Failed, lines[0]
		}
		suite.Cases = append(suite.Cases, one)
	}
	for _, problem := range outcome.problems() {
		suite.Cases = append(suite.Cases, junit.Case{
			Class: "pacts", Name: "verification", Result: junit.Errored, Message: problem,
		})
	}
	return junit.Write(w, junit.Report{Name: "pacts", Duration: duration, Suites: []junit.Suite{suite}})
}

// JSON writes the result as one object. Texts are as they came, for whoever reads JSON: what a terminal or a CI system
// would obey is an escape of JSON, because the object may be printed.
func JSON(w io.Writer, outcome Outcome) error {
	type interaction struct {
		Result string `json:"result"`
		Interaction
		Seconds float64 `json:"seconds"`
	}
	report := struct {
		Schema       int           `json:"schema"`
		ExitCode     int           `json:"exit_code"`
		Provider     string        `json:"provider"`
		Summary      string        `json:"summary"`
		Interactions []interaction `json:"interactions"`
		Notes        []string      `json:"notes"`
		Problems     []string      `json:"problems"`
	}{1, outcome.ExitCode, outcome.Provider, outcome.summary(), []interaction{}, outcome.Notes, outcome.problems()}
	for _, one := range outcome.Interactions {
		report.Interactions = append(report.Interactions, interaction{one.result(), one, one.Duration.Seconds()})
	}
	encoded, err := json.Marshal(report, jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return err
	}
	_, err = w.Write(append(untrusted.JSON(encoded), '\n'))
	return err
}

//go:embed report.html.tmpl
var page string

// HTML writes the result as one page that needs no other file.
func HTML(w io.Writer, outcome Outcome) error {
	page, err := template.New("report").Funcs(template.FuncMap{
		"line": untrusted.Line, "result": Interaction.result, "title": Interaction.title,
		"reasons": func(i Interaction) string { return strings.Join(i.reasons(), "\n") },
	}).Parse(page)
	if err != nil {
		return err
	}
	verdict := []string{"Verified", "Failed", "Wrong usage or pact file", "Not judged"}[outcome.ExitCode]
	return page.Execute(w, map[string]any{
		"Verdict": verdict, "Verified": outcome.ExitCode == 0, "Summary": outcome.summary(),
		"Interactions": outcome.Interactions, "Notes": outcome.Notes, "Problems": outcome.problems(),
	})
}
