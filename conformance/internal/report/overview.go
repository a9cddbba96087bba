package report

import (
	"fmt"
	"strings"
	"time"
)

// overview is a run sorted the way every rendering for people shows it.
type overview struct {
	Run
	// Headline is one sentence that explains the verdict.
	Headline string
	// Failing says why the run fails although no clause is newly violated; empty otherwise.
	Failing string
	// Binding counts the clauses that can fail the run.
	Binding int
	// Tolerated are violated, but their level does not bind in this run.
	Violated, Tolerated, Errored, Fixed, Known []ClauseResult
	Passed, Observed                           []ClauseResult
	// Unchecked leaves out the clauses whose reason is that of the whole run, which the headline gives.
	Unchecked []uncheckedGroup
	// UncheckedTotal counts all that were not checked, and UncheckedBinding those of them that can fail the run.
	UncheckedTotal, UncheckedBinding int
}

// uncheckedGroup are clauses that were not checked for one and the same reason.
type uncheckedGroup struct {
	Reason  string
	Clauses []ClauseResult
}

func overviewOf(run Run) overview {
	o := overview{Run: run}
	for _, c := range run.Clauses {
		binds := Binds(c.Clause.Level, run.Level)
		if binds {
			o.Binding++
		}
		switch {
		case c.Outcome == Failed && binds:
			o.Violated = append(o.Violated, c)
		case c.Outcome == Failed:
			o.Tolerated = append(o.Tolerated, c)
		case c.Outcome == Errored:
			o.Errored = append(o.Errored, c)
		case c.Outcome == FixedKnown:
			o.Fixed = append(o.Fixed, c)
		case c.Outcome == KnownFailing:
			o.Known = append(o.Known, c)
		case c.Outcome == Observed:
			o.Observed = append(o.Observed, c)
		case c.Outcome == Passed:
			o.Passed = append(o.Passed, c)
		default:
			o.addUnchecked(c, binds)
		}
	}
	o.Headline = o.headline()
	o.Failing = o.failing()
	return o
}

func (o *overview) addUnchecked(c ClauseResult, binds bool) {
	o.UncheckedTotal++
	if binds {
		o.UncheckedBinding++
	}
	if c.Reason == o.Reason {
		return
	}
	for i := range o.Unchecked {
		if o.Unchecked[i].Reason == c.Reason {
			o.Unchecked[i].Clauses = append(o.Unchecked[i].Clauses, c)
			return
		}
	}
	o.Unchecked = append(o.Unchecked, uncheckedGroup{c.Reason, []ClauseResult{c}})
}

func (o *overview) headline() string {
	switch o.Verdict {
	case Conformant:
		return fmt.Sprintf("All %s hold.", plural(o.Binding, "clause"))
	case Violated:
		verb := "are"
		if len(o.Violated) == 1 {
			verb = "is"
		}
		headline := fmt.Sprintf("%d of %s %s violated", len(o.Violated), plural(o.Binding, "clause"), verb)
		if o.UncheckedBinding > 0 {
			headline += fmt.Sprintf("; %d not checked", o.UncheckedBinding)
		}
		return headline + "."
	case Partial:
		var but []string
		if n := o.UncheckedBinding; n > 0 {
			but = append(but, fmt.Sprintf("%d of %s not checked", n, plural(o.Binding, "clause")))
		}
		newly := ""
		if n := len(o.Known); n > 0 {
			but, newly = append(but, plural(n, "known failure")), "newly "
		}
		return "No clause is " + newly + "violated; " + strings.Join(but, ", ") + "."
	default:
		return "This target could not be judged: " + o.Reason
	}
}

// failing explains the exit codes that the verdict alone does not.
func (o *overview) failing() string {
	if o.Verdict != Conformant && o.Verdict != Partial {
		return ""
	}
	switch o.ExitCode() {
	case ExitViolated:
		return fmt.Sprintf("The run fails: %s passes now, so the list of known failures is out of date.", ids(o.Fixed))
	case ExitNotJudged:
		return fmt.Sprintf("The run fails: every clause was required, and %s could not be checked.",
			plural(o.UncheckedBinding, "clause"))
	default:
		return ""
	}
}

// differing splits the observations by whether the target does as the reference does.
func (o *overview) differing() (other, same []ClauseResult) {
	for _, c := range o.Observed {
		if c.Observation.AsReference {
			same = append(same, c)
		} else {
			other = append(other, c)
		}
	}
	return other, same
}

// sentences returns the summary and every mismatch that the summary does not already begin with.
func (f Failure) sentences() []string {
	sentences := []string{f.Summary}
	for _, mismatch := range f.Mismatches {
		if !strings.HasPrefix(f.Summary, mismatch) {
			sentences = append(sentences, mismatch)
		}
	}
	return sentences
}

// ids returns the ids of clauses, separated by commas.
func ids(clauses []ClauseResult) string { return strings.Join(idsOf(clauses), ", ") }

func idsOf(clauses []ClauseResult) []string {
	var list []string
	for _, c := range clauses {
		list = append(list, c.Clause.ID)
	}
	return list
}

// plural returns "1 clause" or "2 clauses".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// roundDuration returns a duration as precise as a reader can use.
func roundDuration(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	default:
		return d.Round(time.Microsecond).String()
	}
}
