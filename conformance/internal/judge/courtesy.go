package judge

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How many requests are in flight at a time.
const (
	// DefaultSimultaneous is how many requests are in flight at most.
	DefaultSimultaneous = 32
	// firstAtATime is few enough for a small server, whose queue of connections holds as many; DefaultSimultaneous is
	// for a target that answers slowly, but many at once; fewestAtATime is for one that answers one after another.
	fewestAtATime = 4
	firstAtATime  = 6
	// quickAnswer is what needs no more than firstAtATime: the run is over soon enough.
	quickAnswer = 20 * time.Millisecond
	// queued is how long an answer takes at least that had to wait for others: shorter waits do no harm. It is more
	// than the 200 ms after which Linux sends a segment again that a full queue of connections has dropped.
	queued = 250 * time.Millisecond
)

// How a target that limits its callers is met.
const (
	// DefaultPatience is how long a run waits, in sum, because the target limits its callers.
	DefaultPatience = 2 * time.Minute
	// span is the time in which no more than the limit may start: a second, and what the network may add to it.
	span = time.Second + 50*time.Millisecond
	// firstLimit is how many requests start in a second after the target has said for the first time that they are
	// too many. The limit is halved each time that it says so again, down to leastLimit.
	firstLimit = 50
	leastLimit = 0.5
	// leastForBursts is where halving ends when only simultaneous requests are too many, which a lower rate would not
	// change.
	leastForBursts = 8.0
	// firstWait is how long nothing is sent when the target does not say how long; it is doubled each time, up to
	// mostWait.
	firstWait = 500 * time.Millisecond
	mostWait  = 32 * time.Second
)

// courtesy decides when a request may go, and is the only one to decide it. It bounds the requests in flight, fewer
// when they wait for one another; it bounds how many start in a second; and it waits when the target says that its
// callers are too fast.
//
// The turn at a gate is taken before mu.
type courtesy struct {
	most     int
	patience time.Duration
	// turns holds a value for each request that may be in flight now.
	turns chan struct{}
	// connecting is passed by a request before it has a connection, and starting when it has one and goes. The second
	// is the bound; the first keeps connections from waiting for it.
	connecting, starting gate

	// mu guards everything below. There are circulating turns, given out or not, which become as many as the window
	// has.
	mu                  sync.Mutex
	window, circulating int
	// best is the shortest time that a creation took; 0 before the first.
	best time.Duration
	// limit is how many requests may start in a second; 0 means any number. learned says that the target has set it.
	limit   float64
	learned bool
	// resume is when the next request may start, and changed is when the target last said that its callers are too
	// fast.
	resume, changed time.Time
	wait            time.Duration
	// waited is how long requests were kept back for the sake of the target, up to waiting. Several that wait at the
	// same time count once.
	waited  time.Duration
	waiting time.Time
	// first is when the first request connected, and through is how many the target took.
	first   time.Time
	through int
}

func newCourtesy(cfg Config) *courtesy {
	c := &courtesy{
		most: cfg.Simultaneous, patience: cfg.Patience, limit: cfg.Rate, wait: firstWait,
		turns:      make(chan struct{}, cfg.Simultaneous),
		connecting: gate{next: make(chan struct{}, 1)}, starting: gate{next: make(chan struct{}, 1)},
	}
	c.grow(min(firstAtATime, c.most))
	return c
}

// enter returns when one more request may be in flight, or false when ctx has ended. Each is followed by leave.
func (c *courtesy) enter(ctx context.Context) bool {
	select {
	case <-c.turns:
		return true
	case <-ctx.Done():
		return false
	}
}

// leave is called with the time that the answer took. Only creations teach something: they are the work of a target,
// where a refusal may come at once.
func (c *courtesy) leave(took time.Duration, created bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !created {
		c.giveBack()
		return
	}
	if c.best == 0 || took < c.best {
		c.best = took
	}
	switch {
	case took > queued && took > 4*c.best:
		c.shrink(fewestAtATime)
	case c.window < firstAtATime && !c.learned:
		c.grow(min(1, c.most-c.window))
	case took < 3*c.best && took > quickAnswer && !c.learned:
		c.grow(min(2, c.most-c.window))
	}
	c.giveBack()
}

// giveBack returns a turn, unless the window is smaller than it was. The lock is held.
func (c *courtesy) giveBack() {
	if c.circulating > c.window {
		c.circulating--
		return
	}
	c.turns <- struct{}{}
}

// grow allows n more requests in flight. The lock is held.
func (c *courtesy) grow(n int) {
	c.window += n
	for ; c.circulating < c.window; c.circulating++ {
		c.turns <- struct{}{}
	}
}

// shrink allows one request less in flight, but no fewer than least. The lock is held.
func (c *courtesy) shrink(least int) {
	if c.window > least {
		c.window--
	}
}

// gate lets no more requests pass than the limit allows.
type gate struct {
	// next is held by the request that will be the next to pass.
	next chan struct{}
	// passed is when the last requests did; courtesy.mu guards it.
	passed []time.Time
}

// mostIdle is how long a request waits for its start on a connection: a server closes one on which nothing comes.
const mostIdle = time.Second

// errIdle is that a request would have to wait longer.
var errIdle = errors.New("the connection would be idle for too long")

// start returns when n requests may start together, or why they never will.
func (c *courtesy) start(ctx context.Context, n int) error {
	if err := c.connect(ctx, n); err != nil {
		return err
	}
	return c.pass(ctx, &c.starting, n, 0)
}

// connect returns when n requests may connect, to start soon; startConnected, when one of them may start.
func (c *courtesy) connect(ctx context.Context, n int) error { return c.pass(ctx, &c.connecting, n, 0) }

func (c *courtesy) startConnected(ctx context.Context) error {
	return c.pass(ctx, &c.starting, 1, mostIdle)
}

// pass returns when n requests have passed a gate together, or why they do not. They wait for any time when most is 0.
func (c *courtesy) pass(ctx context.Context, g *gate, n int, most time.Duration) error {
	began := time.Now()
	select {
	case g.next <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-g.next }()
	for {
		left := time.Duration(math.MaxInt64)
		if most > 0 {
			left = most - time.Since(began)
		}
		due, err := c.due(g, n, left)
		if due <= 0 || err != nil {
			return err
		}
		if !pause(ctx, due) {
			return context.Cause(ctx)
		}
	}
}

// due returns how long it is until n requests may pass a gate, or 0 when they have passed. The error is that this is
// more than they have left, or that patience is at its end.
func (c *courtesy) due(g *gate, n int, left time.Duration) (time.Duration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	due := c.resume.Sub(now)
	if c.limit > 0 {
		due = max(due, c.dueByLimit(g, n, now))
	}
	if due > 0 {
		if due > left {
			return due, errIdle
		}
		if more := min(due, now.Add(due).Sub(c.waiting)); c.learned && more > 0 {
			if more > c.patience-c.waited { // a sum could overflow: a target may name any time
				return due, c.impatient()
			}
			c.waited, c.waiting = c.waited+more, now.Add(due)
		}
		return due, nil
	}
	if c.first.IsZero() {
		c.first = now
	}
	if c.limit > 0 {
		g.passed = append(g.passed, slices.Repeat([]time.Time{now}, n)...)
	}
	return 0, nil
}

// dueByLimit returns how long it is until n requests may pass a gate within the limit. One by one they pass at
// even distances.
func (c *courtesy) dueByLimit(g *gate, n int, now time.Time) time.Duration {
	allowed, within := c.allowed()
	g.passed = slices.DeleteFunc(g.passed, func(t time.Time) bool { return now.Sub(t) >= within })
	due := time.Duration(0)
	if over := min(len(g.passed), len(g.passed)+n-allowed); over > 0 {
		due = g.passed[over-1].Add(within).Sub(now)
	}
	if n == 1 && len(g.passed) > 0 {
		due = max(due, g.passed[len(g.passed)-1].Add(within/time.Duration(allowed)).Sub(now))
	}
	return due
}

// allowed returns how many requests may start within how long: a second, or the time for one.
func (c *courtesy) allowed() (int, time.Duration) {
	if c.limit < 1 {
		return 1, time.Duration(float64(span) / c.limit)
	}
	return int(min(c.limit, 1<<20)), span
}

// burst returns how many requests may start together: none when fewer than two.
func (c *courtesy) burst() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.most
	if c.limit > 0 {
		allowed, _ := c.allowed()
		n = min(n, allowed)
	}
	if n < 2 {
		return 0
	}
	return n
}

// started says that the last n requests to start did so at this time and not before.
func (c *courtesy) started(n int, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	passed := c.starting.passed
	for i := max(0, len(passed)-n); i < len(passed); i++ {
		passed[i] = at
	}
}

// took notes that the target took a request that started at this time.
func (c *courtesy) took(started time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.through++
	if started.After(c.changed) {
		c.wait = firstWait
	}
}

// limited notes that the target refused a request that started at this time because its callers are too fast, and how
// long it said to wait: 0 when it did not say. Burst says that the request was one of several simultaneous ones. What
// was under way already when it last said so teaches nothing new.
func (c *courtesy) limited(started time.Time, told time.Duration, burst bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if started.After(c.changed) {
		c.changed, c.learned = now, true
		if c.limit == 0 {
			c.limit = firstLimit
		} else {
			least := leastLimit
			if burst {
				least = leastForBursts
			}
			c.limit = max(min(c.limit, least), c.limit/2)
		}
		for range c.window / 2 {
			c.shrink(1)
		}
		if told == 0 {
			told = c.wait
			c.wait = min(2*c.wait, mostWait)
		}
	}
	if resume := now.Add(told); resume.After(c.resume) {
		c.resume = resume
	}
}

// impatient says what was seen of the limit. The lock is held.
func (c *courtesy) impatient() error {
	took := time.Since(c.first)
	rate := float64(c.through) / max(1, took.Seconds())
	hint := strconv.FormatFloat(math.Floor(rate), 'f', -1, 64)
	if rate < 1 {
		hint = strconv.FormatFloat(max(0.1, math.Floor(10*rate)/10), 'f', -1, 64)
	}
	return &limitError{
		fmt.Sprintf("the target limits how fast it may be asked: %d requests in %v were let through, and waiting "+
			"longer than --patience %v would be needed for the others; try --rate %s with a longer --patience",
			c.through, took.Round(time.Second/10), c.patience, hint),
	}
}

// limitError ends a run whose target lets no more requests through in time.
type limitError struct{ text string }

func (e *limitError) Error() string { return e.text }

// state returns how many requests are in flight at most, and the shortest time that a creation took.
func (c *courtesy) state() (window int, best time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.window, c.best
}

// saysWait reports whether an answer is the front door's and not the endpoint's, because its callers are too fast, and
// how long it says to wait: 0 when it does not say. The request was then not processed.
func (a *answer) saysWait() (limited bool, wait time.Duration) {
	if a.exchange.Response == nil {
		return false, 0
	}
	header := a.exchange.Response.Header
	retry := header.Get("Retry-After")
	switch {
	case a.is(http.StatusTooManyRequests):
	case a.is(http.StatusServiceUnavailable) && retry != "":
	default:
		return false, 0
	}
	now := time.Now()
	if theirs, err := http.ParseTime(header.Get("Date")); err == nil {
		now = theirs // a time is one of the target's clock
	}
	for _, text := range []string{
		retry, header.Get("RateLimit-Reset"), header.Get("X-RateLimit-Reset"), resetOf(header.Get("RateLimit")),
	} {
		if wait := waitOf(text, now); wait > 0 {
			return true, wait
		}
	}
	return true, 0
}

// resetOf returns the time of reset in a RateLimit header field, whose drafts call it t or reset.
func resetOf(text string) string {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
		name, value, _ := strings.Cut(part, "=")
		if name == "t" || name == "reset" {
			return value
		}
	}
	return ""
}

// waitOf reads seconds, a time in seconds since 1970, or a date (RFC 9110, section 10.2.3); 0 when it is none of them.
func waitOf(text string, now time.Time) time.Duration {
	const aDate = 1_000_000_000 // no server tells its callers to wait for thirty years
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 {
		if seconds >= aDate {
			return time.Unix(int64(min(seconds, 1e12)), 0).Sub(now)
		}
		return time.Duration(seconds * float64(time.Second))
	}
	if date, err := http.ParseTime(text); err == nil {
		return date.Sub(now)
	}
	return 0
}
