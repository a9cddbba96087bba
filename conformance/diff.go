package main

import (
	"bytes"
	"fmt"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// mostReport bounds a report that is read: the largest that a hostile target can bring about is a tenth of it.
const mostReport = 256 << 20

// diffCommand compares two runs.
type diffCommand struct {
	Old      string `arg:"" placeholder:"OLD.json" help:"JSON report of the earlier run."`
	New      string `arg:"" placeholder:"NEW.json" help:"JSON report of the later run."`
	Markdown bool   `help:"Print Markdown, for a comment on a pull request."`
}

// Run prints what changed. It exits with 1 when a clause is newly violated.
func (c *diffCommand) Run(out streams, code *int) error {
	before, err := readReport(c.Old)
	if err != nil {
		return usageError{err}
	}
	now, err := readReport(c.New)
	if err != nil {
		return usageError{err}
	}
	diff := report.Compare(before, now)
	*code = diff.ExitCode()
	if c.Markdown {
		return report.DiffMarkdown(out.stdout, diff)
	}
	return report.DiffText(out.stdout, diff)
}

func readReport(path string) (report.Run, error) {
	content, err := untrusted.ReadText(path, mostReport)
	if err != nil {
		return report.Run{}, err
	}
	run, err := report.ReadJSON(bytes.NewReader(content))
	if err != nil {
		return report.Run{}, fmt.Errorf("%s: %w", untrusted.Line(path), err)
	}
	return run, nil
}

// Help tells what the flags do not.
func (*diffCommand) Help() string {
	return `Prints which clauses are newly violated, newly hold, or are no longer checked, and which
observations changed. Latency has changed when the median or the 95th percentile differs by half
and at least 5 ms, for a status of 8 answers or more.

Exit codes: 0 nothing is newly violated; 1 a clause is newly violated; 2 usage; 3 the later run could not judge.`
}
