package report

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

func TestGitHubGolden(t *testing.T) {
	var commands, summary bytes.Buffer
	if err := errors.Join(GitHub(&commands, violated()), GitHubSummary(&summary, violated())); err != nil {
		t.Fatal(err)
	}
	golden(t, "violated.github.txt", commands.Bytes())
	golden(t, "violated.github.md", summary.Bytes())
}

var workflowCommand = regexp.MustCompile(`^::(error|warning|notice) title=[^:,\r\n]+::[^\r\n]*$`)

func TestGitHubWritesOneWorkflowCommandALine(t *testing.T) {
	for name, run := range samples() {
		var out bytes.Buffer
		if err := GitHub(&out, run); err != nil {
			t.Fatal(err)
		}
		errors := 0
		for line := range strings.Lines(out.String()) {
			line = strings.TrimSuffix(line, "\n")
			if !workflowCommand.MatchString(line) {
				t.Errorf("%s: %q", name, line)
			}
			if strings.HasPrefix(line, "::error") {
				errors++
			}
		}
		if (errors > 0) != (run.ExitCode() != 0) {
			t.Errorf("%s: %d errors, exit code %d", name, errors, run.ExitCode())
		}
	}
}

func TestGitHubEscapes(t *testing.T) {
	if got, want := githubMessage("100%\r\n::x, y"), "100%25%0D%0A::x, y"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if got, want := githubProperty("a: 1,\n2%"), "a%3A 1%2C%0A2%25"; got != want {
		t.Errorf("property %q, want %q", got, want)
	}
}

func TestGitHubSummaryKeepsMarkupOut(t *testing.T) {
	var out bytes.Buffer
	if err := GitHubSummary(&out, hostile()); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"<script", "<img", "\x1b", "\r"} {
		if strings.Contains(out.String(), part) {
			t.Errorf("%q is in the summary", part)
		}
	}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "| ") && strings.Count(line, "|") != strings.Count(line, " |")+1 {
			t.Errorf("a cell breaks out of its table: %q", line)
		}
	}
}

func TestGitHubSummaryStaysBelowTheLimit(t *testing.T) {
	run := hostile()
	evidence := clauseOf(&run, "created.name").Failures[0]
	for i := range run.Clauses {
		fail(&run.Clauses[i], evidence, evidence, evidence, evidence, evidence, evidence, evidence)
	}
	run.Verdict, run.Reason = Judge(run.Level, run.Clauses)
	var out bytes.Buffer
	if err := GitHubSummary(&out, run); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 1<<20 {
		t.Errorf("%d bytes, of which GitHub shows a mebibyte at most", out.Len())
	}
}

// everyRendering is what a run can be shown as.
var everyRendering = map[string]func(io.Writer, Run) error{
	"text":           func(w io.Writer, run Run) error { return Text(w, run, TextOptions{}) },
	"junit":          JUnit,
	"json":           JSON,
	"har":            HAR,
	"github":         GitHub,
	"github summary": GitHubSummary,
	"html":           HTML,
	"accounts":       Accounts,
}
