package suite

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Bounds of a trial.
const (
	// mostTimeouts is how many time-outs the run waits for answers that do not come, in sum, before it gives up. An answer that
	// breaks off late, as one that is shorter than it says does when the server closes the connection, counts by its time.
	mostTimeouts = 8
	// nameBase is how the account names of every run begin.
	nameBase = "conf"
)

// What ends a trial early, besides somebody's interrupt.
var (
	errGaveUp  = errors.New("the target leaves too many requests without a complete answer for too long; the rest was not asked")
	errLimited = errors.New("the target limits how fast it may be asked (429); wait, then ask more slowly with --rate")
)

// trial is one run against one target: it sends the requests and binds what comes back to the checks.
type trial struct {
	cfg    Config
	id     string
	target *route
	// ctx ends the whole trial; every probe shares it.
	ctx    context.Context
	giveUp context.CancelCauseFunc

	limiter *rate.Limiter
	pace    *pace
	crowd   crowd
	planned int
	// rehearsing says that the target is the one in memory.
	rehearsing bool

	sections []*section
	checks   map[string]*check

	mu    sync.Mutex
	names int
	// named are all names that were sent.
	named map[string]bool
	// waited is how long requests have waited for answers that did not come.
	waited    time.Duration
	sent      int
	exchanges []*report.Exchange
	accounts  []report.Account
	// kept are the plain accounts created, which must still be there at the end.
	kept []kept

	telling sync.Mutex
}

func newTrial(ctx context.Context, cfg Config, sections []*section, target *route) *trial {
	t := &trial{
		cfg: cfg, id: newRunID(), target: target, sections: sections, checks: map[string]*check{}, named: map[string]bool{},
		pace: newPace(),
	}
	t.ctx, t.giveUp = context.WithCancelCause(ctx)
	for _, s := range sections {
		for _, c := range s.checks {
			t.checks[c.clause.ID] = c
		}
	}
	limit := rate.Inf
	if cfg.Rate > 0 {
		limit = rate.Limit(cfg.Rate)
	}
	t.limiter = rate.NewLimiter(limit, 1)
	return t
}

// run sends the preflight and then the probes, phase by phase. It returns why the target cannot be judged; empty when it can.
func (t *trial) run(p plan) (reason string) {
	t.cfg.Repeat, t.planned = p.repeat, p.total().requests
	if reason := t.preflight(); reason != "" {
		return reason
	}
	probes := t.probes()
	for _, now := range []phase{together, alone, last} {
		var runs []func()
		for i, probe := range probes {
			switch {
			case probe.phase != now:
			case p.dropped[i]:
				for _, id := range probe.clauses {
					t.checks[id].unchecked("--max-accounts leaves no room for the accounts it takes (%d)", p.probes[i].accounts)
				}
			default:
				runs = append(runs, func() { probe.run(t) })
			}
		}
		if now == alone {
			for _, run := range runs {
				run()
			}
		} else {
			all(runs...)
		}
	}
	return ""
}

// alphabet has no vowels, so that names spell nothing, and no characters that look alike.
const alphabet = "bcdfghjkmnpqrstvwxz23456789"

// newRunID returns seven characters, 33 bits.
func newRunID() string {
	id := make([]byte, 7)
	_, _ = rand.Read(id) // never fails (crypto/rand)
	for i := range id {
		id[i] = alphabet[int(id[i])%len(alphabet)]
	}
	return string(id)
}

// name returns a new name that no implementation has a reason to refuse: 14 lower-case letters and digits. No two differ by
// letter case only, and none begins with another. There are 19,683, more than a run with mostRepeat takes.
func (t *trial) name() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.names
	t.names++
	count := make([]byte, 3)
	for i := range count {
		count[len(count)-1-i] = alphabet[n%len(alphabet)]
		n /= len(alphabet)
	}
	return nameBase + t.id + string(count)
}

// digits returns a name of 15 digits, which something careless takes for a number: conf on the keys of a telephone, and the run id
// as a number.
func (t *trial) digits() string {
	number := 0
	for _, char := range t.id {
		number = number*len(alphabet) + strings.IndexRune(alphabet, char)
	}
	return fmt.Sprintf("2663%011d", number)
}

// send sends a request and records the exchange. It waits for its turn, and for nothing else.
func (t *trial) send(r request) *answer {
	usual := r.via == nil
	r = r.withDefaults(t.target)
	if r.gate == nil {
		if err := t.limiter.Wait(t.ctx); err != nil {
			return t.notSent(r)
		}
		if !t.pace.wait(t.ctx) {
			return t.notSent(r)
		}
	}
	t.mu.Lock()
	for _, name := range r.header[fixtures.UsernameHeader] {
		t.named[name] = true
	}
	t.mu.Unlock()
	a := t.cfg.exchange(t.ctx, r)
	if r.gate == nil {
		t.pace.done(a.exchange.Duration, a.is(http.StatusCreated))
	}
	if r.shared && a.reused && a.untouched && a.status == 0 {
		return a // closed while it was idle (RFC 9112, section 9.5)
	}
	if usual && r.gate == nil && a.is(http.StatusTooManyRequests) {
		t.giveUp(errLimited)
	}
	t.record(r, a)
	return a
}

// notSent is the answer to a request that the end of the trial overtook.
func (t *trial) notSent(r request) *answer {
	r.gate.leave()
	return &answer{unreached: true, exchange: &report.Exchange{
		Clause: r.clause, Request: describeRequest(t.cfg.newRequest(t.ctx, r), r.body), Error: context.Cause(t.ctx).Error(),
	}}
}

func (t *trial) record(r request, a *answer) {
	t.mu.Lock()
	if !a.unreached {
		t.sent++
	}
	t.exchanges = append(t.exchanges, a.exchange)
	t.note(r, a)
	if a.status == 0 && (!a.unreached || a.timedOut) {
		if t.waited += a.exchange.Duration; t.waited >= mostTimeouts*t.cfg.Timeout {
			t.giveUp(errGaveUp)
		}
	}
	t.mu.Unlock()
	if !r.aside {
		t.judgeForm(r, a)
	}
	t.judgeMixUp(r, a)
	t.showProgress(r.clause)
}

// showProgress tells who is interested how far the run is, one call at a time.
func (t *trial) showProgress(clause string) {
	if t.cfg.Progress == nil {
		return
	}
	t.telling.Lock()
	defer t.telling.Unlock()
	progress := report.Progress{Current: clause}
	for _, c := range t.checks {
		if c.failed() {
			progress.Failed++
		}
	}
	t.mu.Lock()
	progress.Done, progress.Total = t.sent, max(t.planned, t.sent)
	t.mu.Unlock()
	t.cfg.Progress(progress)
}

// note lists an account that an answer says was created, or that may have been.
func (t *trial) note(r request, a *answer) {
	created, lost := a.is(http.StatusCreated), a.status == 0 && !a.unreached && r.method == http.MethodPost
	if !created && !lost {
		return
	}
	account := report.Account{Privacy: fixtures.DefaultPrivacy, Clause: r.clause, Certain: created}
	for header, values := range r.header {
		switch {
		case strings.EqualFold(header, fixtures.UsernameHeader):
			account.Name = values[0]
		case strings.EqualFold(header, fixtures.PrivacyHeader):
			account.Privacy = values[0]
		}
	}
	if name, ok := a.object.text("name"); ok {
		account.Name = name
	}
	if privacy, ok := a.object.text("privacy"); ok {
		account.Privacy = privacy
	}
	if account.Name != "" {
		t.accounts = append(t.accounts, account)
	}
}

// each runs a function n times at once and waits for all.
func each(n int, f func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { f(i) })
	}
	group.Wait()
}

// all runs functions at once and waits for all.
func all(functions ...func()) { each(len(functions), func(i int) { functions[i]() }) }

// headers returns a Username and, when one is given, a Privacy.
func headers(name string, privacy ...string) http.Header {
	header := http.Header{fixtures.UsernameHeader: {name}}
	if len(privacy) > 0 {
		header[fixtures.PrivacyHeader] = privacy
	}
	return header
}

// kept is a plain account, and the answer that says it was created.
type kept struct {
	name    string
	created *answer
}
