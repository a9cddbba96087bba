package mock

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/metrics"
)

// Rules that come from the mock and not from the endpoint.
const (
	// RuleFault means that a fault took the place of the endpoint.
	RuleFault endpoint.Rule = "fault"
	// RuleClientGone means that the client went away while the latency passed; the request had no effect.
	RuleClientGone endpoint.Rule = "client-gone"
	// RuleNoSpace means that the path has a name that no space can have.
	RuleNoSpace endpoint.Rule = "no-space"
)

// Mock is one mock: an endpoint and all that is around it. As an http.Handler it serves the endpoint.
type Mock struct {
	name     string
	set      *Set
	current  atomic.Pointer[endpoint.Server]
	plan     atomic.Pointer[faults.Plan]
	journal  *journal.Journal
	coverage *coverage
	states   *states

	used    atomic.Uint64 // when, by the set's clock
	version atomic.Uint64 // counts changes from outside
	done    chan struct{}

	mu sync.Mutex // held by changes from outside, never by requests
}

func newMock(set *Set, name string, endpoint *endpoint.Server, coverage *coverage) *Mock {
	m := &Mock{
		name:     name,
		set:      set,
		journal:  journal.New(set.config.JournalBytes),
		coverage: coverage,
		done:     make(chan struct{}),
	}
	m.current.Store(endpoint)
	m.states = newStates(m)
	m.plan.Store(set.configuredPlan())
	return m
}

func (s *Set) configuredPlan() *faults.Plan {
	plan, err := faults.New(*s.faults.Load())
	if err != nil {
		panic("mock: " + err.Error()) // it was validated when it was configured
	}
	return plan
}

func (m *Mock) endpoint() *endpoint.Server { return m.current.Load() }

// Name is "" for the main mock.
func (m *Mock) Name() string { return m.name }

// BaseURL is what a client of this space is configured with, given that of the main mock; "" when that is not known.
func (m *Mock) BaseURL(main string) string {
	if m.name == "" || main == "" {
		return main
	}
	return strings.TrimSuffix(main, m.set.basePath) + prefix + m.name + m.set.basePath
}

// Journal holds the requests to this space.
func (m *Mock) Journal() *journal.Journal { return m.journal }

// Done is closed when the space was evicted or deleted.
func (m *Mock) Done() <-chan struct{} { return m.done }

// Version changes with every change from outside: by the control API or by a new configuration, not by requests.
func (m *Mock) Version() uint64 { return m.version.Load() }

func (m *Mock) changed() {
	m.version.Add(1)
	m.journal.Wake()
}

func (m *Mock) close() { close(m.done) }

// ServeHTTP is the whole way of a request: what is to happen to it, the endpoint's answer, writing that, and noting it down.
func (m *Mock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	var draw faults.Draw
	if m.endpoint().Creates(r) { // a browser'm own request for an icon must not use up a fault
		draw = m.plan.Load().Draw()
	}
	answer, abort := m.answer(r, draw), true
	if answer.Rule != RuleClientGone {
		abort = faults.Write(w, r, draw.Fault, answer)
	}
	m.note(r, arrived, draw.Fault, &answer)
	if abort {
		panic(http.ErrAbortHandler)
	}
}

// serveNoSpace answers a request for a space that cannot be with 404 and the reason.
func (m *Mock) serveNoSpace(w http.ResponseWriter, r *http.Request, reason error) {
	arrived := time.Now()
	answer := m.endpoint().Instead(r, endpoint.NotFound(reason.Error()))
	answer.Rule, answer.Detail = RuleNoSpace, reason.Error()
	answer.Write(w)
	m.note(r, arrived, faults.None, &answer)
}

func (m *Mock) answer(r *http.Request, draw faults.Draw) endpoint.Answer {
	switch gone := !faults.Wait(r.Context(), draw.Latency); {
	case gone:
		return m.endpoint().Instead(r, endpoint.Answer{Rule: RuleClientGone})
	case draw.Fault == faults.Reset:
		return m.endpoint().Instead(r, endpoint.Answer{Rule: RuleFault})
	case draw.Fault == faults.Unavailable:
		answer := faults.UnavailableAnswer()
		answer.Rule = RuleFault
		return m.endpoint().Instead(r, answer)
	case draw.Forced != 0:
		return m.endpoint().Force(r, draw.Forced)
	default:
		return m.endpoint().Answer(r)
	}
}

func (m *Mock) note(r *http.Request, arrived time.Time, fault faults.Fault, answer *endpoint.Answer) {
	took := time.Since(arrived)
	m.journal.Record(&journal.Entry{
		Time: arrived, Duration: took,
		Method: r.Method, Path: r.URL.Path, Name: answer.Name, Privacy: answer.Privacy, Caller: answer.Caller,
		Status: answer.Status, Rule: string(answer.Rule), Detail: answer.Detail, Fault: string(fault),
	})
	if answer.Status != 0 && !fault.SpoilsAnswer() {
		m.coverage.met(answer.Status)
	}
	m.set.metrics.Observe(metrics.Answer{Status: answer.Status, Rule: string(answer.Rule)}, string(fault), took)
}
