//go:build pact

package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// Nothing on this machine is asked through a proxy, and everything else is.
func TestProxiesAreForOtherMachines(t *testing.T) {
	mock := startMock(t)
	target, err := url.Parse(mock)
	if err != nil {
		t.Fatal(err)
	}
	var proxied atomic.Int64
	proxy := served(t, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		proxied.Add(1)
		r.Out.URL.Host = target.Host // whatever host is asked for
		r.Out.Host = target.Host
	}})

	variables := []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"}
	for _, variable := range variables {
		t.Setenv(variable, "http://127.0.0.1:1")
	}
	pacts(t, contract).wants(t, exitVerified, "7 ok")
	pacts(t, "--url", mock, contract).wants(t, exitVerified, "7 ok")
	for _, variable := range variables {
		t.Setenv(variable, "")
	}
	t.Setenv("HTTP_PROXY", proxy)
	pacts(t, "--url", "http://staging.invalid/connectmypairs", contract).wants(t, exitVerified, "7 ok")
	if requests := proxied.Load(); requests < 8 {
		t.Errorf("%d requests through the proxy, want those of 7 interactions and one for health", requests)
	}
	t.Setenv("NO_PROXY", "staging.invalid")
	pacts(t, "--url", "http://staging.invalid/connectmypairs", contract).wants(t, exitNotJudged,
		"the provider cannot be reached")
	t.Setenv("HTTP_PROXY", "http://user:sekret@proxy:port")
	malformed := pacts(t, "--url", mock, contract)
	malformed.wants(t, exitUsage, "HTTP_PROXY names no proxy")
	malformed.lacks(t, "sekret")
}

// An unset secret does not make the mock server the provider.
func TestAnEmptyURLIsNotTheMock(t *testing.T) {
	t.Setenv("PACTS_URL", "")
	pacts(t, contract).wants(t, exitUsage, "--url: it is empty")
	pacts(t, "--url", startMock(t), contract).wants(t, exitVerified, "7 ok")
}

// Verifying leaves a running mock server as it was, and can be repeated.
func TestVerifyingLeavesTheMockAsItWas(t *testing.T) {
	url := startMock(t)
	root := strings.TrimSuffix(url, "/connectmypairs")
	get := func(call string) string {
		answer, err := http.Get(root + "/__mock/" + call)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		return string(body)
	}
	calls := []string{"accounts", "blocked", "behaviour", "requests", "spaces"}
	var before []string
	for _, call := range calls {
		before = append(before, get(call))
	}
	for range 2 {
		pacts(t, "--url", url, contract, "testdata/js", "testdata/cases/01-bom.json").wants(t, exitVerified, "13 ok")
	}
	for i, call := range calls {
		if after := get(call); after != before[i] {
			t.Errorf("%s: %s, before %s", call, after, before[i])
		}
	}
	// What somebody has set in the running mock holds for the verification.
	request, err := http.NewRequest(http.MethodPut, root+"/__mock/behaviour",
		strings.NewReader(`{"privacy":["Public","Friends"]}`))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode/100 != 2 {
		t.Fatal(answer, err)
	}
	defer answer.Body.Close()
	pacts(t, "--url", url, contract).wants(t, exitFailed, "5 ok, 2 failed", "a request to create a private account")
}

func TestFilters(t *testing.T) {
	for _, one := range []struct {
		args []string
		env  map[string]string
		says string
	}{
		// The state alone takes two interactions, the description alone three.
		{[]string{"--filter-state", "^an account", "--filter-description", "setting$", contract}, nil,
			"the filters take 1 of 7 interactions"},
		{[]string{"--filter-consumer", "web-v2", "--filter-consumer", "web-v4", "testdata/js", contract}, nil,
			"4 interactions: 4 ok"},
		{[]string{"--filter-no-state", "testdata/cases/two-versions/main"}, nil, "1 interaction: 1 ok"},
		{[]string{contract}, map[string]string{"PACT_PROVIDER_STATE": "^an account", "PACT_DESCRIPTION": "setting$"},
			"the filters take 1 of 7 interactions"},
		{[]string{"testdata/cases/two-versions/main"}, map[string]string{"PACT_PROVIDER_NO_STATE": "true"},
			"1 interaction: 1 ok"},
	} {
		t.Run(strings.Join(one.args, " "), func(t *testing.T) {
			for name, value := range one.env {
				t.Setenv(name, value)
			}
			pacts(t, one.args...).wants(t, exitVerified, one.says)
		})
	}
	pacts(t, "--filter-description", "no such", contract).wants(t, exitNotJudged, "no interaction to verify",
		"the filters take 0 of 7")
}

func TestFailFastStopsAtTheFirstFailure(t *testing.T) {
	spoiled := writeFile(t, strings.Replace(readFile(t, contract), `"403"`, `"404"`, 1))
	got := pacts(t, "--fail-fast", spoiled, contract)
	got.wants(t, exitFailed, "3 interactions: 2 ok, 1 failed",
		"stopped at the first failure; 11 interactions not verified")
	pacts(t, "--fail-fast", contract).wants(t, exitVerified, "7 interactions: 7 ok")
}

// A provider-state endpoint may read the query and know no teardown; the mock server's needs none.
func TestStatesAsQueryAndWithoutTeardown(t *testing.T) {
	mock := startMock(t)
	var changes []string
	states := served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 || r.URL.Query().Get("action") != "setup" {
			t.Errorf("got %s with a body of %d bytes", r.URL, r.ContentLength)
		}
		params := map[string]string{}
		for name, values := range r.URL.Query() {
			if name != "state" && name != "action" {
				params[name] = values[0]
			}
		}
		body, _ := json.Marshal(map[string]any{"state": r.URL.Query().Get("state"), "action": "setup",
			"params": params})
		changes = append(changes, string(body))
		to := strings.Replace(mock, "/connectmypairs", "/__mock/provider-states", 1)
		answer, err := http.Post(to, "application/json", strings.NewReader(string(body)))
		if err != nil {
			t.Error(err)
			return
		}
		defer answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
	}))
	got := pacts(t, "--url", mock, "--states-url", states, "--state-change-as-query", "--no-state-change-teardown",
		"--filter-state", "^(no|an) ", "--filter-description", "use|public", contract)
	got.wants(t, exitVerified, "3 interactions: 3 ok")
	if len(changes) != 3 {
		t.Errorf("got %v", changes)
	}
}

func TestEachReportHasAFileOfItsOwn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report")
	pacts(t, "--junit", file, "--json", filepath.Join(filepath.Dir(file), ".", "report"), contract).
		wants(t, exitUsage, "--json: another report is written to", "a file of its own")
	pacts(t, "--junit", file, "--json", filepath.Join(file, "result"), contract).wants(t, exitUsage, "--json: ")
	if _, err := os.Stat(file); err == nil {
		t.Error("an empty report is left of a run that there was not")
	}
	pacts(t, "--junit", os.DevNull, "--json", os.DevNull, contract).wants(t, exitVerified, "7 ok")
}

// fullDisk is a standard output that takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// A CI server that reads nothing but JUnit must not take a run for green that could not tell its result.
func TestJUnitTellsWhatCouldNotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "junit.xml")
	var stderr strings.Builder
	if code := run(t.Context(), []string{"--junit", file, contract}, fullDisk{}, &stderr); code != exitNotJudged {
		t.Errorf("exit code %d", code)
	}
	for _, told := range []string{readFile(t, file), stderr.String()} {
		if !strings.Contains(told, "no space left") {
			t.Errorf("nothing says what could not be written:\n%s", told)
		}
	}
	if runtime.GOOS == "linux" {
		pacts(t, "--junit", file, "--json", "/dev/full", contract).wants(t, exitNotJudged, "no space left")
		if told := readFile(t, file); !strings.Contains(told, `errors="1"`) {
			t.Errorf("JUnit: %s", told)
		}
	}
}

func TestReportsAreWrittenBesideEachOther(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"junit.xml", "result.json", "report.html"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat("longer than the report ", 10_000)),
			0o600); err != nil {
			t.Fatal(err)
		}
	}
	pacts(t, "--junit", filepath.Join(dir, "junit.xml"), "--json", filepath.Join(dir, "result.json"),
		"--html", filepath.Join(dir, "report.html"), contract).wants(t, exitVerified, "7 ok")
	junit := readFile(t, filepath.Join(dir, "junit.xml"))
	if !strings.HasSuffix(junit, "</testsuites>\n") || !strings.Contains(junit, `tests="7" failures="0" errors="0"`) {
		t.Errorf("JUnit: %s", junit)
	}
	result := readFile(t, filepath.Join(dir, "result.json"))
	if !json.Valid([]byte(result)) || !strings.Contains(result, `"summary": "7 interactions: 7 ok, 0 failed`) {
		t.Errorf("JSON: %s", result)
	}
	page := readFile(t, filepath.Join(dir, "report.html"))
	if !strings.HasSuffix(page, "</html>\n") || !strings.Contains(page, ">Verified<") {
		t.Errorf("HTML: %s", page)
	}
}
