package hostile

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// ledger is the clients' side of the truth: every answer that came, and every one that did not. With it they can tell
// whether the server has lost an account, made one twice, or refused a name that nobody had.
type ledger struct {
	mu    sync.Mutex
	names map[string]*answers
	took  []time.Duration
	// wrong is what no server may do at all, found as it happened.
	wrong []string
}

// answers count what came of the requests for one name.
type answers struct{ created, conflict, lost, other int }

func newLedger() *ledger { return &ledger{names: map[string]*answers{}} }

// create asks for an account, and notes what came of it.
func (l *ledger) create(ctx context.Context, client *http.Client, base, name string) int {
	began := time.Now()
	status, err := create(ctx, client, base, name)
	took := time.Since(began)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took = append(l.took, took)
	known := l.names[name]
	if known == nil {
		known = &answers{}
		l.names[name] = known
	}
	switch status {
	case http.StatusCreated:
		known.created++
	case http.StatusConflict:
		known.conflict++
	case 0:
		known.lost++
	default:
		known.other++
	}
	if status >= 500 {
		l.wrong = append(l.wrong, fmt.Sprintf("%q got %d %v", name, status, err))
	}
	return status
}

// work lets some clients make this many requests altogether, two or three for each name, at the same time or not. It
// returns early when ctx is done. The names begin with prefix. Each client waits for pace between two requests.
func (l *ledger) work(
	ctx context.Context, t *testing.T, base, prefix string, clients, requests int, pace time.Duration,
) {
	client := newClient(t, clients)
	var group sync.WaitGroup
	for worker := range clients {
		group.Go(func() {
			pacing := time.NewTicker(max(pace, 1))
			defer pacing.Stop()
			for i := worker; i < requests && ctx.Err() == nil; i += clients {
				l.create(ctx, client, base, fmt.Sprintf("%s-%d", prefix, i*2/5))
				<-pacing.C
			}
		})
	}
	group.Wait()
}

// during lets normal clients work while an attack goes on, which begins when the first are answered. The clients go on
// until the attack is over and they have made the requests.
func (l *ledger) during(t *testing.T, base, prefix string, requests int, attack func()) {
	t.Helper()
	const clients = 8
	const pace = 10 * time.Millisecond // so that an attack that takes its time costs no more than another
	l.work(t.Context(), t, base, prefix+"-before", clients, requests/4, pace)
	calm := l.report(t, "before")
	over := make(chan struct{})
	go func() {
		defer close(over)
		attack()
	}()
	for round := 0; ; round++ {
		l.work(t.Context(), t, base, fmt.Sprintf("%s-%d", prefix, round), clients, requests, pace)
		select {
		case <-over:
		default:
			continue
		}
		break
	}
	if attacked := l.report(t, "under attack"); attacked > 2*time.Second+10*calm {
		t.Errorf("99 of 100 normal requests were answered within %v, before the attack within %v", attacked, calm)
	}
}

// report logs how long the requests took since the last report, and returns the 99th percentile.
func (l *ledger) report(t *testing.T, when string) time.Duration {
	t.Helper()
	l.mu.Lock()
	took := l.took
	l.took = nil
	l.mu.Unlock()
	if len(took) == 0 {
		t.Fatalf("%s: no request was made", when)
	}
	slices.Sort(took)
	at := func(percent int) time.Duration { return took[(len(took)-1)*percent/100].Round(10 * time.Microsecond) }
	t.Logf("%-12s %6d normal requests, p50 %v, p99 %v, longest %v", when, len(took), at(50), at(99), at(100))
	return at(99)
}

// verify asks for every name once more, and holds what the server says against what it has said before.
func (l *ledger) verify(t *testing.T, base string) {
	t.Helper()
	wrong := slices.Clone(l.wrong)
	client := newClient(t, 8)
	names := slices.Sorted(maps.Keys(l.names))
	finally := make([]int, len(names))
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := worker; i < len(names); i += 8 {
				// An answer that is lost tells nothing: the time-outs of some servers here are short.
				for try := 0; finally[i] == 0 && try < 3; try++ {
					finally[i], _ = create(t.Context(), client, base, names[i])
				}
			}
		})
	}
	group.Wait()
	var all answers
	for i, name := range names {
		before := l.names[name]
		all.created += before.created
		all.conflict += before.conflict
		all.lost += before.lost
		all.other += before.other
		fault := before.contradiction(finally[i])
		if fault != "" {
			wrong = append(wrong, fmt.Sprintf("%q %s (answers before: %+v, now %d)", name, fault, *before, finally[i]))
		}
	}
	t.Logf("ledger: %d names; answers 201: %d, 409: %d, others: %d, lost: %d; contradictions: %d",
		len(names), all.created, all.conflict, all.other, all.lost, len(wrong))
	for _, fault := range wrong[:min(len(wrong), 10)] {
		t.Error(fault)
	}
	if all.created == 0 {
		t.Error("no account was created: the ledger proves nothing")
	}
}

// consistent is verify for a server that is gone: what it said must not contradict itself.
func (l *ledger) consistent(t *testing.T) {
	t.Helper()
	for name, known := range l.names {
		now := http.StatusCreated
		if known.created+known.lost+known.conflict > 0 {
			now = http.StatusConflict
		}
		if fault := known.contradiction(now); fault != "" {
			t.Errorf("%q %s (answers %+v)", name, fault, *known)
		}
	}
}

// contradiction says what is wrong with the answers for one name, given the one to a last request; "" when nothing is.
func (a answers) contradiction(now int) string {
	return cmp.Or(
		when(a.created > 1, "was created more than once"),
		when(a.created > 0 && now != http.StatusConflict, "was created and is lost"),
		when(a.created+a.lost == 0 && a.conflict > 0, "was in use without having been created"),
		when(a.created+a.lost+a.conflict == 0 && now != http.StatusCreated, "was refused and is in use"),
		when(now != http.StatusCreated && now != http.StatusConflict, "cannot be asked for"),
	)
}

func when(wrong bool, text string) string {
	if wrong {
		return text
	}
	return ""
}

// A ledger that finds nothing would prove nothing.
func TestLedgerFindsContradictions(t *testing.T) {
	for _, c := range []struct {
		before answers
		now    int
		right  bool
	}{
		{answers{created: 1, conflict: 3}, 409, true},
		{answers{lost: 1}, 409, true},
		{answers{lost: 1}, 201, true},
		{answers{lost: 1, conflict: 1}, 409, true},
		{answers{other: 1}, 201, true},
		{answers{created: 1}, 201, false},
		{answers{created: 2}, 409, false},
		{answers{conflict: 1}, 409, false},
		{answers{conflict: 1}, 201, false},
		{answers{other: 1}, 409, false},
		{answers{created: 1}, 0, false},
	} {
		if found := c.before.contradiction(c.now); (found == "") != c.right {
			t.Errorf("%+v and now %d: %q", c.before, c.now, found)
		}
	}
}
