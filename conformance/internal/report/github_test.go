package report

import (
	"regexp"
	"strings"
	"testing"
)

func TestGitHubGolden(t *testing.T) {
	golden(t, "violated.github.txt", rendered(t, GitHub, violated()))
	golden(t, "violated.github.md", rendered(t, GitHubSummary, violated()))
}

var workflowCommand = regexp.MustCompile(`^::(error|warning|notice) title=[^:,\r\n]+::[^\r\n]*$`)

func TestGitHubWritesOneWorkflowCommandALine(t *testing.T) {
	for name, run := range samples() {
		errors := 0
		for line := range strings.Lines(rendered(t, GitHub, run)) {
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
	out := rendered(t, GitHubSummary, hostile())
	for _, part := range []string{"<script", "<img", "\x1b", "\r"} {
		if strings.Contains(out, part) {
			t.Errorf("%q is in the summary", part)
		}
	}
	for line := range strings.Lines(out) {
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
	if size := len(rendered(t, GitHubSummary, run)); size > 1<<20 {
		t.Errorf("%d bytes, of which GitHub shows a mebibyte at most", size)
	}
}
