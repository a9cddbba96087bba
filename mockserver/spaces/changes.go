package spaces

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/netip"
	"slices"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
)

// Errors of AddAccounts, besides those for accounts that cannot be.
var (
	ErrInUse = errors.New("name already in use")
	ErrFull  = errors.New("there is no room for more accounts: reset, or raise --max-accounts")
)

// Caller returns the address by which a request is judged; the zero Addr when it is not known.
func (s *Space) Caller(r *http.Request) netip.Addr { return s.endpoint().Caller(r) }

// Accounts yields up to limit accounts after the first offset ones, newest first.
func (s *Space) Accounts(offset, limit int) iter.Seq[endpoint.Account] {
	return s.endpoint().State().Accounts(offset, limit)
}

// CountAccounts is the number of names in use.
func (s *Space) CountAccounts() int { return s.endpoint().State().Count() }

// AddAccounts adds all of these accounts or, on an error, none, and returns them as added: Privacy is the default where it was
// empty.
func (s *Space) AddAccounts(accounts []endpoint.Account) ([]endpoint.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	settings := s.endpoint().Privacy()
	added := make([]endpoint.Account, len(accounts))
	for i, account := range accounts {
		if err := endpoint.CheckName(account.Name); err != nil {
			return nil, err
		}
		if account.Privacy == "" {
			account.Privacy = fixtures.DefaultPrivacy
		} else if !slices.Contains(settings, account.Privacy) {
			return nil, fmt.Errorf("the privacy of %q cannot be %q; use one of %q", account.Name, account.Privacy, settings)
		}
		added[i] = account
	}
	state := s.endpoint().State()
	for i, account := range added {
		outcome := state.Create(account)
		if outcome == endpoint.Created {
			continue
		}
		for _, earlier := range added[:i] {
			state.Remove(earlier.Name)
		}
		if outcome == endpoint.Full {
			return nil, ErrFull
		}
		return nil, fmt.Errorf("%w: %q; nothing was added", ErrInUse, account.Name)
	}
	s.changed()
	return added, nil
}

// RemoveAccount frees a name; it reports false when the name was free.
func (s *Space) RemoveAccount(name string) (endpoint.Account, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	account, ok := s.endpoint().State().Remove(name)
	if ok {
		s.changed()
	}
	return account, ok
}

// ClearAccounts frees all names, also the configured ones.
func (s *Space) ClearAccounts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoint().Clear()
	s.changed()
}

// Blocked returns what is blocked.
func (s *Space) Blocked() *endpoint.AddressSet { return s.endpoint().State().BlockedSet() }

// ChangeBlocked replaces the blocked entries by what change makes of them, and returns what is blocked then. The entries given
// to change must not be altered.
func (s *Space) ChangeBlocked(change func(now []netip.Prefix) []netip.Prefix) *endpoint.AddressSet {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := endpoint.NewAddressSet(change(s.Blocked().Entries()))
	s.endpoint().State().SetBlocked(set)
	s.changed()
	return set
}

// Behaviour is how a space answers, beyond its accounts and blocked addresses.
type Behaviour struct {
	Latency     string            `json:"latency"`
	Faults      []faults.Spec     `json:"faults"`
	Forced      []faults.Forced   `json:"forced"`
	Seed        int64             `json:"seed"`
	Privacy     []string          `json:"privacy"`
	Assumptions map[string]string `json:"assumptions"`
}

// BehaviourChange is a Behaviour of which members can be left out; those keep their value.
type BehaviourChange struct {
	Latency *string `json:"latency"`
	// Faults and Forced replace those in force.
	Faults  *[]faults.Spec   `json:"faults"`
	Forced  *[]faults.Forced `json:"forced"`
	Seed    *int64           `json:"seed"`
	Privacy *[]string        `json:"privacy"`
	// Assumptions that are left out keep their value.
	Assumptions map[string]string `json:"assumptions"`
}

// Behaviour returns the behaviour in force. What was given for the next requests counts down.
func (s *Space) Behaviour() Behaviour {
	plan := s.plan.Load().Remaining()
	return Behaviour{
		Latency: plan.Latency.String(), Faults: plan.Faults, Forced: plan.Forced, Seed: plan.Seed,
		Privacy: s.endpoint().Privacy(), Assumptions: s.endpoint().Assumptions(),
	}
}

// ChangeBehaviour applies a change wholly or, on an error, not at all. A change of latency, faults, forced answers or seed
// starts the seed's sequence anew.
func (s *Space) ChangeBehaviour(change BehaviourChange) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	plan := s.plan.Load()
	if change.Latency != nil || change.Faults != nil || change.Forced != nil || change.Seed != nil {
		config := plan.Remaining()
		if change.Latency != nil {
			latency, err := faults.ParseLatency(*change.Latency)
			if err != nil {
				return err
			}
			config.Latency = latency
		}
		set(&config.Faults, change.Faults)
		set(&config.Forced, change.Forced)
		set(&config.Seed, change.Seed)
		var err error
		if plan, err = faults.New(config); err != nil {
			return err
		}
	}
	if change.Privacy != nil || change.Assumptions != nil {
		var privacy []string
		set(&privacy, change.Privacy)
		if err := s.endpoint().SetRules(privacy, change.Assumptions); err != nil {
			return err
		}
	}
	s.plan.Store(plan)
	s.changed()
	return nil
}

func set[T any](value *T, to *T) {
	if to != nil {
		*value = *to
	}
}

// Reset goes back to the configured state: accounts, blocked addresses and behaviour as configured, journal and coverage empty,
// and no provider state to tear down.
func (s *Space) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.name == "" {
		s.endpoint().Reset()
	} else {
		s.current.Store(s.set.fork(s.name)) // made anew, for the configuration may be another than when the space was made
	}
	s.plan.Store(s.set.configuredPlan())
	s.journal.Clear()
	s.coverage.Reset()
	s.states.Forget()
	s.changed()
}
