//go:build pact

package main

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// contract is the committed pact file.
const contract = "connectmypairs-go-client-connectmypairs.json"

// TestMain lets the test program be its own worker process, as the real one is, and keeps flags of whoever runs it out
// of it.
func TestMain(m *testing.M) {
	// For each request the native library reads all certificates that the machine trusts, which takes longer than the
	// request. It asks nobody here over TLS, and refuses to work without any.
	_ = os.Setenv("SSL_CERT_FILE", "testdata/roots/nobody.pem")
	_ = os.Setenv("SSL_CERT_DIR", "testdata/roots")
	if len(os.Args) == 2 && os.Args[1] == workerArgument {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "PACT") && name != "PACT_CC" { // which .ci/pact-lib sets
			_ = os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// outcome is what the program said and returned.
type outcome struct {
	code           int
	stdout, stderr string
}

func pacts(t *testing.T, args ...string) outcome {
	t.Helper()
	var stdout, stderr strings.Builder
	code := run(t.Context(), args, &stdout, &stderr)
	return outcome{code, stdout.String(), stderr.String()}
}

func (o outcome) wants(t *testing.T, code int, texts ...string) {
	t.Helper()
	if o.code != code {
		t.Errorf("exit code %d, want %d", o.code, code)
	}
	for _, text := range texts {
		if !strings.Contains(o.stdout+o.stderr, text) {
			t.Errorf("nothing says %q", text)
		}
	}
	if t.Failed() {
		t.Logf("stdout:\n%s\nstderr:\n%s", o.stdout, o.stderr)
	}
}

func (o outcome) lacks(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(o.stdout+o.stderr, text) {
		t.Errorf("it says %q\nstdout:\n%s\nstderr:\n%s", text, o.stdout, o.stderr)
	}
}

func newMock(t *testing.T, config mock.Config) http.Handler {
	t.Helper()
	set, err := mock.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// served returns the URL of a server that answers as the handler does.
func served(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// startMock returns the base URL of a mock server.
func startMock(t *testing.T) string {
	t.Helper()
	return served(t, newMock(t, mock.Config{})) + fixtures.BasePath
}

// startEndpoint returns the base URL of a provider that has nothing but the endpoint.
func startEndpoint(t *testing.T) string {
	t.Helper()
	bare, err := endpoint.New(endpoint.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return served(t, bare) + fixtures.BasePath
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	content, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pact.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestContractVerifiesAgainstTheMock(t *testing.T) {
	got := pacts(t, ".")
	got.wants(t, exitVerified, "7 interactions: 7 ok, 0 failed, of http://127.0.0.1:",
		"ok      connectmypairs-go-client: a request to create a public account (given no account exists) ["+contract+
			"]\n")
	if got.stderr != "" {
		t.Errorf("stderr: %s", got.stderr)
	}
	if lines := strings.Count(got.stdout, "\n"); lines != 9 {
		t.Errorf("%d lines for 7 interactions:\n%s", lines, got.stdout)
	}
}

func TestContractVerifiesAgainstAMockAtAURL(t *testing.T) {
	for _, entry := range []struct{ base, path string }{
		{"/connectmypairs", "/connectmypairs/"}, {"/api/v1", "/~a-space/api/v1"},
	} {
		url := served(t, newMock(t, mock.Config{Endpoint: endpoint.Config{BasePath: entry.base}})) + entry.path
		pacts(t, "--url", url, contract).wants(t, exitVerified, "7 ok", "of "+url)
	}
}

// "localhost" is 127.0.0.1 and ::1; what sets up "the caller's IP address is blocked" and what is blocked must be one
// caller.
func TestContractVerifiesAgainstAMockOnLocalhost(t *testing.T) {
	mock := newMock(t, mock.Config{})
	four, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(four.Addr().String())
	listeners := []net.Listener{four}
	if six, err := net.Listen("tcp", "[::1]:"+port); err == nil { // not every machine has IPv6
		listeners = append(listeners, six)
	}
	for _, listener := range listeners {
		server := &http.Server{Handler: mock}
		go func() { _ = server.Serve(listener) }()
		defer server.Close()
	}
	pacts(t, "--url", "http://localhost:"+port+"/connectmypairs", contract).wants(t, exitVerified, "7 ok")
}

func TestHeadersReachTheProviderAndItsStates(t *testing.T) {
	mock := newMock(t, mock.Config{Control: mock.ControlConfig{Token: "control-token"}})
	without := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Tenant") != "a, b" {
			without++
		}
		mock.ServeHTTP(w, r)
	}))
	defer server.Close()
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	args := []string{"--url", server.URL + "/connectmypairs", "--header", "Authorization: Bearer control-token",
		"--header", "X-Tenant: a, b", contract}
	pacts(t, args...).wants(t, exitNotJudged, "certificate")
	pacts(t, append(args, "--insecure")...).wants(t, exitVerified, "7 ok")
	if without > 0 {
		t.Errorf("%d requests came without the header", without)
	}
}

// Every value that a pact file expects is spoiled: one of each interaction at a time, for starting the native library
// takes longer than an interaction.
func TestSpoiledPactFilesFail(t *testing.T) {
	files, err := filepath.Glob("testdata/js/web-*.json")
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range append(files, contract) {
		original := readFile(t, file)
		for i := 0; ; i++ {
			spoiled, failures := spoil(t, original, i)
			if len(failures) == 0 {
				break
			}
			t.Run(fmt.Sprintf("%s %d", filepath.Base(file), i), func(t *testing.T) {
				t.Parallel()
				got := pacts(t, writeFile(t, spoiled))
				got.wants(t, exitFailed, fmt.Sprintf(" ok, %d failed, of ", len(failures)))
				var seen []string
				for _, failure := range expected.FindAllStringSubmatch(got.stdout, -1) {
					seen = append(seen, failure[1])
				}
				if !slices.Equal(seen, failures) || got.stderr != "" {
					t.Errorf("failed: %q, want %q; stderr: %s", seen, failures, got.stderr)
				}
			})
		}
	}
}

// expected finds what was expected, and of which part of the answer.
var expected = regexp.MustCompile(`(?m)^        (\S.*), was .*$`)

// spoil changes the i-th value that each interaction of a pact file expects, and says which failures must be seen: none
// when no interaction expects so many.
func spoil(t *testing.T, original string, i int) (spoiled string, failures []string) {
	var pact struct {
		Consumer     any              `json:"consumer"`
		Provider     any              `json:"provider"`
		Metadata     any              `json:"metadata"`
		Interactions []map[string]any `json:"interactions"`
	}
	if err := json.Unmarshal([]byte(original), &pact); err != nil {
		t.Fatal(err)
	}
	for _, interaction := range pact.Interactions {
		response := interaction["response"].(map[string]any)
		body := response["body"].(map[string]any)
		if content, ok := body["content"].(map[string]any); ok { // specification 4
			body = content
		}
		members := slices.Sorted(maps.Keys(body))
		switch {
		case i == 0:
			response["status"] = 418
			failures = append(failures, "status: expected 418")
		case i <= len(members):
			body[members[i-1]] = 1
			delete(response, "matchingRules") // a regular expression is matched whatever its example
			failures = append(failures, "body $."+members[i-1]+": expected 1")
		}
	}
	return asJSON(t, pact), failures
}

const unknownState = `{"consumer":{"name":"web"},"provider":{"name":"connectmypairs"},"interactions":[
	{"description":"fine",
	 "request":{"method":"POST","path":"/users/","headers":{"Username":"fine"}},"response":{"status":201}},
	{"description":"a wish","providerState":"the moon is full",
	 "request":{"method":"POST","path":"/users/","headers":{"Username":"wish"}},"response":{"status":201}}]}`

func TestUnknownProviderStateFailsAndListsTheKnown(t *testing.T) {
	texts := []string{"failed  web: a wish (given the moon is full)", "2 interactions: 1 ok, 1 failed"}
	for _, state := range fixtures.ProviderStates() {
		texts = append(texts, fmt.Sprintf("%q", state.Name))
	}
	pacts(t, writeFile(t, unknownState)).wants(t, exitFailed, texts...)
	pacts(t, "--url", startEndpoint(t), writeFile(t, unknownState)).wants(t, exitFailed, texts...)
}

// An interaction whose second state is unknown does not leave its first one to those that follow.
func TestStatesOfAFailedInteractionAreUndone(t *testing.T) {
	pacts(t, writeFile(t,
		`{"consumer":{"name":"web"},"provider":{"name":"connectmypairs"},
		"metadata":{"pactSpecification":{"version":"3.0.0"}},"interactions":[
		{"description":"a wish",
		 "providerStates":[{"name":"the caller's IP address is blocked"},{"name":"the moon is full"}],
		 "request":{"method":"POST","path":"/users/","headers":{"Username":"wish"}},"response":{"status":201}},
		{"description":"fine","request":{"method":"POST","path":"/users/","headers":{"Username":"fine"}},
		 "response":{"status":201}}]}`)).
		wants(t, exitFailed, `provider state "the moon is full": `, "ok      web: fine",
			"2 interactions: 1 ok, 1 failed")
}

// A provider that has nothing but the endpoint is set up as far as the endpoint goes.
func TestStatesThroughTheEndpointAlone(t *testing.T) {
	bare := startEndpoint(t)
	for range 2 { // the second time, the account is there already
		pacts(t, "--url", bare, contract).wants(t, exitFailed, "7 interactions: 2 ok, 5 failed",
			"a request to create an account whose name is in use (given an account exists) ["+contract+"]\n",
			`provider state "no account exists": the endpoint alone cannot do that: give --states-url`,
			`provider state "the caller's IP address is blocked": the endpoint alone cannot do that`)
	}
}

func TestStatesThroughAnEndpointOfTheirOwn(t *testing.T) {
	mock := newMock(t, mock.Config{})
	provider := http.NewServeMux() // not to be recognised as the mock
	provider.Handle("/connectmypairs/", mock)
	url := served(t, provider) + "/connectmypairs"
	pacts(t, "--url", url, "--states-url", served(t, mock)+"/__mock/provider-states", contract).
		wants(t, exitVerified, "7 ok")
	pacts(t, "--url", url, "--states-url", "http://127.0.0.1:1/", contract).
		wants(t, exitFailed, "7 interactions: 0 ok, 7 failed", "cannot reach the provider-state endpoint")
}

func TestWrongUsage(t *testing.T) {
	notPact := writeFile(t, `{"a":1}`)
	missing := served(t, http.NotFoundHandler()) + "/pact.json"
	for _, wrong := range []struct {
		args []string
		says string
	}{
		{nil, "nothing to verify: give pact files, folders or URLs, or --broker-url"},
		{[]string{"--timeout", "0s"}, "pacts: nothing to verify"},
		{[]string{"--timeout", "0s"}, "pacts: --timeout: 0s is too short"},
		{[]string{"--nonsense", contract}, "unknown flag --nonsense"},
		{[]string{"no-such-file.json"}, "no-such-file.json"},
		{[]string{contract, notPact}, "not a pact file: it has no consumer and provider"},
		{[]string{missing}, missing + ": the answer was 404 Not Found"},
		{[]string{"http://127.0.0.1:1/pact.json"}, "pact file http://127.0.0.1:1/pact.json: dial"},
		{[]string{"--url", "", contract}, "--url: it is empty"},
		{[]string{"--url=", contract}, "--url: it is empty"},
		{[]string{"--header", "username: x", contract}, "--header: Username is what the interactions send"},
		{[]string{"--header", "Privacy: x", contract}, "--header: Privacy is what the interactions send"},
		{[]string{"--filter-state", "(", contract}, "--filter-state: error parsing regexp"},
		{[]string{"--filter-state", "a", "--filter-no-state", contract}, "exclude each other"},
		{[]string{"--state-change-as-query", contract}, "need --states-url"},
		{[]string{"--no-state-change-teardown", contract}, "need --states-url"},
		{[]string{"--broker-url", "http://b.example", "--broker-retries", "11"},
			"--broker-retries: 11 is not between 0 and 10"},
		{[]string{"--broker-url", "http://b.example", "--publish", "--provider-version", "1"},
			"--publish: needs --url"},
		{[]string{"--url", "http://a.example", "--broker-url", "http://b.example", "--publish", "--provider-version",
			"1", "--filter-state", "a"},
			"--publish: a pact of which only some interactions"},
		{[]string{"--broker-url", "http://b.example", "--broker-token-file", "/dev/zero"},
			"/dev/zero is not a regular file"},
		{[]string{"--json", filepath.Join(t.TempDir(), "no", "such.json"), contract}, "--json: "},
		{[]string{"--html", t.TempDir(), contract}, "--html: "},
		{[]string{"--url", "staging.example", contract}, "--url: not a URL such as https://"},
		{[]string{"--url", "http://me:secret@staging.example", contract}, "--url: a URL with a user name or password"},
		{[]string{"--url", "http://staging.example?token=secret", contract}, "--url: a URL with a query or fragment"},
		{[]string{"--states-url", "/states", contract}, "--states-url: not a URL"},
		{[]string{"--url", "http://staging.example/connectmypairs/users/", contract},
			"--url: must be the base URL, without /users/"},
		{[]string{missing + "?key=secret", contract}, "/pact.json?…: the answer was 404 Not Found"},
		{[]string{"--header", "secret", contract}, "--header: not of the form 'Name: value'"},
		{[]string{"--header", "Naïve: secret", contract}, `--header: "Naïve" is no name of a header`},
		{[]string{"--header", "X-Key: secret\r\nX-Other: secret", contract},
			"--header: the value of X-Key has a control character in it"},
		{[]string{"--timeout", "soon", contract}, "--timeout"},
		{[]string{"--log-level", "loud", contract}, "--log-level"},
		{[]string{"--publish", contract}, "--publish: needs --provider-version, and --broker-url"},
		{[]string{"--enable-pending", contract}, "need --broker-url"},
		{[]string{"--broker-url", "http://b.example", "--broker-username", "secret"}, "go together"},
		{[]string{"--broker-url", "http://b.example", "--broker-token", "secret", "--broker-token-file", contract},
			"give one of them"},
		{[]string{"--broker-url", "http://b.example", "--broker-token-file", "no-such-file"}, "no-such-file"},
		{[]string{"--broker-url", "http://b.example", "--consumer-version-selector", "main"},
			`main is no selector such as {"mainBranch":true}`},
		{[]string{"--broker-url", "http://b.example", "--consumer-version-selector", `{"mainbranch":true}`},
			`"mainbranch"`},
		{[]string{"--broker-url", "http://b.example", "--include-wip-since", "1st of May"},
			"is no date such as 2026-01-31"},
		{[]string{"--junit", filepath.Join(t.TempDir(), "no", "such.xml"), contract}, "--junit: "},
	} {
		got := pacts(t, wrong.args...)
		got.wants(t, exitUsage, wrong.says)
		if got.stdout != "" && len(wrong.args) == 1 {
			t.Errorf("%v: something was verified: %s", wrong.args, got.stdout)
		}
		if strings.Contains(got.stderr, "secret") {
			t.Errorf("%v: a secret was echoed: %s", wrong.args, got.stderr)
		}
	}
}

func TestNothingThatCouldBeJudgedIsNoSuccess(t *testing.T) {
	none := writeFile(t,
		`{"consumer":{"name":"c"},"provider":{"name":"connectmypairs"},"interactions":[]}`)
	junit := filepath.Join(t.TempDir(), "junit.xml")
	pacts(t, "--junit", junit, none).wants(t, exitNotJudged, "no interaction to verify in "+none+"\n")
	if report := readFile(t, junit); !strings.Contains(report, `<error message="no interaction to verify in `) {
		t.Errorf("JUnit: %s", report)
	}
	url := served(t, http.FileServer(http.Dir(filepath.Dir(none))))
	pacts(t, url+"/"+filepath.Base(none)+"?key=secret").wants(t, exitNotJudged, filepath.Base(none)+"?…\n")
	pacts(t, "--url", "http://127.0.0.1:1/connectmypairs", contract).wants(t, exitNotJudged,
		"the provider cannot be reached", "connection refused")
}

// A broken answer and a redirect are failures of the interaction, not of the verification.
func TestAnswersThatAreNone(t *testing.T) {
	for says, answer := range map[string]http.HandlerFunc{
		"status: expected 201, was 308": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere/", http.StatusPermanentRedirect)
		},
		"error sending request for url (": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		url := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				return // let it be reachable
			}
			answer(w, r)
		}))
		pact := `{"consumer":{"name":"web"},"provider":{"name":"connectmypairs"},"interactions":[` +
			`{"description":"one","request":{"method":"POST","path":"/users/","headers":{"Username":"x"}},` +
			`"response":{"status":201}}]}`
		pacts(t, "--url", url, writeFile(t, pact)).wants(t, exitFailed, says, "1 interaction: 0 ok, 1 failed")
	}
}

func TestInterruptEndsTheVerification(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	url := served(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			cancel()
			<-r.Context().Done()
		}
	}))
	started := time.Now()
	var stderr bytes.Buffer
	pact := strings.ReplaceAll(unknownState, `"providerState":"the moon is full",`, "")
	code := run(ctx, []string{"--url", url, "--timeout", "1h", writeFile(t, pact)}, io.Discard, &stderr)
	if code != exitNotJudged || !strings.Contains(stderr.String(), "stopped") || time.Since(started) > time.Minute {
		t.Errorf("exit code %d after %s: %s", code, time.Since(started), stderr.String())
	}
}

func TestNativeLogIsThereWhenAskedForAndHasNoSecrets(t *testing.T) {
	b := startBroker(t, func(b *broker) { b.token = "s3cret-token" })
	got := pacts(t, "--url", startMock(t), "--log-level", "trace", "--broker-url", b.url, "--broker-token",
		"s3cret-token", "--header", "X-Key: s3cret-key",
		"--publish", "--provider-version", "1.2.3")
	got.wants(t, exitVerified, "7 ok", "TRACE", "[redacted]")
	got.lacks(t, "s3cret")
	if strings.Contains(got.stdout, "TRACE") || !strings.HasPrefix(got.stdout, "ok ") {
		t.Errorf("the log is part of the result:\n%s", got.stdout)
	}
}

// pact-go's own flags would let a program look for its libraries in /tmp.
func TestNothingIsLinkedFromAWorldWritableFolder(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // the other formats need no such check: macOS has the library's own path, Windows links without folders
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var folders []string
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		values, err := file.DynString(tag)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range values {
			folders = append(folders, filepath.SplitList(value)...)
		}
	}
	if len(folders) == 0 {
		t.Fatal("the program says nowhere where its libraries are")
	}
	for _, folder := range folders {
		if info, err := os.Stat(folder); err == nil && info.Mode().Perm()&0o002 != 0 {
			t.Errorf("%s is world-writable", folder)
		}
	}
}

func TestTheVersionIsPrintedOnce(t *testing.T) {
	got := pacts(t, "--version", "--version")
	got.wants(t, exitVerified, "pacts ")
	if strings.Count(got.stdout, "pacts ") != 1 {
		t.Errorf("stdout: %q", got.stdout)
	}
}
