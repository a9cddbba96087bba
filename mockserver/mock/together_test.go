package mock

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
)

// call sends one request to a set, in-process.
func call(set *Set, method, path, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	if strings.HasSuffix(path, "/users/") {
		request.Header.Set("Username", body)
	}
	recorder := httptest.NewRecorder()
	set.ServeHTTP(recorder, request)
	return recorder
}

// Every pair of control calls, reloads, evictions and creates runs at once, and all of them are answered. Two locks
// that are taken in either order hang here within a fraction of a second; the race detector sees what no lock guards.
func TestEverythingAtOnceIsAnswered(t *testing.T) {
	t.Parallel()
	set := mustSet(t, Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}}, MaxSpaces: 3})
	calls := []func(i int){}
	for _, prefix := range []string{"", "/~w1"} {
		for _, line := range []string{
			"POST /__mock/reset",
			`POST /__mock/provider-states {"state":"no account exists"}`,
			`POST /__mock/provider-states {"state":"no account exists","action":"teardown"}`,
			`POST /__mock/provider-states {"state":"an account exists","params":{"name":"bob"}}`,
			`POST /__mock/provider-states {"state":"an account exists","params":{"name":"bob"},"action":"teardown"}`,
			`POST /__mock/provider-states {"state":"the caller's IP address is blocked","params":{"ip":"203.0.113.1"}}`,
			`POST /__mock/provider-states {"state":"the caller's IP address is not blocked",` +
				`"params":{"ip":"203.0.113.1"}}`,
			`POST /__mock/accounts [{"name":"carol"},{"name":"dave"}]`, "GET /__mock/accounts",
			"DELETE /__mock/accounts", `PUT /__mock/blocked ["192.0.2.7"]`, "GET /__mock/blocked",
			`PUT /__mock/behaviour {"seed":3,"assumptions":{"name-comparison":"fold"}}`, "GET /__mock/behaviour",
			"GET /__mock/requests", "DELETE /__mock/requests",
			"GET /__mock/coverage?space=*", "DELETE /__mock/coverage?space=*",
			"GET /__mock/spaces", "DELETE /__mock/spaces/w1", "GET /__mock/health", "GET /__mock/metrics",
			"POST /connectmypairs/users/ eve",
		} {
			method, rest, _ := strings.Cut(line, " ")
			path, body, _ := strings.Cut(rest, " ")
			calls = append(calls, func(int) { call(set, method, prefix+path, body) })
		}
	}
	calls = append(calls,
		func(i int) {
			if err := set.Reconfigure(Live{
				Endpoint: endpoint.Live{Names: []string{"alice", fmt.Sprint("new", i%2)}}, Seed: int64(i),
			}); err != nil {
				t.Error(err)
			}
		},
		func(i int) {
			if mock, err := set.Get(fmt.Sprint("s", i)); err == nil {
				mock.used.Store(-int64(inUse)) // so that the next one takes its place
			}
		})
	var running sync.WaitGroup
	var rounds atomic.Int64
	over := time.Now().Add(2 * time.Second)
	for _, one := range calls {
		running.Go(func() {
			for i := 0; time.Now().Before(over); i++ {
				one(i)
				rounds.Add(1)
			}
		})
	}
	done := make(chan struct{})
	go func() { running.Wait(); close(done) }()
	select {
	case <-done:
		t.Logf("%d kinds of calls, %d in all", len(calls), rounds.Load())
	case <-time.After(time.Minute):
		t.Fatal("some of the calls are not answered: they wait for each other")
	}
}

// A change that does not end makes health say so, of this mock and not of others.
func TestHealthSaysThatAMockIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which the second passes at once
		set := mustSet(t, Config{})
		mustGet(t, set, "w1").changing.lock()
		if got := call(set, "GET", "/~w1/__mock/health", ""); got.Code != 503 ||
			!strings.Contains(got.Body.String(), `"status":"stuck"`) {
			t.Errorf("%d %s", got.Code, got.Body)
		}
		if got := call(set, "GET", "/__mock/health", ""); got.Code != 200 {
			t.Errorf("the main mock: %d %s", got.Code, got.Body)
		}
		set.find("w1").changing.unlock()
		if got := call(set, "GET", "/~w1/__mock/health", ""); got.Code != 200 {
			t.Errorf("afterwards: %d %s", got.Code, got.Body)
		}
	})
}

// Adding accounts of which the last is in use gives nobody a 409 for the others, and nobody sees some of them.
func TestAddingAccountsIsOneStep(t *testing.T) {
	t.Parallel()
	set := mustSet(t, Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"taken"}}}})
	accounts := make([]endpoint.Account, 2000)
	for i := range accounts {
		accounts[i].Name = fmt.Sprint("n", i)
	}
	accounts[1999].Name = "taken"
	ctx, cancel := context.WithCancel(t.Context())
	var looking sync.WaitGroup
	for range 2 {
		looking.Go(func() {
			for ctx.Err() == nil {
				if got := set.main.CountAccounts(); got != 1 {
					t.Errorf("%d accounts are seen, want 1", got)
					return
				}
				if set.main.server.Memory().InUse("n7") {
					t.Error("a name that was never given is in use")
					return
				}
			}
		})
	}
	for range 30 {
		if _, err := set.main.AddAccounts(accounts); !errors.Is(err, control.ErrInUse) {
			t.Fatal(err)
		}
	}
	cancel()
	looking.Wait()
}

// A state that an account exists is set up whatever clients create meanwhile.
func TestAnAccountExistsWhileClientsCreateIt(t *testing.T) {
	t.Parallel()
	set := mustSet(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	var creating sync.WaitGroup
	creating.Go(func() {
		for ctx.Err() == nil {
			call(set, "POST", "/connectmypairs/users/", "bob")
		}
	})
	params := map[string]any{"name": "bob", "privacy": "Private"}
	for range 500 {
		if err := set.main.SetUpState("an account exists", params, nil); err != nil {
			t.Fatal(err)
		}
		if err := set.main.TearDownState("an account exists", params); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	creating.Wait()
}

// What set-ups remember counts for as many accounts as the mock may have; the oldest are forgotten.
func TestRememberedSetUpsAreBounded(t *testing.T) {
	t.Parallel()
	set := mustSet(t, Config{Endpoint: endpoint.Config{MaxAccounts: 1000}})
	weight := func() (sum int) {
		for _, one := range set.main.undo {
			sum += one.weight
		}
		return sum
	}
	for i := range maxUndo + 10 {
		if err := set.main.SetUpState("no account exists", map[string]any{"name": fmt.Sprint(i)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(set.main.undo); got != maxUndo {
		t.Errorf("%d set-ups are remembered, want %d", got, maxUndo)
	}
	for round := range 10 { // each takes 300 accounts away
		for i := range 300 {
			call(set, "POST", "/connectmypairs/users/", fmt.Sprint(round, "-", i))
		}
		// Another verifier each time, for one that goes on to its next interaction ends the state before.
		verifier := []netip.Addr{netip.AddrFrom4([4]byte{10, 0, 0, byte(round)})}
		if err := set.main.SetUpState("no account exists", nil, verifier); err != nil {
			t.Fatal(err)
		}
		if got := weight(); got > 1000 {
			t.Fatalf("what is remembered counts for %d accounts, want 1000 at most", got)
		}
	}
	if err := set.main.TearDownState("no account exists", nil); err != nil || set.main.CountAccounts() != 300 {
		t.Errorf("the latest set-up is undone to %d accounts (%v), want 300", set.main.CountAccounts(), err)
	}
	long := strings.Repeat("n", 1<<20)
	err := set.main.SetUpState("an account exists", map[string]any{"name": long}, nil)
	if err == nil || len(err.Error()) > 500 {
		t.Errorf("a name that no request can have: an error of %d bytes", len(fmt.Sprint(err)))
	}
}

// The configured names come back with those that were created, also when a reload came in between.
func TestTakenAccountsComeBackAfterAReload(t *testing.T) {
	t.Parallel()
	set := mustSet(t, Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice", "bob"}}}})
	mustCreate(t, set.main, "carol", 201)
	if err := set.main.SetUpState("no account exists", nil, nil); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, set.main, "Carol", 201)
	if err := set.Reconfigure(Live{Endpoint: endpoint.Live{Names: []string{"alice", "dave"},
		Assumptions: map[string]string{"name-comparison": "fold"}}}); err != nil {
		t.Fatal(err)
	}
	if err := set.main.TearDownState("no account exists", nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ALICE", "bob", "carol", "dave"} {
		mustCreate(t, set.main, name, 409)
	}
	if got := set.main.CountAccounts(); got != 4 {
		t.Errorf("%d accounts, want 4", got)
	}
}

// The journal has what a browser asks before its request, and says which page could not read its answer.
func TestTheJournalTellsWhatCORSHasDone(t *testing.T) {
	t.Parallel()
	set := mustSet(t, Config{Endpoint: endpoint.Config{CORSOrigins: []string{"http://localhost:3000"}}})
	send := func(method, origin string, headers ...string) {
		serve(set, method, "http://localhost:8080/connectmypairs/users/", append(headers, "Origin", origin)...)
	}
	preflight := []string{"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "username"}
	send("OPTIONS", "http://localhost:3000", preflight...)
	send("OPTIONS", "http://localhost:4000", preflight...)
	send("POST", "http://localhost:3000", "Username", "a",
		"Authorization", "Bearer s3cret", "X-Api-Key", "s3cret", "Cookie", "s3cret")
	send("POST", "http://localhost:4000", "Username", "b", "Privacy", "Public")
	send("POST", "http://localhost:8080", "Username", "c")
	send("OPTIONS", "http://localhost:3000")
	got := call(set, http.MethodGet, "/__mock/requests", "").Body.String()
	var entries []string
	for _, entry := range set.main.journal.Read(journal.Filter{}).Entries {
		entries = append(entries, fmt.Sprint(entry.Status, " ", entry.Rule, " ", entry.Detail))
	}
	want := []string{
		"204 preflight ",
		"403 preflight the origin http://localhost:4000 is not one of --cors-origin, " +
			"so its page may not send this request",
		"201 created ",
		"201 created the origin http://localhost:4000 is not one of --cors-origin, so its page cannot read this answer",
		"201 created ", "405 other-method ",
	}
	if fmt.Sprint(entries) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", entries, want)
	}
	if strings.Contains(got, "s3cret") || !strings.Contains(got, `"X-Api-Key":["(not kept)"]`) ||
		!strings.Contains(got, `"Privacy":["Public"]`) || strings.Count(got, `"Privacy":`) != 1 {
		t.Errorf("the headers are not kept as they should be:\n%s", got)
	}
}

// A document names the server that sends it first, as its reader has called it, and never production.
func TestDocumentsNameTheirServer(t *testing.T) {
	t.Parallel()
	set := mustSet(t, Config{Endpoint: endpoint.Config{BasePath: "/api"}})
	for path, want := range map[string]string{
		"/__mock/openapi.yaml":             "/api",
		"/~w1/__mock/openapi.yaml":         "/~w1/api",
		"/__mock/control-openapi.yaml":     "/__mock",
		"/~w1/__mock/control-openapi.yaml": "/~w1/__mock",
	} {
		for _, root := range []string{"http://localhost:12345", "https://localhost"} {
			got := serve(set, "GET", root+path).Body.String()
			if !strings.Contains(got, "\nservers: [{\"url\":\""+root+want+"\",") ||
				strings.Contains(got, "clicksminuteper.net") || !strings.Contains(got, "\nsecurity:") {
				t.Errorf("%s%s:\n%.700s", root, path, got)
			}
		}
	}
}

// A request that makes no space may have found none, just before another one made it.
func TestASpaceMadeMeanwhileKeepsItsJournal(t *testing.T) {
	t.Parallel()
	set := mustSet(t, Config{})
	space := mustGet(t, set, "w1")
	if _, err := set.meet("w1", httptest.NewRequest(http.MethodGet, "/~w1/", nil)); err != nil {
		t.Fatal(err)
	}
	if space.journal == set.main.journal || space.coverage == set.main.coverage {
		t.Error("the space has the journal or the coverage of the main mock")
	}
}
