package endpoint_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// Names are listed, and given back when they are removed, as they were preloaded and not as they are compared.
func TestPreloadedNamesKeepTheirLetterCase(t *testing.T) {
	state := start(t, endpoint.Config{Live: endpoint.Live{
		Names: []string{"Alice", "Bob", "Straße"}, Assumptions: map[string]string{"name-comparison": "fold"},
	}}).Memory()
	if account, ok := state.Remove("aLICE"); !ok || account.Name != "Alice" {
		t.Errorf("removing aLICE gave %v, %v, want Alice", account, ok)
	}
	if got := fmt.Sprint(slices.Collect(state.Accounts(0, 9)),
		state.Count()); got != "[{Bob Public} {Straße Public}] 2" {
		t.Errorf("what is left is %s", got)
	}
}

// A name that was removed is free also when names are compared another way, or others are configured.
func TestRemovedNamesStayRemoved(t *testing.T) {
	config := endpoint.Config{Live: endpoint.Live{Names: []string{"Alice", "Bob"}}}
	s := start(t, config)
	s.Memory().Remove("Alice")
	listed := func() string { return fmt.Sprint(slices.Collect(s.Memory().Accounts(0, 9)), s.Memory().Count()) }
	if err := s.SetRules(nil, map[string]string{"name-comparison": "fold"}); err != nil {
		t.Fatal(err)
	}
	if got := listed(); got != "[{Bob Public}] 1" {
		t.Errorf("after the comparison changed there are %s", got)
	}
	config.Names = append(config.Names, "Carol")
	reconfigure(t, s, config.Live)
	if got := listed(); got != "[{Bob Public} {Carol Public}] 2" {
		t.Errorf("after a name was added there are %s", got)
	}
	s.Reset()
	if got := listed(); got != "[{Alice Public} {Bob Public} {Carol Public}] 3" {
		t.Errorf("after a reset there are %s", got)
	}
}

// Of two names that a new comparison takes for one, that one is in use which either of them was.
func TestANameStaysInUseBesideARemovedOne(t *testing.T) {
	s := start(t, endpoint.Config{Live: endpoint.Live{Names: []string{"Alice", "ALICE"}}})
	s.Memory().Remove("Alice")
	if err := s.SetRules(nil, map[string]string{"name-comparison": "fold"}); err != nil {
		t.Fatal(err)
	}
	if !s.Memory().InUse("ALICE") || s.Memory().Count() != 1 {
		t.Errorf("ALICE, which nobody removed, is free; %d names are in use", s.Memory().Count())
	}
}

// A list is of what there was when it was asked for, but for what is removed before it comes to it, whatever happens
// meanwhile.
func TestAccountsChangeWhileTheyAreListed(t *testing.T) {
	state := endpoint.NewMemory(10_000)
	for i := range 5000 {
		state.Create(endpoint.Account{Name: fmt.Sprint("n", i), Privacy: "Public"})
	}
	var got []string
	for account := range state.Accounts(10, 1_000_000) {
		if len(got) == 0 {
			state.Create(endpoint.Account{Name: "late"})
			for i := range 4900 { // so many that what is left moves
				state.Remove(fmt.Sprint("n", i))
			}
		}
		got = append(got, account.Name)
	}
	for i, name := range got {
		if name != fmt.Sprint("n", 4989-i) {
			t.Fatalf("%d is %s", i, name)
		}
	}
	if len(got) < 90 {
		t.Errorf("%d are listed", len(got))
	}
}
