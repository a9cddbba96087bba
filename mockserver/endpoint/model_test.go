package endpoint_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/anishathalye/porcupine"
	"pgregory.net/rapid"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/heap"
)

// Arbitrary sequences of requests and control actions, against a model that is a plain map.
func TestSequencesAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		preloaded := []string{"a", "B"}
		comparison := rapid.SampledFrom([]string{"exact", "fold"}).Draw(t, "name-comparison")
		s := start(t, endpoint.Config{MaxAccounts: 6, Live: endpoint.Live{
			Names: preloaded, Assumptions: map[string]string{"name-comparison": comparison},
		}})
		key := func(name string) string {
			if comparison == "fold" {
				return strings.ToLower(name)
			}
			return name
		}
		inUse := map[string]endpoint.Account{} // by key
		reset := func() {
			clear(inUse)
			for _, name := range preloaded {
				inUse[key(name)] = endpoint.Account{Name: name, Privacy: "Public"}
			}
		}
		reset()
		blocked := false
		name := rapid.SampledFrom([]string{"a", "b", "c", "d", "A", "B", "aa", "e", "f", "g"})
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				name := name.Draw(t, "name")
				c := call{from: "192.0.2.1:1", headers: []string{"Username", name}}
				privacy := rapid.SampledFrom([]string{"", "Public", "Private", "private"}).Draw(t, "privacy")
				if privacy != "" {
					c.headers = append(c.headers, "Privacy", privacy)
				}
				want := http.StatusCreated
				_, used := inUse[key(name)]
				switch {
				case blocked:
					want = http.StatusForbidden
				case privacy == "private":
					want = http.StatusBadRequest
				case used:
					want = http.StatusConflict
				case len(inUse) == 6:
					want = http.StatusInsufficientStorage
				default:
					inUse[key(name)] = endpoint.Account{Name: name, Privacy: cmp.Or(privacy, "Public")}
				}
				if got := c.do(s).Code; got != want {
					t.Fatalf("%v got %d, want %d", c, got, want)
				}
			},
			"remove": func(t *rapid.T) {
				name := name.Draw(t, "name")
				want, used := inUse[key(name)]
				if got, ok := s.Memory().Remove(name); got != want || ok != used {
					t.Fatalf("removing %s: %v, %t; want %v, %t", name, got, ok, want, used)
				}
				delete(inUse, key(name))
			},
			"block": func(*rapid.T) {
				blocked = !blocked
				entries := []string{"198.51.100.0/24"}
				if blocked {
					entries = append(entries, "192.0.2.1")
				}
				set, _ := endpoint.ParseAddressSet(entries)
				s.Memory().SetBlocked(set)
			},
			"reset": func(*rapid.T) {
				s.Reset()
				reset()
				blocked = false
			},
			"": func(t *rapid.T) {
				got := map[string]endpoint.Account{}
				for account := range s.Memory().Accounts(0, 100) {
					got[key(account.Name)] = account
				}
				if fmt.Sprint(got) != fmt.Sprint(inUse) || s.Memory().Count() != len(inUse) {
					t.Fatalf("the accounts are %v, counted %d; want %v", got, s.Memory().Count(), inUse)
				}
			},
		})
	})
}

// What concurrent clients saw can be put in an order in which a map would have answered the same (clause
// conflict.concurrent).
func TestConcurrentRequestsAreLinearizable(t *testing.T) {
	type input struct {
		name   string
		remove bool
	}
	names := porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			byName := map[string][]porcupine.Operation{}
			for _, operation := range history {
				name := operation.Input.(input).name
				byName[name] = append(byName[name], operation)
			}
			var parts [][]porcupine.Operation
			for _, part := range byName {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return false },
		Step: func(state, in, out any) (bool, any) {
			if in.(input).remove {
				return out == state, false
			}
			if state.(bool) {
				return out == http.StatusConflict, true
			}
			return out == http.StatusCreated, true
		},
	}
	s := start(t, endpoint.Config{})
	var (
		clients sync.WaitGroup
		mu      sync.Mutex
		history []porcupine.Operation
		began   = time.Now()
	)
	for client := range 8 {
		clients.Go(func() {
			for i := range 300 {
				in := input{name: fmt.Sprint("n", (i+client)%5), remove: (i+client)%3 == 0}
				operation := porcupine.Operation{ClientId: client, Input: in, Call: int64(time.Since(began))}
				if in.remove {
					_, operation.Output = s.Memory().Remove(in.name)
				} else {
					operation.Output = create("Username", in.name).do(s).Code
				}
				operation.Return = int64(time.Since(began))
				mu.Lock()
				history = append(history, operation)
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	if !porcupine.CheckOperations(names, history) {
		t.Error("no order of these requests explains their answers")
	}
}

// Removing and creating all day neither loses an account nor keeps the removed ones.
func TestRemovedAccountsAreForgotten(t *testing.T) {
	s := start(t, endpoint.Config{MaxAccounts: 10_000})
	state := s.Memory()
	state.Create(endpoint.Account{Name: "kept", Privacy: "Private"})
	before := heap.InUse()
	for i := range 100_000 {
		name := fmt.Sprint("n", i)
		state.Create(endpoint.Account{Name: name, Privacy: "Public"})
		if _, ok := state.Remove(name); !ok {
			t.Fatalf("%s was not there", name)
		}
	}
	if got := slices.Collect(state.Accounts(0, 10)); len(got) != 1 ||
		got[0] != (endpoint.Account{Name: "kept", Privacy: "Private"}) {
		t.Errorf("the accounts are %v", got)
	}
	if grown := heap.InUse() - before; grown > 1<<20 {
		t.Errorf("100,000 accounts that were removed take %d bytes", grown)
	}
	runtime.KeepAlive(s)
}

func TestAccountsAreListedNewestFirst(t *testing.T) {
	s := start(t, endpoint.Config{Live: endpoint.Live{Names: []string{"p", "q", "p"}}})
	for _, name := range []string{"a", "b", "c"} {
		create("Username", name).do(s)
	}
	s.Memory().Remove("b")
	s.Memory().Remove("p")
	listed := func(offset, limit int) string {
		names := []string{}
		for account := range s.Memory().Accounts(offset, limit) {
			names = append(names, account.Name)
		}
		return fmt.Sprint(names)
	}
	for _, row := range []struct {
		offset, limit int
		want          string
	}{{0, 10, "[c a q]"}, {1, 1, "[a]"}, {2, 5, "[q]"}, {3, 5, "[]"}, {0, 0, "[]"}} {
		if got := listed(row.offset, row.limit); got != row.want {
			t.Errorf("Accounts(%d, %d) are %s, want %s", row.offset, row.limit, got, row.want)
		}
	}
}

// Whatever the headers hold, the answer is one of the documented shapes and a created name is echoed and in use.
func FuzzAnswer(f *testing.F) {
	for _, seed := range [][2]string{
		{"alice", "Public"}, {"", ""}, {"Zo\xeb", "x"}, {"a\tb", "Private"}, {"\u2028<&'\"\\", "Public"},
		{"\xed\xa0\x80", "Public"},
	} {
		f.Add(seed[0], seed[1], true)
	}
	f.Fuzz(func(t *testing.T, username, privacy string, withPrivacy bool) {
		s := start(t, endpoint.Config{})
		c := create("Username", username)
		if withPrivacy {
			c.headers = append(c.headers, "Privacy", privacy)
		}
		first := answer(t, s, c)
		switch first.code {
		case http.StatusCreated:
			if utf8.ValidString(username) && first.body["name"] != username {
				t.Errorf("%q was echoed as %q", username, first.body["name"])
			}
			if slices.ContainsFunc([]rune(first.body["name"]), unicode.IsControl) {
				t.Errorf("%q holds a control character and was created", username)
			}
			if again := answer(t, s, c); again.code != http.StatusConflict || again.body["name"] != first.body["name"] {
				t.Errorf("the second request for %q got %v", username, again)
			}
		case http.StatusBadRequest:
			if first.body["code"] != "400" || s.Memory().Count() != 0 {
				t.Errorf("%q, %q: %v with %d accounts", username, privacy, first, s.Memory().Count())
			}
		default:
			t.Errorf("%q, %q got %v", username, privacy, first)
		}
	})
}

type decoded struct {
	code int
	body map[string]string
}

func answer(t *testing.T, handler http.Handler, c call) decoded {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, c.request())
	got := decoded{code: recorder.Code}
	if !utf8.Valid(recorder.Body.Bytes()) {
		t.Errorf("%v: the body %q is not UTF-8", c, recorder.Body)
	}
	if err := json.Unmarshal(recorder.Body.Bytes(), &got.body); err != nil {
		t.Errorf("%v: the body %s: %v", c, recorder.Body, err)
	}
	return got
}
