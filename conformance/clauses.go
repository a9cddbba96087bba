package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/judge"
	"github.com/clicksminuteper/connectmypairs-contract/conformance/selftest"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// clausesCommand prints the coverage table.
type clausesCommand struct {
	Clause []string `arg:"" optional:"" help:"Only clauses with such an id, such as conflict.*."`
}

// Run prints the table.
func (c *clausesCommand) Run(out streams) error {
	shown := slices.DeleteFunc(fixtures.Clauses(), func(clause fixtures.Clause) bool {
		return len(c.Clause) > 0 && !judge.Matches(c.Clause, clause.ID)
	})
	if len(shown) == 0 {
		return usageError{
			fmt.Errorf("there is no clause %s; without a pattern, all are printed", strings.Join(c.Clause, " or ")),
		}
	}
	return writeCoverage(out.stdout, shown)
}

// faultyOf returns the names of the faulty implementations, by the id of the clause that they break.
func faultyOf() map[string][]string {
	faulty := map[string][]string{}
	for _, i := range selftest.Implementations() {
		if i.Breaks != "" {
			faulty[i.Breaks] = append(faulty[i.Breaks], i.Name)
		}
	}
	return faulty
}

// writeCoverage prints what covers each clause. A cell is never empty without saying why.
func writeCoverage(w io.Writer, clauses []fixtures.Clause) error {
	var text strings.Builder
	faulty := faultyOf()
	bound, proven, stated := 0, 0, 0
	for _, clause := range clauses {
		withoutFaulty := "A question that the page leaves open never fails."
		if clause.Level != fixtures.Observed {
			bound++
			withoutFaulty = ""
		}
		fmt.Fprintf(&text, "%s (%s)\n", clause.ID, clause.Level)
		cell(&text, "check", []string{clause.Text}, "")
		cell(&text, "pact", clause.Interactions, clause.WithoutPact)
		cell(&text, "faulty", faulty[clause.ID], withoutFaulty)
		proven += len(faulty[clause.ID])
		if len(clause.Interactions) > 0 {
			stated++
		}
	}
	fmt.Fprintf(&text, "\n%d clauses, %d of which can be violated; %d are stated by Pact interactions; "+
		"%d faulty implementations prove the checks.\n", len(clauses), bound, stated, proven)
	_, err := io.WriteString(w, text.String())
	return err
}

// cell prints the entries of a cell, wrapped, or why there are none.
func cell(text *strings.Builder, label string, entries []string, why string) {
	const width = 110
	if len(entries) == 0 {
		fmt.Fprintf(text, "  %-7s - %s\n", label, why)
		return
	}
	line := fmt.Sprintf("  %-7s", label)
	for i, entry := range entries {
		if i < len(entries)-1 {
			entry += ";"
		}
		if len(line)+1+len(entry) > width && strings.TrimSpace(line) != label {
			text.WriteString(line + "\n")
			line = strings.Repeat(" ", 9)
		}
		line += " " + entry
	}
	text.WriteString(line + "\n")
}
