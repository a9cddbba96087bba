package report

import (
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// TestJudge goes through every set of outcomes, at every level of clause and of run. The expectation is written from
// what the docs of the verdicts say rather than from the code's order.
func TestJudge(t *testing.T) {
	levels := []fixtures.Level{fixtures.Documented, fixtures.Implied, fixtures.Observed}
	for _, lowest := range levels[:2] {
		for _, level := range levels {
			for set := range 1 << len(severity) {
				var clauses []ClauseResult
				has := map[Outcome]bool{}
				for i, outcome := range severity {
					if set&(1<<i) != 0 {
						has[outcome] = true
						clauses = append(clauses, ClauseResult{Clause: fixtures.Clause{Level: level}, Outcome: outcome})
					}
				}
				binds := level == fixtures.Documented || level == fixtures.Implied && lowest == fixtures.Implied
				ran := has[Passed] || has[FixedKnown] || has[KnownFailing]
				want := Conformant
				switch {
				case !binds:
					want = NotJudged // nothing that can fail the run was there
				case has[Failed]:
					want = Violated
				case has[Errored] || !ran:
					want = NotJudged
				case has[Unchecked] || has[KnownFailing]:
					want = Partial
				}
				got, reason := Judge(lowest, clauses)
				if got != want {
					t.Errorf("level %s, %s clauses with %v: %s, want %s", lowest, level, clauses, got, want)
				}
				if (reason != "") != (got == NotJudged) {
					t.Errorf("level %s, %s clauses with %v: %s for the reason %q", lowest, level, clauses, got, reason)
				}
			}
		}
	}
}

func TestAViolationBelowTheLevelDoesNotFailTheRun(t *testing.T) {
	clauses := []ClauseResult{
		{Clause: fixtures.Clause{Level: fixtures.Documented}, Outcome: Passed},
		{Clause: fixtures.Clause{Level: fixtures.Implied}, Outcome: Failed},
		{Clause: fixtures.Clause{Level: fixtures.Observed}, Outcome: Failed},
	}
	if verdict, _ := Judge(fixtures.Documented, clauses); verdict != Conformant {
		t.Errorf("at level documented: %s", verdict)
	}
	if verdict, _ := Judge(fixtures.Implied, clauses); verdict != Violated {
		t.Errorf("at level implied: %s", verdict)
	}
	if verdict, _ := Judge(fixtures.Implied, clauses[2:]); verdict != NotJudged {
		t.Errorf("with nothing but an observed clause: %s", verdict)
	}
}

func TestExitCode(t *testing.T) {
	for _, verdict := range []Verdict{Conformant, Partial, Violated, NotJudged, ""} {
		for _, outcome := range severity {
			for _, level := range []fixtures.Level{fixtures.Documented, fixtures.Implied, fixtures.Observed} {
				for _, all := range []bool{false, true} {
					run := Run{
						Level: fixtures.Documented, Verdict: verdict, RequireAll: all,
						Clauses: []ClauseResult{{Clause: fixtures.Clause{Level: level}, Outcome: outcome}},
					}
					want := 0
					switch {
					case verdict == Violated:
						want = 1
					case verdict == NotJudged, verdict == "":
						want = 3
					case outcome == FixedKnown:
						want = 1
					case outcome == Unchecked && all && level == fixtures.Documented:
						want = 3
					}
					if got := run.ExitCode(); got != want {
						t.Errorf("%s, %s clause %s, require-all %t: exit code %d, want %d", verdict, level, outcome,
							all, got, want)
					}
				}
			}
		}
	}
}
