package judge

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
)

func TestWindowFitsTheTarget(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		// took is how long an answer takes when so many are in flight.
		took func(inFlight int) time.Duration
		want int
	}{
		"quick":                  {func(int) time.Duration { return ms }, firstAtATime},
		"slow, but many at once": {func(int) time.Duration { return 100 * ms }, DefaultSimultaneous},
		"slow, one after another": {func(n int) time.Duration { return 100 * ms * time.Duration(n) },
			fewestAtATime},
		"a little slow, one by one": {func(n int) time.Duration { return 25 * ms * time.Duration(n) }, 8},
		"slow, at most eight at once": {func(n int) time.Duration { return 100 * ms * time.Duration(1+(n-1)/8) },
			17},
		"quick, but it queues only four": {func(n int) time.Duration { return ms + 400*ms*time.Duration(n/5) },
			fewestAtATime},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newCourtesy(Config{}.withDefaults())
			ask(t, p, c.took(1)) // alone
			for range 500 {
				window, _ := p.state()
				ask(t, p, c.took(window))
			}
			if window, best := p.state(); window < c.want || window > c.want+1 || best != c.took(1) {
				t.Errorf("%d at a time, want %d; the best was %v", window, c.want, best)
			}
			p.enter(t.Context())
			p.leave(0, false) // a refusal that comes at once teaches nothing
			window, _ := p.state()
			if len(p.turns) != window {
				t.Errorf("%d turns are left of %d", len(p.turns), window)
			}
		})
	}
}

// ask makes one request from its turn to its answer.
func ask(t *testing.T, p *courtesy, took time.Duration) {
	t.Helper()
	if !p.enter(t.Context()) {
		t.Fatal("there was no turn")
	}
	p.leave(took, true)
}

func TestTurnsEndWithTheRun(t *testing.T) {
	p := newCourtesy(Config{}.withDefaults())
	for range firstAtATime {
		p.enter(t.Context())
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if p.enter(ended) {
		t.Error("a turn was given that nobody had returned")
	}
}

// A window that shrank while its turns were out takes back those that are too many.
func TestAWindowThatShrankHasFewerTurns(t *testing.T) {
	p := newCourtesy(Config{}.withDefaults())
	for range firstAtATime {
		p.enter(t.Context())
	}
	p.limited(time.Now(), 0, false)
	window, _ := p.state()
	for range firstAtATime {
		p.leave(0, false)
	}
	if window >= firstAtATime || len(p.turns) != window {
		t.Errorf("%d turns are left, the window is %d", len(p.turns), window)
	}
}

// In no second do more requests start than allowed, bursts and what comes before and after them included.
func TestRateIsABoundInEverySecond(t *testing.T) {
	for _, rate := range []float64{0.5, 1, 2.5, 10, 33} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newCourtesy(Config{Rate: rate}.withDefaults())
				var starts []time.Time
				for i := range 60 {
					n := 1
					if burst := p.burst(); i%7 == 6 && burst > 0 {
						n = burst
					}
					if err := p.start(t.Context(), n); err != nil {
						t.Fatal(err)
					}
					starts = append(starts, slices.Repeat([]time.Time{time.Now()}, n)...)
				}
				window, most := time.Second, int(rate)
				if rate < 1 {
					window, most = time.Duration(float64(time.Second)/rate), 1
				}
				for i, first := range starts {
					within := 0
					for _, other := range starts[i:] {
						if other.Sub(first) < window {
							within++
						}
					}
					if within > most {
						t.Fatalf("%d requests started within %v of number %d", within, window, i)
					}
				}
				if took := starts[len(starts)-1].Sub(starts[0]).Seconds(); took > 2.5*float64(len(starts))/rate+2 {
					t.Errorf("%d requests took %.1f s", len(starts), took)
				}
			})
		})
	}
}

// A target that does not say how long to wait is asked more and more rarely. A time beyond all would make the sum of
// the waits overflow, and the run wait for centuries.
func TestPatienceEnds(t *testing.T) {
	for name, told := range map[string][]time.Duration{
		"silent": make([]time.Duration, 100), "a time beyond all": {time.Second, math.MaxInt64},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newCourtesy(Config{Patience: time.Minute}.withDefaults())
				begin := time.Now()
				err := p.start(t.Context(), 1)
				for ; err == nil && len(told) > 0; told = told[1:] {
					started := time.Now()
					pause(t.Context(), time.Millisecond)
					p.limited(started, told[0], false)
					err = p.start(t.Context(), 1)
				}
				waited := time.Since(begin)
				if limited := (*limitError)(nil); !errors.As(err, &limited) || waited > time.Minute+time.Second {
					t.Errorf("after %v: %v", waited, err)
				}
			})
		})
	}
}

// Two requests that wait at the same time, one of them with a connection, take the patience of one.
func TestPatienceIsOfTheRunAndNotOfEachRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newCourtesy(Config{Patience: 1500 * time.Millisecond}.withDefaults())
		started := time.Now()
		pause(t.Context(), time.Millisecond)
		p.limited(started, time.Second, false)
		all(func() {
			if err := p.connect(t.Context(), 1); err != nil {
				t.Errorf("the one without a connection: %v", err)
			}
		}, func() {
			if err := p.startConnected(t.Context()); err != nil {
				t.Errorf("the one with a connection: %v", err)
			}
		})
		if p.waited != time.Second {
			t.Errorf("the run has waited for %v, want a second", p.waited)
		}
	})
}

func TestSaysWait(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	for _, c := range []struct {
		name    string
		status  int
		header  http.Header
		limited bool
		wait    time.Duration
	}{
		{"429", 429, nil, true, 0},
		{"seconds", 429, http.Header{"Retry-After": {"7"}}, true, 7 * time.Second},
		{"503 with seconds", 503, http.Header{"Retry-After": {"7"}}, true, 7 * time.Second},
		{"503", 503, nil, false, 0},
		{"200", 200, http.Header{"Retry-After": {"7"}}, false, 0},
		{"date", 429, http.Header{"Retry-After": {now.Add(time.Hour).UTC().Format(http.TimeFormat)}}, true, time.Hour},
		{"past", 429, http.Header{"Retry-After": {now.Add(-time.Hour).UTC().Format(http.TimeFormat)}}, true, 0},
		{"date of a clock that is wrong", 429, http.Header{
			"Date":        {now.Add(time.Hour).UTC().Format(http.TimeFormat)},
			"Retry-After": {now.Add(time.Hour + 7*time.Second).UTC().Format(http.TimeFormat)},
		}, true, 7 * time.Second},
		{"reset of a clock that is wrong", 429, http.Header{
			"Date":              {now.Add(-time.Hour).UTC().Format(http.TimeFormat)},
			"X-Ratelimit-Reset": {fmt.Sprint(now.Add(7*time.Second - time.Hour).Unix())},
		}, true, 7 * time.Second},
		{"words", 429, http.Header{"Retry-After": {"later"}}, true, 0},
		{"reset", 429, http.Header{"Ratelimit-Reset": {"3"}}, true, 3 * time.Second},
		{"reset as a time", 429, http.Header{"X-Ratelimit-Reset": {fmt.Sprint(now.Add(time.Minute).Unix())}}, true,
			time.Minute},
		{"one field", 429, http.Header{"Ratelimit": {`"default";r=0;t=4`}}, true, 4 * time.Second},
		{"one field of an older draft", 429, http.Header{"Ratelimit": {"limit=10, remaining=0, reset=4"}}, true,
			4 * time.Second},
		{"endless", 429, http.Header{"Retry-After": {"1e300"}}, true, 1<<63 - 1},
	} {
		a := &answer{status: c.status, exchange: &report.Exchange{Response: &report.Response{Header: c.header}}}
		limited, wait := a.saysWait()
		if off := wait - c.wait; limited != c.limited || c.name != "endless" && off.Abs() > 2*time.Second || wait < 0 {
			t.Errorf("%s: limited %t, wait %v; want %t, %v", c.name, limited, wait, c.limited, c.wait)
		}
	}
}

func TestBurstsFitTheTarget(t *testing.T) {
	const timeout = 10 * time.Second
	for name, c := range map[string]struct {
		bursts   bursts
		together int
		waited   time.Duration
		want     int
	}{
		"all at once, quickly":        {bursts{next: 16, most: 16}, 16, 0, 16},
		"grows again":                 {bursts{next: 4, most: 16}, 4, time.Millisecond, 8},
		"only seven connections":      {bursts{next: 16, most: 16}, 7, time.Second, 7},
		"no more than those":          {bursts{next: 7, most: 7}, 7, 0, 7},
		"not one connection":          {bursts{next: 16, most: 16}, 0, 0, 2},
		"one after another":           {bursts{next: 16, most: 16}, 16, 1500 * time.Millisecond, 16},
		"so slowly that it is a risk": {bursts{next: 16, most: 16}, 16, 3 * time.Second, 8},
		"two are the fewest":          {bursts{next: 2, most: 16}, 2, 9 * time.Second, 2},
	} {
		c.bursts.learn(c.together, c.waited, timeout)
		if c.bursts.next != c.want {
			t.Errorf("%s: the next burst is %d, want %d", name, c.bursts.next, c.want)
		}
	}
}

// A server closes a connection on which no request comes, so none is open while a request waits for its turn.
func TestNoConnectionIsIdleWhileARequestWaits(t *testing.T) {
	for name, c := range map[string]struct {
		rate  float64
		every int64
	}{
		"for --rate": {1, math.MaxInt64}, "for a target that says how long": {0, 20},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				var asked atomic.Int64
				target := altered(rightTarget(), func(_ *http.Request, answer *httptest.ResponseRecorder) {
					if asked.Add(1)%c.every == 0 {
						answer.Code = http.StatusTooManyRequests
						answer.Header().Set("Retry-After", "6")
					}
				})
				server := http.Server{Handler: target, ReadHeaderTimeout: 2 * time.Second}
				cfg := inMemory(t, Config{Rate: c.rate, Repeat: 1, Run: []string{"created.*", "answer.complete"}},
					server.Serve)
				connect := cfg.dial
				cfg.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					pause(ctx, 300*time.Millisecond) // so that some connect when the target says that it is too fast
					return connect(ctx, network, address)
				}
				run := judged(t, cfg)
				if got := clauseOf(t, run, "answer.complete"); got.Outcome != report.Passed {
					t.Errorf("%s: answer.complete is %s %+v", run.Reason, got.Outcome, got.Failures)
				}
			})
		})
	}
}

// What the run knows when its patience ends is what the reader needs for the next run.
func TestPastItsPatienceARunSaysWhatItSaw(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var asked atomic.Int64
		target := altered(rightTarget(), func(_ *http.Request, answer *httptest.ResponseRecorder) {
			if asked.Add(1) > 40 {
				answer.Code = http.StatusTooManyRequests
			}
		})
		run := judged(t, inMemory(t, Config{Patience: time.Second}, over(target)))
		if run.Verdict != report.NotJudged {
			t.Errorf("the verdict is %s; failed: %v", run.Verdict, withOutcome(run, report.Failed))
		}
		for _, part := range []string{"40 requests in ", "--rate ", "--patience 1s", " of about ", "the last for "} {
			if !strings.Contains(run.Reason, part) {
				t.Errorf("the reason lacks %q: %s", part, run.Reason)
			}
		}
		if c := clauseOf(t, run, "created.status"); c.Outcome != report.Unchecked ||
			len(withOutcome(run, report.Errored)) > 0 {
			t.Errorf("created.status is %s: %s; errors %v", c.Outcome, c.Reason, withOutcome(run, report.Errored))
		}
	})
}

// A limiter in front cannot be told from one who answers the losers of a race with 429, so neither is violated.
func TestLosersThatGet429AreNotCheckedAndNeverAViolation(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		target := altered(rightTarget(), func(r *http.Request, answer *httptest.ResponseRecorder) {
			if strings.Contains(r.UserAgent(), "conflict.concurrent") && answer.Code == http.StatusConflict {
				answer.Code = http.StatusTooManyRequests
			}
		})
		run := judged(t, inMemory(t, Config{}, over(target)))
		if c := clauseOf(t, run, "conflict.concurrent"); c.Outcome != report.Unchecked {
			t.Errorf("conflict.concurrent is %s", c.Outcome)
		}
	})
}

// A limit that a blocked caller meets is how the target blocks when it stays, and no violation when it goes.
func TestALimitThatBlockedCallersMeet(t *testing.T) {
	for name, c := range map[string]struct {
		// limit changes the answer to the n-th blocked request, the first being 1.
		limit   func(answer *httptest.ResponseRecorder, n int64)
		outcome report.Outcome
	}{
		"that stays, and a lost answer": {func(answer *httptest.ResponseRecorder, n int64) {
			if n == 2 {
				panic(http.ErrAbortHandler)
			}
			answer.Code = http.StatusTooManyRequests
		}, report.Failed},
		"that goes": {func(answer *httptest.ResponseRecorder, n int64) {
			if n <= 4 {
				answer.Code = http.StatusTooManyRequests
				answer.Header().Set("Retry-After", "2")
			}
		}, report.Passed},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				var blocked atomic.Int64
				target := altered(rightTarget(), func(_ *http.Request, answer *httptest.ResponseRecorder) {
					if answer.Code == http.StatusForbidden {
						c.limit(answer, blocked.Add(1))
					}
				})
				run := judged(t, inMemory(t, Config{BlockedVia: blockedHeader}, over(target)))
				got := clauseOf(t, run, "blocked.status")
				if got.Outcome != c.outcome || run.Verdict == report.NotJudged {
					t.Errorf("blocked.status is %s (%s), want %s", got.Outcome, got.Reason, c.outcome)
				}
			})
		})
	}
}

func TestTheLastByteIsHeldBack(t *testing.T) {
	b := newBarrier(2)
	written := make(chan string, 2)
	near, far := net.Pipe()
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	go func() {
		buffer := make([]byte, 10)
		for range 2 {
			n, _ := far.Read(buffer)
			written <- string(buffer[:n])
		}
	}()
	conn := &holdable{Conn: near}
	if !holdLastByte(t.Context(), conn, b) {
		t.Fatal("the connection cannot hold back a byte")
	}
	done := make(chan error, 1)
	go func() {
		_, err := conn.Write([]byte("request"))
		done <- err
	}()
	if got := <-written; got != "reques" {
		t.Errorf("before the barrier opens %q is written", got)
	}
	b.wait(t.Context())
	if got, err := <-written, <-done; got != "t" || err != nil {
		t.Errorf("then %q, %v", got, err)
	}
}
