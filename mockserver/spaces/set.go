// Package spaces keeps mocks apart that share one server: the main one, and a space for everyone who wants to be alone, such as
// a worker of a test run. Each has accounts, a blocked list, behaviour, a journal and coverage of its own.
package spaces

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
)

// DefaultMax is the bound on spaces when Config has none.
const DefaultMax = 256

// Config is what all spaces start from.
type Config struct {
	// Server configures the endpoint of the main mock, and so of every space.
	Server endpoint.Config
	// Faults is the configured behaviour.
	Faults faults.Config
	// JournalBytes is the budget of each journal; journal.DefaultBytes when 0.
	JournalBytes int
	// Max bounds the spaces, the main mock not counted; DefaultMax when 0. Past it the least recently used one goes.
	Max int
	// Observe is told of every request, whichever mock it was for; nil when nobody wants to know.
	Observe func(Observation)
}

// Observation is what Config.Observe is told of a request.
type Observation struct {
	// Status is 0 when there was no answer.
	Status int
	Rule   endpoint.Rule
	Fault  faults.Fault
	Took   time.Duration
}

// Set is the main mock and the spaces. It is safe for use by any number of goroutines.
type Set struct {
	config   Config
	basePath string
	main     *Space
	faults   atomic.Pointer[faults.Config] // the configured behaviour
	clock    atomic.Uint64                 // counts uses, which tells which space was used least recently

	mu     sync.RWMutex
	spaces map[string]*Space
}

// New makes the main mock, and no space yet.
func New(config Config) (*Set, error) {
	if config.Max == 0 {
		config.Max = DefaultMax
	}
	if config.Max < 0 {
		return nil, fmt.Errorf("the bound on spaces is %d; use a number above 0", config.Max)
	}
	if config.JournalBytes < 0 {
		return nil, fmt.Errorf("the journal's budget is %d bytes; use a number above 0", config.JournalBytes)
	}
	if config.Observe == nil {
		config.Observe = func(Observation) {}
	}
	if err := config.Faults.Validate(); err != nil {
		return nil, err
	}
	endpoint, err := endpoint.New(config.Server)
	if err != nil {
		return nil, err
	}
	s := &Set{config: config, basePath: endpoint.BasePath(), spaces: map[string]*Space{}}
	s.faults.Store(&config.Faults)
	s.main = newSpace(s, "", endpoint)
	return s, nil
}

// nameCharacters can stand in a URL as they are.
const nameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// CheckName reports what is wrong with the name of a space, and what would be right.
func CheckName(name string) error {
	strange := func(c rune) bool { return !strings.ContainsRune(nameCharacters, c) }
	if name == "" || len(name) > 64 || strings.ContainsFunc(name, strange) {
		return fmt.Errorf("a space cannot be called %q; use 1 to 64 letters, digits, dots, underscores and hyphens", name)
	}
	return nil
}

// Main returns the main mock, whose name is "".
func (s *Set) Main() *Space { return s.main }

// Get returns the space of this name, made from the configured state when there is none yet. The name "" is the main mock's.
func (s *Set) Get(name string) (*Space, error) {
	if name == "" {
		return s.main, nil
	}
	s.mu.RLock()
	space, ok := s.spaces[name]
	s.mu.RUnlock()
	if !ok {
		var err error
		if space, err = s.make(name); err != nil {
			return nil, err
		}
	}
	space.used.Store(s.clock.Add(1))
	return space, nil
}

func (s *Set) make(name string) (*Space, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if space, ok := s.spaces[name]; ok {
		return space, nil
	}
	if len(s.spaces) >= s.config.Max {
		s.evict()
	}
	space := newSpace(s, name, s.fork(name))
	s.spaces[name] = space
	return space, nil
}

// fork returns an endpoint in the configured state.
func (s *Set) fork(name string) *endpoint.Server {
	return s.main.endpoint().Fork(Prefix + name + s.basePath)
}

func (s *Set) evict() {
	var oldest *Space
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
func (s *Set) All() []*Space {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]*Space, 0, len(s.spaces))
	for _, space := range s.spaces {
		all = append(all, space)
	}
	slices.SortFunc(all, func(a, b *Space) int { return strings.Compare(a.name, b.name) })
	return all
}

// Accounts is the number of names in use in the main mock and all spaces.
func (s *Set) Accounts() int {
	return s.sum(func(space *Space) int { return space.endpoint().State().Count() })
}

// JournalBytes is the memory that all journals take.
func (s *Set) JournalBytes() int {
	return s.sum(func(space *Space) int { return space.journal.Bytes() })
}

// Len is the number of spaces.
func (s *Set) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.spaces)
}

func (s *Set) sum(of func(*Space) int) int {
	sum := of(s.main)
	for _, space := range s.All() {
		sum += of(space)
	}
	return sum
}

// Reconfigure replaces the configured state. In the main mock, what differs from the one before takes effect at once, and the
// rest stays as it is; spaces take it at their next reset. Nothing changes on an error.
func (s *Set) Reconfigure(endpoint endpoint.Config, behaviour faults.Config) error {
	plan, err := faults.New(behaviour)
	if err != nil {
		return err
	}
	s.main.mu.Lock()
	defer s.main.mu.Unlock()
	if err := s.main.endpoint().Reconfigure(endpoint); err != nil {
		return err
	}
	if before := s.faults.Swap(&behaviour); !before.Equal(behaviour) {
		s.main.plan.Store(plan)
	}
	s.main.changed()
	return nil
}
