package suite

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// gatePatience is how long a gate waits for connections after the first is there. A server with a short accept queue answers the
// first before it takes the last, so waiting for all would be waiting for ever.
const gatePatience = 300 * time.Millisecond

// gate holds simultaneous requests back, each on a connection that is open already, until all are there, and then lets them go
// at once. A nil gate holds nobody back.
type gate struct {
	mu             sync.Mutex
	awaited, there int
	first          *time.Timer
	open           chan struct{}
	opened         bool
	// together is how many requests were there when the gate opened, and since is when that was.
	together int
	since    time.Time
}

func newGate(requests int) *gate { return &gate{awaited: requests, open: make(chan struct{})} }

// wait is called when the connection of a request is open.
func (g *gate) wait(ctx context.Context) {
	if g == nil {
		return
	}
	g.mu.Lock()
	g.there++
	switch {
	case g.there >= g.awaited:
		g.release()
	case g.first == nil:
		g.first = time.AfterFunc(gatePatience, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.release()
		})
	}
	g.mu.Unlock()
	select {
	case <-g.open:
	case <-ctx.Done():
	}
}

// release opens the gate; the lock is held.
func (g *gate) release() {
	if !g.opened {
		g.opened, g.together, g.since = true, g.there, time.Now()
		close(g.open)
	}
}

// leave is called when a request is over, however it ended: one that never got a connection is not waited for.
func (g *gate) leave() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened {
		return
	}
	if g.awaited--; g.there >= g.awaited {
		g.release()
	}
}

// mostSimultaneous is how many requests are sent at once where that matters, to a target that takes as many.
const mostSimultaneous = 16

// crowd is how many simultaneous requests the target takes.
type crowd struct {
	next, most int
	// limited says that the target answered some with 429, because they were too many at once.
	limited bool
}

// tooManyAtOnce is why nothing is known of simultaneous requests when not even two of them are let through.
const tooManyAtOnce = "the target answers simultaneous requests with 429, however few they are"

// limit makes the next crowd no larger than what was let through. It returns whether the target refused any as too many.
func (c *crowd) limit(answers []*answer) bool {
	through := slices.DeleteFunc(slices.Clone(answers), func(a *answer) bool { return a.is(http.StatusTooManyRequests) })
	if len(through) == len(answers) {
		return false
	}
	c.limited = true
	c.most = max(2, len(through))
	c.next = min(c.next, c.most)
	return true
}

// simultaneously sends as many requests at once as the target takes, each on a connection that is open already, and returns the
// answers; none when the trial has ended.
func (t *trial) simultaneously(send func(i int, g *gate) *answer) []*answer {
	if t.crowd.next == 0 {
		t.crowd.next, t.crowd.most = mostSimultaneous, mostSimultaneous
		if window, _ := t.pace.state(); window < firstAtATime { // requests wait for one another as it is
			t.crowd.next = window
		}
	}
	n := t.crowd.next
	for range n {
		if t.limiter.Wait(t.ctx) != nil {
			return nil
		}
	}
	g := newGate(n)
	answers := make([]*answer, n)
	each(n, func(i int) { answers[i] = send(i, g) })
	if !t.rehearsing {
		_, best := t.pace.state()
		t.crowd.learn(g.together, time.Since(g.since)-best, t.cfg.Timeout)
	}
	return answers
}

// learn chooses the next number: fewer when not all connections were open together, or when the target served them so slowly
// one after another that the last of more might time out.
func (c *crowd) learn(together int, waited, timeout time.Duration) {
	switch {
	case together < c.next:
		c.most = max(2, together)
		c.next = c.most
	case waited > timeout/4:
		c.next = max(2, c.next/2)
	case waited < timeout/10:
		c.next = min(2*c.next, c.most)
	}
}
