package judge

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Bounds of a run.
const (
	// mostTimeouts is how many time-outs the run waits for answers that do not come, in sum, before it gives up. An
	// answer that breaks off late, as one that is shorter than it says does when the server closes the connection,
	// counts by its time.
	mostTimeouts = 8
	// nameBase is how the account names of every run begin.
	nameBase = "conf"
)

// errGaveUp is what ends a run early, besides an interrupt and a [limitError].
var errGaveUp = errors.New(
	"the target leaves too many requests without a complete answer for too long; the rest was not asked",
)

// run is one run against one target: it sends the requests and binds what comes back to the checks.
type run struct {
	cfg    Config
	id     string
	target *route
	// ctx ends the whole run; every probe shares it.
	ctx    context.Context
	giveUp context.CancelCauseFunc

	courtesy *courtesy
	bursts   bursts
	planned  int
	// mock recognises the kit's own mock server, once, and returns the base URL that it gives.
	mock func() (baseURL string, isMock bool)
	// dry says that the target is the one in memory.
	dry bool
	// limiterBlocks says that the target blocks with the answers of a limiter; see blockedTries. Who asks has the place
	// in asking.
	asking        chan struct{}
	limiterBlocks bool

	// checks are those of all clauses, by clause id.
	checks map[string]*check

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

func newRun(ctx context.Context, cfg Config, target *route) *run {
	r := &run{
		cfg: cfg, id: newRunID(), target: target, courtesy: newCourtesy(cfg),
		asking: make(chan struct{}, 1), checks: map[string]*check{}, named: map[string]bool{},
	}
	r.ctx, r.giveUp = context.WithCancelCause(ctx)
	r.mock = sync.OnceValues(r.recogniseMock)
	for _, clause := range fixtures.Clauses() {
		r.checks[clause.ID] = &check{clause: clause}
	}
	return r
}

// make sends the preflight and then the probes, phase by phase. It returns why the target cannot be judged; empty
// when it can.
func (r *run) make(p plan) (reason string) {
	r.cfg.Repeat, r.planned = p.repeat, p.total().requests
	for _, cannot := range []func() string{r.noSource, r.preflight} {
		if reason := cannot(); reason != "" {
			return reason
		}
	}
	probes := r.cfg.probes()
	for _, now := range []phase{together, alone, last} {
		var due []func()
		for i, probe := range probes {
			switch {
			case probe.phase != now:
			case p.dropped[i]:
				for _, id := range probe.clauses {
					r.checks[id].unchecked("--max-accounts leaves no room for the accounts it takes (%d)",
						p.probes[i].accounts)
				}
			default:
				due = append(due, func() { probe.run(r) })
			}
		}
		if now == alone {
			for _, send := range due {
				send()
			}
		} else {
			all(due...)
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

// name returns a new name that no implementation has a reason to refuse: 14 lower-case letters and digits. No two
// differ by letter case only, and none begins with another. There are 19,683, more than a run with mostRepeat takes.
func (r *run) name() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.names
	r.names++
	count := make([]byte, 3)
	for i := range count {
		count[len(count)-1-i] = alphabet[n%len(alphabet)]
		n /= len(alphabet)
	}
	return nameBase + r.id + string(count)
}

// digits returns a name of 15 digits, which something careless takes for a number: conf on the keys of a telephone,
// and the run id as a number.
func (r *run) digits() string {
	number := 0
	for _, char := range r.id {
		number = number*len(alphabet) + strings.IndexRune(alphabet, char)
	}
	return fmt.Sprintf("2663%011d", number)
}

// accepted are the settings that the target is said to accept.
func (r *run) accepted() []string {
	return append([]string{fixtures.DefaultPrivacy}, r.cfg.Privacy...)
}

// invalid returns settings that the target must refuse, in turn.
func (r *run) invalid(turn int) string {
	if r.cfg.InvalidPrivacy != "" {
		return r.cfg.InvalidPrivacy
	}
	settings := []string{
		"Nobody-Defines-This",
		"Nobody+%41",                  // what decodes it as a URL or a form would change it
		`Nobody#{b}${b}{{b}}\u0041%s`, // what takes it for a template, a format or an escape would, too
		"NotPublic",                   // a search for a known setting would find one
		"PublicAndMore",               // so would a look at its beginning
		"ublic",                       // a search among the known settings would find it
		"constructor",                 // every JavaScript object has a member of this name
		`Nobody "defines" this\`,      // spoils JSON that is put together by hand
		"Nobody-Defines-This-2026-Setting-Either-However-Long-It-Is", // longer than most
	}
	return settings[turn%len(settings)]
}

// blockedTries is how often a blocked caller asks who is answered as if he were too fast, until that is taken for how
// the target blocks.
const blockedTries = 3

// send sends a request and records the exchange. It waits for its turn, and sends again what the target did not
// process because its callers are too fast.
func (r *run) send(q request) *answer {
	q = q.withDefaults(r.target)
	if q.barrier == nil && !r.courtesy.enter(r.ctx) {
		return r.notSent(q)
	}
	r.mu.Lock()
	for _, name := range q.header[fixtures.UsernameHeader] {
		r.named[name] = true
	}
	r.mu.Unlock()
	a := r.exchange(q)
	if q.barrier == nil {
		r.courtesy.leave(a.exchange.Duration, a.is(http.StatusCreated))
	}
	if q.tentative && a.unreached {
		return a
	}
	if q.shared && a.reused && a.untouched && a.status == 0 {
		return a // closed while it was idle (RFC 9112, section 9.5)
	}
	r.record(q, a)
	return a
}

// exchange makes one exchange, and those before it that the target did not process because its callers are too fast.
func (r *run) exchange(q request) *answer {
	for try := 1; ; try++ {
		a := r.exchangeOnce(q)
		limited, wait := a.saysWait()
		if !limited {
			if a.status != 0 {
				r.courtesy.took(a.exchange.Started)
			}
			return a
		}
		if q.blocked {
			if try == 1 { // one of them finds out, and the others wait to hear of it
				answered := time.Now()
				select {
				case r.asking <- struct{}{}:
				case <-r.ctx.Done():
					a.limited = true
					return a
				}
				defer func() { <-r.asking }()
				wait = max(0, wait-time.Since(answered))
			}
			r.limiterBlocks = r.limiterBlocks || try == blockedTries
			if r.limiterBlocks {
				return a
			}
		}
		a.limited = true
		r.courtesy.limited(a.exchange.Started, wait, q.barrier != nil)
		if q.barrier != nil || r.ctx.Err() != nil {
			return a
		}
		r.note(q, a)
	}
}

// exchangeOnce makes one exchange, on a connection that opens when the request may start soon. One that may start much
// later only, because the target has said meanwhile that its callers are too fast, opens another.
func (r *run) exchangeOnce(q request) *answer {
	if q.barrier != nil {
		return r.cfg.exchange(r.ctx, q, nil) // the requests of a burst have started together
	}
	start := func(ctx context.Context) error { return r.outOfPatience(r.courtesy.startConnected(ctx)) }
	for {
		if r.outOfPatience(r.courtesy.connect(r.ctx, 1)) != nil {
			return r.notSent(q)
		}
		if a := r.cfg.exchange(r.ctx, q, start); !a.idle {
			return a
		}
	}
}

// start returns when n requests may start together. The error is why they never will, and then the run ends.
func (r *run) start(ctx context.Context, n int) error {
	return r.outOfPatience(r.courtesy.start(ctx, n))
}

// outOfPatience returns the error that it is given. One that is a limitError ends the run.
func (r *run) outOfPatience(err error) error {
	limited, isLimited := errors.AsType[*limitError](err)
	if isLimited && r.ctx.Err() == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		last := "the first"
		if n := len(r.exchanges); n > 0 {
			last = r.exchanges[n-1].Clause
		}
		r.giveUp(&limitError{fmt.Sprintf("%s; %d of about %d requests were made, the last for %s", limited.text,
			r.sent, r.planned, last)})
	}
	return err
}

// notSent is the answer to a request that was still waiting for its turn when the run ended.
func (r *run) notSent(q request) *answer {
	q.barrier.leave()
	return &answer{unreached: true, exchange: &report.Exchange{
		Clause: q.clause, Request: describeRequest(r.cfg.newRequest(r.ctx, q), q), Error: context.Cause(r.ctx).Error(),
	}}
}

// note keeps an exchange for the reports.
func (r *run) note(q request, a *answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a.exchange.Unreached = a.unreached
	if !a.unreached {
		r.sent++
	}
	r.exchanges = append(r.exchanges, a.exchange)
	r.noteAccount(q, a)
}

// record takes an answer as evidence for the clauses that bind every answer.
func (r *run) record(q request, a *answer) {
	r.note(q, a)
	if a.limited {
		return
	}
	r.mu.Lock()
	if a.status == 0 && (!a.unreached || a.timedOut) {
		if r.waited += a.exchange.Duration; r.waited >= mostTimeouts*r.cfg.Timeout {
			r.giveUp(errGaveUp)
		}
	}
	r.mu.Unlock()
	if !q.aside {
		r.judgeForm(q, a)
	}
	r.judgeMixUp(q, a)
	r.showProgress(q.clause)
}

// showProgress tells who is interested how far the run is, one call at a time.
func (r *run) showProgress(clause string) {
	if r.cfg.Progress == nil {
		return
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	progress := report.Progress{Current: clause}
	for id, c := range r.checks {
		if r.cfg.selects(id) && c.failed() {
			progress.Failed++
		}
	}
	r.mu.Lock()
	progress.Done, progress.Total = r.sent, max(r.planned, r.sent)
	r.mu.Unlock()
	r.cfg.Progress(progress)
}

// noteAccount lists an account that an answer says was created, or that may have been. The lock is held.
func (r *run) noteAccount(q request, a *answer) {
	created, lost := a.is(http.StatusCreated), a.status == 0 && !a.unreached && q.method == http.MethodPost
	if !created && !lost {
		return
	}
	account := report.Account{Clause: q.clause, Certain: created}
	account.Name, account.Privacy = named(q.header)
	if name, ok := a.object.text("name"); ok {
		account.Name = name
	}
	if privacy, ok := a.object.text("privacy"); ok {
		account.Privacy = privacy
	}
	if account.Name != "" {
		r.accounts = append(r.accounts, account)
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

// named returns what a request asks for: the Username, empty without one, and the Privacy or the default. Header names
// are as they were written (clause request.header-case).
func named(header http.Header) (name, privacy string) {
	privacy = fixtures.DefaultPrivacy
	for written, values := range header {
		switch {
		case strings.EqualFold(written, fixtures.UsernameHeader):
			name = values[0]
		case strings.EqualFold(written, fixtures.PrivacyHeader):
			privacy = values[0]
		}
	}
	return name, privacy
}

// kept is a plain account, and the answer that says it was created.
type kept struct {
	name    string
	created *answer
}
