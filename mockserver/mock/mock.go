package mock

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
)

// Rules that come from the mock and not from the endpoint.
const (
	// RuleFault means that a fault took the place of the endpoint.
	RuleFault endpoint.Rule = "fault"
	// RuleClientGone means that the client went away while the latency passed; the request had no effect.
	RuleClientGone endpoint.Rule = "client-gone"
	// RuleNoSpace means that there is no space for the request: its name is none that a space can have, or there are
	// too many.
	RuleNoSpace endpoint.Rule = "no-space"
	// RulePreflight means that a browser has asked whether a page may send its request.
	RulePreflight endpoint.Rule = "preflight"
)

// The order of the locks: whoever holds one may take those after it, and none before it.
//
//  1. Set.reloading: a new configuration is on its way to every mock.
//  2. Mock.changing: a mock changes, by the control API or a new configuration. Requests to the endpoint never take it.
//  3. Set.mu: which spaces there are.
//  4. The locks of the endpoint's memory and of a journal. Nothing is called while they are held.

// Mock is one mock: an endpoint and all that is around it. It is the main one of a [Set], or a space. Its methods are
// those that the control API calls, and safe for use by any number of goroutines.
type Mock struct {
	name     string
	set      *Set
	server   *endpoint.Server
	plan     atomic.Pointer[faults.Plan]
	journal  *journal.Journal
	coverage *coverage

	used    atomic.Int64  // when, as Set.age tells it
	version atomic.Uint64 // counts changes from outside
	done    chan struct{}

	changing lock           // guards what follows, and makes each change from outside one
	behaves  *faults.Config // the configured behaviour that plan was made for, or an earlier plan
	undo     []undoable     // what provider states have set up, oldest first
}

// newMock returns a mock in the configured state. It is not in the set yet.
func newMock(set *Set, name string, server *endpoint.Server, coverage *coverage) *Mock {
	m := &Mock{
		name: name, set: set, server: server, coverage: coverage, behaves: set.faults.Load(),
		journal: journal.New(set.config.JournalRequests, &set.journals), done: make(chan struct{}), changing: newLock(),
	}
	m.plan.Store(newPlan(m.behaves))
	return m
}

// newPlan returns the plan for a configured behaviour.
func newPlan(config *faults.Config) *faults.Plan {
	plan, err := faults.New(*config)
	if err != nil {
		panic("mock: " + err.Error()) // it was validated when it was configured
	}
	return plan
}

// Name is "" for the main mock.
func (m *Mock) Name() string { return m.name }

// BaseURL is what a client of this mock is configured with, given that of the main mock; "" when that is not known.
func (m *Mock) BaseURL(main string) string {
	if m.name == "" || main == "" {
		return main
	}
	return strings.TrimSuffix(main, m.set.basePath) + prefix + m.name + m.set.basePath
}

// Journal holds the requests to this mock.
func (m *Mock) Journal() *journal.Journal { return m.journal }

// Done is closed when the space was evicted or deleted.
func (m *Mock) Done() <-chan struct{} { return m.done }

// Version changes with every change from outside: by the control API or by a new configuration, not by requests.
func (m *Mock) Version() uint64 { return m.version.Load() }

func (m *Mock) changed() {
	m.version.Add(1)
	m.journal.Wake()
}

// close ends what belongs to a space that is gone. Requests under way go on.
func (m *Mock) close() {
	close(m.done)
	m.journal.Close()
}

// serve is the whole way of a request: what is to happen to it, the endpoint's answer, writing that, and noting it
// down.
func (m *Mock) serve(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	m.used.Store(m.set.age(arrived))
	var draw faults.Draw
	if m.server.Creates(r) { // a browser's own request for an icon must not use up a fault
		draw = m.plan.Load().Draw()
	}
	exchange, end, whole := m.answer(r, draw), faults.Abort, false
	exchange.Time, exchange.Fault = arrived, string(draw.Fault)
	if reason := corsRefusal(w, r); reason != "" {
		exchange.Detail = strings.TrimPrefix(exchange.Detail+"; "+reason, "; ")
	}
	if exchange.Rule != RuleClientGone {
		end, whole = faults.Write(w, r, draw.Fault, &exchange)
	}
	m.note(r, &exchange)
	if whole {
		m.coverage.met(exchange.Status)
	}
	end()
}

func (m *Mock) answer(r *http.Request, draw faults.Draw) endpoint.Exchange {
	instead := func(rule endpoint.Rule) endpoint.Exchange {
		exchange := m.server.Unanswered(r)
		exchange.Rule = rule
		return exchange
	}
	switch gone := !faults.Wait(r.Context(), draw.Latency); {
	case gone:
		return instead(RuleClientGone)
	case draw.Fault == faults.Reset:
		return instead(RuleFault)
	case draw.Fault == faults.Unavailable:
		return faults.MakeUnavailable(instead(RuleFault))
	case draw.Forced != 0:
		return m.server.Force(r, draw.Forced)
	default:
		return m.server.Answer(r)
	}
}

// serveNoSpace answers a request for which there is no space, with the reason.
func (m *Mock) serveNoSpace(w http.ResponseWriter, r *http.Request, reason error) {
	arrived := time.Now()
	status := http.StatusNotFound
	if errors.Is(reason, control.ErrNoRoom) {
		status = http.StatusServiceUnavailable
	}
	exchange := m.server.Refuse(r, status, RuleNoSpace, reason.Error())
	exchange.Time, exchange.Detail = arrived, reason.Error()
	exchange.Write(w)
	m.note(r, &exchange)
	m.coverage.met(exchange.Status)
}

// note records an exchange that is over.
func (m *Mock) note(r *http.Request, exchange *endpoint.Exchange) {
	exchange.Duration = endpoint.Milliseconds(time.Since(exchange.Time))
	exchange.Headers = endpoint.HeadersOf(r)
	m.set.metrics.Observe(exchange)
	m.journal.Record(exchange)
}

// corsRefusal says why a page cannot read the answer to its request, when CORS has refused that; "" otherwise.
func corsRefusal(w http.ResponseWriter, r *http.Request) string {
	origin := r.Header["Origin"]
	if len(origin) == 0 || len(w.Header()["Access-Control-Allow-Origin"]) > 0 ||
		strings.HasSuffix(origin[0], "://"+r.Host) {
		return ""
	}
	return fmt.Sprintf("the origin %s is not one of --cors-origin, so its page cannot read this answer", origin[0])
}

// lock is a mutex for which one can stop waiting.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

func (l lock) lock()   { l <- struct{}{} }
func (l lock) unlock() { <-l }

// stuck reports whether the lock is held for all of this time.
func (l lock) stuck(patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case l <- struct{}{}:
		l.unlock()
		return false
	case <-timer.C:
		return true
	}
}
