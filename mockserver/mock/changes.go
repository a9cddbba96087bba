package mock

import (
	"fmt"
	"iter"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
)

// Caller returns the address by which a request is judged; the zero Addr when it is not known.
func (m *Mock) Caller(r *http.Request) netip.Addr { return m.server.Caller(r) }

// Stuck reports whether no change has been possible for this time, because another one does not end.
func (m *Mock) Stuck(patience time.Duration) bool { return m.changing.stuck(patience) }

// Accounts yields up to limit accounts after the first offset ones, newest first.
func (m *Mock) Accounts(offset, limit int) iter.Seq[endpoint.Account] {
	return m.server.Memory().Accounts(offset, limit)
}

// CountAccounts is the number of names in use.
func (m *Mock) CountAccounts() int { return m.server.Memory().Count() }

// AddAccounts adds all of these accounts or, on an error, none, and returns them as added: Privacy is the default where
// it was empty. Requests see all of them or none.
func (m *Mock) AddAccounts(accounts []endpoint.Account) ([]endpoint.Account, error) {
	m.changing.lock()
	defer m.changing.unlock()
	added := make([]endpoint.Account, len(accounts))
	for i, account := range accounts {
		var err error
		if added[i], err = m.complete(account); err != nil {
			return nil, err
		}
	}
	switch outcome, i := m.server.Memory().Add(added); outcome {
	case endpoint.InUse:
		return nil, fmt.Errorf("%w: %s; nothing was added", control.ErrInUse, untrusted.Quote(added[i].Name))
	case endpoint.Full:
		return nil, control.ErrFull
	}
	m.changed()
	return added, nil
}

// complete returns an account with the default privacy where it has none, or what is wrong with it.
func (m *Mock) complete(account endpoint.Account) (endpoint.Account, error) {
	if err := endpoint.CheckName(account.Name); err != nil {
		return account, err
	}
	if account.Privacy == "" {
		account.Privacy = fixtures.DefaultPrivacy
	} else if settings := m.server.Privacy(); !slices.Contains(settings, account.Privacy) {
		return account, fmt.Errorf("the privacy of %s cannot be %s; use one of %.200q",
			untrusted.Quote(account.Name), untrusted.Quote(account.Privacy), settings)
	}
	return account, nil
}

// RemoveAccount frees a name; it reports false when the name was free.
func (m *Mock) RemoveAccount(name string) (endpoint.Account, bool) {
	m.changing.lock()
	defer m.changing.unlock()
	account, ok := m.server.Memory().Remove(name)
	if ok {
		m.changed()
	}
	return account, ok
}

// ClearAccounts frees all names, also the configured ones.
func (m *Mock) ClearAccounts() {
	m.changing.lock()
	defer m.changing.unlock()
	m.server.Clear()
	m.changed()
}

// Blocked returns what is blocked.
func (m *Mock) Blocked() *endpoint.AddressSet { return m.server.Memory().BlockedSet() }

// ChangeBlocked replaces the blocked entries by what change makes of them, and returns what is blocked then. The
// entries given to change must not be altered.
func (m *Mock) ChangeBlocked(change func(now []netip.Prefix) []netip.Prefix) (*endpoint.AddressSet, error) {
	m.changing.lock()
	defer m.changing.unlock()
	if err := m.setBlocked(change(m.Blocked().Entries())); err != nil {
		return nil, err
	}
	m.changed()
	return m.Blocked(), nil
}

func (m *Mock) setBlocked(entries []netip.Prefix) error {
	set, err := endpoint.NewAddressSet(entries)
	if err != nil {
		return err
	}
	m.server.Memory().SetBlocked(set)
	return nil
}

// Behaviour returns the behaviour in force. What was given for the next requests counts down.
func (m *Mock) Behaviour() control.Behaviour {
	plan := m.plan.Load().Remaining()
	return control.Behaviour{
		Latency: plan.Latency.String(), Faults: plan.Faults, Forced: plan.Forced, Seed: plan.Seed,
		Privacy: m.server.Privacy(), Assumptions: m.server.Assumptions(),
	}
}

// ChangeBehaviour applies a change wholly or, on an error, not at all. A change of latency, faults, forced answers or
// seed starts the seed's sequence anew.
func (m *Mock) ChangeBehaviour(change control.BehaviourChange) error {
	m.changing.lock()
	defer m.changing.unlock()
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
		if err := m.server.SetRules(privacy, change.Assumptions); err != nil {
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

// ClearJournal forgets the requests.
func (m *Mock) ClearJournal() {
	m.changing.lock()
	defer m.changing.unlock()
	m.journal.Clear()
	m.changed()
}

// Reset goes back to the configured state: accounts, blocked addresses and behaviour as configured, an empty journal,
// and no provider state to tear down. Coverage stays.
func (m *Mock) Reset() {
	m.changing.lock()
	defer m.changing.unlock()
	m.server.Reset()
	m.plan.Store(newPlan(m.behaves))
	m.journal.Clear()
	m.undo = nil
	m.changed()
}

// reconfigure puts a new configuration into force: what differs from the one before takes effect at once, and the rest
// stays as it is.
func (m *Mock) reconfigure(change endpoint.Change, behaves *faults.Config) {
	m.changing.lock()
	defer m.changing.unlock()
	m.server.Apply(change)
	if !m.behaves.Equal(*behaves) {
		m.plan.Store(newPlan(behaves))
	}
	m.behaves = behaves
	m.changed()
}
