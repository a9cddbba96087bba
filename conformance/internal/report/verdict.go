package report

import (
	"fmt"
	"slices"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Exit codes of the program.
const (
	ExitConformant = 0 // conformant or partial
	ExitViolated   = 1 // a clause is violated, or a known failure passes
	ExitUsage      = 2 // the program was called wrongly
	ExitNotJudged  = 3 // nothing can be said, or RequireAll is not met
)

// severity lists the outcomes from worst to best.
var severity = [...]Outcome{Failed, Errored, FixedKnown, KnownFailing, Unchecked, Observed, Passed}

// Binds reports whether a clause of this level can fail a run whose lowest level is lowest: documented or implied. An
// observed clause never can.
func Binds(level, lowest fixtures.Level) bool {
	switch level {
	case fixtures.Documented:
		return true
	case fixtures.Implied:
		return lowest == fixtures.Implied
	default:
		return false
	}
}

// Judge returns the verdict that follows from the outcomes of the clauses that bind at this level and, for [NotJudged],
// why. A run that could not even begin is NotJudged without Judge's help.
func Judge(level fixtures.Level, clauses []ClauseResult) (verdict Verdict, reason string) {
	count := map[Outcome]int{}
	for _, c := range clauses {
		if Binds(c.Clause.Level, level) {
			count[c.Outcome]++
		}
	}
	checked := count[Passed] + count[Failed] + count[KnownFailing] + count[FixedKnown]
	switch {
	case count[Failed] > 0:
		return Violated, ""
	case count[Errored] > 0:
		return NotJudged, fmt.Sprintf("the tool or the network broke in the check of %s",
			plural(count[Errored], "clause"))
	case checked == 0:
		return NotJudged, "no clause that can fail the run was checked"
	case count[Unchecked] > 0, count[KnownFailing] > 0:
		return Partial, ""
	default:
		return Conformant, ""
	}
}

// ExitCode returns what the program exits with. A known failure that passes makes the list of known failures wrong,
// which fails the run whatever the target is like.
func (r Run) ExitCode() int {
	fixed := slices.ContainsFunc(r.Clauses, func(c ClauseResult) bool { return c.Outcome == FixedKnown })
	uncheckedBinds := slices.ContainsFunc(r.Clauses, func(c ClauseResult) bool {
		return c.Outcome == Unchecked && Binds(c.Clause.Level, r.Level)
	})
	switch {
	case r.Verdict == Violated:
		return ExitViolated
	case r.Verdict != Conformant && r.Verdict != Partial:
		return ExitNotJudged
	case fixed:
		return ExitViolated
	case r.RequireAll && uncheckedBinds:
		return ExitNotJudged
	default:
		return ExitConformant
	}
}
