package spaces

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/coverage"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/states"
)

// Prefix starts the path of a space, as in /~worker-1/connectmypairs/users/.
const Prefix = "/~"

// Rules that come from the mock and not from the endpoint.
const (
	// RuleFault means that a fault took the place of the endpoint.
	RuleFault endpoint.Rule = "fault"
	// RuleClientGone means that the client went away while the latency passed; the request had no effect.
	RuleClientGone endpoint.Rule = "client-gone"
	// RuleNoSpace means that the path has a name that no space can have.
	RuleNoSpace endpoint.Rule = "no-space"
)

// Space is one mock: an endpoint and all that is around it. As an http.Handler it serves the endpoint.
type Space struct {
	name     string
	set      *Set
	current  atomic.Pointer[endpoint.Server]
	plan     atomic.Pointer[faults.Plan]
	journal  *journal.Journal
	coverage coverage.Coverage
	states   *states.States

	used    atomic.Uint64 // when, by the set's clock
	version atomic.Uint64 // counts changes from outside
	done    chan struct{}

	mu sync.Mutex // held by changes from outside, never by requests
}

func newSpace(set *Set, name string, endpoint *endpoint.Server) *Space {
	s := &Space{
		name:    name,
		set:     set,
		journal: journal.New(set.config.JournalBytes),
		done:    make(chan struct{}),
	}
	s.current.Store(endpoint)
	s.states = states.New(s)
	s.plan.Store(set.configuredPlan())
	return s
}

func (s *Set) configuredPlan() *faults.Plan {
	plan, err := faults.New(*s.faults.Load())
	if err != nil {
		panic("spaces: " + err.Error()) // it was validated when it was configured
	}
	return plan
}

func (s *Space) endpoint() *endpoint.Server { return s.current.Load() }

// Name is "" for the main mock.
func (s *Space) Name() string { return s.name }

// BaseURL is what a client of this space is configured with, given that of the main mock; "" when that is not known.
func (s *Space) BaseURL(main string) string {
	if s.name == "" || main == "" {
		return main
	}
	return strings.TrimSuffix(main, s.set.basePath) + Prefix + s.name + s.set.basePath
}

// Journal holds the requests to this space.
func (s *Space) Journal() *journal.Journal { return s.journal }

// Coverage counts the answers that clients of this space have met.
func (s *Space) Coverage() *coverage.Coverage { return &s.coverage }

// ProviderStates sets up and tears down what Pact interactions are given.
func (s *Space) ProviderStates() *states.States { return s.states }

// Done is closed when the space was evicted or deleted.
func (s *Space) Done() <-chan struct{} { return s.done }

// Version changes with every change from outside: by the control API or by a new configuration, not by requests.
func (s *Space) Version() uint64 { return s.version.Load() }

func (s *Space) changed() {
	s.version.Add(1)
	s.journal.Wake()
}

func (s *Space) close() { close(s.done) }

// ServeHTTP is the whole way of a request: what is to happen to it, the endpoint's answer, writing that, and noting it down.
func (s *Space) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := time.Now()
	var draw faults.Draw
	if s.endpoint().Creates(r) { // a browser's own request for an icon must not use up a fault
		draw = s.plan.Load().Draw()
	}
	answer, abort := s.answer(r, draw), true
	if answer.Rule != RuleClientGone {
		abort = faults.Write(w, r, draw.Fault, answer)
	}
	s.note(r, arrived, draw.Fault, &answer)
	if abort {
		panic(http.ErrAbortHandler)
	}
}

// ServeNoSpace answers a request for a space that cannot be with 404 and the reason.
func (s *Space) ServeNoSpace(w http.ResponseWriter, r *http.Request, reason error) {
	arrived := time.Now()
	answer := s.endpoint().Instead(r, endpoint.NotFound(reason.Error()))
	answer.Rule, answer.Detail = RuleNoSpace, reason.Error()
	answer.Write(w)
	s.note(r, arrived, faults.None, &answer)
}

func (s *Space) answer(r *http.Request, draw faults.Draw) endpoint.Answer {
	switch gone := !faults.Wait(r.Context(), draw.Latency); {
	case gone:
		return s.endpoint().Instead(r, endpoint.Answer{Rule: RuleClientGone})
	case draw.Fault == faults.Reset:
		return s.endpoint().Instead(r, endpoint.Answer{Rule: RuleFault})
	case draw.Fault == faults.Unavailable:
		answer := faults.UnavailableAnswer()
		answer.Rule = RuleFault
		return s.endpoint().Instead(r, answer)
	case draw.Forced != 0:
		return s.endpoint().Force(r, draw.Forced)
	default:
		return s.endpoint().Answer(r)
	}
}

func (s *Space) note(r *http.Request, arrived time.Time, fault faults.Fault, answer *endpoint.Answer) {
	took := time.Since(arrived)
	s.journal.Record(&journal.Entry{
		Time: arrived, Duration: took,
		Method: r.Method, Path: r.URL.Path, Name: answer.Name, Privacy: answer.Privacy, Caller: answer.Caller,
		Status: answer.Status, Rule: string(answer.Rule), Detail: answer.Detail, Fault: string(fault),
	})
	if answer.Status != 0 && !fault.SpoilsAnswer() {
		s.coverage.Met(answer.Status)
	}
	s.set.config.Observe(Observation{Status: answer.Status, Rule: answer.Rule, Fault: fault, Took: took})
}
