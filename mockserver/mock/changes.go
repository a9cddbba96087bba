package mock

import (
	"fmt"
	"iter"
	"net/http"
	"net/netip"
	"slices"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
)

// Caller returns the address by which a request is judged; the zero Addr when it is not known.
func (m *Mock) Caller(r *http.Request) netip.Addr { return m.endpoint().Caller(r) }

// Accounts yields up to limit accounts after the first offset ones, newest first.
func (m *Mock) Accounts(offset, limit int) iter.Seq[endpoint.Account] {
	return m.endpoint().State().Accounts(offset, limit)
}

// CountAccounts is the number of names in use.
func (m *Mock) CountAccounts() int { return m.endpoint().State().Count() }

// AddAccounts adds all of these accounts or, on an error, none, and returns them as added: Privacy is the default where it was
// empty.
func (m *Mock) AddAccounts(accounts []endpoint.Account) ([]endpoint.Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	settings := m.endpoint().Privacy()
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
	state := m.endpoint().State()
	for i, account := range added {
		outcome := state.Create(account)
		if outcome == endpoint.Created {
			continue
		}
		for _, earlier := range added[:i] {
			state.Remove(earlier.Name)
		}
		if outcome == endpoint.Full {
			return nil, control.ErrFull
		}
		return nil, fmt.Errorf("%w: %q; nothing was added", control.ErrInUse, account.Name)
	}
	m.changed()
	return added, nil
}

// RemoveAccount frees a name; it reports false when the name was free.
func (m *Mock) RemoveAccount(name string) (endpoint.Account, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	account, ok := m.endpoint().State().Remove(name)
	if ok {
		m.changed()
	}
	return account, ok
}

// ClearAccounts frees all names, also the configured ones.
func (m *Mock) ClearAccounts() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.endpoint().Clear()
	m.changed()
}

// Blocked returns what is blocked.
func (m *Mock) Blocked() *endpoint.AddressSet { return m.endpoint().State().BlockedSet() }

// ChangeBlocked replaces the blocked entries by what change makes of them, and returns what is blocked then. The entries given
// to change must not be altered.
func (m *Mock) ChangeBlocked(change func(now []netip.Prefix) []netip.Prefix) *endpoint.AddressSet {
	m.mu.Lock()
	defer m.mu.Unlock()
	set := endpoint.NewAddressSet(change(m.Blocked().Entries()))
	m.endpoint().State().SetBlocked(set)
	m.changed()
	return set
}

// Behaviour returns the behaviour in force. What was given for the next requests counts down.
func (m *Mock) Behaviour() control.Behaviour {
	plan := m.plan.Load().Remaining()
	return control.Behaviour{
		Latency: plan.Latency.String(), Faults: plan.Faults, Forced: plan.Forced, Seed: plan.Seed,
		Privacy: m.endpoint().Privacy(), Assumptions: m.endpoint().Assumptions(),
	}
}

// ChangeBehaviour applies a change wholly or, on an error, not at all. A change of latency, faults, forced answers or seed
// starts the seed's sequence anew.
func (m *Mock) ChangeBehaviour(change control.BehaviourChange) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	plan := m.plan.Load()
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
		if err := m.endpoint().SetRules(privacy, change.Assumptions); err != nil {
			return err
		}
	}
	m.plan.Store(plan)
	m.changed()
	return nil
}

func set[T any](value *T, to *T) {
	if to != nil {
		*value = *to
	}
}

// Reset goes back to the configured state: accounts, blocked addresses and behaviour as configured, an empty journal, and no
// provider state to tear down. Coverage stays.
func (m *Mock) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.name == "" {
		m.endpoint().Reset()
	} else {
		m.current.Store(m.set.fork(m.name)) // made anew, for the configuration may be another than when the space was made
	}
	m.plan.Store(m.set.configuredPlan())
	m.journal.Clear()
	m.states.forget()
	m.changed()
}

// SetUpState puts the mock in the state that a Pact interaction asks for. The caller's own addresses stand in for the parameter ip.
// An error says which state or parameter would be right; nothing has changed then.
func (m *Mock) SetUpState(state string, params map[string]any, caller []netip.Addr) error {
	return m.states.setUp(state, params, caller)
}

// TearDownState undoes the latest set-up of this state with these parameters; without one there is nothing to do.
func (m *Mock) TearDownState(state string, params map[string]any) error {
	return m.states.tearDown(state, params)
}
