package mock

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// maxUndo bounds the set-ups that are remembered until their teardown; verifiers have one or two at a time.
const maxUndo = 1000

// states puts a mock in the states that Pact interactions ask for, and undoes it. It is safe for use by any number of goroutines.
type states struct {
	mock *Mock

	mu   sync.Mutex
	done []undoable // oldest first
}

// undoable is a state that was set up, and what takes it back.
type undoable struct {
	key  string
	undo func() error
}

// newStates returns the states of a mock.
func newStates(mock *Mock) *states { return &states{mock: mock} }

// forget forgets what was set up, so that no teardown undoes it.
func (s *states) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = nil
}

// setUp is Mock.SetUpState.
func (s *states) setUp(state string, params map[string]any, caller []netip.Addr) error {
	values, err := check(state, params)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	undo, err := s.apply(state, values, caller)
	if err != nil {
		return err
	}
	s.done = append(s.done, undoable{key(state, values), undo})
	if len(s.done) > maxUndo {
		s.done = slices.Delete(s.done, 0, 1)
	}
	return nil
}

// tearDown is Mock.TearDownState.
func (s *states) tearDown(state string, params map[string]any) error {
	values, err := check(state, params)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.done) - 1; i >= 0; i-- {
		if s.done[i].key == key(state, values) {
			undo := s.done[i].undo
			s.done = slices.Delete(s.done, i, i+1)
			return undo()
		}
	}
	return nil
}

func (s *states) apply(state string, params map[string]string, caller []netip.Addr) (undo func() error, err error) {
	switch state {
	case fixtures.AccountExists:
		return s.setUpAccount(endpoint.Account{Name: params["name"], Privacy: params["privacy"]})
	case fixtures.NoAccountExists:
		if name, ok := params["name"]; ok {
			return s.setUpNoAccount(name), nil
		}
		return s.setUpNoAccounts(), nil
	}
	entries, err := addresses(params, caller)
	if err != nil {
		return nil, err
	}
	if state == fixtures.CallerBlocked {
		return s.block(entries), nil
	}
	return s.unblock(entries), nil
}

func (s *states) setUpAccount(account endpoint.Account) (undo func() error, err error) {
	before, existed := s.mock.RemoveAccount(account.Name)
	if _, err := s.mock.AddAccounts([]endpoint.Account{account}); err != nil {
		if existed {
			_ = s.putBack(before)
		}
		return nil, err
	}
	return func() error {
		s.mock.RemoveAccount(account.Name)
		if existed {
			return s.putBack(before)
		}
		return nil
	}, nil
}

func (s *states) setUpNoAccount(name string) (undo func() error) {
	before, existed := s.mock.RemoveAccount(name)
	return func() error {
		if existed {
			return s.putBack(before)
		}
		return nil
	}
}

func (s *states) setUpNoAccounts() (undo func() error) {
	before := slices.Collect(s.mock.Accounts(0, s.mock.CountAccounts()))
	s.mock.ClearAccounts()
	return func() error {
		slices.Reverse(before) // they were newest first
		return s.putBack(before...)
	}
}

// putBack adds accounts again as they were, in place of those that requests have made under their names meanwhile.
func (s *states) putBack(accounts ...endpoint.Account) error {
	for _, account := range accounts {
		s.mock.RemoveAccount(account.Name)
	}
	_, err := s.mock.AddAccounts(accounts)
	return err
}

func (s *states) block(entries []netip.Prefix) (undo func() error) {
	var added []netip.Prefix
	s.mock.ChangeBlocked(func(now []netip.Prefix) []netip.Prefix {
		for _, entry := range entries {
			if !slices.Contains(now, entry) {
				added = append(added, entry)
			}
		}
		return slices.Concat(now, added)
	})
	return func() error {
		s.mock.ChangeBlocked(func(now []netip.Prefix) []netip.Prefix { return without(now, added) })
		return nil
	}
}

// unblock takes away every entry that holds an address of entries, however wide it is.
func (s *states) unblock(entries []netip.Prefix) (undo func() error) {
	var removed []netip.Prefix
	s.mock.ChangeBlocked(func(now []netip.Prefix) []netip.Prefix {
		for _, blocked := range now {
			if slices.ContainsFunc(entries, blocked.Overlaps) {
				removed = append(removed, blocked)
			}
		}
		return without(now, removed)
	})
	return func() error {
		s.mock.ChangeBlocked(func(now []netip.Prefix) []netip.Prefix { return slices.Concat(now, removed) })
		return nil
	}
}

func without(entries, removed []netip.Prefix) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(entries), func(entry netip.Prefix) bool { return slices.Contains(removed, entry) })
}

func addresses(params map[string]string, caller []netip.Addr) ([]netip.Prefix, error) {
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

// check returns the parameters as texts, or says which state or parameter would be right.
func check(state string, params map[string]any) (map[string]string, error) {
	known := fixtures.ProviderStates()
	i := slices.IndexFunc(known, func(s fixtures.ProviderState) bool { return s.Name == state })
	if i < 0 {
		var names []string
		for _, s := range known {
			names = append(names, fmt.Sprintf("%q", s.Name))
		}
		return nil, fmt.Errorf("there is no provider state %q; there are %s", state, strings.Join(names, ", "))
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
			return nil, fmt.Errorf("the provider state %q has no parameter %q; it has %s", state, name, strings.Join(accepted, ", "))
		}
	}
	return values, nil
}

// key is the same for the set-up and the teardown of a state.
func key(state string, params map[string]string) string {
	encoded, _ := json.Marshal(params) // members sorted by name; texts always marshal
	return state + string(encoded)
}
