package report

import (
	"html"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func changed(d Diff) map[string][]string {
	found := map[string][]string{}
	for name, clauses := range map[string][]ClauseResult{
		"violated": d.Violated, "holding": d.Holding, "unchecked": d.Unchecked,
	} {
		for _, c := range clauses {
			found[name] = append(found[name], c.Clause.ID)
		}
	}
	for _, o := range d.Observations {
		found["observed"] = append(found["observed"], o.Clause+": "+o.Old+" -> "+o.New)
	}
	return found
}

func everyDiff(t *testing.T, d Diff) map[string]string {
	t.Helper()
	return map[string]string{"text": rendered(t, DiffText, d), "Markdown": rendered(t, DiffMarkdown, d)}
}

func TestDiffTellsWhatChanged(t *testing.T) {
	outcome := func(id string, outcome Outcome) func(*Run) {
		return func(r *Run) { clauseOf(r, id).Outcome = outcome }
	}
	seen := func(text string) func(*Run) {
		return func(r *Run) {
			observation := *clauseOf(r, "names.length").Observation
			observation.Text = text
			clauseOf(r, "names.length").Observation = &observation
		}
	}
	none := func(*Run) {}
	for title, test := range map[string]struct {
		before, now func(*Run)
		want        map[string][]string
		exit        int
	}{
		"nothing": {none, none, nil, ExitConformant},
		"newly violated": {none, outcome("conflict.code", Failed),
			map[string][]string{"violated": {"conflict.code"}}, ExitViolated},
		"violated as before": {outcome("conflict.code", Failed), outcome("conflict.code", Failed), nil,
			ExitConformant},
		"known as before": {outcome("conflict.code", KnownFailing), outcome("conflict.code", Failed), nil,
			ExitConformant},
		"violated when checked": {outcome("conflict.code", Unchecked), outcome("conflict.code", Failed),
			map[string][]string{"violated": {"conflict.code"}}, ExitViolated},
		"newly holding": {outcome("conflict.code", Failed), none,
			map[string][]string{"holding": {"conflict.code"}}, ExitConformant},
		"known, and holding": {outcome("conflict.code", KnownFailing), outcome("conflict.code", FixedKnown),
			map[string][]string{"holding": {"conflict.code"}}, ExitConformant},
		"no longer checked": {none, outcome("conflict.code", Unchecked),
			map[string][]string{"unchecked": {"conflict.code"}}, ExitConformant},
		"in error": {outcome("conflict.code", Failed), outcome("conflict.code", Errored),
			map[string][]string{"unchecked": {"conflict.code"}}, ExitConformant},
		"question not asked": {none, outcome("names.length", Unchecked),
			map[string][]string{"unchecked": {"names.length"}}, ExitConformant},
		"other answer": {seen("a"), seen("b"), map[string][]string{"observed": {"names.length: a -> b"}},
			ExitConformant},
		"a clause that the old report does not know": {
			func(r *Run) { r.Clauses = r.Clauses[1:] }, outcome("request.endpoint", Failed),
			map[string][]string{"violated": {"request.endpoint"}}, ExitViolated,
		},
		"not judged": {none, func(r *Run) { r.Verdict = NotJudged }, nil, ExitNotJudged},
	} {
		before, now := conformant(), conformant()
		test.before(&before)
		test.now(&now)
		d := Compare(before, now)
		want := test.want
		if want == nil {
			want = map[string][]string{}
		}
		if diff := cmp.Diff(want, changed(d)); diff != "" || d.ExitCode() != test.exit {
			t.Errorf("%s: exit code %d, want %d; (-want +got):\n%s", title, d.ExitCode(), test.exit, diff)
		}
		for name, out := range everyDiff(t, d) {
			for _, changes := range want {
				id, _, _ := strings.Cut(changes[0], ":")
				if !strings.Contains(out, id) {
					t.Errorf("%s: the %s does not name %s:\n%s", title, name, id, out)
				}
			}
			if same := strings.Contains(out, "Nothing changed."); same != (len(want) == 0) {
				t.Errorf("%s: the %s is\n%s", title, name, out)
			}
		}
	}
}

// Two runs send other names: what a target makes of them is the same when it is the same but for that.
func TestDiffTakesNamesOfTheRunForNoChange(t *testing.T) {
	seen := func(id, text string) Run {
		run := conformant()
		run.ID = id
		clauseOf(&run, "names.length").Observation = &Observation{Text: text}
		return run
	}
	before := seen("bcdfghj", `the name is answered with status 201 and the name "CONFbcdfghjbfw-Zo"`)
	same := seen("kmnpqrs", `the name is answered with status 201 and the name "CONFkmnpqrsxyz-Zo"`)
	other := seen("kmnpqrs", `the name is answered with status 201 and the name "CONFkmnpqrsxyz-Z"`)
	if d := Compare(before, same); len(d.Observations) > 0 {
		t.Errorf("changed: %+v", d.Observations)
	}
	if d := Compare(before, other); len(d.Observations) != 1 {
		t.Errorf("changed: %+v", d.Observations)
	}
}

func TestDiffTellsOnceWhyNothingWasJudged(t *testing.T) {
	const reason = "http://staging.example cannot be reached"
	now := conformant()
	now.Verdict, now.Reason = NotJudged, reason
	for i := range now.Clauses {
		now.Clauses[i].Outcome, now.Clauses[i].Reason, now.Clauses[i].Observation = Unchecked, reason, nil
	}
	for name, out := range everyDiff(t, Compare(conformant(), now)) {
		if n := strings.Count(html.UnescapeString(out), reason); n != 1 {
			t.Errorf("the %s tells it %d times:\n%s", name, n, out)
		}
	}
}

func TestDiffTellsChangesOfLatencyThatAreNoChance(t *testing.T) {
	const ms = time.Millisecond
	of := func(status, count int, p50, p95 time.Duration) Latency {
		return Latency{Status: status, Count: count, P50: p50, P95: p95}
	}
	before := []Latency{
		of(201, 100, 10*ms, 20*ms),
		of(400, 100, 1*ms, 2*ms),
		of(403, 2, 1*ms, 1*ms),
		of(404, 1, ms, ms),
		of(409, 100, 100*ms, 100*ms),
	}
	now := []Latency{
		of(201, 100, 10*ms, 30*ms),
		of(400, 100, 4*ms, 6*ms),
		of(403, 2, 90*ms, 90*ms),
		of(409, 100, 140*ms, 140*ms),
		of(500, 1, ms, ms),
	}
	var got []int
	for _, change := range compareLatency(before, now) {
		got = append(got, change.New.Status)
	}
	if want := []int{201, 404, 500}; !slices.Equal(got, want) {
		t.Errorf("changed %v, want %v", got, want)
	}
}

// Both reports come from outside: nothing in them is obeyed.
func TestDiffObeysNothing(t *testing.T) {
	const hostile = "\n::error::x ##[y] \x1b[31m\u202e|`<b>"
	before, now := conformant(), planted(hostile)
	for i := range now.Clauses {
		now.Clauses[i].Clause.ID, now.Clauses[i].Clause.Text = hostile, hostile
	}
	shown := everyDiff(t, Compare(before, now))
	for name, out := range shown {
		for _, bad := range []string{"\n::", "##[", "\x1b", "\u202e"} {
			if strings.Contains(out, bad) {
				t.Errorf("%s: holds %q:\n%s", name, bad, out)
			}
		}
	}
	if strings.Contains(shown["Markdown"], "<b>") {
		t.Error("Markdown: holds an element")
	}
}
