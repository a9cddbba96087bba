package judge

import (
	"context"
	"testing"
	"time"
)

func TestPaceFitsTheTarget(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		// took is how long an answer takes when so many are in flight.
		took func(inFlight int) time.Duration
		want int
	}{
		"quick":                          {func(int) time.Duration { return ms }, firstAtATime},
		"slow, but many at once":         {func(int) time.Duration { return 100 * ms }, mostAtATime},
		"slow, one after another":        {func(n int) time.Duration { return 100 * ms * time.Duration(n) }, fewestAtATime},
		"a little slow, one by one":      {func(n int) time.Duration { return 25 * ms * time.Duration(n) }, 8},
		"slow, at most eight at once":    {func(n int) time.Duration { return 100 * ms * time.Duration(1+(n-1)/8) }, 17},
		"quick, but it queues only four": {func(n int) time.Duration { return ms + 400*ms*time.Duration(n/5) }, fewestAtATime},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPace()
			ask(t, p, c.took(1)) // alone
			for range 500 {
				window, _ := p.state()
				ask(t, p, c.took(window))
			}
			if window, best := p.state(); window < c.want || window > c.want+1 || best != c.took(1) {
				t.Errorf("%d at a time, want %d; the best was %v", window, c.want, best)
			}
			p.wait(t.Context())
			p.done(0, false) // a refusal that comes at once teaches nothing
			window, _ := p.state()
			if len(p.turns) != window {
				t.Errorf("%d turns are left of %d", len(p.turns), window)
			}
		})
	}
}

// ask makes one request from its turn to its answer.
func ask(t *testing.T, p *pace, took time.Duration) {
	t.Helper()
	if !p.wait(t.Context()) {
		t.Fatal("there was no turn")
	}
	p.done(took, true)
}

func TestPaceEndsWithTheRun(t *testing.T) {
	p := newPace()
	for range firstAtATime {
		p.wait(t.Context())
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if p.wait(ended) {
		t.Error("a turn was given that nobody had returned")
	}
}

func TestCrowdFitsTheTarget(t *testing.T) {
	const timeout = 10 * time.Second
	for name, c := range map[string]struct {
		burst    burst
		together int
		waited   time.Duration
		want     int
	}{
		"all at once, quickly":        {burst{next: 16, most: 16}, 16, 0, 16},
		"grows again":                 {burst{next: 4, most: 16}, 4, time.Millisecond, 8},
		"only seven connections":      {burst{next: 16, most: 16}, 7, time.Second, 7},
		"no more than those":          {burst{next: 7, most: 7}, 7, 0, 7},
		"not one connection":          {burst{next: 16, most: 16}, 0, 0, 2},
		"one after another":           {burst{next: 16, most: 16}, 16, 1500 * time.Millisecond, 16},
		"so slowly that it is a risk": {burst{next: 16, most: 16}, 16, 3 * time.Second, 8},
		"two are the fewest":          {burst{next: 2, most: 16}, 2, 9 * time.Second, 2},
	} {
		c.burst.learn(c.together, c.waited, timeout)
		if c.burst.next != c.want {
			t.Errorf("%s: the next burst is %d, want %d", name, c.burst.next, c.want)
		}
	}
}
