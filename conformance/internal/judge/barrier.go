package judge

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// barrierPatience is how long a barrier waits for connections after the first is there. A server with a short accept queue answers the
// first before it takes the last, so waiting for all would be waiting for ever.
const barrierPatience = 300 * time.Millisecond

// barrier holds simultaneous requests back, each on a connection that is open already, until all are there, and then lets them go
// at once. A nil barrier holds nobody back.
type barrier struct {
	mu             sync.Mutex
	awaited, there int
	first          *time.Timer
	open           chan struct{}
	opened         bool
	// together is how many requests were there when the barrier opened, and since is when that was.
	together int
	since    time.Time
}

func newBarrier(requests int) *barrier {
	return &barrier{awaited: requests, open: make(chan struct{})}
}

// wait is called when the connection of a request is open.
func (b *barrier) wait(ctx context.Context) {
	if b == nil {
		return
	}
	b.mu.Lock()
	b.there++
	switch {
	case b.there >= b.awaited:
		b.release()
	case b.first == nil:
		b.first = time.AfterFunc(barrierPatience, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.release()
		})
	}
	b.mu.Unlock()
	select {
	case <-b.open:
	case <-ctx.Done():
	}
}

// release opens the barrier; the lock is held.
func (b *barrier) release() {
	if !b.opened {
		b.opened, b.together, b.since = true, b.there, time.Now()
		close(b.open)
	}
}

// leave is called when a request is over, however it ended: one that never got a connection is not waited for.
func (b *barrier) leave() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.opened {
		return
	}
	if b.awaited--; b.there >= b.awaited {
		b.release()
	}
}

// mostSimultaneous is how many requests are sent at once where that matters, to a target that takes as many.
const mostSimultaneous = 16

// burst is how many simultaneous requests the target takes.
type burst struct {
	next, most int
	// limited says that the target answered some with 429, because they were too many at once.
	limited bool
}

// tooManyAtOnce is why nothing is known of simultaneous requests when not even two of them are let through.
const tooManyAtOnce = "the target answers simultaneous requests with 429, however few they are"

// limit makes the next burst no larger than what was let through. It returns whether the target refused any as too many.
func (c *burst) limit(answers []*answer) bool {
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
// answers; none when the run has ended.
func (r *run) simultaneously(send func(i int, b *barrier) *answer) []*answer {
	if r.burst.next == 0 {
		r.burst.next, r.burst.most = mostSimultaneous, mostSimultaneous
		if window, _ := r.pace.state(); window < firstAtATime { // requests wait for one another as it is
			r.burst.next = window
		}
	}
	n := r.burst.next
	for range n {
		if r.limiter.Wait(r.ctx) != nil {
			return nil
		}
	}
	b := newBarrier(n)
	answers := make([]*answer, n)
	each(n, func(i int) { answers[i] = send(i, b) })
	if !r.dry {
		_, best := r.pace.state()
		r.burst.learn(b.together, time.Since(b.since)-best, r.cfg.Timeout)
	}
	return answers
}

// learn chooses the next number: fewer when not all connections were open together, or when the target served them so slowly
// one after another that the last of more might time out.
func (c *burst) learn(together int, waited, timeout time.Duration) {
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
