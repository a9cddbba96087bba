package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/junit"
)

// JUnit writes a run as JUnit XML: a suite for each section and a case for each clause. A case fails or is in error if
// and only if it makes the run fail, so that a CI server and the exit code agree.
func JUnit(w io.Writer, run Run) error {
	result := junit.Report{Name: "Create Account conformance", Duration: run.Duration}
	add := func(section string, c junit.Case) {
		i := slices.IndexFunc(result.Suites, func(s junit.Suite) bool { return s.Name == section })
		if i < 0 {
			i = len(result.Suites)
			result.Suites = append(result.Suites, junitSuiteOf(run, section))
		}
		result.Suites[i].Cases = append(result.Suites[i].Cases, c)
	}
	for _, c := range run.Clauses {
		add(c.Clause.Section, junitCaseOf(run, c))
	}
	if run.Verdict == NotJudged {
		add("run", junit.Case{
			Name: "the target can be judged", Class: "run", Result: junit.Errored,
			Message: visible(run.Reason, textLine), Type: string(NotJudged),
		})
	}
	return junit.Write(w, result)
}

func junitSuiteOf(run Run, section string) junit.Suite {
	properties := []junit.Property{
		{Name: "url", Value: visible(run.URL, textLine)},
		{Name: "run_id", Value: visible(run.ID, textLine)},
		{Name: "version", Value: visible(run.Version, textLine)},
		{Name: "verdict", Value: string(run.Verdict)},
	}
	for _, l := range run.Latency {
		properties = append(properties, junit.Property{Name: "latency_" + statusName(l.Status), Value: l.line()})
	}
	if slowest := slowestOf(run.Latency); slowest != nil {
		properties = append(properties, junit.Property{Name: "latency_slowest", Value: visible(slowest.Curl, textLine)})
	}
	return junit.Suite{Name: section, Started: run.Started, Properties: properties}
}

// junitCaseOf is the case of a clause. JUnit has no element for what is wrong and fails no run, nor for what was not
// checked, and readers show a skipped case as neither passed nor failed. So a violation that is known or does not bind
// is skipped, with its evidence, as is a check that broke and does not bind, and a clause that was not checked; the
// message says which.
func junitCaseOf(run Run, c ClauseResult) junit.Case {
	binds := Binds(c.Clause.Level, run.Level)
	result := junit.Case{
		Name: c.Clause.ID + ": " + visible(c.Clause.Text, textLine), Class: c.Clause.Section, Duration: c.Duration,
		Type: string(c.Outcome), Message: firstSummary(c),
	}
	switch {
	case c.Outcome == Failed && binds:
		result.Result, result.Text = junit.Failed, evidence(c)
	case c.Outcome == Failed:
		result.Message = fmt.Sprintf("violated, but does not fail a run of level %s: %s", run.Level, result.Message)
		result.Result, result.Text = junit.Skipped, evidence(c)
	case c.Outcome == FixedKnown:
		result.Result, result.Message = junit.Failed, "passes now: take it off the list of known failures"
	case c.Outcome == Errored && binds:
		result.Result, result.Text = junit.Errored, evidence(c)
	case c.Outcome == Errored:
		result.Result, result.Text = junit.Skipped, evidence(c)
	case c.Outcome == KnownFailing:
		result.Message = "known failure: " + result.Message
		result.Result, result.Text = junit.Skipped, evidence(c)
	case c.Outcome == Unchecked && run.RequireAll && binds:
		result.Result, result.Message = junit.Errored, "every clause is required: "+visible(c.Reason, textLine)
	case c.Outcome == Unchecked:
		result.Result, result.Message = junit.Skipped, visible(c.Reason, textLine)
	case c.Observation != nil:
		result.Output = visible(c.Observation.Text, textLine)
	}
	return result
}

func firstSummary(c ClauseResult) string {
	if len(c.Failures) == 0 {
		return string(c.Outcome)
	}
	return visible(c.Failures[0].Summary, textLine)
}

// evidence is what the terminal shows of a clause that does not hold.
func evidence(c ClauseResult) string {
	t := newTextPrinter(TextOptions{})
	t.evidence(c)
	return "\n" + strings.TrimRight(t.out.String(), "\n") + "\n"
}
