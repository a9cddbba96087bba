// Package mock is the whole mock server as an http.Handler: the endpoint and, around it, spaces, CORS, faults, a journal,
// coverage, metrics, the control API and the dashboard. A Go test starts one in a few lines; see the examples.
package mock

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/dashboard"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/metrics"
)

// Set is the main mock and the spaces, which are mocks for everyone who wants to be alone, such as a worker of a test run. Each
// has accounts, a blocked list, behaviour, a journal and coverage of its own. A Set is an [http.Handler], and safe for use by any
// number of goroutines.
type Set struct {
	config   Config // as New got it; what can change lives in the mocks and in faults
	basePath string
	main     *Mock
	faults   atomic.Pointer[faults.Config] // the configured behaviour
	clock    atomic.Uint64                 // counts uses, which tells which space was used least recently
	metrics  *metrics.Metrics
	control  *control.API
	endpoint http.Handler // CORS and the reading of bodies, around the main mock and the spaces

	mu      sync.RWMutex // guards what follows
	spaces  map[string]*Mock
	covered map[string]*coverage // by the names of the main mock and of spaces, also of those that are gone
	unnamed coverage             // of spaces for whose names covered has no room
}

// New returns the main mock, and no space yet. An error says what is wrong with the configuration.
func New(config Config) (*Set, error) {
	behaviour, err := config.faults()
	if err != nil {
		return nil, err
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	if config.MaxSpaces == 0 {
		config.MaxSpaces = DefaultMaxSpaces
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	server, err := endpoint.New(config.Endpoint)
	if err != nil {
		return nil, err
	}
	cors, err := endpoint.CORS(config.Endpoint.CORSOrigins)
	if err != nil {
		return nil, err
	}
	s := &Set{config: config, basePath: server.BasePath(), spaces: map[string]*Mock{}, covered: map[string]*coverage{}}
	s.faults.Store(&behaviour)
	s.main = newMock(s, "", server, s.coverageOf(""))
	s.metrics = metrics.New(metrics.Config{
		Version: config.Version, Known: knownAnswers(), Faults: faultNames(),
		Accounts: s.accounts, JournalBytes: s.journalBytes, Spaces: s.len,
	})
	s.control = control.New(control.Config{
		Mocks: controlled{s}, Token: config.Control.Token,
		BoundHosts: config.Control.BoundHosts, AllowHosts: config.Control.AllowHosts,
		Version: config.Version, BaseURL: config.BaseURL, Separate: config.Control.Separate,
		Dashboard: dashboard.Handler(), Metrics: s.metrics.Handler(),
	})
	s.endpoint = cors(endpoint.IgnoreBody(http.HandlerFunc(s.serveEndpoint)))
	return s, nil
}

// ServeHTTP serves the endpoint, the spaces, and the control API unless that is off or separate.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.prepareConnection(w, r)
	if !s.config.Control.Off && !s.config.Control.Separate && isControl(r.URL.Path) {
		s.control.ServeHTTP(w, r) // outside CORS: no page of another origin may read it
		return
	}
	s.endpoint.ServeHTTP(w, r)
}

// ControlHandler serves the control API alone, and 404 when it is off.
func (s *Set) ControlHandler() http.Handler {
	if s.config.Control.Off {
		return http.NotFoundHandler()
	}
	return s.control
}

// Drain prepares for the end: health says that the server is draining, with 503, and event streams end. The endpoint goes on.
func (s *Set) Drain() { s.control.Drain() }

// serveEndpoint finds the mock that a request is for. One for a space that cannot be is the main mock's.
func (s *Set) serveEndpoint(w http.ResponseWriter, r *http.Request) {
	name, _, _ := cutSpace(r.URL.Path)
	mock, err := s.Look(name)
	if err == nil && s.find(name) == nil {
		mock.journal = s.main.journal // for nobody finds its own
		if makesSpace(mock, r) {
			mock, err = s.Get(name)
		}
	}
	if err != nil {
		s.main.serveNoSpace(w, r, err)
		return
	}
	mock.ServeHTTP(w, r)
}

// makesSpace reports whether a request to a space that does not exist makes it: only one to create an account, with a Username. A
// page of another origin cannot send that unless CORS has allowed it, while images, frames and forms go anywhere.
func makesSpace(space *Mock, r *http.Request) bool {
	return space.endpoint().Creates(r) && len(r.Header[fixtures.UsernameHeader]) > 0
}

// isControl reports whether a path is /__mock or /~{space}/__mock, or below.
func isControl(path string) bool {
	if _, rest, ok := cutSpace(path); ok {
		path = rest
	}
	return strings.HasPrefix(path, control.Prefix) || path+"/" == control.Prefix
}

// prefix starts the path of a space, as in /~worker-1/connectmypairs/users/.
const prefix = "/~"

// cutSpace cuts the path "/~name/rest" in "name" and "/rest".
func cutSpace(path string) (name, rest string, ok bool) {
	after, ok := strings.CutPrefix(path, prefix)
	if !ok {
		return "", "", false
	}
	slash := strings.IndexByte(after, '/')
	if slash <= 0 {
		return "", "", false
	}
	return after[:slash], after[slash:], true
}

// nameCharacters can stand in a URL as they are.
const nameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// checkSpace reports what is wrong with the name of a space, and what would be right.
func checkSpace(name string) error {
	strange := func(c rune) bool { return !strings.ContainsRune(nameCharacters, c) }
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, strange) {
		return fmt.Errorf("a space cannot be called %q; use 1 to 64 letters, digits, dots, underscores and hyphens", name)
	}
	return nil
}

// Main returns the main mock, whose name is "".
func (s *Set) Main() *Mock { return s.main }

// Get returns the space of this name, made from the configured state when there is none yet. The name "" is the main mock's.
func (s *Set) Get(name string) (*Mock, error) {
	mock := s.find(name)
	if mock == nil {
		var err error
		if mock, err = s.make(name); err != nil {
			return nil, err
		}
	}
	mock.used.Store(s.clock.Add(1))
	return mock, nil
}

// find returns the mock of this name, nil when there is none.
func (s *Set) find(name string) *Mock {
	if name == "" {
		return s.main
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.spaces[name]
}

func (s *Set) make(name string) (*Mock, error) {
	if err := checkSpace(name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if space, ok := s.spaces[name]; ok {
		return space, nil
	}
	if len(s.spaces) >= s.config.MaxSpaces {
		s.evict()
	}
	space := newMock(s, name, s.fork(name), s.coverageOf(name))
	s.spaces[name] = space
	return space, nil
}

// Look returns the space of this name as Get does, but makes none: one that does not exist is as it would be made.
func (s *Set) Look(name string) (*Mock, error) {
	if mock := s.find(name); mock != nil {
		return mock, nil
	}
	if err := checkSpace(name); err != nil {
		return nil, err
	}
	return newMock(s, name, s.fork(name), &coverage{}), nil
}

// fork returns an endpoint in the configured state.
func (s *Set) fork(name string) *endpoint.Server {
	return s.main.endpoint().Fork(prefix + name + s.basePath)
}

func (s *Set) evict() {
	var oldest *Mock
	for _, space := range s.spaces {
		if oldest == nil || space.used.Load() < oldest.used.Load() {
			oldest = space
		}
	}
	oldest.close()
	delete(s.spaces, oldest.name)
}

// Delete forgets a space; it reports false when there is none of this name.
func (s *Set) Delete(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	space, ok := s.spaces[name]
	if ok {
		space.close()
		delete(s.spaces, name)
	}
	return ok
}

// All returns the spaces by name, without the main mock.
func (s *Set) All() []*Mock {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]*Mock, 0, len(s.spaces))
	for _, space := range s.spaces {
		all = append(all, space)
	}
	slices.SortFunc(all, func(a, b *Mock) int { return strings.Compare(a.name, b.name) })
	return all
}

// accounts is the number of names in use in the main mock and all spaces.
func (s *Set) accounts() int { return s.sum((*Mock).CountAccounts) }

// journalBytes is the memory that all journals take.
func (s *Set) journalBytes() int { return s.sum(func(m *Mock) int { return m.journal.Bytes() }) }

// len is the number of spaces.
func (s *Set) len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.spaces)
}

func (s *Set) sum(of func(*Mock) int) int {
	sum := of(s.main)
	for _, space := range s.All() {
		sum += of(space)
	}
	return sum
}

// Reconfigure takes a new configuration while the mock runs. In the main mock, what differs from the configuration before takes
// effect at once; the rest stays as it is, and so do accounts that were created. Spaces take it when they are made or reset.
// Endpoint, Latency, Faults and Seed can change; the rest is refused. Nothing changes on an error.
func (s *Set) Reconfigure(config Config) error {
	switch before := s.config; {
	case config.JournalBytes != before.JournalBytes:
		return errors.New("the budget of the journal cannot change while the server runs; restart it")
	case config.MaxSpaces != before.MaxSpaces && config.MaxSpaces != 0:
		return errors.New("the bound on spaces cannot change while the server runs; restart it")
	case config.Control.Off != before.Control.Off, config.Control.Separate != before.Control.Separate,
		config.Control.Token != before.Control.Token, !slices.Equal(config.Control.AllowHosts, before.Control.AllowHosts):
		return errors.New("who reaches the control API, and where, cannot change while the server runs; restart it")
	}
	behaviour, err := config.faults()
	if err != nil {
		return err
	}
	plan, err := faults.New(behaviour)
	if err != nil {
		return err
	}
	s.main.mu.Lock()
	defer s.main.mu.Unlock()
	if err := s.main.endpoint().Reconfigure(config.Endpoint); err != nil {
		return err
	}
	if before := s.faults.Swap(&behaviour); !before.Equal(behaviour) {
		s.main.plan.Store(plan)
	}
	s.main.changed()
	return nil
}

// controlled is the Set as the control API sees it.
type controlled struct{ *Set }

// Get implements control.Mocks.
func (c controlled) Get(name string) (control.Mock, error) {
	mock, err := c.Set.Get(name)
	if err != nil {
		return nil, err // not a Mock that holds a nil
	}
	return mock, nil
}

// Look implements control.Mocks.
func (c controlled) Look(name string) (control.Mock, error) {
	mock, err := c.Set.Look(name)
	if err != nil {
		return nil, err
	}
	return mock, nil
}

// All implements control.Mocks.
func (c controlled) All() []control.Mock {
	var all []control.Mock
	for _, space := range c.Set.All() {
		all = append(all, space)
	}
	return all
}

// knownAnswers are the ones that are worth counting fast.
func knownAnswers() []metrics.Answer {
	known := []metrics.Answer{
		{Status: http.StatusCreated, Rule: string(endpoint.RuleCreated)},
		{Status: http.StatusBadRequest, Rule: string(endpoint.RuleInvalidPrivacy)},
		{Status: http.StatusBadRequest, Rule: string(endpoint.RuleInvalidUsername)},
		{Status: http.StatusForbidden, Rule: string(endpoint.RuleBlocked)},
		{Status: http.StatusConflict, Rule: string(endpoint.RuleConflict)},
	}
	for _, documented := range fixtures.Answers() {
		known = append(known, metrics.Answer{Status: documented.Status, Rule: string(endpoint.RuleForced)})
	}
	return known
}

func faultNames() (names []string) {
	for _, fault := range faults.All() {
		names = append(names, string(fault))
	}
	return names
}
