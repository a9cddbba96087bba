package report

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Diff is what changed between two runs.
type Diff struct {
	Old, New Run
	// Violated are violated now and were not before; Holding hold now and were violated before. Unchecked were checked
	// before and are not now.
	Violated, Holding, Unchecked []ClauseResult
	Observations                 []ObservationChange
	Latency                      []LatencyChange
}

// ObservationChange is a question that has another answer now; an empty one was not asked.
type ObservationChange struct {
	Clause   string
	Old, New string
}

// LatencyChange is the times of a status where the median or the 95th percentile changed by more than chance; the count
// of a status that did not occur is 0.
type LatencyChange struct{ Old, New Latency }

// A change that is less than both, or of fewer answers, is taken for chance.
const (
	latencyFactor  = 1.5
	latencyLeast   = 5 * time.Millisecond
	latencyAnswers = 8
)

// Compare returns what changed from one run to the next. A clause that the old run does not know counts as one that was
// not checked.
func Compare(before, now Run) Diff {
	d := Diff{Old: before, New: now}
	for _, c := range now.Clauses {
		was := ClauseResult{Outcome: Unchecked}
		same := func(b ClauseResult) bool { return b.Clause.ID == c.Clause.ID }
		if i := slices.IndexFunc(before.Clauses, same); i >= 0 {
			was = before.Clauses[i]
		}
		switch {
		case c.violated() && !was.violated():
			d.Violated = append(d.Violated, c)
		case c.holds() && was.violated():
			d.Holding = append(d.Holding, c)
		case !c.checked() && was.checked():
			d.Unchecked = append(d.Unchecked, c)
		}
		change := ObservationChange{c.Clause.ID, was.seen(before.ID), c.seen(now.ID)}
		if change.Old != change.New && was.checked() && c.checked() {
			d.Observations = append(d.Observations, change)
		}
	}
	d.Latency = compareLatency(before.Latency, now.Latency)
	return d
}

func (c ClauseResult) violated() bool { return c.Outcome == Failed || c.Outcome == KnownFailing }

func (c ClauseResult) holds() bool { return c.Outcome == Passed || c.Outcome == FixedKnown }

func (c ClauseResult) checked() bool { return c.violated() || c.holds() || c.Outcome == Observed }

// seen is what was observed. Names that the run made up are told alike, for they are others in each run.
func (c ClauseResult) seen(runID string) string {
	if c.Observation == nil {
		return ""
	}
	if runID == "" {
		return c.Observation.Text
	}
	return regexp.MustCompile(`(?i)conf`+regexp.QuoteMeta(runID)+`...`).ReplaceAllString(c.Observation.Text, "NAME")
}

func compareLatency(before, now []Latency) []LatencyChange {
	var changes []LatencyChange
	of := func(latencies []Latency, status int) Latency {
		for _, l := range latencies {
			if l.Status == status {
				return l
			}
		}
		return Latency{Status: status}
	}
	differ := func(a, b time.Duration) bool {
		shorter, longer := min(a, b), max(a, b)
		return longer-shorter >= latencyLeast && float64(longer) >= latencyFactor*float64(shorter)
	}
	var statuses []int
	for _, l := range slices.Concat(before, now) {
		statuses = append(statuses, l.Status)
	}
	slices.Sort(statuses)
	for _, status := range slices.Compact(statuses) {
		a, b := of(before, status), of(now, status)
		appeared := min(a.Count, b.Count) == 0
		if appeared || min(a.Count, b.Count) >= latencyAnswers && (differ(a.P50, b.P50) || differ(a.P95, b.P95)) {
			changes = append(changes, LatencyChange{a, b})
		}
	}
	return changes
}

// ExitCode returns what the program exits with: a clause that is newly violated fails, and a new run that judged
// nothing cannot say that none is.
func (d Diff) ExitCode() int {
	switch {
	case len(d.Violated) > 0:
		return ExitViolated
	case d.New.Verdict == NotJudged:
		return ExitNotJudged
	default:
		return ExitConformant
	}
}

// diffGroup is a group of changed clauses as both renderings show it.
type diffGroup struct {
	title   string
	clauses []ClauseResult
	// why is what to say of each besides its text.
	why func(ClauseResult) string
}

func (d Diff) groups() []diffGroup {
	return []diffGroup{
		{"Newly violated", d.Violated, firstSummary},
		{"Newly holding", d.Holding, func(ClauseResult) string { return "" }},
		{"No longer checked", d.Unchecked, func(c ClauseResult) string {
			switch c.Reason {
			case "":
				return firstSummary(c)
			case d.New.Reason:
				return "" // it is told once, for all of them
			default:
				return visible(c.Reason, textLine)
			}
		}},
	}
}

func (d Diff) empty() bool {
	return len(d.Violated)+len(d.Holding)+len(d.Unchecked)+len(d.Observations)+len(d.Latency) == 0
}

// latencyRows are the table of changed times, with the old one before each new one.
func (d Diff) latencyRows() [][]string {
	var rows [][]string
	for _, change := range d.Latency {
		before, now := change.Old.columns(), change.New.columns()
		row := []string{now[0]}
		for i := 1; i < len(now); i++ {
			row = append(row, before[i]+" → "+now[i])
		}
		rows = append(rows, row)
	}
	return rows
}

// DiffText writes what changed for the terminal.
func DiffText(w io.Writer, d Diff) error {
	t := newTextPrinter(TextOptions{})
	for _, side := range []struct {
		label string
		run   Run
	}{{"old", d.Old}, {"new", d.New}} {
		t.exact("", side.label, fmt.Sprintf("%s, %s, run %s at %s", side.run.URL, side.run.Verdict, side.run.ID,
			side.run.Started.UTC().Format(time.DateTime)))
	}
	if d.New.Reason != "" {
		t.prose(0, "", d.New.Reason)
	}
	for _, group := range d.groups() {
		if len(group.clauses) == 0 {
			continue
		}
		t.heading("", fmt.Sprintf("%s (%d)", group.title, len(group.clauses)))
		for _, c := range group.clauses {
			t.exact("", "  "+visible(c.Clause.ID, textLine), "  "+c.Clause.Text)
			if why := group.why(c); why != "" {
				t.line("%-*s%s", column, "", why)
			}
		}
	}
	if len(d.Observations) > 0 {
		t.heading("", fmt.Sprintf("Observed otherwise (%d)", len(d.Observations)))
	}
	for _, change := range d.Observations {
		t.line("  %s", visible(change.Clause, textLine))
		t.exact("", "    was", change.Old)
		t.exact("", "    is", change.New)
	}
	if rows := d.latencyRows(); len(rows) > 0 {
		t.heading("", "Latency")
		for _, row := range append([][]string{latencyHead[:]}, rows...) {
			line := fmt.Sprintf("  %-8s", row[0])
			for _, cell := range row[1:] {
				line += fmt.Sprintf("%20s", cell)
			}
			t.line("%s", line)
		}
	}
	if d.empty() {
		t.line("\nNothing changed.")
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

// DiffMarkdown writes what changed for a comment on a pull request.
func DiffMarkdown(w io.Writer, d Diff) error {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	line("## Create Account conformance: %s → %s\n", markdown(string(d.Old.Verdict)), markdown(string(d.New.Verdict)))
	line("<code>%s</code> (run <code>%s</code>) → <code>%s</code> (run <code>%s</code>)\n",
		markdown(d.Old.URL), markdown(d.Old.ID), markdown(d.New.URL), markdown(d.New.ID))
	if d.New.Reason != "" {
		line("%s\n", markdown(d.New.Reason))
	}
	for _, group := range d.groups() {
		if len(group.clauses) == 0 {
			continue
		}
		line("### %s (%d)\n", group.title, len(group.clauses))
		for _, c := range group.clauses {
			text := strings.TrimSpace(c.Clause.Text + " " + group.why(c))
			line("- <code>%s</code>: %s", markdown(c.Clause.ID), markdown(text))
		}
		line("")
	}
	if len(d.Observations) > 0 {
		line("### Observed otherwise (%d)\n\n| clause | was | is |\n| --- | --- | --- |", len(d.Observations))
		for _, change := range d.Observations {
			line("| <code>%s</code> | %s | %s |", markdown(change.Clause), markdown(change.Old), markdown(change.New))
		}
		line("")
	}
	if rows := d.latencyRows(); len(rows) > 0 {
		line("### Latency\n\n| %s |\n| ---: | ---: | ---: | ---: | ---: | ---: |", strings.Join(latencyHead[:], " | "))
		for _, row := range rows {
			line("| %s |", strings.Join(row, " | "))
		}
		line("")
	}
	if d.empty() {
		line("Nothing changed.")
	}
	_, err := io.WriteString(w, out.String())
	return err
}
