package mock

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
)

// maxUndo bounds the set-ups that are remembered until their teardown; verifiers have one or two at a time.
const maxUndo = 1000

// undoable is a provider state that was set up, and what takes it back.
type undoable struct {
	key  [sha256.Size]byte
	undo func() error
	// verifier is who set it up, and answered the ID of the latest request by then.
	verifier string
	answered uint64
	// weight is for how many accounts it counts. All of them together count for --max-accounts at most.
	weight int
}

// SetUpState puts the mock in the state that a Pact interaction asks for, in one change that no request sees half done.
// The caller's own addresses stand in for the parameter ip. An error says which state or parameter would be right;
// nothing has changed then. The oldest set-ups are forgotten, so that no teardown undoes them, when there are more than
// a thousand, or when what they remember counts for more accounts than the mock may have.
//
// A set-up that comes after a request ends those that the same caller made before the request: a verifier that never
// tears down has gone on to its next interaction.
func (m *Mock) SetUpState(state string, params map[string]any, caller []netip.Addr) error {
	values, err := checkState(state, params)
	if err != nil {
		return err
	}
	m.changing.lock()
	defer m.changing.unlock()
	defer m.changed() // also on an error, for states may have ended
	if err := m.endStates(caller); err != nil {
		return err // before anything is set up, which no teardown would undo
	}
	undo, weight, err := m.setUp(state, values, caller)
	if err != nil {
		return err
	}
	m.undo = append(m.undo, undoable{
		key: stateKey(state, values), undo: undo, weight: weight,
		verifier: fmt.Sprint(caller), answered: m.journal.LastID(),
	})
	total := 0
	for i := len(m.undo) - 1; i >= 0; i-- {
		if total += m.undo[i].weight; total > m.server.MaxAccounts() || i < len(m.undo)-maxUndo {
			m.undo = slices.Delete(m.undo, 0, i+1)
			break
		}
	}
	return nil
}

// EndStates undoes what the caller has set up before the latest request and not torn down. A set-up does the same.
func (m *Mock) EndStates(caller []netip.Addr) error {
	m.changing.lock()
	defer m.changing.unlock()
	defer m.changed()
	return m.endStates(caller)
}

func (m *Mock) endStates(caller []netip.Addr) error {
	verifier, answered := fmt.Sprint(caller), m.journal.LastID()
	var wrong []error
	for i := len(m.undo) - 1; i >= 0; i-- { // the latest first
		if one := m.undo[i]; one.verifier == verifier && one.answered != answered {
			m.undo = slices.Delete(m.undo, i, i+1)
			wrong = append(wrong, one.undo())
		}
	}
	return errors.Join(wrong...)
}

// TearDownState undoes the latest set-up of this state with these parameters; without one there is nothing to do.
func (m *Mock) TearDownState(state string, params map[string]any) error {
	values, err := checkState(state, params)
	if err != nil {
		return err
	}
	key := stateKey(state, values)
	m.changing.lock()
	defer m.changing.unlock()
	for i := len(m.undo) - 1; i >= 0; i-- {
		if m.undo[i].key == key {
			undo := m.undo[i].undo
			m.undo = slices.Delete(m.undo, i, i+1)
			defer m.changed() // after it, for whoever is told looks at once
			return undo()
		}
	}
	return nil
}

func (m *Mock) setUp(
	state string, params map[string]string, caller []netip.Addr,
) (undo func() error, weight int, err error) {
	switch state {
	case fixtures.AccountExists:
		return m.setUpAccount(endpoint.Account{Name: params["name"], Privacy: params["privacy"]})
	case fixtures.NoAccountExists:
		if name, ok := params["name"]; ok {
			if before, existed := m.server.Memory().Remove(name); existed {
				return m.putBack(before), weightOf(before), nil
			}
			return m.putBack(), 1, nil
		}
		taken := m.server.Memory().Take()
		return func() error {
			if m.server.Memory().PutBack(taken) == endpoint.Full {
				return control.ErrFull
			}
			return nil
		}, 1 + taken.Weight(), nil
	}
	entries, err := stateAddresses(params, caller)
	if err != nil {
		return nil, 0, err
	}
	if state == fixtures.CallerBlocked {
		return m.block(entries)
	}
	return m.unblock(entries)
}

func (m *Mock) setUpAccount(account endpoint.Account) (undo func() error, weight int, err error) {
	if account, err = m.complete(account); err != nil {
		return nil, 0, err
	}
	outcome, before := m.server.Memory().Put(account)
	if outcome == endpoint.Full {
		return nil, 0, control.ErrFull
	}
	if len(before) > 0 {
		return m.putBack(before...), weightOf(before[0]), nil
	}
	return func() error {
		m.server.Memory().Remove(account.Name)
		return nil
	}, weightOf(account), nil
}

// putBack returns what creates accounts again as they were, in place of those that requests have made under their names
// meanwhile.
func (m *Mock) putBack(accounts ...endpoint.Account) (undo func() error) {
	return func() error {
		if outcome, _ := m.server.Memory().Put(accounts...); outcome == endpoint.Full {
			return control.ErrFull
		}
		return nil
	}
}

func weightOf(account endpoint.Account) int {
	return 1 + len(account.Name)/256 + len(account.Privacy)/256
}

func (m *Mock) block(entries []netip.Prefix) (undo func() error, weight int, err error) {
	now := m.Blocked().Entries()
	added := without(entries, now)
	return m.exchangeBlocked(slices.Concat(now, added),
		func(now []netip.Prefix) []netip.Prefix { return without(now, added) }, len(added))
}

// unblock takes away every entry that holds an address of entries, however wide it is.
func (m *Mock) unblock(entries []netip.Prefix) (undo func() error, weight int, err error) {
	var removed []netip.Prefix
	now := m.Blocked().Entries()
	for _, blocked := range now {
		if slices.ContainsFunc(entries, blocked.Overlaps) {
			removed = append(removed, blocked)
		}
	}
	return m.exchangeBlocked(without(now, removed),
		func(now []netip.Prefix) []netip.Prefix { return slices.Concat(now, removed) }, len(removed))
}

// exchangeBlocked blocks these entries and no others, and returns what makes of those that are blocked by then what
// back makes of them. An entry that is remembered takes an eighth of what an account may.
func (m *Mock) exchangeBlocked(
	entries []netip.Prefix, back func(now []netip.Prefix) []netip.Prefix, remembered int,
) (undo func() error, weight int, err error) {
	if err := m.setBlocked(entries); err != nil {
		return nil, 0, err
	}
	return func() error { return m.setBlocked(back(m.Blocked().Entries())) }, 1 + remembered/8, nil
}

func without(entries, removed []netip.Prefix) []netip.Prefix {
	gone := map[netip.Prefix]bool{}
	for _, entry := range removed {
		gone[entry] = true
	}
	return slices.DeleteFunc(slices.Clone(entries), func(entry netip.Prefix) bool { return gone[entry] })
}

func stateAddresses(params map[string]string, caller []netip.Addr) ([]netip.Prefix, error) {
	if ip, ok := params["ip"]; ok && ip != "caller" { // which is how the list of blocked addresses spells it out
		entry, err := endpoint.ParseBlocked(ip)
		return []netip.Prefix{entry}, err
	}
	var entries []netip.Prefix
	for _, addr := range caller {
		entries = append(entries, netip.PrefixFrom(addr, addr.BitLen()))
	}
	if len(entries) == 0 {
		return nil, errors.New("the caller's address is not known; give it as the parameter ip")
	}
	return entries, nil
}

// checkState returns the parameters as texts, or says which state or parameter would be right.
func checkState(state string, params map[string]any) (map[string]string, error) {
	known := fixtures.ProviderStates()
	i := slices.IndexFunc(known, func(s fixtures.ProviderState) bool { return s.Name == state })
	if i < 0 {
		var names []string
		for _, s := range known {
			names = append(names, fmt.Sprintf("%q", s.Name))
		}
		return nil, fmt.Errorf("unknown provider state %s; use one of %s", untrusted.Quote(state),
			strings.Join(names, ", "))
	}
	values := map[string]string{}
	var accepted []string
	for _, param := range known[i].Params {
		accepted = append(accepted, param.Name)
		value, given := params[param.Name]
		text, isText := value.(string)
		switch {
		case !given && param.Required:
			return nil, fmt.Errorf("the provider state %q lacks its parameter %s", state, param.Name)
		case given && !isText:
			return nil, fmt.Errorf("the parameter %s of the provider state %q must be a JSON string", param.Name, state)
		case given:
			values[param.Name] = text
		}
	}
	for name := range params {
		if !slices.Contains(accepted, name) {
			return nil, fmt.Errorf("the provider state %q has no parameter %s; it has %s",
				state, untrusted.Quote(name), strings.Join(accepted, ", "))
		}
	}
	return values, nil
}

// stateKey is the same for the set-up and the teardown of a state, and small whatever its parameters are.
func stateKey(state string, params map[string]string) [sha256.Size]byte {
	encoded, _ := json.Marshal(params) // members sorted by name; texts always marshal
	return sha256.Sum256(append([]byte(state), encoded...))
}
