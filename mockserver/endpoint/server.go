// Package endpoint is the reference implementation of the documented endpoint. The whole behaviour is in endpoint.go; the rest
// is what it stands on: the answers, what makes a name, who a caller is, the assumptions, and the state.
//
// A Go test starts one in a line:
//
//	target := httptest.NewServer(endpoint.Must(endpoint.New(endpoint.Config{Names: []string{"alice"}})))
//
// Accounts are then created at target.URL + "/connectmypairs/users/".
package endpoint

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// DefaultMaxAccounts is the bound on accounts when Config has none.
const DefaultMaxAccounts = 10_000_000

// Config is what a server is made from. The zero value is the documented endpoint with the documented assumptions.
type Config struct {
	// BasePath comes before /users/; fixtures.BasePath when empty. "/" serves at the root.
	BasePath string
	// Blocked are the addresses and CIDRs that get 403 (clause blocked.status).
	Blocked []string
	// Names are in use from the start, with the default privacy.
	Names []string
	// Privacy are the accepted settings; Public and Private when empty.
	Privacy []string
	// TrustedProxies are the peers whose X-Forwarded-For is believed; none when empty.
	TrustedProxies []string
	// Assumptions say what the server does where the page is silent, by the ids of fixtures.Assumptions; those left out have
	// their default.
	Assumptions map[string]string
	// MaxAccounts bounds the accounts, preloaded ones included; DefaultMaxAccounts when 0. A created name counts once more for
	// every 256 bytes that it has.
	MaxAccounts int
	// CORSOrigins are the origins whose pages may call, with credentials; when empty every origin may, without.
	CORSOrigins []string
}

// Validate returns the error that New would return.
func (c Config) Validate() error {
	_, err := compile(c)
	return err
}

// configured is a Config that was checked and read. It is immutable and shared by a server and its forks.
type configured struct {
	config  Config
	names   *Names
	blocked *AddressSet
	trusted *AddressSet
	rules   *rules
	cors    func(http.Handler) http.Handler
}

func compile(config Config) (*configured, error) {
	if config.BasePath == "" {
		config.BasePath = fixtures.BasePath
	}
	trimmed := strings.TrimRight(config.BasePath, "/")
	// A client would send "%20" for a space, and would leave out "." and "..".
	if !strings.HasPrefix(config.BasePath, "/") || strings.ContainsAny(config.BasePath, "?#%") || trimmed != "" && path.Clean(trimmed) != trimmed {
		return nil, fmt.Errorf("the base path %q is not a path such as %s", config.BasePath, fixtures.BasePath)
	}
	config.BasePath = trimmed
	if config.MaxAccounts == 0 {
		config.MaxAccounts = DefaultMaxAccounts
	}
	if config.MaxAccounts < 0 {
		return nil, fmt.Errorf("the bound on accounts is %d; use a number above 0", config.MaxAccounts)
	}
	if len(config.Names) > config.MaxAccounts {
		return nil, fmt.Errorf("%d names are configured, but the bound on accounts is %d; raise it", len(config.Names), config.MaxAccounts)
	}
	for _, name := range config.Names {
		if err := CheckName(name); err != nil {
			return nil, err
		}
	}
	blocked, err := ParseAddressSet(config.Blocked)
	if err != nil {
		return nil, fmt.Errorf("blocked: %w", err)
	}
	trusted, err := ParseAddressSet(config.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	rules, err := newRules(config.Privacy, config.Assumptions)
	if err != nil {
		return nil, err
	}
	cors, err := CORS(config.CORSOrigins)
	if err != nil {
		return nil, err
	}
	names := newNames(config.Names, rules.key)
	return &configured{config: config, names: names, blocked: blocked, trusted: trusted, rules: rules, cors: cors}, nil
}

// Server is the documented endpoint. As an http.Handler it answers any origin's pages (CORS); Answer alone decides without
// writing.
type Server struct {
	usersPath  string
	handler    http.Handler
	state      State
	configured atomic.Pointer[configured]
	rules      atomic.Pointer[rules]
}

// New returns a server with its state in memory, or an error that says what is wrong with the configuration.
func New(config Config) (*Server, error) {
	compiled, err := compile(config)
	if err != nil {
		return nil, err
	}
	return newServer(compiled.config.BasePath, compiled), nil
}

// Must returns the server and panics on an error; it is for tests.
func Must(server *Server, err error) *Server {
	if err != nil {
		panic(err)
	}
	return server
}

// Fork returns a server at another base path, with a state of its own that starts as s was configured. The configuration is
// shared, so a fork is cheap however many names are preloaded.
func (s *Server) Fork(basePath string) *Server {
	return newServer(basePath, s.configured.Load())
}

func newServer(basePath string, compiled *configured) *Server {
	s := &Server{usersPath: basePath + fixtures.UsersPath, state: NewMemory(compiled.config.MaxAccounts)}
	s.configured.Store(compiled)
	s.Reset()
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Answer(r).Write(w) })
	s.handler = compiled.cors(IgnoreBody(answer))
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// State returns what the server remembers, for whoever shows or changes it from outside.
func (s *Server) State() State { return s.state }

// Force returns the documented answer with this status to a request, without touching the state. The status must be one that
// the page documents.
func (s *Server) Force(r *http.Request, status int) Answer {
	return s.read(r, s.rules.Load()).force(status)
}

// Creates reports whether a request is one to create an account, whatever its answer. All others are for what the page is silent
// on: another path, another method.
func (s *Server) Creates(r *http.Request) bool { return s.creates(r, s.rules.Load()) }

// Instead completes an answer that takes the place of the endpoint's with what the endpoint reads from the request: Name, Privacy
// and Caller.
func (s *Server) Instead(r *http.Request, answer Answer) Answer {
	read := s.read(r, s.rules.Load())
	answer.Name, answer.Privacy, answer.Caller = read.name, read.privacy, read.caller
	return answer
}

// BasePath returns what comes before /users/, without a final slash.
func (s *Server) BasePath() string { return strings.TrimSuffix(s.usersPath, fixtures.UsersPath) }

// Caller returns the address that a request is judged by; the zero Addr when it is not known.
func (s *Server) Caller(r *http.Request) netip.Addr { return s.caller(r) }

// Privacy returns the accepted settings now in force.
func (s *Server) Privacy() []string { return slices.Clone(s.rules.Load().privacy) }

// Assumptions returns every assumption now in force, by id.
func (s *Server) Assumptions() map[string]string { return maps.Clone(s.rules.Load().assumptions) }

// SetRules changes the accepted settings and the given assumptions until the next Reset; nil leaves the settings as they are.
// Nothing changes on an error. Accounts stay; names that a new name-comparison no longer tells apart become one account.
func (s *Server) SetRules(privacy []string, assumptions map[string]string) error {
	before := s.rules.Load()
	if privacy == nil {
		privacy = before.privacy
	} else if len(privacy) == 0 {
		return errors.New("no privacy setting is left; give at least one, such as Public")
	}
	all := maps.Clone(before.assumptions)
	maps.Copy(all, assumptions)
	after, err := newRules(privacy, all)
	if err != nil {
		return err
	}
	s.rules.Store(after)
	if before.nameFold != after.nameFold {
		s.state.Preload(newNames(s.configured.Load().config.Names, after.key))
	}
	return nil
}

// Reset goes back to what is configured: accounts, blocked addresses, settings and assumptions.
func (s *Server) Reset() {
	compiled := s.configured.Load()
	s.rules.Store(compiled.rules)
	s.state.Reset(compiled.names)
	s.state.SetBlocked(compiled.blocked)
}

// Clear forgets every account, the configured names too; they are back with Reset.
func (s *Server) Clear() { s.state.Reset(newNames(nil, s.rules.Load().key)) }

// Reconfigure replaces the configuration while the server runs. What differs from the configuration before takes effect at
// once; the rest stays as it is at run time, and so do accounts that were created. BasePath, MaxAccounts and CORSOrigins
// cannot change. Nothing changes on an error.
func (s *Server) Reconfigure(config Config) error {
	after, err := compile(config)
	if err != nil {
		return err
	}
	before := s.configured.Load()
	switch old, now := before.config, after.config; {
	case old.BasePath != now.BasePath:
		return errors.New("the base path cannot change while the server runs; restart it")
	case old.MaxAccounts != now.MaxAccounts:
		return errors.New("the bound on accounts cannot change while the server runs; restart it")
	case !slices.Equal(old.CORSOrigins, now.CORSOrigins):
		return errors.New("the CORS origins cannot change while the server runs; restart it")
	}
	s.configured.Store(after)
	if !slices.Equal(before.blocked.entries, after.blocked.entries) {
		s.state.SetBlocked(after.blocked)
	}
	rekeyed := false
	if !before.rules.equal(after.rules) {
		rekeyed = s.rules.Swap(after.rules).nameFold != after.rules.nameFold
	}
	if now := s.rules.Load(); rekeyed || !slices.Equal(before.config.Names, after.config.Names) {
		s.state.Preload(newNames(after.config.Names, now.key))
	}
	return nil
}
