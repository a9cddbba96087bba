package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func text(t *testing.T, run Run, options TextOptions) string {
	t.Helper()
	return rendered(t, func(w io.Writer, run Run) error { return Text(w, run, options) }, run)
}

func TestTextGolden(t *testing.T) {
	for _, name := range []string{"conformant", "partial", "violated", "not-judged"} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".txt", text(t, samples()[name], TextOptions{Report: "reports/report.html"}))
		})
	}
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestTextIsTheSameInColour(t *testing.T) {
	for name, run := range samples() {
		plain, coloured := text(t, run, TextOptions{}), text(t, run, TextOptions{Color: true})
		if strings.Contains(plain, "\x1b") {
			t.Errorf("%s: an escape without colour", name)
		}
		if ansi.ReplaceAllString(coloured, "") != plain {
			t.Errorf("%s: colour changes more than colour", name)
		}
		if coloured == plain {
			t.Errorf("%s: no colour", name)
		}
	}
}

func TestTextWrapsProse(t *testing.T) {
	run := conformant()
	run.Latency = nil // tables and commands are not wrapped
	for _, width := range []int{1, 40, 72} {
		for line := range strings.Lines(text(t, run, TextOptions{Width: width})) {
			limit := max(width, 40)
			if length := len(strings.TrimSuffix(line, "\n")); length > limit &&
				strings.Contains(strings.TrimSpace(line[limit-1:]), " ") {
				t.Errorf("width %d: %q is %d long", width, line, length)
			}
		}
	}
}

func TestTextKeepsSpacesOfEvidence(t *testing.T) {
	run := conformant()
	fail(clauseOf(&run, "created.name"), Failure{Summary: `name must be "a  b", was "a b"`})
	run.Verdict, run.Reason = Judge(run.Level, run.Clauses)
	if out := text(t, run, TextOptions{Width: 40}); !strings.Contains(out, `name must be "a  b", was "a b"`) {
		t.Error(out)
	}
}

func TestTextSaysWhyACleanRunFails(t *testing.T) {
	run := partial()
	run.RequireAll = true
	const say = "every clause was required, and 7 clauses could not be checked"
	if out := text(t, run, TextOptions{}); !strings.Contains(out, say) {
		t.Error(out)
	}
	run = conformant()
	clauseOf(&run, "created.name").Outcome = FixedKnown
	if out := text(t, run, TextOptions{}); !strings.Contains(out, "created.name passes now") {
		t.Error(out)
	}
}

func TestTextReportsAViolationThatDoesNotFailTheRun(t *testing.T) {
	run := violated()
	run.Level = fixtures.Documented
	clauseOf(&run, "conflict.code").Outcome = Passed
	run.Verdict, run.Reason = Judge(run.Level, run.Clauses)
	out := text(t, run, TextOptions{})
	if run.Verdict == Violated ||
		!strings.Contains(out, "Violated, but does not fail a run of level documented (1 of 2): created.exact-echo") {
		t.Errorf("%s\n%s", run.Verdict, out)
	}
}

func TestTextListsFewAccountsAndSaysWhereManyAre(t *testing.T) {
	run := conformant()
	if out := text(t, run, TextOptions{}); !strings.Contains(out, run.Accounts[10].Name) {
		t.Error(out)
	}
	for i := range 100 {
		run.Accounts = append(run.Accounts, Account{Name: fmt.Sprintf("many-%d", i), Certain: true})
	}
	for report, want := range map[string]string{"": "--report-dir", "out/report.html": "listed in out/report.html"} {
		out := text(t, run, TextOptions{Report: report})
		if strings.Contains(out, "many-50") || !strings.Contains(out, "111 accounts") || !strings.Contains(out, want) {
			t.Error(out)
		}
	}
}

func TestTextStaysBounded(t *testing.T) {
	run := hostile()
	c := clauseOf(&run, "created.name")
	failure := c.Failures[0]
	for range 1000 {
		failure.Mismatches = append(failure.Mismatches, strings.Repeat("C", 1<<10))
		failure.Exchanges = append(failure.Exchanges, failure.Exchanges[0])
		c.Failures = append(c.Failures, failure)
	}
	if out := text(t, run, TextOptions{}); len(out) > 512<<10 {
		t.Errorf("%d bytes", len(out))
	} else if !strings.Contains(out, "more were kept, and the rest was not") {
		t.Error("it does not say how much of the body was cut")
	}
}
