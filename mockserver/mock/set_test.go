package mock

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/heap"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
)

func mustSet(t testing.TB, config Config) *Set {
	t.Helper()
	set, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func mustGet(t *testing.T, set *Set, name string) *Mock {
	t.Helper()
	space, err := set.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	return space
}

func usersPath(space *Mock) string { return space.BaseURL(fixtures.BasePath) + fixtures.UsersPath }

// serve sends a request, with headers given as name and value by turns, and returns the answer.
func serve(set *Set, method, url string, header ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, url, nil) // from 192.0.2.1
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	set.ServeHTTP(recorder, request)
	return recorder
}

// create asks a space for an account and returns the status.
func create(space *Mock, name string) int {
	return serve(space.set, "POST", usersPath(space), "Username", name).Code
}

func mustCreate(t *testing.T, space *Mock, name string, want int) {
	t.Helper()
	if got := create(space, name); got != want {
		t.Errorf("creating %q in space %q is answered with %d, want %d", name, space.Name(), got, want)
	}
}

func TestSpacesDoNotSeeEachOther(t *testing.T) {
	set := mustSet(t, Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}}})
	one, two := mustGet(t, set, "one"), mustGet(t, set, "two")
	for _, space := range []*Mock{set.Main(), one, two} {
		mustCreate(t, space, "alice", 409)
		mustCreate(t, space, "bob", 201)
		mustCreate(t, space, "bob", 409)
	}
	if _, ok := one.RemoveAccount("alice"); !ok {
		t.Error("alice is not in use in one")
	}
	changeBlocked(t, one, func([]netip.Prefix) []netip.Prefix {
		return []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
	})
	mustCreate(t, one, "carol", 403)
	mustCreate(t, two, "alice", 409)
	mustCreate(t, two, "carol", 201)
	mustCreate(t, set.Main(), "carol", 201)
	if got, want := report(two.coverage).Answers["409"], uint64(3); got != want {
		t.Errorf("two has met %d conflicts, want %d", got, want)
	}
	if got := one.Journal().Read(journal.Filter{}).Total; got != 4 {
		t.Errorf("the journal of one has %d requests, want 4", got)
	}
	if again := mustGet(t, set, "one"); again != one {
		t.Error("the second use of a name made another space")
	}
}

func TestManyWorkersAtOnce(t *testing.T) {
	const workers, names = 16, 50
	set := mustSet(t, Config{MaxSpaces: workers})
	var wait sync.WaitGroup
	for worker := range workers {
		for range 2 { // two at once share each space, also while it is made
			wait.Go(func() {
				space := mustGet(t, set, fmt.Sprint("worker-", worker))
				for i := range names {
					create(space, fmt.Sprint("name-", i))
				}
			})
		}
	}
	wait.Wait()
	for _, space := range set.All() {
		report := report(space.coverage)
		if report.Answers["201"] != names || report.Answers["409"] != names || space.CountAccounts() != names {
			t.Errorf("space %s met %v and has %d accounts; want %d of each",
				space.Name(), report.Answers, space.CountAccounts(), names)
		}
	}
	if got := set.accounts(); got != workers*names {
		t.Errorf("%d accounts in all, want %d", got, workers*names)
	}
}

func TestTheLeastRecentlyUsedSpaceGoes(t *testing.T) {
	set := mustSet(t, Config{MaxSpaces: 3})
	first := mustGet(t, set, "a")
	second := mustGet(t, set, "b")
	idle(mustGet(t, set, "c"), second)
	idle(second)
	mustCreate(t, first, "alice", 201)
	mustGet(t, set, "d")
	var names []string
	for _, space := range set.All() {
		names = append(names, space.Name())
	}
	if diff := cmp.Diff([]string{"a", "c", "d"}, names); diff != "" {
		t.Errorf("spaces left:\n%s", diff)
	}
	<-second.Done()
	select {
	case <-first.Done():
		t.Error("a space in use was closed")
	default:
	}
	if !set.Delete("a") || set.Delete("a") || set.len() != 2 {
		t.Error("deleting a space does not delete it once")
	}
	<-first.Done()
}

// idle makes spaces such that were not used for longer than a space is safe from eviction.
func idle(spaces ...*Mock) {
	for _, space := range spaces {
		space.used.Add(-int64(inUse))
	}
}

// Nobody's new space takes the place of one that a test is using.
func TestASpaceInUseIsNotEvicted(t *testing.T) {
	set := mustSet(t, Config{MaxSpaces: 2})
	one, two := mustGet(t, set, "one"), mustGet(t, set, "two")
	mustCreate(t, one, "alice", 201)
	recorder := serve(set, "POST", "/~evil/connectmypairs/users/", "Username", "eve")
	if got := recorder.Body.String(); recorder.Code != 503 || !strings.Contains(got, "--max-spaces") ||
		!strings.Contains(got, `"code":"503"`) {
		t.Errorf("a third space: %d %s", recorder.Code, got)
	}
	recorder = serve(set, "POST", "http://localhost/~evil/__mock/reset")
	if got := recorder.Body.String(); recorder.Code != 503 || !strings.Contains(got, "--max-spaces") {
		t.Errorf("a call that makes a third space: %d %s", recorder.Code, got)
	}
	if entries := set.Main().Journal().Read(journal.Filter{}).Entries; len(entries) != 1 ||
		entries[0].Rule != RuleNoSpace {
		t.Errorf("the main journal has %+v", entries)
	}
	mustCreate(t, one, "alice", 409)
	idle(one, two)
	mustCreate(t, two, "alice", 201) // used again
	mustGet(t, set, "three")
	if set.find("one") != nil || set.find("two") == nil {
		t.Error("the space that was not used for longest is not the one that went")
	}
}

func TestNamesOfSpaces(t *testing.T) {
	set := mustSet(t, Config{})
	for _, name := range []string{"a", "Worker-1.x_Y", strings.Repeat("x", 64), ".x"} {
		if _, err := set.Get(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"a/b", "ä", "a b", strings.Repeat("x", 65), "%41", ".", ".."} {
		if _, err := set.Get(name); err == nil || !strings.Contains(err.Error(), "letters") {
			t.Errorf("%q: %v; want an error that says what a name may hold", name, err)
		}
	}
	// As a variable that was not set leaves it.
	for _, path := range []string{"/~/connectmypairs/users/", "/~/__mock/reset"} {
		answer := httptest.NewRecorder()
		set.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, path, nil))
		if answer.Code != http.StatusNotFound || !strings.Contains(answer.Body.String(), "a space cannot be called") {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
	}
	if got := mustGet(t, set, "w1").BaseURL("http://localhost:8080/connectmypairs"); got !=
		"http://localhost:8080/~w1/connectmypairs" {
		t.Errorf("the base URL of a space is %s", got)
	}
}

func TestAccountsAreAddedAllOrNone(t *testing.T) {
	space := mustSet(t, Config{
		Endpoint: endpoint.Config{MaxAccounts: 3, Live: endpoint.Live{Names: []string{"alice"}}},
	}).Main()
	for _, test := range []struct {
		what     string
		accounts []endpoint.Account
		is       error
		says     string
	}{
		{"one in use", []endpoint.Account{{Name: "bob"}, {Name: "alice"}}, control.ErrInUse, "alice"},
		{"one twice", []endpoint.Account{{Name: "bob"}, {Name: "bob"}}, control.ErrInUse, "bob"},
		{"too many", []endpoint.Account{{Name: "a"}, {Name: "b"}, {Name: "c"}}, control.ErrFull, "--max-accounts"},
		{"an empty name", []endpoint.Account{{Name: "bob"}, {}}, nil, "is empty"},
		{"an unknown setting", []endpoint.Account{{Name: "bob", Privacy: "public"}}, nil,
			`one of ["Public" "Private"]`},
	} {
		_, err := space.AddAccounts(test.accounts)
		if err == nil || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", test.what, err)
		}
		if got := space.CountAccounts(); got != 1 {
			t.Errorf("%s: %d accounts, want the 1 from before", test.what, got)
		}
	}
	added, err := space.AddAccounts([]endpoint.Account{{Name: "bob"}, {Name: "carol", Privacy: "Private"}})
	if diff := cmp.Diff([]endpoint.Account{
		{Name: "bob", Privacy: "Public"}, {Name: "carol", Privacy: "Private"},
	}, added); err != nil || diff != "" {
		t.Errorf("added: %v\n%s", err, diff)
	}
}

func TestBehaviourChangesWhollyOrNotAtAll(t *testing.T) {
	space := mustSet(t, Config{}).Main()
	privacy := []string{"Public", "Friends"}
	if err := space.ChangeBehaviour(control.BehaviourChange{
		Latency: new("1ms..2ms"), Seed: new(int64(9)), Privacy: &privacy,
		Faults:      &[]faults.Spec{{Fault: faults.SlowBody, Rate: .5}},
		Forced:      &[]faults.Forced{{Status: 403, Next: 2}},
		Assumptions: map[string]string{"name-comparison": "fold"},
	}); err != nil {
		t.Fatal(err)
	}
	before := space.Behaviour()
	if before.Latency != "1ms..2ms" || before.Seed != 9 || !cmp.Equal(before.Privacy, privacy) ||
		before.Assumptions["name-comparison"] != "fold" || before.Assumptions["empty-privacy"] != "refuse" {
		t.Errorf("behaviour after the change: %+v", before)
	}
	for what, change := range map[string]control.BehaviourChange{
		"latency":             {Latency: new("soon"), Seed: new(int64)},
		"fault":               {Latency: new("3ms"), Faults: &[]faults.Spec{{Fault: "x", Rate: 1}}},
		"forced":              {Latency: new("3ms"), Forced: &[]faults.Forced{{Status: 500, Next: 1}}},
		"assumption":          {Latency: new("3ms"), Assumptions: map[string]string{"name-comparison": "loose"}},
		"unknown assumption":  {Latency: new("3ms"), Assumptions: map[string]string{"comparison": "fold"}},
		"no privacy setting":  {Latency: new("3ms"), Privacy: &[]string{}},
		"bad privacy setting": {Latency: new("3ms"), Privacy: &[]string{""}},
	} {
		if err := space.ChangeBehaviour(change); err == nil {
			t.Errorf("%s: no error", what)
		}
		if diff := cmp.Diff(before, space.Behaviour()); diff != "" {
			t.Errorf("%s: refused, but changed:\n%s", what, diff)
		}
	}
	forced := []faults.Forced{}
	if err := space.ChangeBehaviour(control.BehaviourChange{Forced: &forced}); err != nil {
		t.Fatal(err)
	}
	after := before
	after.Forced = forced
	if diff := cmp.Diff(after, space.Behaviour()); diff != "" {
		t.Errorf("a change of one member changed more:\n%s", diff)
	}
}

func TestResetGoesBackToTheConfiguredState(t *testing.T) {
	set := mustSet(t, Config{
		Endpoint: endpoint.Config{Live: endpoint.Live{
			Names: []string{"alice"}, Blocked: []string{"203.0.113.0/24"},
			Assumptions: map[string]string{"empty-privacy": "default"},
		}},
		Faults: []string{"slow-body=0.01"},
	})
	for _, space := range []*Mock{set.Main(), mustGet(t, set, "one")} {
		before := space.Behaviour()
		if err := space.ChangeBehaviour(control.BehaviourChange{
			Latency: new("1ms"), Privacy: &[]string{"Public", "Friends"},
			Assumptions: map[string]string{"empty-privacy": "refuse"},
		}); err != nil {
			t.Fatal(err)
		}
		space.ClearAccounts()
		mustCreate(t, space, "bob", 201)
		changeBlocked(t, space, func([]netip.Prefix) []netip.Prefix { return nil })
		if err := space.SetUpState("an account exists", map[string]any{"name": "carol"}, nil); err != nil {
			t.Fatal(err)
		}
		version := space.Version()
		space.Reset()
		if diff := cmp.Diff(before, space.Behaviour()); diff != "" {
			t.Errorf("behaviour before (-), after (+):\n%s", diff)
		}
		if diff := cmp.Diff([]endpoint.Account{{Name: "alice", Privacy: "Public"}},
			slices.Collect(space.Accounts(0, 10))); diff != "" {
			t.Errorf("accounts:\n%s", diff)
		}
		if diff := cmp.Diff([]string{"203.0.113.0/24"}, space.Blocked().Strings()); diff != "" {
			t.Errorf("blocked:\n%s", diff)
		}
		if got := report(space.coverage).Answers["201"]; got != 1 || space.Journal().Len() != 0 {
			t.Errorf("%d requests in the journal, %d times 201 covered; want 0 and, for coverage stays, 1",
				space.Journal().Len(), got)
		}
		if space.Version() == version {
			t.Error("the reset cannot be noticed")
		}
		mustCreate(t, space, "carol", 201)
		if err := space.TearDownState("an account exists", map[string]any{"name": "carol"}); err != nil {
			t.Fatal(err)
		}
		mustCreate(t, space, "carol", 409) // the reset was the teardown
	}
}

func TestReconfigureChangesWhatDiffers(t *testing.T) {
	set := mustSet(t, Config{Endpoint: endpoint.Config{
		Live: endpoint.Live{Names: []string{"alice", "bob"}, Blocked: []string{"203.0.113.1"}},
	}})
	main, older := set.Main(), mustGet(t, set, "older")
	mustCreate(t, main, "carol", 201)
	if _, ok := main.RemoveAccount("alice"); !ok {
		t.Fatal("alice is not in use")
	}
	changeBlocked(t, main, func([]netip.Prefix) []netip.Prefix { return nil })
	if err := main.ChangeBehaviour(control.BehaviourChange{Latency: new("1ms")}); err != nil {
		t.Fatal(err)
	}

	// Only the names differ: what was changed at run time otherwise stays.
	names := []string{"alice", "carol", "dave"}
	if err := set.Reconfigure(Live{
		Endpoint: endpoint.Live{Names: names, Blocked: []string{"203.0.113.1"}},
	}); err != nil {
		t.Fatal(err)
	}
	if got := main.Blocked().Strings(); len(got) != 0 || main.Behaviour().Latency != "1ms" {
		t.Errorf("blocked %v, latency %s: want what was set at run time", got, main.Behaviour().Latency)
	}
	mustCreate(t, main, "bob", 201)   // dropped from the configuration
	mustCreate(t, main, "carol", 409) // created, and configured as well
	mustCreate(t, main, "dave", 409)  // newly configured
	mustCreate(t, older, "dave", 409)
	mustCreate(t, older, "bob", 201)
	newer := mustGet(t, set, "newer")
	mustCreate(t, newer, "dave", 409)
	mustCreate(t, newer, "bob", 201)

	// Blocked and latency differ; the bad fault refuses all of it.
	if err := set.Reconfigure(Live{
		Endpoint: endpoint.Live{Blocked: []string{"0.0.0.0/0"}}, Faults: []string{"x"},
	}); err == nil {
		t.Error("an unknown fault is accepted")
	}
	if err := set.Reconfigure(Live{Endpoint: endpoint.Live{Blocked: []string{"x"}}, Seed: 5}); err == nil {
		t.Error("a blocked address that is none is accepted")
	}
	if main.Blocked().Entries() != nil || main.Behaviour().Seed != 0 {
		t.Error("a refused configuration has changed something")
	}
	if err := set.Reconfigure(Live{
		Endpoint: endpoint.Live{Names: names, Blocked: []string{"203.0.113.9"}}, Seed: 5,
	}); err != nil {
		t.Fatal(err)
	}
	if got := main.Behaviour(); main.Blocked().Strings()[0] != "203.0.113.9" || got.Seed != 5 || got.Latency != "0s" {
		t.Errorf("blocked %v, behaviour %+v: want what is configured", main.Blocked().Strings(), got)
	}
}

func TestRequestsAreNotedWithTheirReason(t *testing.T) {
	set := mustSet(t, Config{
		Endpoint: endpoint.Config{Live: endpoint.Live{
			Names: []string{"alice"}, Blocked: []string{"203.0.113.0/24"}, TrustedProxies: []string{"192.0.2.1"},
		}},
	})
	path := "/connectmypairs/users/"
	serve(set, "POST", path, "Username", "bob")
	serve(set, "POST", path, "Username", "alice")
	serve(set, "POST", path, "Username", "eve", "X-Forwarded-For", "203.0.113.7")
	serve(set, "POST", path, "Username", "bob", "Privacy", "secret")
	serve(set, "POST", path)
	serve(set, "GET", path)
	serve(set, "POST", "/users")
	serve(set, "POST", path, "Username", "zoe", "Prefer", "code=403")
	want := []endpoint.Exchange{
		{ID: 1, Method: "POST", Path: path, Name: "bob", Privacy: "Public", Status: 201, Rule: "created"},
		{ID: 2, Method: "POST", Path: path, Name: "alice", Privacy: "Public", Status: 409, Rule: "conflict"},
		{ID: 3, Method: "POST", Path: path, Name: "eve", Privacy: "Public", Status: 403, Rule: "blocked",
			Detail: "the blocked entry 203.0.113.0/24", Caller: netip.MustParseAddr("203.0.113.7")},
		{ID: 4, Method: "POST", Path: path, Name: "bob", Privacy: "secret", Status: 400, Rule: "invalid-privacy",
			Detail: "a Privacy that is not one of Public, Private"},
		{ID: 5, Method: "POST", Path: path, Privacy: "Public", Status: 400, Rule: "invalid-username",
			Detail: "no Username header"},
		{ID: 6, Method: "GET", Path: path, Status: 405, Rule: "other-method"},
		{ID: 7, Method: "POST", Path: "/users", Status: 404, Rule: "other-path"},
		{ID: 8, Method: "POST", Path: path, Name: "zoe", Privacy: "Public", Status: 403, Rule: "forced"},
	}
	got := set.Main().Journal().Read(journal.Filter{}).Entries
	for i := range got {
		if got[i].Time.IsZero() || got[i].Duration <= 0 {
			t.Errorf("request %d has the time %v and took %v", i+1, got[i].Time, got[i].Duration)
		}
		got[i].Time, got[i].Duration = want[i].Time, 0
		if want[i].Caller == (netip.Addr{}) {
			want[i].Caller = netip.MustParseAddr("192.0.2.1")
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}),
		cmpopts.IgnoreFields(endpoint.Exchange{}, "Headers")); diff != "" {
		t.Errorf("want (-), noted (+):\n%s", diff)
	}
	counted := serve(set, "GET", "http://localhost/__mock/metrics")
	if line := `mockserver_requests_total{rule="blocked",status="403"} 1`; !strings.Contains(
		counted.Body.String(), line) {
		t.Errorf("the metrics lack %s:\n%s", line, counted.Body)
	}
}

// What is kept of a request keeps nothing else of it. Its path, and the name of a space in it, are parts of the request
// line, whose query would stay in memory with them.
func TestLongQueriesAreNotKept(t *testing.T) {
	const each = 200
	set := mustSet(t, Config{MaxSpaces: each})
	query := "?" + strings.Repeat("q", 60_000)
	before := heap.InUse()
	for i := range each {
		for _, space := range []string{"", fmt.Sprint("/~space-", i)} {
			serve(set, "POST", space+"/connectmypairs/users/"+query, "Username", fmt.Sprint("name-", i))
			serve(set, "POST", space+"/elsewhere"+query)
		}
	}
	// The queries of the requests that make the spaces are 12 MB.
	if grown := heap.InUse() - before; len(set.All()) != each || grown > 8<<20 {
		t.Errorf("%d requests and %d spaces take %d bytes", 4*each, len(set.All()), grown)
	}
	runtime.KeepAlive(set)
}

func TestFaultsAndCoverage(t *testing.T) {
	space := mustSet(t, Config{}).Main()
	next := func(fault faults.Fault) {
		t.Helper()
		specs := []faults.Spec{{Fault: fault, Next: 1}}
		if err := space.ChangeBehaviour(control.BehaviourChange{Faults: &specs}); err != nil {
			t.Fatal(err)
		}
	}
	aborted := func(name string) (aborted bool) {
		defer func() { aborted = recover() != nil }()
		create(space, name)
		return false
	}
	next(faults.Reset)
	if !aborted("a") {
		t.Error("a reset does not break the connection")
	}
	mustCreate(t, space, "a", 201) // the reset request had no effect
	next(faults.DropAfterCommit)
	if !aborted("b") {
		t.Error("drop-after-commit does not break the connection")
	}
	mustCreate(t, space, "b", 409) // the account was made
	next(faults.Unavailable)
	mustCreate(t, space, "c", 503)
	mustCreate(t, space, "c", 201)
	next(faults.Malformed)
	mustCreate(t, space, "d", 201)

	next(faults.SlowBody)
	impatient, leave := context.WithCancel(t.Context())
	leave()
	func() {
		defer func() { _ = recover() }()
		request := httptest.NewRequestWithContext(impatient, http.MethodPost, "/connectmypairs/users/", nil)
		request.Header.Set("Username", "e")
		space.serve(httptest.NewRecorder(), request)
	}()

	report := report(space.coverage)
	if diff := cmp.Diff(map[string]uint64{"201": 2, "400": 0, "403": 0, "409": 1}, report.Answers); diff != "" {
		t.Errorf("only whole answers count as met:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]uint64{"503": 1}, report.Other); diff != "" {
		t.Errorf("other answers:\n%s", diff)
	}
	var noted []string
	for _, entry := range space.Journal().Read(journal.Filter{}).Entries {
		noted = append(noted, fmt.Sprint(entry.Name, " ", entry.Status, " ", entry.Rule, " ", entry.Fault))
	}
	if diff := cmp.Diff([]string{
		"a 0 fault reset", "a 201 created ", "b 201 created drop-after-commit", "b 409 conflict ",
		"c 503 fault unavailable", "c 201 created ", "d 201 created malformed",
		"e 201 created slow-body",
	}, noted); diff != "" {
		t.Errorf("want (-), noted (+):\n%s", diff)
	}
}

func TestOtherRequestsUseUpNothing(t *testing.T) {
	space := mustSet(t, Config{Endpoint: endpoint.Config{
		Live: endpoint.Live{Assumptions: map[string]string{"missing-slash": "accept"}},
	}}).Main()
	forced := []faults.Forced{{Status: 403, Next: 2}}
	if err := space.ChangeBehaviour(control.BehaviourChange{Forced: &forced}); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/favicon.ico", "/connectmypairs/users/x", "/users/"} {
		serve(space.set, "POST", path)
	}
	serve(space.set, "GET", usersPath(space))
	if left := space.Behaviour().Forced; len(left) != 1 || left[0].Next != 2 {
		t.Errorf("left: %+v, want both", left)
	}
	mustCreate(t, space, "alice", 403)
	if got := serve(space.set, "POST", strings.TrimSuffix(usersPath(space), "/")).Code; got != 403 {
		t.Errorf("without its final slash, which is accepted, the URL is answered with %d, want 403", got)
	}
	mustCreate(t, space, "alice", 201)
}

func changeBlocked(t *testing.T, mock *Mock, change func([]netip.Prefix) []netip.Prefix) {
	t.Helper()
	if _, err := mock.ChangeBlocked(change); err != nil {
		t.Fatal(err)
	}
}
