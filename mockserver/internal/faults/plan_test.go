package faults

import (
	"context"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func mustPlan(t *testing.T, config Config) *Plan {
	t.Helper()
	plan, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func draws(plan *Plan, n int) []Draw {
	drawn := make([]Draw, n)
	for i := range drawn {
		drawn[i] = plan.Draw()
	}
	return drawn
}

func TestNothingHappensByDefault(t *testing.T) {
	plan := mustPlan(t, Config{})
	for i, draw := range draws(plan, 100) {
		if draw != (Draw{}) {
			t.Fatalf("request %d meets %+v", i+1, draw)
		}
	}
}

func TestTheSeedDecides(t *testing.T) {
	config := Config{
		Latency: Latency{time.Millisecond, time.Second},
		Faults:  []Spec{{Fault: Reset, Rate: .2}, {Fault: Truncate, Rate: .3}, {Fault: Malformed, Next: 5}},
		Forced:  []Forced{{Status: 409, Next: 3}},
		Seed:    7,
	}
	first := draws(mustPlan(t, config), 1000)
	if diff := cmp.Diff(first, draws(mustPlan(t, config), 1000)); diff != "" {
		t.Errorf("the same seed, drawn twice:\n%s", diff)
	}
	config.Seed = 8
	if cmp.Equal(first, draws(mustPlan(t, config), 1000)) {
		t.Error("another seed draws the same")
	}
}

func TestTheSeedDecidesHoweverManyDraw(t *testing.T) {
	config := Config{Faults: []Spec{{Fault: Reset, Rate: .1}, {Fault: Truncate, Rate: .1}}, Seed: 3}
	count := func(drawn []Draw) map[Fault]int {
		counts := map[Fault]int{}
		for _, draw := range drawn {
			counts[draw.Fault]++
		}
		return counts
	}
	alone := count(draws(mustPlan(t, config), 1000))
	plan := mustPlan(t, config)
	parts := make([][]Draw, 10)
	var wait sync.WaitGroup
	for i := range parts {
		wait.Go(func() { parts[i] = draws(plan, 100) })
	}
	wait.Wait()
	together := map[Fault]int{}
	for _, part := range parts {
		for fault, n := range count(part) {
			together[fault] += n
		}
	}
	if diff := cmp.Diff(alone, together); diff != "" {
		t.Errorf("drawn by one (-), by ten at once (+):\n%s", diff)
	}
}

func TestRatesAreKept(t *testing.T) {
	const n = 20_000
	counts := map[Fault]float64{}
	for _, draw := range draws(mustPlan(t, Config{
		Faults: []Spec{{Fault: Reset, Rate: .1}, {Fault: SlowBody, Rate: .5}},
	}), n) {
		counts[draw.Fault]++
	}
	// The first that happens is the only one.
	for fault, want := range map[Fault]float64{Reset: .1, SlowBody: .9 * .5, "": .9 * .5} {
		if got := counts[fault] / n; math.Abs(got-want) > .02 {
			t.Errorf("the rate of %q is %.3f, want %.3f", fault, got, want)
		}
	}
}

func TestLatencyIsWithinItsRange(t *testing.T) {
	latency := Latency{10 * time.Millisecond, 50 * time.Millisecond}
	least, most := time.Hour, time.Duration(0)
	for _, draw := range draws(mustPlan(t, Config{Latency: latency}), 10_000) {
		least, most = min(least, draw.Latency), max(most, draw.Latency)
	}
	if least < latency.Min || most > latency.Max || most-least < 39*time.Millisecond {
		t.Errorf("latencies from %v to %v, want them spread over %v", least, most, latency)
	}
	if draw := mustPlan(t, Config{Latency: Latency{time.Second, time.Second}}).Draw(); draw.Latency != time.Second {
		t.Errorf("a fixed latency of 1s draws %v", draw.Latency)
	}
}

func TestNextCountsDown(t *testing.T) {
	plan := mustPlan(t, Config{
		Faults: []Spec{{Fault: Truncate, Next: 1}, {Fault: Unavailable, Next: 1}, {Fault: SlowBody, Next: 1}},
		Forced: []Forced{{Status: 409, Next: 1}, {Status: 403, Next: 2}},
	})
	want := []Draw{
		{Fault: Truncate, Forced: 409},
		{Fault: Unavailable}, // it takes the endpoint's place, so it uses up no forced answer
		{Fault: SlowBody, Forced: 403},
		{Forced: 403},
		{},
	}
	var got []Draw
	got = append(got, plan.Draw())
	left := plan.Remaining()
	wantLeft := Config{
		Faults: []Spec{{Fault: Unavailable, Next: 1}, {Fault: SlowBody, Next: 1}},
		Forced: []Forced{{Status: 403, Next: 2}},
	}
	if diff := cmp.Diff(wantLeft, left); diff != "" {
		t.Errorf("left after one request:\n%s", diff)
	}
	got = append(got, draws(plan, 4)...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), drawn (+):\n%s", diff)
	}
	if left := plan.Remaining(); len(left.Faults)+len(left.Forced) > 0 {
		t.Errorf("left at the end: %+v", left)
	}
}

func TestNextIsSharedByAllAtOnce(t *testing.T) {
	plan := mustPlan(t, Config{Faults: []Spec{{Fault: Reset, Next: 50}}})
	hits := make([]int, 8)
	var wait sync.WaitGroup
	for i := range hits {
		wait.Go(func() {
			for _, draw := range draws(plan, 100) {
				if draw.Fault == Reset {
					hits[i]++
				}
			}
		})
	}
	wait.Wait()
	sum := 0
	for _, n := range hits {
		sum += n
	}
	if sum != 50 {
		t.Errorf("%d requests met a fault meant for 50", sum)
	}
}

func TestRefusedConfigurationsSayWhatWouldBeRight(t *testing.T) {
	for _, test := range []struct {
		config Config
		says   string
	}{
		{Config{Faults: []Spec{{Fault: "rest", Rate: 1}}}, `unknown fault "rest"; use one of reset, drop-after-commit`},
		{Config{Faults: []Spec{{Fault: "", Rate: 1}}}, "use one of reset"},
		{Config{Faults: []Spec{{Fault: Reset}}}, "a rate above 0 and at most 1, or a next of 1 or more"},
		{Config{Faults: []Spec{{Fault: Reset, Rate: 1.1}}}, "above 0 and at most 1"},
		{Config{Faults: []Spec{{Fault: Reset, Rate: math.NaN()}}}, "above 0 and at most 1"},
		{Config{Faults: []Spec{{Fault: Reset, Rate: -.1}}}, "above 0 and at most 1"},
		{Config{Faults: []Spec{{Fault: Reset, Next: -1}}}, "1 or more"},
		{Config{Faults: []Spec{{Fault: Reset, Rate: .5, Next: 1}}}, "one of the two"},
		{Config{Forced: []Forced{{Status: 404, Next: 1}}}, "201, 400, 403 or 409"},
		{Config{Forced: []Forced{{Status: 409}}}, "1 or more"},
	} {
		if _, err := New(test.config); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: %v; want an error that says %q", test.config, err, test.says)
		}
	}
}

func TestParseSpec(t *testing.T) {
	for text, want := range map[string]Spec{
		"reset":         {Fault: Reset, Rate: 1},
		"slow-body=0.5": {Fault: SlowBody, Rate: .5},
		"truncate=1":    {Fault: Truncate, Rate: 1},
	} {
		if got, err := ParseSpec(text); err != nil || got != want {
			t.Errorf("%q is %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "rest", "reset=", "reset=x", "reset=0", "reset=2", "reset=NaN", "=1", "Reset"} {
		// A text has no next, so that no error speaks of one.
		if spec, err := ParseSpec(text); err == nil || strings.Contains(err.Error(), "next") {
			t.Errorf("%q is %+v, %v; want an error about what was given", text, spec, err)
		}
	}
}

func TestParseLatency(t *testing.T) {
	for text, want := range map[string]Latency{
		"":           {},
		"0s":         {},
		"20ms":       {20 * time.Millisecond, 20 * time.Millisecond},
		"10ms..50ms": {10 * time.Millisecond, 50 * time.Millisecond},
		"0s..1s":     {0, time.Second},
	} {
		got, err := ParseLatency(text)
		if err != nil || got != want {
			t.Errorf("%q is %+v, %v; want %+v", text, got, err, want)
		}
		if again, err := ParseLatency(got.String()); err != nil || again != got {
			t.Errorf("%q, written %q, is read as %+v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"20", "-1s", "50ms..10ms", "1s..", "..1s", "1s...2s", "2h", "fast"} {
		if latency, err := ParseLatency(text); err == nil || !strings.Contains(err.Error(), "10ms..50ms") {
			t.Errorf("%q is %v, %v; want an error that shows a range", text, latency, err)
		}
	}
}

func TestWaitEndsWithTheClient(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if Wait(ctx, time.Hour) {
		t.Error("the client has gone, but the wait was to its end")
	}
	if !Wait(ctx, 0) {
		t.Error("there was nothing to wait for")
	}
	if !Wait(context.Background(), time.Nanosecond) {
		t.Error("the client is there, but the wait was cut short")
	}
}
