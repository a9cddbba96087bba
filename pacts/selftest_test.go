//go:build pact

package main

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/selftest"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// TestContractAgainstTheSelfTestImplementations measures what the contract notices: every implementation that conforms must
// verify, and for each clause that the contract claims to state, some implementation that breaks it must not. What it leaves
// unnoticed is the conformance suite's to find; the log has the figures that the README quotes.
func TestContractAgainstTheSelfTestImplementations(t *testing.T) {
	implementations := selftest.Implementations()
	noticed := make([]bool, len(implementations))
	var group sync.WaitGroup
	next := make(chan int)
	for range 4 {
		group.Go(func() {
			for i := range next {
				noticed[i] = notices(t, implementations[i])
			}
		})
	}
	for i := range implementations {
		next <- i
	}
	close(next)
	group.Wait()

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
	for _, section := range append(sections(), "all") {
		t.Logf("| %s | %d | %d |", section, faulty[section], found[section])
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

// notices says whether the contract fails against the implementation.
func notices(t *testing.T, implementation selftest.Implementation) bool {
	base, stop := implementation.Start()
	defer stop()
	front := withStates(t, base)
	defer front.Close()
	var stdout, stderr strings.Builder
	code := run(t.Context(), []string{
		"--url", front.URL + fixtures.BasePath, "--states-url", front.URL + "/states", "--timeout", "2s", contract,
	}, &stdout, &stderr)
	if code != exitVerified && code != exitFailed {
		t.Errorf("%s: exit code %d: %s", implementation.Name, code, stderr.String())
	}
	return code != exitVerified
}

// withStates puts a provider-state endpoint in front of an implementation, which has none. Its accounts are none at the start,
// and each interaction has a name of its own, so there is little to do.
func withStates(t *testing.T, base string) *httptest.Server {
	target, err := url.Parse(strings.TrimSuffix(base, fixtures.BasePath))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // some implementations have HTTPS, with a certificate of their own
		ForceAttemptHTTP2: true, DisableKeepAlives: true, DisableCompression: true,
	}
	header, value, _ := strings.Cut(strings.TrimPrefix(selftest.BlockedVia, "header="), ": ")
	var blocked atomic.Bool
	mux := http.NewServeMux()
	mux.Handle("/", &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			if blocked.Load() {
				r.Out.Header.Set(header, value)
			}
		},
		Transport: transport,
		ErrorLog:  log.New(io.Discard, "", 0), // broken connections are what some of them are for
	})
	mux.HandleFunc("POST /states", func(w http.ResponseWriter, r *http.Request) {
		var change struct {
			State, Action string
			Params        struct{ Name, Privacy string }
		}
		if err := json.NewDecoder(r.Body).Decode(&change); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		switch {
		case change.State == "the caller's IP address is blocked":
			blocked.Store(change.Action == "setup")
		case change.State == "an account exists" && change.Action == "setup":
			create(r, transport, base, change.Params.Name, change.Params.Privacy)
		}
	})
	return httptest.NewServer(mux)
}

// create makes an account, if the implementation can; how it answers is for the interaction to judge.
func create(r *http.Request, transport http.RoundTripper, base, name, privacy string) {
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, base+fixtures.UsersPath, http.NoBody)
	if err != nil {
		return
	}
	request.Header.Set(fixtures.UsernameHeader, name)
	request.Header.Set(fixtures.PrivacyHeader, privacy)
	if answer, err := transport.RoundTrip(request); err == nil {
		_ = answer.Body.Close()
	}
}
