//go:build pact

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// broker stands in for a Pact Broker: the few resources that a verification needs, over HTTP, with the link relations of the
// real one. It is no Pact Broker, and it keeps nothing.
type broker struct {
	t   *testing.T
	url string
	// token is what it wants as a bearer token; without one, user and password, if any.
	token, user, password string
	// pact is the one pact it has, and pending whether it is pending.
	pact    string
	pending bool
	// refuseResults answers a publication with 403.
	refuseResults bool

	mu sync.Mutex
	// got are the requests that changed something or chose pacts, by path.
	got map[string][]map[string]any
}

func startBroker(t *testing.T, pactFile string, change func(*broker)) *broker {
	pact, err := os.ReadFile(pactFile)
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{t: t, pact: string(pact), got: map[string][]map[string]any{}}
	if change != nil {
		change(b)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.index)
	mux.HandleFunc("/pacts/provider/connectmypairs/for-verification", b.forVerification)
	mux.HandleFunc("GET /pacts/1", b.contract)
	mux.HandleFunc("POST /pacts/1/results", b.results)
	mux.HandleFunc("GET /pacticipants/connectmypairs", b.provider)
	mux.HandleFunc("PUT /pacticipants/connectmypairs/branches/{branch}/versions/{version}", b.branch)
	server := httptest.NewServer(b.loggedIn(mux))
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

func (b *broker) loggedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if b.token != "" && r.Header.Get("Authorization") != "Bearer "+b.token || user != b.user || password != b.password {
			http.Error(w, `{"error":"log in"}`, http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (b *broker) index(w http.ResponseWriter, _ *http.Request) {
	b.answer(w, http.StatusOK, `{"_links":{
		"pb:provider-pacts-for-verification":{"href":"%[1]s/pacts/provider/{provider}/for-verification","templated":true},
		"pb:pacticipant":{"href":"%[1]s/pacticipants/{pacticipant}","templated":true},
		"pb:pacticipant-branch-version":{"href":"%[1]s/pacticipants/{pacticipant}/branches/{branch}/versions/{version}","templated":true}
	}}`, b.url)
}

func (b *broker) forVerification(w http.ResponseWriter, r *http.Request) {
	b.record(r)
	b.answer(w, http.StatusOK, `{"_links":{"self":{"href":"%[2]s/pacts/provider/connectmypairs/for-verification"}},"_embedded":{"pacts":[{
		"shortDescription":"latest from main",
		"verificationProperties":{"pending":%[1]t,"notices":[{"when":"before_verification","text":"chosen because it is the latest from main"}]},
		"_links":{"self":{"href":"%[2]s/pacts/1","name":"the contract"}}
	}]}}`, b.pending, b.url)
}

func (b *broker) contract(w http.ResponseWriter, _ *http.Request) {
	var pact map[string]any
	if err := json.Unmarshal([]byte(b.pact), &pact); err != nil {
		b.t.Error(err)
	}
	pact["_links"] = map[string]any{
		"self":                            map[string]any{"href": b.url + "/pacts/1"},
		"pb:publish-verification-results": map[string]any{"href": b.url + "/pacts/1/results"},
		"pb:provider":                     map[string]any{"href": b.url + "/pacticipants/connectmypairs"},
	}
	content, err := json.Marshal(pact)
	if err != nil {
		b.t.Error(err)
	}
	b.answer(w, http.StatusOK, "%s", content)
}

func (b *broker) provider(w http.ResponseWriter, _ *http.Request) {
	b.answer(w, http.StatusOK, `{"name":"connectmypairs","_links":{
		"self":{"href":"%[1]s/pacticipants/connectmypairs"},
		"pb:branch-version":{"href":"%[1]s/pacticipants/connectmypairs/branches/{branch}/versions/{version}","templated":true},
		"pb:version-tag":{"href":"%[1]s/pacticipants/connectmypairs/versions/{version}/tags/{tag}","templated":true}
	}}`, b.url)
}

func (b *broker) results(w http.ResponseWriter, r *http.Request) {
	b.record(r)
	if b.refuseResults {
		b.answer(w, http.StatusForbidden, `{"error":"read only"}`)
		return
	}
	b.answer(w, http.StatusCreated, `{}`)
}

func (b *broker) branch(w http.ResponseWriter, r *http.Request) {
	b.record(r)
	b.answer(w, http.StatusOK, `{}`)
}

func (b *broker) answer(w http.ResponseWriter, status int, format string, args ...any) {
	w.Header().Set("Content-Type", "application/hal+json;charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, format, args...)
}

func (b *broker) record(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		b.t.Error(err)
	}
	var object map[string]any
	if len(body) > 0 {
		if err := json.Unmarshal(body, &object); err != nil {
			b.t.Errorf("broker: %s %s: %v in %s", r.Method, r.URL, err, body)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got[r.URL.Path] = append(b.got[r.URL.Path], object)
}

func (b *broker) received(path string) []map[string]any {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.got[path]
}

func TestBrokerIsAskedForPactsAndToldTheResults(t *testing.T) {
	b := startBroker(t, contract, func(b *broker) { b.token = "the-token" })
	got := pacts(t, "--broker-url", b.url, "--broker-token", "the-token", "--publish", "--provider-version", "1.2.3",
		"--provider-branch", "main", "--consumer-version-selector", `{"mainBranch":true}`, "--enable-pending",
		"--include-wip-since", "2026-01-31")
	got.wants(t, exitVerified, "7 interactions: 7 ok, 0 failed", "note    chosen because it is the latest from main")

	asked := b.received("/pacts/provider/connectmypairs/for-verification")
	want := `{"consumerVersionSelectors":[{"mainBranch":true}],"includePendingStatus":true,"includeWipPactsSince":"2026-01-31",` +
		`"providerVersionBranch":"main"}`
	if last := asJSON(t, asked[len(asked)-1]); last != want {
		t.Errorf("asked for %s, want %s", last, want)
	}
	if len(b.received("/pacticipants/connectmypairs/branches/main/versions/1.2.3")) != 1 {
		t.Error("the broker was not told the branch")
	}
	results := b.received("/pacts/1/results")
	if len(results) != 1 || results[0]["success"] != true || results[0]["providerApplicationVersion"] != "1.2.3" {
		t.Errorf("told %v", results)
	}
}

func TestBrokerIsToldAFailureToo(t *testing.T) {
	b := startBroker(t, contract, func(b *broker) { b.pact = strings.Replace(b.pact, `"403"`, `"404"`, 1) })
	pacts(t, "--broker-url", b.url, "--publish", "--provider-version", "1.2.3").
		wants(t, exitFailed, `body $.code: expected "404", was "403"`)
	if results := b.received("/pacts/1/results"); len(results) != 1 || results[0]["success"] != false {
		t.Errorf("told %v", results)
	}
}

func TestPendingPactFailsNothing(t *testing.T) {
	b := startBroker(t, contract, func(b *broker) {
		b.pending, b.pact = true, strings.Replace(b.pact, `"403"`, `"404"`, 1)
	})
	junit := filepath.Join(t.TempDir(), "junit.xml")
	pacts(t, "--broker-url", b.url, "--enable-pending", "--junit", junit).
		wants(t, exitVerified, "7 interactions: 6 ok, 0 failed, 1 pending", "pending connectmypairs-go-client: a request")
	if suite := readJUnit(t, junit); suite.Skipped != 1 || suite.Failures != 0 {
		t.Errorf("JUnit: %+v", suite)
	}
}

func TestBrokerLogins(t *testing.T) {
	b := startBroker(t, contract, func(b *broker) { b.user, b.password = "ci", "pass word" })
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("pass word\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	pacts(t, "--broker-url", b.url, "--broker-username", "ci", "--broker-password-file", file).wants(t, exitVerified, "7 ok")
	pacts(t, b.url+"/pacts/1", "--broker-username", "ci", "--broker-password", "pass word").wants(t, exitVerified, "7 ok")

	t.Setenv("PACT_BROKER_BASE_URL", b.url)
	t.Setenv("PACT_BROKER_USERNAME", "ci")
	t.Setenv("PACT_BROKER_PASSWORD", "pass word")
	pacts(t).wants(t, exitVerified, "7 ok")

	t.Setenv("PACT_BROKER_PASSWORD", "a wrong secret")
	refused := pacts(t)
	refused.wants(t, exitNotJudged, "401")
	if strings.Contains(refused.stdout+refused.stderr, "wrong secret") {
		t.Error("the password was echoed")
	}
}

func TestResultsThatCannotBePublishedAreNoSuccess(t *testing.T) {
	b := startBroker(t, contract, func(b *broker) { b.refuseResults = true })
	pacts(t, "--broker-url", b.url, "--publish", "--provider-version", "1.2.3").
		wants(t, exitNotJudged, "7 ok, 0 failed", "the results could not be published", "403")
}

func TestBrokerThatCannotBeReachedIsNoSuccess(t *testing.T) {
	pacts(t, "--broker-url", "http://127.0.0.1:1").wants(t, exitNotJudged, "the Pact Broker cannot be reached", "http://127.0.0.1:1")
}

// The native library itself would ask the first for two minutes, and wait for the second without end.
func TestBrokerThatIsBrokenEndsInTime(t *testing.T) {
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "down", http.StatusServiceUnavailable)
	}))
	defer down.Close()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	pacts(t, "--broker-url", down.URL).wants(t, exitNotJudged, "answered 503 Service Unavailable, not its index")
	pacts(t, "--broker-url", silent.URL, "--timeout", "200ms").wants(t, exitNotJudged, "the Pact Broker cannot be reached", "Timeout exceeded")
}

func TestCredentialsStayWithTheBroker(t *testing.T) {
	var authorization []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization = append(authorization, r.Header.Get("Authorization"))
		http.ServeFile(w, r, contract)
	}))
	defer server.Close()
	b := startBroker(t, contract, func(b *broker) { b.token = "the-token" })
	pacts(t, server.URL, "--broker-url", b.url, "--broker-token", "the-token").wants(t, exitVerified, "14 interactions: 14 ok")
	if asJSON(t, authorization) != `[""]` {
		t.Errorf("the other host got %q", authorization)
	}
}
