package mock

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
)

var caller = []netip.Addr{netip.MustParseAddr("192.0.2.1")} // as httptest.NewRequest has it

// picture is all that provider states can change.
type picture struct {
	Accounts []endpoint.Account
	Blocked  []string
}

func look(mock *Mock) picture {
	return picture{slices.Collect(mock.Accounts(0, 100)), mock.Blocked().Strings()}
}

func statesMock(t *testing.T, blocked ...string) *Mock {
	t.Helper()
	set := mustSet(t, Config{
		Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}, Blocked: blocked}},
	})
	if status := create(set.Main(), "bob"); status != 201 && len(blocked) == 0 {
		t.Fatalf("bob is answered with %d", status)
	}
	return set.Main()
}

func TestStatesAreSetUpAndUndone(t *testing.T) {
	for _, test := range []struct {
		what    string
		blocked []string
		state   string
		params  map[string]any
		during  map[string]int // the status that a request for this name meets
	}{
		{"a new account", nil, "an account exists", map[string]any{"name": "carol"}, map[string]int{"carol": 409}},
		{"a configured account", nil, "an account exists", map[string]any{"name": "alice"},
			map[string]int{"alice": 409}},
		{"a created account", nil, "an account exists", map[string]any{"name": "bob", "privacy": "Private"},
			map[string]int{"bob": 409}},
		{"a free name", nil, "no account exists", map[string]any{"name": "carol"}, nil},
		{"a configured name", nil, "no account exists", map[string]any{"name": "alice"}, map[string]int{"alice": 201}},
		{"a created name", nil, "no account exists", map[string]any{"name": "bob"},
			map[string]int{"alice": 409, "bob": 201}},
		{"none at all", nil, "no account exists", nil, map[string]int{"alice": 201, "bob": 201}},
		{"the caller blocked", nil, "the caller's IP address is blocked", nil, map[string]int{"alice": 403}},
		{"the caller blocked, by ip", nil, "the caller's IP address is blocked", map[string]any{"ip": "192.0.2.0/24"},
			map[string]int{"alice": 403}},
		{"the caller blocked, spelt out", nil, "the caller's IP address is blocked", map[string]any{"ip": "caller"},
			map[string]int{"alice": 403}},
		{"another blocked", nil, "the caller's IP address is blocked", map[string]any{"ip": "203.0.113.1"},
			map[string]int{"alice": 409}},
		{"a blocked caller blocked", []string{"192.0.2.1"}, "the caller's IP address is blocked", nil,
			map[string]int{"alice": 403}},
		{"a free caller not blocked", nil, "the caller's IP address is not blocked", nil, map[string]int{"alice": 409}},
		{"a blocked caller not blocked", []string{"203.0.113.0/24", "192.0.2.1"},
			"the caller's IP address is not blocked", nil, map[string]int{"alice": 409}},
		{"a caller in blocked ranges not blocked", []string{"192.0.0.0/16", "192.0.2.0/24"},
			"the caller's IP address is not blocked", map[string]any{"ip": "192.0.2.1"}, map[string]int{"alice": 409}},
	} {
		mock := statesMock(t, test.blocked...)
		before := look(mock)
		if err := mock.SetUpState(test.state, test.params, caller); err != nil {
			t.Errorf("%s: %v", test.what, err)
			continue
		}
		for name, want := range test.during {
			if got := create(mock, name); got != want {
				t.Errorf("%s: a request for %s is answered with %d, want %d", test.what, name, got, want)
			}
		}
		if err := mock.TearDownState(test.state, test.params); err != nil {
			t.Errorf("%s: %v", test.what, err)
		}
		after := look(mock)
		less := func(accounts []endpoint.Account) map[string]string {
			byName := map[string]string{}
			for _, account := range accounts {
				byName[account.Name] = account.Privacy
			}
			return byName
		}
		if diff := cmp.Diff(less(before.Accounts), less(after.Accounts)); diff != "" {
			t.Errorf("%s: accounts before the set-up (-), after the teardown (+):\n%s", test.what, diff)
		}
		sorted := cmp.Transformer("set", func(entries []string) map[string]bool {
			set := map[string]bool{}
			for _, entry := range entries {
				set[entry] = true
			}
			return set
		})
		if diff := cmp.Diff(before.Blocked, after.Blocked, sorted); diff != "" {
			t.Errorf("%s: blocked before the set-up (-), after the teardown (+):\n%s", test.what, diff)
		}
		if err := mock.TearDownState(test.state, test.params); err != nil || !cmp.Equal(after, look(mock)) {
			t.Errorf("%s: a second teardown has an effect (%v)", test.what, err)
		}
	}
}

func TestSetUpsNest(t *testing.T) {
	mock := statesMock(t)

	params := map[string]any{"name": "carol"}
	for _, step := range []struct {
		do   func() error
		want int
	}{
		{func() error {
			return errors.Join(mock.SetUpState("an account exists", params, caller),
				mock.SetUpState("an account exists", params, caller))
		}, 409},
		{func() error { return mock.TearDownState("an account exists", params) }, 409},
		{func() error { return mock.TearDownState("an account exists", params) }, 201},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if got := create(mock, "carol"); got != step.want {
			t.Errorf("a request is answered with %d, want %d", got, step.want)
		}
	}
}

// A verifier that never tears down, as Pact's own does by default, does not stay blocked: what it set up for one
// interaction ends when it sets up the next.
func TestSetUpsEndThoseOfTheInteractionBefore(t *testing.T) {
	mock := statesMock(t)
	other := []netip.Addr{netip.MustParseAddr("192.0.2.9")}
	setUp := func(state, name string, caller []netip.Addr) func() error {
		params := map[string]any{}
		if name != "" {
			params["name"] = name
		}
		return func() error { return mock.SetUpState(state, params, caller) }
	}
	blocked := func() error { return mock.SetUpState("the caller's IP address is blocked", nil, caller) }
	for i, step := range []struct {
		setUps []func() error
		name   string
		want   int
	}{
		{[]func() error{blocked, setUp("no account exists", "dora", caller)}, "dora", 403}, // both hold
		{[]func() error{setUp("an account exists", "carol", caller)}, "carol", 409},
		{[]func() error{blocked}, "dora", 403},
		{[]func() error{setUp("an account exists", "erin", other)}, "dora", 403}, // another verifier ends nothing
		{[]func() error{func() error { return mock.EndStates(caller) }}, "carol", 201},
		{nil, "erin", 409},
	} {
		for _, setUp := range step.setUps {
			if err := setUp(); err != nil {
				t.Fatal(err)
			}
		}
		if got := create(mock, step.name); got != step.want {
			t.Errorf("step %d is answered with %d, want %d", i, got, step.want)
		}
	}
}

// Whoever gets an error tears nothing down.
func TestASetUpThatCannotEndTheOneBeforeSetsUpNothing(t *testing.T) {
	mock := mustSet(t, Config{
		Endpoint: endpoint.Config{MaxAccounts: 1, Live: endpoint.Live{Names: []string{"alice"}}},
	}).Main()
	if err := mock.SetUpState("no account exists", map[string]any{"name": "alice"}, caller); err != nil {
		t.Fatal(err)
	}
	if got := create(mock, "bob"); got != 201 { // in the place of alice, who cannot come back
		t.Fatalf("bob is answered with %d", got)
	}
	err := mock.SetUpState("the caller's IP address is blocked", nil, caller)
	if blocked := mock.Blocked().Strings(); !errors.Is(err, control.ErrFull) || len(blocked) > 0 {
		t.Errorf("error %v, and blocked are %v; want an error, and nobody blocked", err, blocked)
	}
}

// The dashboard looks as soon as the version is another.
func TestATeardownIsToldWhenItIsDone(t *testing.T) {
	mock := statesMock(t)
	var during uint64
	mock.undo = []undoable{{key: stateKey("no account exists", map[string]string{}), undo: func() error {
		during = mock.Version()
		return nil
	}}}
	if err := mock.TearDownState("no account exists", nil); err != nil || mock.Version() == during {
		t.Errorf("error %v, version %d, and %d while it was torn down", err, mock.Version(), during)
	}
}

func TestWrongStatesSayWhatWouldBeRight(t *testing.T) {
	for _, test := range []struct {
		state  string
		params map[string]any
		says   []string
	}{
		{"an account is there", nil, allStates()},
		{"", nil, allStates()},
		{"an account exists", nil, []string{"lacks its parameter name"}},
		{"an account exists", map[string]any{"name": 7.0}, []string{"parameter name", "JSON string"}},
		{"an account exists", map[string]any{"name": nil}, []string{"parameter name", "JSON string"}},
		{"an account exists", map[string]any{"name": ""}, []string{"is empty"}},
		{"an account exists", map[string]any{"name": "x", "privacy": "public"}, []string{`"Public" "Private"`}},
		{"an account exists", map[string]any{"name": "x", "Name": "x"},
			[]string{`no parameter "Name"`, "name, privacy"}},
		{"the caller's IP address is blocked", map[string]any{"ip": "here"}, []string{"192.0.2.7"}},
		{"the caller's IP address is blocked", map[string]any{"name": "x"},
			[]string{`no parameter "name"`, "it has ip"}},
	} {
		mock := statesMock(t)
		before := look(mock)
		err := mock.SetUpState(test.state, test.params, caller)
		for _, says := range test.says {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%q %v: %v; want an error that says %q", test.state, test.params, err, says)
			}
		}
		if diff := cmp.Diff(before, look(mock)); diff != "" {
			t.Errorf("%q %v: refused, but changed:\n%s", test.state, test.params, diff)
		}
	}
	if err := statesMock(t).SetUpState("the caller's IP address is blocked", nil, nil); err == nil {
		t.Error("an unknown caller can be blocked")
	}
}

func allStates() (names []string) {
	for _, state := range fixtures.ProviderStates() {
		names = append(names, `"`+state.Name+`"`)
	}
	return names
}

// Every state in the fixtures is one that the mock can be in.
func TestEveryKnownStateWorks(t *testing.T) {
	for _, state := range fixtures.ProviderStates() {
		params := map[string]any{}
		for _, param := range state.Params {
			if param.Required {
				params[param.Name] = "carol"
			}
		}
		if err := statesMock(t).SetUpState(state.Name, params, caller); err != nil {
			t.Errorf("%q: %v", state.Name, err)
		}
	}
}
