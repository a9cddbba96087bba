// Package mock is the whole mock server as an [http.Handler]: the endpoint and, around it, spaces, CORS, faults, a
// journal, coverage, metrics, the control API and the dashboard.
//
// A Go test starts one in a few lines:
//
//	set, err := mock.New(mock.Config{Latency: "20ms"})
//	// ...
//	target := httptest.NewServer(set)
//
// Accounts are then created at target.URL + "/connectmypairs/users/" or, in a space of their own, at target.URL +
// "/~worker-1/connectmypairs/users/". The control API and the dashboard are at target.URL + "/__mock/".
package mock

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/dashboard"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/metrics"
)

// Set is the main mock and the spaces, which are mocks for everyone who wants to be alone, such as a worker of a test
// run. Each has accounts, a blocked list, behaviour, a journal and coverage of its own. A Set is an [http.Handler], and
// safe for use by any number of goroutines.
type Set struct {
	config   Config // as New got it; what can change lives in the mocks and in faults
	basePath string
	started  time.Time
	journals journal.Budget
	metrics  *metrics.Metrics
	main     *Mock
	control  *control.API
	endpoint http.Handler // what the endpoint has around its answers, around the main mock and the spaces

	reloading sync.Mutex                    // mock.go has the order of the locks
	faults    atomic.Pointer[faults.Config] // the configured behaviour

	mu      sync.RWMutex // guards what follows
	spaces  map[string]*Mock
	covered map[string]*coverage // by the names of the main mock and of spaces, also of those that are gone
	unnamed coverage             // of spaces for whose names covered has no room
}

// New returns the main mock, and no space yet. An error says what is wrong with the configuration.
func New(config Config) (*Set, error) {
	behaves, err := config.Live().faults()
	if err != nil {
		return nil, err
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	config.MaxSpaces = cmp.Or(config.MaxSpaces, DefaultMaxSpaces)
	server, err := endpoint.New(config.Endpoint)
	if err != nil {
		return nil, err
	}
	s := &Set{
		config: config, basePath: server.BasePath(), started: time.Now(),
		spaces: map[string]*Mock{}, covered: map[string]*coverage{},
	}
	s.faults.Store(behaves)
	s.main = newMock(s, "", server, s.coverageOf(""))
	s.metrics = metrics.New(metrics.Config{
		Version: config.Version, Accounts: s.accounts, JournalBytes: s.journalBytes, Spaces: s.len,
	})
	s.control, err = control.New(control.Config{
		Mocks: controlled{s}, Token: config.Control.Token, Origins: config.Control.Origins,
		BoundHosts: config.Control.BoundHosts, AllowHosts: config.Control.AllowHosts,
		Version: config.Version, BaseURL: cmp.Or(config.BaseURL, "http://localhost"+server.BasePath()),
		Separate: config.Control.Separate, Dashboard: dashboard.Handler(), Metrics: s.metrics.Handler(),
	})
	if err != nil {
		return nil, err
	}
	s.endpoint = server.Wrap(http.HandlerFunc(s.serveEndpoint))
	return s, nil
}

// ServeHTTP serves the endpoint, the spaces, and the control API unless that is off or separate.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, rest := cutSpace(r.URL.Path)
	mock := s.find(name)
	prepareConnection(w, r, mock)
	switch {
	case !s.config.Control.Off && !s.config.Control.Separate && isControl(rest):
		s.control.ServeHTTP(w, r) // outside CORS: no page of another origin may read it
	case isPreflight(r):
		s.servePreflight(w, r, cmp.Or(mock, s.main))
	default:
		s.endpoint.ServeHTTP(w, r)
	}
}

// ControlHandler serves the control API alone, and 404 when it is off.
func (s *Set) ControlHandler() http.Handler {
	if s.config.Control.Off {
		return http.NotFoundHandler()
	}
	return s.control
}

// Drain prepares for the end: health says that the server is draining, with 503, and event streams end. The endpoint
// goes on.
func (s *Set) Drain() { s.control.Drain() }

// serveEndpoint finds the mock that a request is for. One for a space that cannot be is the main mock's.
func (s *Set) serveEndpoint(w http.ResponseWriter, r *http.Request) {
	name, rest := cutSpace(r.URL.Path)
	if strings.HasPrefix(rest, prefix+"/") { // the name is empty, as that of a variable that was not set
		s.main.serveNoSpace(w, r, checkSpace(""))
		return
	}
	mock := s.find(name)
	if mock == nil {
		var err error
		if mock, err = s.meet(name, r); err != nil {
			s.main.serveNoSpace(w, r, err)
			return
		}
	}
	mock.serve(w, r)
}

// meet returns the space for a request that finds none. Only one to create an account, with a Username, makes the
// space: a page of another origin cannot send that unless CORS has allowed it, while images, frames and forms go
// anywhere. Others are answered as the space would, and noted down by the main mock.
func (s *Set) meet(name string, r *http.Request) (*Mock, error) {
	space, err := s.unmade(name) // another request may make one meanwhile, which must keep its journal
	if err != nil {
		return nil, err
	}
	if space.server.Creates(r) && len(r.Header[fixtures.UsernameHeader]) > 0 {
		return s.Get(name)
	}
	space.journal, space.coverage = s.main.journal, s.main.coverage
	return space, nil
}

// isPreflight reports whether a browser asks whether a page may send a request (Fetch standard, CORS-preflight
// request).
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && len(r.Header["Origin"]) > 0 &&
		len(r.Header["Access-Control-Request-Method"]) > 0
}

// servePreflight lets CORS answer, and notes down what it has answered.
func (s *Set) servePreflight(w http.ResponseWriter, r *http.Request, mock *Mock) {
	exchange := endpoint.Exchange{
		Time: time.Now(), Method: http.MethodOptions, Path: strings.Clone(r.URL.Path), Caller: mock.Caller(r),
		Rule: RulePreflight,
	}
	answered := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	s.endpoint.ServeHTTP(answered, r)
	exchange.Status = answered.status
	if len(w.Header()["Access-Control-Allow-Origin"]) == 0 {
		exchange.Detail = fmt.Sprintf(
			"the origin %s is not one of --cors-origin, so its page may not send this request", r.Header.Get("Origin"))
	}
	mock.note(r, &exchange)
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// age is how long the set has existed at a time, by a clock that is never set.
func (s *Set) age(at time.Time) int64 { return int64(at.Sub(s.started)) }

// isControl reports whether a path, without that of a space, is /__mock or below.
func isControl(path string) bool {
	return strings.HasPrefix(path, control.Prefix) || path+"/" == control.Prefix
}

// prefix starts the path of a space, as in /~worker-1/connectmypairs/users/.
const prefix = "/~"

// cutSpace cuts the path "/~name/rest" in "name" and "/rest". Of any other path the name is "".
func cutSpace(path string) (name, rest string) {
	if after, ok := strings.CutPrefix(path, prefix); ok {
		if slash := strings.IndexByte(after, '/'); slash > 0 {
			return after[:slash], after[slash:]
		}
	}
	return "", path
}

// nameCharacters can stand in a URL as they are.
const nameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// checkSpace reports what is wrong with the name of a space, and what would be right.
func checkSpace(name string) error {
	strange := func(c rune) bool { return !strings.ContainsRune(nameCharacters, c) }
	// A path that ends in /. or /.. is another one to clients (RFC 3986, section 5.2.4): nobody could delete these.
	dots := strings.Trim(name, ".") == ""
	if dots || len(name) > 64 || strings.ContainsFunc(name, strange) {
		return fmt.Errorf("a space cannot be called %q; use 1 to 64 letters, digits, dots, underscores and hyphens, "+
			"not dots alone", name)
	}
	return nil
}

// Main returns the main mock, whose name is "".
func (s *Set) Main() *Mock { return s.main }

// Get returns the space of this name, made from the configured state when there is none yet. The name "" is the main
// mock's.
func (s *Set) Get(name string) (*Mock, error) {
	mock := s.find(name)
	if mock == nil {
		var err error
		if mock, err = s.make(name); err != nil {
			return nil, err
		}
	}
	mock.used.Store(s.age(time.Now()))
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
		if err := s.evict(); err != nil {
			return nil, err
		}
	}
	name = strings.Clone(name) // it is a part of the request line, whose query would stay in memory with it
	space := newMock(s, name, s.fork(name), s.coverageOf(name))
	s.spaces[name] = space
	return space, nil
}

// Look returns the space of this name as Get does, but makes none: one that does not exist is as it would be made.
func (s *Set) Look(name string) (*Mock, error) {
	if mock := s.find(name); mock != nil {
		return mock, nil
	}
	return s.unmade(name)
}

// unmade returns a space as it would be made, which nobody else gets.
func (s *Set) unmade(name string) (*Mock, error) {
	if err := checkSpace(name); err != nil {
		return nil, err
	}
	return newMock(s, name, s.fork(name), &coverage{}), nil
}

// fork returns an endpoint in the configured state.
func (s *Set) fork(name string) *endpoint.Server {
	return s.main.server.Fork(prefix + name + s.basePath)
}

// inUse is how long after its last use a space is not evicted for another.
const inUse = time.Minute

// evict makes room for a space, in place of the one that was not used for longest.
func (s *Set) evict() error {
	var oldest *Mock
	for _, space := range s.spaces {
		if oldest == nil || space.used.Load() < oldest.used.Load() {
			oldest = space
		}
	}
	if idle := s.age(time.Now()) - oldest.used.Load(); idle < int64(inUse) {
		return fmt.Errorf("%w: all %d were used within the last minute; delete one, wait, or raise --max-spaces",
			control.ErrNoRoom, len(s.spaces))
	}
	oldest.close()
	delete(s.spaces, oldest.name)
	return nil
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
	return slices.SortedFunc(maps.Values(s.spaces), func(a, b *Mock) int { return strings.Compare(a.name, b.name) })
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

// Reconfigure takes a new configuration while the mocks run. In each of them, what differs from the configuration
// before takes effect at once; the rest stays as it is, and so do accounts that were created. Nothing changes on an
// error.
func (s *Set) Reconfigure(live Live) error {
	behaves, err := live.faults()
	if err != nil {
		return err
	}
	change, err := s.main.server.Check(live.Endpoint)
	if err != nil {
		return err
	}
	s.reloading.Lock()
	defer s.reloading.Unlock()
	s.faults.Store(behaves)
	s.main.reconfigure(change, behaves)
	for _, space := range s.All() { // a space that is made from now on has the new configuration
		space.reconfigure(change, behaves)
	}
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
