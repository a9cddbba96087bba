//go:build pact

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// broker stands in for a Pact Broker: the few resources that a verification needs, over HTTP, with the link relations
// of the real one. It is no Pact Broker, and it keeps nothing.
type broker struct {
	t   *testing.T
	url string
	// token is what it wants as a bearer token; without one, user and password, if any.
	token, user, password string
	// pact is the one pact it has, and pending whether it is pending.
	pact    string
	pending bool
	// none is a broker that has no pact for the selectors.
	none bool
	// refuse is the status that a publication is answered with, when it is not 0, as often as refusals says.
	refuse, refusals int

	mu sync.Mutex
	// got are the requests that changed something or chose pacts, by path.
	got map[string][]map[string]any
}

func startBroker(t *testing.T, change func(*broker)) *broker {
	b := &broker{t: t, pact: readFile(t, contract), got: map[string][]map[string]any{}}
	change(b)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.index)
	mux.HandleFunc("/pacts/provider/connectmypairs/for-verification", b.forVerification)
	mux.HandleFunc("GET /pacts/1", b.contract)
	mux.HandleFunc("POST /pacts/1/results", b.results)
	mux.HandleFunc("GET /pacticipants/connectmypairs", b.provider)
	mux.HandleFunc("PUT /pacticipants/connectmypairs/branches/{branch}/versions/{version}", b.accept)
	mux.HandleFunc("PUT /pacticipants/connectmypairs/versions/{version}/tags/{tag}", b.accept)
	mux.HandleFunc("GET /matrix", b.matrix)
	mux.HandleFunc("GET /pacticipants/connectmypairs/versions/{version}", b.version)
	mux.HandleFunc("POST /deployments", b.accept)
	b.url = served(t, b.loggedIn(mux))
	return b
}

func (b *broker) loggedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if b.token != "" && r.Header.Get("Authorization") != "Bearer "+b.token || user != b.user ||
			password != b.password {
			http.Error(w, `{"error":"log in"}`, http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (b *broker) index(w http.ResponseWriter, _ *http.Request) {
	b.answer(w, http.StatusOK, `{"_links":{
		"pb:provider-pacts-for-verification":{"href":"%[1]s/pacts/provider/{provider}/for-verification"},
		"pb:pacticipant":{"href":"%[1]s/pacticipants/{pacticipant}","templated":true},
		"pb:pacticipant-version":{"href":"%[1]s/pacticipants/{pacticipant}/versions/{version}","templated":true}
	}}`, b.url)
}

func (b *broker) forVerification(w http.ResponseWriter, r *http.Request) {
	b.record(r)
	if b.none {
		b.answer(w, http.StatusOK, `{"_embedded":{"pacts":[]}}`)
		return
	}
	b.answer(w, http.StatusOK,
		`{"_links":{"self":{"href":"%[2]s/pacts/provider/connectmypairs/for-verification"}},"_embedded":{"pacts":[{
		"shortDescription":"latest from main",
		"verificationProperties":{"pending":%[1]t,"notices":[
			{"when":"before_verification","text":"chosen because it is the latest from main"},
			{"when":"after_verification:success_true_published_false","text":"not published"},
			{"when":"after_verification:success_true_published_true","text":"published"}]},
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
		"pb:consumer-version": map[string]any{"name": "7.8.9", "href": b.url +
			"/pacticipants/web/versions/7.8.9"},
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
		"pb:branch-version":{"href":"%[1]s/pacticipants/connectmypairs/branches/{branch}/versions/{version}"},
		"pb:version-tag":{"href":"%[1]s/pacticipants/connectmypairs/versions/{version}/tags/{tag}","templated":true}
	}}`, b.url)
}

func (b *broker) results(w http.ResponseWriter, r *http.Request) {
	b.record(r)
	if b.refuse > 0 && b.refusals > 0 {
		b.refusals--
		b.answer(w, b.refuse, `{"error":"refused"}`)
		return
	}
	b.answer(w, http.StatusCreated, `{}`)
}

func (b *broker) accept(w http.ResponseWriter, r *http.Request) {
	b.record(r)
	b.answer(w, http.StatusOK, `{}`)
}

func (b *broker) matrix(w http.ResponseWriter, r *http.Request) {
	b.record(r)
	b.answer(w, http.StatusOK,
		`{"matrix":[],"summary":{"deployable":true,"reason":"verified","success":1,"failed":0,"unknown":0}}`)
}

func (b *broker) version(w http.ResponseWriter, r *http.Request) {
	b.answer(w, http.StatusOK,
		`{"number":"%[1]s","_links":{"pb:record-deployment":[{"name":"production","href":"%[2]s/deployments"}]}}`,
		r.PathValue("version"), b.url)
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

// publishing are the flags with which results are published, against a mock server at a URL.
func publishing(t *testing.T, more ...string) []string {
	return append([]string{"--url", startMock(t), "--publish", "--provider-version", "1.2.3", "--broker-retries", "0"},
		more...)
}

func TestBrokerIsAskedForPactsAndToldTheResults(t *testing.T) {
	b := startBroker(t, func(b *broker) { b.token = "the-token" })
	got := pacts(t, publishing(t, "--broker-url", b.url, "--broker-token", "the-token", "--provider-branch", "feat/x",
		"--provider-tags", "dev,qa", "--build-url", "https://ci.example/7", "--consumer-version-selector",
		`{"mainBranch":true}`,
		"--consumer-version-tags", "prod", "--enable-pending", "--include-wip-since", "2026-01-31")...)
	got.wants(t, exitVerified, "7 interactions: 7 ok, 0 failed", "(given an account exists) [7.8.9, latest from main]",
		"note    connectmypairs-go-client [7.8.9, latest from main]: chosen because it is the latest from main",
		"note    connectmypairs-go-client [7.8.9, latest from main]: published")
	got.lacks(t, "not published")

	asked := b.received("/pacts/provider/connectmypairs/for-verification")
	want := `{"consumerVersionSelectors":[{"mainBranch":true},{"latest":true,"tag":"prod"}],` +
		`"includePendingStatus":true,"includeWipPactsSince":"2026-01-31","providerVersionBranch":"feat/x",` +
		`"providerVersionTags":["dev","qa"]}`
	if last := asJSON(t, asked[len(asked)-1]); last != want {
		t.Errorf("asked for %s, want %s", last, want)
	}
	for _, path := range []string{
		"/pacticipants/connectmypairs/branches/feat/x/versions/1.2.3",
		"/pacticipants/connectmypairs/versions/1.2.3/tags/dev",
		"/pacticipants/connectmypairs/versions/1.2.3/tags/qa",
	} {
		if len(b.received(path)) != 1 {
			t.Errorf("the broker was not told %s", path)
		}
	}
	results := b.received("/pacts/1/results")
	if len(results) != 1 || results[0]["success"] != true || results[0]["providerApplicationVersion"] != "1.2.3" ||
		results[0]["buildUrl"] != "https://ci.example/7" {
		t.Errorf("told %v", results)
	}
}

// The results name the interactions as the broker does.
func TestBrokerIsToldAFailureToo(t *testing.T) {
	b := startBroker(t, func(b *broker) {
		b.pact = strings.Replace(b.pact, `"403"`, `"404"`, 1)
		b.pact = strings.ReplaceAll(b.pact, `"description": "a request`, `"_id": "an-id", "description": "a request`)
	})
	pacts(t, publishing(t, "--broker-url", b.url)...).wants(t, exitFailed, `body $.code: expected "404", was "403"`)
	results := b.received("/pacts/1/results")
	if len(results) != 1 || results[0]["success"] != false {
		t.Fatalf("told %v", results)
	}
	tests, _ := results[0]["testResults"].([]any)
	if want := `{"interactionId":"an-id","mismatches":[` +
		`{"attribute":"body","description":"Expected '403' (String) to be equal to ` +
		`'404' (String)","identifier":"$.code"}],"success":false}`; len(tests) != 7 || asJSON(t, tests[2]) != want {
		t.Errorf("told %s", asJSON(t, tests))
	}
}

func TestPendingPactFailsNothing(t *testing.T) {
	b := startBroker(t, func(b *broker) {
		b.pending, b.pact = true, strings.Replace(b.pact, `"403"`, `"404"`, 1)
	})
	pacts(t, "--broker-url", b.url, "--enable-pending").
		wants(t, exitVerified, "7 interactions: 6 ok, 0 failed, 1 pending",
			"pending connectmypairs-go-client: a request")
}

func TestBrokerLogins(t *testing.T) {
	b := startBroker(t, func(b *broker) { b.user, b.password = "ci", "pass word" })
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("pass word\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	pacts(t, "--broker-url", b.url, "--broker-username", "ci", "--broker-password-file", file).wants(t, exitVerified,
		"7 ok")
	pacts(t, b.url+"/pacts/1", "--broker-username", "ci", "--broker-password", "pass word").wants(t, exitVerified,
		"7 ok")

	t.Setenv("PACT_BROKER_USERNAME", "ci")
	t.Setenv("PACT_BROKER_PASSWORD", "pass word")
	t.Setenv("PACTS_BROKER_URL", b.url)
	pacts(t).wants(t, exitVerified, "7 ok")

	t.Setenv("PACT_BROKER_PASSWORD", "a wrong secret")
	refused := pacts(t)
	refused.wants(t, exitNotJudged, "401")
	refused.lacks(t, "wrong secret")
}

// Variables that a whole organisation shares do not change what is verified.
func TestVariablesOfPactsOwnToolsChangeNothing(t *testing.T) {
	b := startBroker(t, func(b *broker) { b.token = "the-token" })
	for name, value := range map[string]string{
		"PACT_BROKER_BASE_URL": b.url, "PACT_BROKER_TOKEN": "another", "PACT_BROKER_USERNAME": "u",
		"PACT_BROKER_PASSWORD": "p",
		"PACTS_BROKER_URL":     "", "PACTS_BROKER_TOKEN": "", "PACTS_HEADER": "", "PACTS_TIMEOUT": "",
		"PACTS_PUBLISH":        "",
		"PACTS_ENABLE_PENDING": "", "PACTS_LOG_LEVEL": "", "PACTS_BROKER_RETRIES": "", "PACT_DESCRIPTION": "",
		"PACT_PROVIDER_NO_STATE": "",
	} {
		t.Setenv(name, value)
	}
	pacts(t, contract).wants(t, exitVerified, "7 interactions: 7 ok")
	if asked := b.received("/pacts/provider/connectmypairs/for-verification"); len(asked) > 0 {
		t.Error("the broker was asked")
	}
	t.Setenv("PACT_BROKER_TOKEN", "the-token") // which goes before user name and password
	pacts(t, "--broker-url", b.url).wants(t, exitVerified, "7 interactions: 7 ok")
}

// Results that were not published are shown all the same.
func TestResultsThatCannotBePublishedAreNoSuccess(t *testing.T) {
	for _, status := range []int{http.StatusForbidden, http.StatusInternalServerError} {
		b := startBroker(t, func(b *broker) { b.refuse, b.refusals = status, 100 })
		pacts(t, publishing(t, "--broker-url", b.url)...).wants(t, exitNotJudged, "7 ok, 0 failed",
			"7.8.9, latest from main: the results could not be published", fmt.Sprint(status),
			"note    connectmypairs-go-client "+
				"[7.8.9, latest from main]: not published")
	}
}

func TestBrokerIsAskedAgain(t *testing.T) {
	b := startBroker(t, func(b *broker) { b.refuse, b.refusals = http.StatusServiceUnavailable, 1 })
	pacts(t, publishing(t, "--broker-url", b.url, "--broker-retries", "1")...).wants(t, exitVerified, "7 ok",
		": published")
	if results := b.received("/pacts/1/results"); len(results) != 2 {
		t.Errorf("told %d times", len(results))
	}
	b.refusals = 2
	pacts(t, publishing(t, "--broker-url", b.url, "--broker-retries", "1")...).wants(t, exitNotJudged,
		"503 Service Unavailable, 2 times")
}

// A webhook names one pact, which is verified alone.
func TestPactOfAWebhookIsVerifiedAloneAndPublished(t *testing.T) {
	b := startBroker(t, func(b *broker) { b.token = "the-token" })
	t.Setenv("PACT_BROKER_TOKEN", "the-token")
	pacts(t, publishing(t, b.url+"/pacts/1", "--broker-url", b.url)...).wants(t, exitVerified, "7 interactions: 7 ok",
		"[7.8.9]")
	pacts(t, publishing(t, b.url+"/pacts/1", "--broker-token", "the-token")...).wants(t, exitVerified,
		"7 interactions: 7 ok", "[7.8.9]")
	if results := b.received("/pacts/1/results"); len(results) != 2 {
		t.Errorf("told %d times", len(results))
	}
	if asked := b.received("/pacts/provider/connectmypairs/for-verification"); len(asked) > 0 {
		t.Error("other pacts were asked for")
	}
	pacts(t, b.url+"/pacts/1", "--broker-url", b.url, "--consumer-version-tags", "prod").wants(t, exitUsage,
		"is verified alone")
}

func TestNothingToVerifyIsASuccessWhenAskedFor(t *testing.T) {
	b := startBroker(t, func(b *broker) { b.none = true })
	pacts(t, "--broker-url", b.url).wants(t, exitNotJudged, "no interaction to verify")
	pacts(t, "--broker-url", b.url, "--ignore-no-pacts-error").wants(t, exitVerified, "0 interactions: 0 ok, 0 failed")
	pacts(t, "--broker-url", b.url, "--provider", "unheard-of").wants(t, exitNotJudged, `has no provider "unheard-of"`)
	pacts(t, t.TempDir(), "--ignore-no-pacts-error").wants(t, exitVerified, "0 interactions: 0 ok, 0 failed")
	pacts(t, "missing.json", "--ignore-no-pacts-error").wants(t, exitUsage, "missing.json")
}

func TestBrokerThatIsBrokenIsNoSuccessAndEndsInTime(t *testing.T) {
	down := served(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "down", http.StatusServiceUnavailable)
	}))
	silent := served(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	pacts(t, "--broker-url", "http://127.0.0.1:1").wants(t, exitNotJudged,
		"the Pact Broker at http://127.0.0.1:1 cannot be reached")
	pacts(t, "--broker-url", down, "--broker-retries", "0").wants(t, exitNotJudged,
		"503 Service Unavailable, not its index")
	pacts(t, "--broker-url", silent, "--timeout", "200ms").wants(t, exitNotJudged, "cannot be reached",
		"Timeout exceeded")
	pacts(t, "--broker-url", startMock(t)).wants(t, exitNotJudged, "404 Not Found, not its index")
}

func TestCredentialsStayWithTheBroker(t *testing.T) {
	var authorization []string
	other := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		authorization = append(authorization, r.Header.Get("Authorization"))
		http.ServeFile(w, r, contract)
	}))
	b := startBroker(t, func(b *broker) { b.token = "the-token" })
	pacts(t, other, "--broker-url", b.url, "--broker-token", "the-token").wants(t, exitVerified,
		"14 interactions: 14 ok")
	t.Setenv("PACT_BROKER_TOKEN", "the-token")
	pacts(t, other).wants(t, exitVerified, "7 interactions: 7 ok")
	if asJSON(t, authorization) != `["",""]` {
		t.Errorf("the other host got %q", authorization)
	}
	pacts(t, other, b.url+"/pacts/1", "--broker-token", "the-token").wants(t, exitUsage,
		"the pacts are on several hosts")
}
