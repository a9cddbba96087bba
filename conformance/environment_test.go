package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// TestProxiesOfTheEnvironment has a proxy that alone reaches the host staging.test, so that every request has to go
// through it.
func TestProxiesOfTheEnvironment(t *testing.T) {
	target := serveMock(t, endpoint.Config{})
	behind, err := url.Parse(strings.TrimSuffix(target, fixtures.BasePath))
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(behind) }}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	const staging, nobody = "http://staging.test" + fixtures.BasePath, "http://127.0.0.1:1"
	for name, c := range map[string]struct {
		environment []string
		args        []string
		code        int
		proxied     bool
		say         string
	}{
		"HTTP_PROXY": {[]string{"HTTP_PROXY=" + proxy.URL}, []string{"--url", staging}, 0, true, "PARTIAL"},
		"http_proxy": {[]string{"http_proxy=" + proxy.URL}, []string{"--url", staging}, 0, true, "PARTIAL"},
		"another scheme": {[]string{"HTTPS_PROXY=" + proxy.URL}, []string{"--url", staging}, 3, false,
			"cannot be reached"},
		"NO_PROXY": {[]string{"HTTP_PROXY=" + proxy.URL, "NO_PROXY=.test"}, []string{"--url", staging}, 3,
			false, "cannot be"},
		"NO_PROXY, others": {[]string{"HTTP_PROXY=" + proxy.URL, "NO_PROXY=.example"}, []string{"--url", staging}, 0,
			true, "PARTIAL"},
		"loopback": {[]string{"HTTP_PROXY=" + nobody}, []string{"--url", target}, 0, false, "PARTIAL"},
		"--proxy": {[]string{"HTTP_PROXY=" + nobody}, []string{"--url", staging, "--proxy", proxy.URL}, 0,
			true, "PARTIAL"},
		"no proxy": {[]string{"HTTPS_PROXY=http://user:sekret@proxy:port"}, []string{"--url", target}, 2, false,
			"HTTPS_PROXY names no proxy"},
		"no proxy, --proxy": {[]string{"HTTP_PROXY=%zz"}, []string{"--url", staging, "--proxy", proxy.URL}, 0, true,
			"PARTIAL"},
		"set to nothing": {[]string{"HTTP_PROXY="}, []string{"--url", target}, 0, false, "PARTIAL"},
	} {
		t.Run(name, func(t *testing.T) {
			asked.Store(0)
			got := program(t, c.environment, append(c.args, "--run", "created.*,conflict.*,answer.*", "--repeat", "1",
				"--settle", "0s")...)
			if got.code != c.code || !strings.Contains(got.stdout+got.stderr, c.say) || asked.Load() > 0 != c.proxied ||
				strings.Contains(got.stderr, "sekret") {
				t.Errorf("exit code %d, want %d and %q; %d requests through the proxy\n%s\n%s",
					got.code, c.code, c.say, asked.Load(), got.stdout, got.stderr)
			}
		})
	}
}

// CI systems set a variable that does not exist to nothing.
func TestEmptyVariablesCountAsUnset(t *testing.T) {
	help := program(t, nil, "--help")
	variables := slices.Compact(regexp.MustCompile(`\$(CONFORMANCE_\w+)`).FindAllString(help.stdout, -1))
	if len(variables) < 30 {
		t.Fatalf("--help names the variables %q", variables)
	}
	var environment []string
	for _, variable := range variables {
		environment = append(environment, variable[1:]+"=")
	}
	target := serveMock(t, endpoint.Config{})
	got := program(t, environment, "--url", target, "--run", "created.status", "--repeat", "1")
	if got.code != report.ExitConformant || !strings.HasPrefix(got.stdout, "PARTIAL") {
		t.Errorf("exit code %d\n%s\n%s", got.code, got.stdout, got.stderr)
	}
	if got := program(t, []string{"CONFORMANCE_URL="}); got.code != report.ExitUsage ||
		!strings.Contains(got.stderr, "--url") {
		t.Errorf("without a URL: exit code %d\n%s", got.code, got.stderr)
	}
}

// Editors on Windows begin a file with a byte order mark.
func TestByteOrderMarksAreSkipped(t *testing.T) {
	const mark = "\xef\xbb\xbf"
	folder := t.TempDir()
	headers := write(t, folder, "headers", mark+"X-Tenant: seven\r\n")
	known := write(t, folder, "known", mark+"created.status\r\n")
	var tenant atomic.Value
	right := serveMockHandler(t)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tenant.Store(r.Header.Get("X-Tenant"))
		right.ServeHTTP(w, r)
	}))
	t.Cleanup(target.Close)
	got := program(t, nil, "--url", target.URL+fixtures.BasePath, "--run", "created.status", "--repeat", "1",
		"--header", "@"+headers, "--known-failing", known)
	// The clause holds, which a list of known failures does not allow.
	if got.code != report.ExitViolated || !strings.Contains(got.stdout, "created.status") || tenant.Load() != "seven" {
		t.Errorf("exit code %d, X-Tenant %q\n%s\n%s", got.code, tenant.Load(), got.stdout, got.stderr)
	}
}
