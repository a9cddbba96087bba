//go:build pact

package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/selftest"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// batch is how many implementations one verification judges: starting one takes as long as dozens of interactions, and
// with hundreds of them each takes longer.
const batch = 10

// TestContractAgainstTheSelfTestImplementations measures what the contract notices: every implementation that conforms
// must verify, and for each clause that the contract claims to state, some implementation that breaks it must not. What
// it leaves unnoticed is the conformance suite's to find. The manual has the figures.
func TestContractAgainstTheSelfTestImplementations(t *testing.T) {
	t.Parallel()
	implementations := selftest.Implementations()
	noticed := make([]bool, len(implementations))
	var group errgroup.Group
	group.SetLimit(8) // mostly they wait
	for first := 0; first < len(implementations); first += batch {
		last := min(first+batch, len(implementations))
		group.Go(func() error {
			copy(noticed[first:last], notices(t, implementations[first:last]))
			return nil
		})
	}
	_ = group.Wait() // no error is returned

	faulty, found := map[string]int{}, map[string]int{}
	clauseFound := map[string]bool{}
	for i, implementation := range implementations {
		clause, ok := fixtures.ClauseOf(implementation.Breaks)
		if !ok {
			if noticed[i] {
				t.Errorf("%s conforms, and fails the contract: %s", implementation.Name, implementation.Text)
			}
			continue
		}
		for _, sum := range []string{clause.Section, "all"} {
			faulty[sum]++
			if noticed[i] {
				found[sum]++
			}
		}
		clauseFound[clause.ID] = clauseFound[clause.ID] || noticed[i]
	}
	for _, clause := range fixtures.Clauses() {
		if found, broken := clauseFound[clause.ID]; len(clause.Interactions) > 0 && broken && !found {
			t.Errorf("the contract claims to state %s, and notices nobody who breaks it", clause.ID)
		}
	}
	manual := readFile(t, "README.md")
	for _, section := range append(sections(), "all") {
		row := regexp.MustCompile(`\| ` + section + ` \| (\d+) \| (\d+) \|`).FindStringSubmatch(manual)
		if row == nil {
			t.Fatalf("the manual has no row on %s", section)
		}
		const chance = 5 // some faults show now and then only
		quoted, _ := strconv.Atoi(row[2])
		off := max(quoted, found[section]) - min(quoted, found[section])
		if row[1] != strconv.Itoa(faulty[section]) || off > chance {
			t.Errorf("%s: %d faulty, %d noticed; the manual says %s", section, faulty[section], found[section], row[0])
		}
	}
}

// sections are those that have clauses which an implementation can break.
func sections() []string {
	var names []string
	for _, clause := range fixtures.Clauses() {
		if last := len(names) - 1; clause.Level != fixtures.Observed && (last < 0 || names[last] != clause.Section) {
			names = append(names, clause.Section)
		}
	}
	return names
}

// notices says which of the implementations the contract fails against. Each is below a path of its own on one server,
// and the pact has the contract's interactions once for each.
func notices(t *testing.T, implementations []selftest.Implementation) []bool {
	provider := http.NewServeMux()
	var interactions []any
	fronts := map[string]*front{}
	for i, implementation := range implementations {
		base, stop := implementation.Start()
		defer stop()
		id := fmt.Sprint(i)
		fronts[id] = newFront(t, base)
		provider.Handle("/"+id+"/", http.StripPrefix("/"+id, fronts[id]))
		interactions = append(interactions, interactionsBelow(t, id)...)
	}
	provider.HandleFunc("POST /states", func(w http.ResponseWriter, r *http.Request) {
		var change stateChange
		if err := json.NewDecoder(r.Body).Decode(&change); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fronts[change.Params.Implementation].set(r.Context(), change)
	})
	server := httptest.NewServer(provider)
	defer server.Close()

	pact := writeFile(t, asJSON(t, map[string]any{
		"consumer": map[string]string{"name": "batch"}, "provider": map[string]string{"name": "connectmypairs"},
		"interactions": interactions,
		"metadata":     map[string]any{"pactSpecification": map[string]string{"version": "4.0"}},
	}))
	report := filepath.Join(filepath.Dir(pact), "report.json")
	got := pacts(t, "--url", server.URL, "--states-url", server.URL+"/states", "--timeout", "2s", "--json", report,
		pact)
	if got.code != exitVerified && got.code != exitFailed {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	var read struct {
		Interactions []struct{ Result string }
	}
	err := json.Unmarshal([]byte(readFile(t, report)), &read)
	if err != nil || len(read.Interactions) != len(interactions) {
		t.Fatalf("%d results for %d interactions, %v", len(read.Interactions), len(interactions), err)
	}
	noticed := make([]bool, len(implementations))
	each := len(interactions) / len(implementations)
	for i, one := range read.Interactions {
		noticed[i/each] = noticed[i/each] || one.Result != "ok"
	}
	return noticed
}

// interactionsBelow are the contract's interactions for the implementation that has this id.
func interactionsBelow(t *testing.T, id string) []any {
	var read struct{ Interactions []map[string]any }
	if err := json.Unmarshal([]byte(readFile(t, contract)), &read); err != nil {
		t.Fatal(err)
	}
	var interactions []any
	for _, one := range read.Interactions {
		request := one["request"].(map[string]any)
		request["path"] = "/" + id + fixtures.BasePath + request["path"].(string)
		var states []any
		for _, state := range one["providerStates"].([]any) {
			state := state.(map[string]any)
			if state["name"] == "no account exists" { // true of every name
				continue
			}
			if state["params"] == nil {
				state["params"] = map[string]any{}
			}
			state["params"].(map[string]any)["implementation"] = id
			states = append(states, state)
		}
		one["providerStates"] = states
		interactions = append(interactions, one)
	}
	return interactions
}

type stateChange struct {
	State, Action string
	Params        struct{ Implementation, Name, Privacy string }
}

// front puts provider states in front of an implementation, which has none. Its accounts are none at the start, and
// each interaction has a name of its own, so there is little to do.
type front struct {
	http.Handler
	base      string
	transport http.RoundTripper
	blocked   atomic.Bool
}

func newFront(t *testing.T, base string) *front {
	target, err := url.Parse(strings.TrimSuffix(base, fixtures.BasePath))
	if err != nil {
		t.Fatal(err)
	}
	header, value, _ := strings.Cut(strings.TrimPrefix(selftest.BlockedVia, "header="), ": ")
	f := &front{base: base, transport: &http.Transport{
		// Some implementations have HTTPS, with a certificate of their own.
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		ForceAttemptHTTP2: true, DisableKeepAlives: true, DisableCompression: true,
	}}
	f.Handler = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			if f.blocked.Load() {
				r.Out.Header.Set(header, value)
			}
		},
		Transport: patient{f.transport},
		ErrorLog:  log.New(io.Discard, "", 0), // broken connections are what some of them are for
	}
	return f
}

// patient asks again when it was too fast for a limiter, which the native verifier does not do.
type patient struct{ http.RoundTripper }

func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	const tries, wait = 3, 50 * time.Millisecond
	for try := 1; ; try++ {
		response, err := p.RoundTripper.RoundTrip(r)
		if err != nil || response.StatusCode != http.StatusTooManyRequests || try == tries {
			return response, err
		}
		_ = response.Body.Close()
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
		}
	}
}

func (f *front) set(ctx context.Context, change stateChange) {
	switch {
	case change.State == "the caller's IP address is blocked":
		f.blocked.Store(change.Action == "setup")
	case change.State == "an account exists" && change.Action == "setup":
		create(ctx, patient{f.transport}, f.base, change.Params.Name, change.Params.Privacy)
	}
}

// create makes an account, if the implementation can; how it answers is for the interaction to judge.
func create(ctx context.Context, transport http.RoundTripper, base, name, privacy string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+fixtures.UsersPath, http.NoBody)
	if err != nil {
		return
	}
	request.Header.Set(fixtures.UsernameHeader, name)
	request.Header.Set(fixtures.PrivacyHeader, privacy)
	if answer, err := transport.RoundTrip(request); err == nil {
		_ = answer.Body.Close()
	}
}
