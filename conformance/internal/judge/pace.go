package judge

import (
	"context"
	"sync"
	"time"
)

// How many requests are in flight at a time.
const (
	// firstAtATime is few enough for a small server, whose queue of connections holds as many; mostAtATime is for a target that
	// answers slowly, but many at once; fewestAtATime is for one that answers one after another.
	fewestAtATime = 4
	firstAtATime  = 6
	mostAtATime   = 32
	// quickAnswer is what needs no more than firstAtATime: the run is over soon enough.
	quickAnswer = 20 * time.Millisecond
	// queued is how long an answer takes at least that had to wait for others: shorter waits do no harm. It is more than the 200 ms
	// after which Linux sends a segment again that a full queue of connections has dropped.
	queued = 250 * time.Millisecond
)

// pace bounds the requests in flight to what the target takes: more when that makes the run faster, fewer when requests wait for
// one another, because a request that waits too long would look unanswered.
type pace struct {
	turns chan struct{}

	mu     sync.Mutex
	window int
	// best is the shortest time that a creation took; 0 before the first.
	best time.Duration
}

func newPace() *pace {
	p := &pace{turns: make(chan struct{}, mostAtATime), window: firstAtATime}
	for range p.window {
		p.turns <- struct{}{}
	}
	return p
}

// wait returns when the next request may be sent, or false when ctx has ended.
func (p *pace) wait(ctx context.Context) bool {
	select {
	case <-p.turns:
		return true
	case <-ctx.Done():
		return false
	}
}

// done is called after each wait, with the time that the answer took. Only creations teach something: they are the work of a
// target, where a refusal may come at once.
func (p *pace) done(took time.Duration, created bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !created {
		p.turns <- struct{}{}
		return
	}
	if p.best == 0 || took < p.best {
		p.best = took
	}
	switch {
	case took > queued && took > 4*p.best:
		if p.window > fewestAtATime {
			p.window--
			return // without the turn
		}
	case p.window < firstAtATime:
		p.grow(1)
	case took < 3*p.best && took > quickAnswer:
		p.grow(min(2, mostAtATime-p.window))
	}
	p.turns <- struct{}{}
}

// grow allows n more requests in flight; the lock is held.
func (p *pace) grow(n int) {
	p.window += n
	for range n {
		p.turns <- struct{}{}
	}
}

// state returns how many requests are in flight at most, and the shortest time that a creation took.
func (p *pace) state() (window int, best time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.window, p.best
}
