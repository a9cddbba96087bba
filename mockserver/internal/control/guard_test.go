package control_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// everyRead and everyWrite are what an attacker would like to do.
var (
	everyRead = []string{
		"", "/", "/health", "/metrics", "/openapi.yaml", "/accounts", "/blocked", "/behaviour", "/requests", "/events",
		"/coverage", "/spaces",
	}
	everyWrite = []string{
		"POST /reset", "POST /accounts", "DELETE /accounts", "DELETE /accounts/alice",
		"PUT /blocked", "POST /blocked", "DELETE /blocked", "PUT /behaviour", "DELETE /requests",
		"POST /provider-states", "DELETE /spaces/w1", "GET /nothing", "OPTIONS /accounts",
	}
)

// attacks are requests that a browser sends for a page that is not ours, or that a program would not send by itself.
var attacks = []struct {
	what    string
	headers []string
}{
	{"a page whose name was pointed here (DNS rebinding)",
		[]string{"Host: evil.example:8080", "Sec-Fetch-Site: same-origin"}},
	{"the same in an old browser", []string{"Host: evil.example:8080", "Origin: http://evil.example:8080"}},
	{"a name that ends like a loopback name", []string{"Host: evil-localhost"}},
	{"a name that begins like a loopback name", []string{"Host: localhost.evil.example"}},
	{"a name that begins like a loopback address", []string{"Host: 127.0.0.1.evil.example"}},
	{"an address of another machine", []string{"Host: 203.0.113.7:8080"}},
	{"an address of no machine", []string{"Host: 0.0.0.0:8080"}},
	{"a form on another page", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate",
		"Sec-Fetch-Dest: iframe", "Origin: https://evil.example", "Content-Type: application/x-www-form-urlencoded"}},
	{"a form that sends JSON as text",
		[]string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example", "Content-Type: text/plain"}},
	{"an image, or fetch in mode no-cors",
		[]string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"}},
	{"a script of another port of this machine",
		[]string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Origin: http://localhost:3000"}},
	{"a sandboxed frame", []string{"Sec-Fetch-Site: cross-site", "Origin: null"}},
	{"a sandboxed frame in an old browser", []string{"Origin: null"}},
	{"a page of another origin in an old browser", []string{"Origin: http://localhost:3000"}},
	{"a frame around the dashboard",
		[]string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}},
}

func TestOtherPagesAreLockedOut(t *testing.T) {
	target := start(t)
	for _, attack := range attacks {
		for _, prefix := range []string{"/__mock", "/~victim/__mock"} {
			calls := slices.Clone(everyWrite)
			for _, path := range everyRead {
				calls = append(calls, "GET "+path)
			}
			for _, call := range calls {
				method, path, _ := strings.Cut(call, " ")
				got := target.call(t, method, prefix+path, append(attack.headers, `["x"]`)...)
				if name, _, _ := strings.Cut(attack.what, " of "); name == "an address" &&
					strings.HasSuffix(path, "/health") {
					if got.status != http.StatusOK { // which no name can stand for; a probe of Kubernetes calls it so
						t.Errorf("%s: %s is answered with %d: %s", attack.what, call, got.status, got.body)
					}
					continue
				}
				if got.status != http.StatusForbidden {
					t.Errorf("%s: %s is answered with %d: %s", attack.what, call, got.status, got.body)
				}
				noCORS(t, attack.what, got)
			}
		}
	}
	if len(target.mocks.All()) != 0 {
		t.Error("an attacker has made a space")
	}
	if got := target.call(t, "GET", "/__mock/accounts"); !strings.Contains(got.body, "alice") {
		t.Errorf("after the attacks the accounts are %s", got.body)
	}
}

func noCORS(t *testing.T, what string, got reply) {
	t.Helper()
	for name := range got.header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("%s: the answer has %s", what, name)
		}
	}
}

func TestOurOwnAreLetIn(t *testing.T) {
	target := start(t, func(config *mock.Config) {
		config.Control.AllowHosts = []string{"mock", "Mock.Example:8080"}
		config.Control.BoundHosts = []string{"dev-box"}
	})
	address := strings.TrimPrefix(target.URL, "http://")
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	for _, headers := range [][]string{
		{},
		{"Host: localhost:" + port},
		{"Host: LOCALHOST"},
		{"Host: localhost."},
		{"Host: app.localhost:1"},
		{"Host: [::1]:" + port},
		{"Host: 127.0.0.2"},
		{"Host: mock:8080"},
		{"Host: mock.example"},
		{"Host: dev-box:8080"},
		{"Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"},
		{"Sec-Fetch-Site: same-origin", "Origin: http://" + address},
		{"Origin: http://" + address},
	} {
		if got := target.call(t, "GET", "/__mock/accounts", headers...); got.status != 200 {
			t.Errorf("%q reading: %d %s", headers, got.status, got.body)
		}
		if got := target.call(t, "POST", "/__mock/reset", headers...); got.status != 204 {
			t.Errorf("%q writing: %d %s", headers, got.status, got.body)
		}
	}
}

func TestALinkToTheDashboardWorks(t *testing.T) {
	target := start(t)
	link := []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}
	if got := target.call(t, "GET", "/__mock/", link...); got.status != 200 {
		t.Errorf("the dashboard: %d %s", got.status, got.body)
	}
	for _, call := range []string{"GET /__mock/accounts", "POST /__mock/", "POST /__mock/reset"} {
		method, path, _ := strings.Cut(call, " ")
		if got := target.call(t, method, path, link...); got.status != http.StatusForbidden {
			t.Errorf("%s: %d %s", call, got.status, got.body)
		}
	}
}

func TestAllowedHostsAreHosts(t *testing.T) {
	for _, host := range []string{
		"mock", "Mock.Example:8080", "compose_web", "192.0.2.1", "[2001:db8::1]:8080", "2001:db8::1", "mock.",
	} {
		if err := control.CheckAllowHost(host); err != nil {
			t.Errorf("%q: %v", host, err)
		}
	}
	for _, host := range []string{"", "http://mock", "mock/", "*.example", "mock mock", ":8080", "mock,example"} {
		if err := control.CheckAllowHost(host); err == nil {
			t.Errorf("%q is accepted", host)
		}
	}
}

func TestARefusedHostLearnsTheFlag(t *testing.T) {
	got := start(t).call(t, "GET", "/__mock/health", "Host: mock:8080")
	if !strings.Contains(got.body, "--allow-host mock") {
		t.Errorf("%s", got.body)
	}
}

func TestTheTokenIsNeeded(t *testing.T) {
	const token = "s3cret"
	target := start(t, func(config *mock.Config) { config.Control.Token = token })
	for _, headers := range [][]string{
		{}, {"Authorization: Bearer wrong"}, {"Authorization: Bearer s3"}, {"Authorization: Bearer s3cret2"},
		{"Authorization: Bearer "}, {"Authorization: Basic " + token}, {"Authorization: " + token},
		{"Cookie: mockserver-control=" + token},
	} {
		for _, path := range everyRead {
			got := target.call(t, "GET", "/__mock"+path, headers...)
			// An image's check, and the way to the page.
			if want := map[string]int{"/health": 200, "": 307}[path]; want != 0 {
				if got.status != want {
					t.Errorf("%s without the token: %d %s", path, got.status, got.body)
				}
				continue
			}
			// It says how to bring the token.
			if page := strings.HasPrefix(got.body, "<!doctype html>"); page != (path == "/") {
				t.Errorf("%s without the token: %s", path, got.body)
			}
			if got.status != http.StatusUnauthorized ||
				!strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("%q %s: %d %s", headers, path, got.status, got.body)
			}
			if strings.Contains(got.body, token) {
				t.Errorf("%s tells the token: %s", path, got.body)
			}
		}
		for _, call := range everyWrite {
			method, path, _ := strings.Cut(call, " ")
			if method == http.MethodGet {
				continue // no call, and so no state
			}
			if got := target.call(t, method, "/~w1/__mock"+path, headers...); got.status != http.StatusUnauthorized {
				t.Errorf("%q %s: %d %s", headers, call, got.status, got.body)
			}
		}
	}
	if len(target.mocks.All()) != 0 {
		t.Error("somebody without the token has made a space")
	}
	for _, scheme := range []string{"Bearer", "bearer"} { // RFC 9110, section 11.1
		for _, path := range []string{"/", "/accounts"} {
			if got := target.call(t, "GET", "/__mock"+path, "Authorization: "+scheme+" "+token); got.status != 200 {
				t.Errorf("%s with the token: %d %s", path, got.status, got.body)
			}
		}
	}
}

func TestABrowserSignsInOnce(t *testing.T) {
	const token = "s3cret"
	withToken := func(config *mock.Config) { config.Control.Token = token }
	target := start(t, withToken)
	restarted := start(t, withToken)
	for _, path := range []string{"/__mock/", "/~w1/__mock/"} {
		got := target.call(t, "GET", path+"?token="+token, "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate")
		session, found := strings.CutPrefix(got.header.Get("Location"), "./#session=")
		if got.status != http.StatusSeeOther || !found || len(session) < 20 || strings.Contains(session, token) {
			t.Fatalf("%s: %d %v", path, got.status, got.header)
		}
		if got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie, which a browser sends to every port of this host", path)
		}
		sent := "Authorization: Bearer " + session
		for _, read := range []string{"/__mock/", "/__mock/accounts", "/~w2/__mock/behaviour"} {
			if got := target.call(t, "GET", read, sent, "Sec-Fetch-Site: same-origin"); got.status != 200 {
				t.Errorf("%s with the session: %d %s", read, got.status, got.body)
			}
		}
		if got := target.call(t, "POST", "/__mock/reset", sent,
			"Sec-Fetch-Site: cross-site"); got.status != http.StatusForbidden {
			t.Errorf("another page with the session: %d %s", got.status, got.body)
		}
		if got := restarted.call(t, "GET", "/__mock/accounts", sent); got.status != http.StatusUnauthorized {
			t.Errorf("another start of the server accepts the session: %d %s", got.status, got.body)
		}
	}
	for _, wrong := range []string{"wrong", ""} {
		got := target.call(t, "GET", "/__mock/?token="+wrong)
		if got.status != http.StatusUnauthorized || got.header.Get("Location") != "" ||
			!strings.HasPrefix(got.body, "<!doctype html>") {
			t.Errorf("the token %q: %d %v", wrong, got.status, got.header)
		}
	}
	if got := start(t).call(t, "GET", "/__mock/?token="); got.status != http.StatusOK {
		t.Errorf("a token that no server asked for: %d %v", got.status, got.header)
	}
}

// A load balancer's probe may speak HTTP/1.0; no browser does.
func TestAProbeNeedsNoHost(t *testing.T) {
	target := start(t)
	for call, want := range map[string]string{
		"GET /__mock/health": "200 OK", "GET /__mock/accounts": "403 Forbidden",
		"DELETE /__mock/accounts/x/__mock/health": "403 Forbidden",
	} {
		conn, err := net.Dial("tcp", target.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = fmt.Fprintf(conn, "%s HTTP/1.0\r\n\r\n", call)
		answer, err := io.ReadAll(conn)
		if status, _, _ := strings.Cut(string(answer), "\r\n"); err != nil || !strings.HasSuffix(status, want) {
			t.Errorf("%s: %s, %v", call, status, err)
		}
		if strings.Contains(string(answer), "--allow-host") {
			t.Errorf("%s: a flag that takes no empty name is advised: %s", call, answer)
		}
	}
}

// A probe calls health by the address of a pod. With a token the whole API answers to any address, for no name can be
// pointed at one.
func TestAddressesAsHosts(t *testing.T) {
	const token = "s3cret"
	target := start(t, func(config *mock.Config) { config.Control.Token = token })
	for _, host := range []string{"Host: 10.244.0.7:8080", "Host: [fd00::7]:8080"} {
		if got := start(t).call(t, "GET", "/__mock/health", host); got.status != 200 {
			t.Errorf("%s: health: %d %s", host, got.status, got.body)
		}
		if got := start(t).call(t, "GET", "/__mock/accounts", host); got.status != 403 {
			t.Errorf("%s: accounts without a token: %d %s", host, got.status, got.body)
		}
		if got := target.call(t, "GET", "/__mock/accounts", host, "Authorization: Bearer "+token); got.status != 200 {
			t.Errorf("%s: accounts with the token: %d %s", host, got.status, got.body)
		}
		if got := target.call(t, "GET", "/__mock/accounts", host); got.status != 401 {
			t.Errorf("%s: accounts lacking the token: %d %s", host, got.status, got.body)
		}
	}
	if got := target.call(t, "GET", "/__mock/health", "Host: evil.example"); got.status != 403 {
		t.Errorf("a name: %d %s", got.status, got.body)
	}
}

// Pages of the origins that are named may call the API, and no others; where there is a token, they need it.
func TestPagesOfNamedOriginsAreLetIn(t *testing.T) {
	const storybook = "Origin: http://localhost:6006"
	open := func(config *mock.Config) { config.Control.Origins = []string{"http://localhost:6006"} }
	target := start(t, open)
	for _, site := range []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Site: cross-site"} {
		got := target.call(t, "POST", "/__mock/reset", storybook, site)
		if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "http://localhost:6006" {
			t.Errorf("%s: %d %v %s", site, got.status, got.header, got.body)
		}
		for _, origin := range []string{
			"Origin: http://localhost:6007", "Origin: https://evil.example", "Origin: null",
		} {
			if got := target.call(t, "POST", "/__mock/reset", origin, site); got.status != 403 {
				t.Errorf("%s, %s: %d %s", origin, site, got.status, got.body)
			} else {
				noCORS(t, origin, got)
			}
		}
	}
	got := target.call(t, "OPTIONS", "/__mock/behaviour", storybook, "Access-Control-Request-Method: PUT",
		"Access-Control-Request-Headers: authorization,content-type")
	if got.status != 204 || got.header.Get("Access-Control-Allow-Methods") == "" {
		t.Errorf("the preflight: %d %v", got.status, got.header)
	}
	if got := target.call(t, "GET", "/__mock/accounts", storybook, "Host: evil.example"); got.status != 403 {
		t.Errorf("by a name that was pointed here: %d %s", got.status, got.body)
	}
	locked := start(t, open, func(config *mock.Config) { config.Control.Token = "s3cret" })
	for authorization, want := range map[string]int{
		"Authorization: Bearer wrong": 401, "Authorization: Bearer s3cret": 200,
	} {
		if got := locked.call(t, "GET", "/__mock/accounts", storybook, authorization); got.status != want {
			t.Errorf("%s: %d %s", authorization, got.status, got.body)
		}
	}
	for _, origin := range []string{"localhost:6006", "*", "null", "http://a/b", "http://*.example.com"} {
		err := mock.Config{Control: mock.ControlConfig{Origins: []string{origin}}}.Validate()
		if err == nil || !strings.Contains(err.Error(), "such as http://localhost:6006") {
			t.Errorf("the origin %s: %v, want an error that shows one", origin, err)
		}
	}
}
