// Package endpoint is the reference implementation of the documented endpoint. The whole behaviour is in endpoint.go;
// the rest is what it stands on: the exchange, what makes a name, who a caller is, the assumptions, and the state.
//
// A Go test starts one in a few lines:
//
//	server, err := endpoint.New(endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}})
//	// ...
//	target := httptest.NewServer(server)
//
// Accounts are then created at target.URL + "/connectmypairs/users/".
package endpoint

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
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
	// BasePath comes before /users/; [fixtures.BasePath] when empty. "/" serves at the root.
	BasePath string
	// MaxAccounts bounds the accounts, preloaded ones included; [DefaultMaxAccounts] when 0. A created name counts once
	// more for every 256 bytes that it has.
	MaxAccounts int
	// CORSOrigins are the origins whose pages may call, with credentials; when empty every origin may, without.
	CORSOrigins []string
	Live
}

// Live is the part of a [Config] that can change while the server runs.
type Live struct {
	// Blocked are the addresses and CIDRs that get 403 (clause blocked.status), at most [MaxAddresses].
	Blocked []string
	// Names are in use from the start, with the default privacy.
	Names []string
	// Privacy are the accepted settings; Public and Private when empty.
	Privacy []string
	// TrustedProxies are the peers whose X-Forwarded-For is believed; none when empty.
	TrustedProxies []string
	// Assumptions say what the server does where the page is silent, by the ids of [fixtures.Assumptions]; those left
	// out have their default.
	Assumptions map[string]string
}

// Validate returns the error that [New] would return.
func (c Config) Validate() error {
	_, err := New(c)
	return err
}

// live is a Live that was checked and read. It is immutable and shared by a server and its forks.
type live struct {
	config  Live
	names   *Names
	blocked *AddressSet
	trusted *AddressSet
	rules   *rules
}

func compile(config Live, maxAccounts int) (*live, error) {
	if len(config.Names) > maxAccounts {
		return nil, fmt.Errorf("%d names are configured, but the bound on accounts is %d; raise it",
			len(config.Names), maxAccounts)
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
	return &live{config, newNames(config.Names, rules.key), blocked, trusted, rules}, nil
}

// Server is the documented endpoint. As an [http.Handler] it answers any origin's pages (CORS); Answer alone decides
// without writing. Its methods are safe for use by any number of goroutines, but for those that change the
// configuration ([Server.Apply], [Server.SetRules], [Server.Reset] and [Server.Clear]): call one of these at a time.
type Server struct {
	usersPath   string
	maxAccounts int
	cors        func(http.Handler) http.Handler
	handler     http.Handler
	memory      *Memory
	live        atomic.Pointer[live]  // as configured
	rules       atomic.Pointer[rules] // now in force
}

// New returns a server with its state in memory, or an error that says what is wrong with the configuration.
func New(config Config) (*Server, error) {
	basePath, err := checkBasePath(config.BasePath)
	if err != nil {
		return nil, err
	}
	if config.MaxAccounts < 0 {
		return nil, fmt.Errorf("the bound on accounts is %d; use a number above 0", config.MaxAccounts)
	}
	maxAccounts := cmp.Or(config.MaxAccounts, DefaultMaxAccounts)
	live, err := compile(config.Live, maxAccounts)
	if err != nil {
		return nil, err
	}
	cors, err := newCORS(config.CORSOrigins)
	if err != nil {
		return nil, err
	}
	return newServer(basePath, maxAccounts, cors, live), nil
}

// checkBasePath returns the base path without a final slash.
func checkBasePath(basePath string) (string, error) {
	if basePath == "" {
		return fixtures.BasePath, nil
	}
	trimmed := strings.TrimRight(basePath, "/")
	// A client would send "%20" for a space, and would leave out "." and "..".
	if !strings.HasPrefix(basePath, "/") || strings.ContainsAny(basePath, "?#%") || trimmed != "" &&
		path.Clean(trimmed) != trimmed {
		return "", fmt.Errorf("the base path %q is not a path such as %s", basePath, fixtures.BasePath)
	}
	return trimmed, nil
}

// Fork returns a server at another base path, with a state of its own that starts as s was configured. The
// configuration is shared, so a fork is cheap however many names are preloaded.
func (s *Server) Fork(basePath string) *Server {
	return newServer(basePath, s.maxAccounts, s.cors, s.live.Load())
}

func newServer(basePath string, maxAccounts int, cors func(http.Handler) http.Handler, live *live) *Server {
	s := &Server{
		usersPath: basePath + fixtures.UsersPath, maxAccounts: maxAccounts, cors: cors, memory: NewMemory(maxAccounts),
	}
	s.live.Store(live)
	s.Reset()
	s.handler = s.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := s.Answer(r)
		e.Write(w)
	}))
	return s
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.handler.ServeHTTP(w, r)
}

// Wrap returns a handler with what the endpoint has around its answers: CORS, and the reading of bodies.
func (s *Server) Wrap(handler http.Handler) http.Handler { return s.cors(ignoreBody(handler)) }

// Memory returns what the server remembers, for whoever shows or changes it from outside.
func (s *Server) Memory() *Memory { return s.memory }

// Force returns the documented answer with this status to a request, without touching the state. The status must be one
// that the page documents.
func (s *Server) Force(r *http.Request, status int) Exchange {
	request := s.read(r, s.rules.Load())
	return request.force(status)
}

// Creates reports whether a request is one to create an account, whatever its answer. All others are for what the page
// is silent on: another path, another method.
func (s *Server) Creates(r *http.Request) bool { return s.creates(r, s.rules.Load()) }

// Unanswered returns the exchange of a request that gets no answer from the endpoint, with what the endpoint reads from
// it.
func (s *Server) Unanswered(r *http.Request) Exchange { return s.read(r, s.rules.Load()).Exchange }

// BasePath returns what comes before /users/, without a final slash.
func (s *Server) BasePath() string { return strings.TrimSuffix(s.usersPath, fixtures.UsersPath) }

// MaxAccounts returns the bound on accounts.
func (s *Server) MaxAccounts() int { return s.maxAccounts }

// Privacy returns the accepted settings now in force.
func (s *Server) Privacy() []string { return slices.Clone(s.rules.Load().privacy) }

// Assumptions returns every assumption now in force, by id.
func (s *Server) Assumptions() map[string]string { return maps.Clone(s.rules.Load().assumptions) }

// SetRules changes the accepted settings and the given assumptions until the next Reset; nil leaves the settings as
// they are. Nothing changes on an error. Accounts stay; names that a new name-comparison no longer tells apart become
// one account.
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
		s.memory.Preload(newNames(s.live.Load().config.Names, after.key))
	}
	return nil
}

// Reset goes back to what is configured: accounts, blocked addresses, settings and assumptions.
func (s *Server) Reset() {
	live := s.live.Load()
	s.rules.Store(live.rules)
	s.memory.Reset(live.names)
	s.memory.SetBlocked(live.blocked)
}

// Clear forgets every account, the configured names too; they are back with Reset.
func (s *Server) Clear() { s.memory.Reset(newNames(nil, s.rules.Load().key)) }

// Change is a new [Live] that was checked and read, for any of a server and its forks.
type Change struct{ live *live }

// Check reads a new configuration. An error says what is wrong with it.
func (s *Server) Check(config Live) (Change, error) {
	live, err := compile(config, s.maxAccounts)
	return Change{live}, err
}

// Apply puts a new configuration into force. What differs from the configuration before takes effect at once; the rest
// stays as it is at run time, and so do accounts that were created.
func (s *Server) Apply(change Change) {
	after, before := change.live, s.live.Load()
	s.live.Store(after)
	if !slices.Equal(before.blocked.entries, after.blocked.entries) {
		s.memory.SetBlocked(after.blocked)
	}
	rekeyed := false
	if !before.rules.equal(after.rules) {
		rekeyed = s.rules.Swap(after.rules).nameFold != after.rules.nameFold
	}
	if now := s.rules.Load(); rekeyed || !slices.Equal(before.config.Names, after.config.Names) {
		names := after.names
		if now.nameFold != after.rules.nameFold {
			names = newNames(after.config.Names, now.key)
		}
		s.memory.Preload(names)
	}
}
