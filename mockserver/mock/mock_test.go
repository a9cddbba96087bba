package mock_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func mustNew(t *testing.T, config mock.Config) *mock.Set {
	t.Helper()
	m, err := mock.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func start(t *testing.T, config mock.Config) (*mock.Set, *httptest.Server) {
	t.Helper()
	m := mustNew(t, config)
	served := httptest.NewServer(m)
	t.Cleanup(func() {
		m.Drain()
		served.Close()
	})
	return m, served
}

// send returns the status, the header and the body of the answer.
func send(
	t *testing.T, served *httptest.Server, method, path, body string, header ...string,
) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequest(method, served.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := served.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(got)
}

func create(t *testing.T, served *httptest.Server, space, name string, want int) {
	t.Helper()
	if got, _, body := send(t, served, "POST", space+"/connectmypairs/users/", "", "Username", name); got != want {
		t.Errorf("creating %q is answered with %d, want %d: %s", name, got, want, body)
	}
}

func TestEndpointSpacesAndControlShareAServer(t *testing.T) {
	_, served := start(t, mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}}})
	create(t, served, "", "alice", 409)
	create(t, served, "", "bob", 201)
	create(t, served, "/~w1", "bob", 201)
	if status, _, body := send(t, served, "GET", "/~w1/__mock/accounts", ""); status != 200 ||
		!strings.Contains(body, "bob") {
		t.Errorf("the accounts of w1: %d %s", status, body)
	}
	if status, _, body := send(t, served, "GET", "/__mock/", ""); status != 200 || !strings.Contains(body, "<html") {
		t.Errorf("the dashboard: %d %.100s", status, body)
	}
	if status, _, body := send(t, served, "GET", "/__mock/metrics", ""); status != 200 ||
		!strings.Contains(body, `mockserver_requests_total{rule="created",status="201"} 2`) ||
		!strings.Contains(body, "mockserver_spaces 1") {
		t.Errorf("the metrics: %d %.300s", status, body)
	}
	for path, right := range map[string]string{
		"/":                        served.URL + "/connectmypairs/users/",
		"/users/":                  served.URL + "/connectmypairs/users/",
		"/~w1/users/":              served.URL + "/~w1/connectmypairs/users/",
		"/~w1":                     served.URL + "/connectmypairs/users/",
		"/~w1/~w2/connectmypairs/": served.URL + "/~w1/connectmypairs/users/",
		"/__mocked/":               served.URL + "/connectmypairs/users/",
	} {
		if status, _, body := send(t, served, "POST", path, ""); status != 404 ||
			!strings.Contains(body, "POST "+right+`"`) {
			t.Errorf("%s: %d %s, want a 404 that names %s", path, status, body, right)
		}
	}
}

// What a page of another origin can send without being asked makes no space: images, frames, forms and navigations go
// anywhere. Looking at a space does not make it either.
func TestOnlyAClientOfASpaceMakesIt(t *testing.T) {
	_, served := start(t, mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}}})
	for i, request := range [][]string{
		{"GET", "x"}, {"GET", "connectmypairs/users/"}, {"HEAD", "connectmypairs/users/"},
		{"POST", "connectmypairs/users/"}, {"POST", ""},
		{"OPTIONS", "connectmypairs/users/", "Origin", "http://evil.example", "Access-Control-Request-Method", "POST"},
		{"POST", "x", "Username", "bob"}, {"PUT", "connectmypairs/users/", "Username", "bob"},
		{"GET", "__mock/health"}, {"GET", "__mock/"}, {"GET", "__mock/icon.svg"}, {"GET", "__mock/accounts"},
		{"GET", "__mock/requests"}, {"GET", "__mock/coverage"}, {"DELETE", "__mock/coverage"},
		{"GET", "__mock/nothing"}, {"DELETE", "__mock/spaces/other"}, {"HEAD", "__mock/events"},
	} {
		send(t, served, request[0], fmt.Sprintf("/~looked-at-%d/%s", i, request[1]), "", request[2:]...)
	}
	if _, _, body := send(t, served, "GET", "/__mock/spaces", ""); body != "[]\n" {
		t.Errorf("spaces: %s", body)
	}
	if _, _, body := send(t, served, "GET", "/~w1/__mock/accounts", ""); !strings.Contains(body, "alice") {
		t.Errorf("a space that does not exist is shown with the accounts %s", body)
	}
	if status, _, body := send(t, served, "POST", "/~w1/connectmypairs/users/", ""); status != 400 ||
		!strings.Contains(body, "Username was invalid") {
		t.Errorf("a request that makes no space: %d %s", status, body)
	}
	if _, _, body := send(t, served, "GET", "/__mock/requests?status=400", ""); !strings.Contains(body,
		`"path":"/~w1/connectmypairs/users/"`) {
		t.Errorf("a request that made no space is not in the main mock's journal: %s", body)
	}
	create(t, served, "/~w1", "alice", 409)
	send(t, served, "POST", "/~w2/__mock/reset", "")
	if _, _, body := send(t, served, "GET", "/__mock/spaces", ""); strings.Count(body, `"space"`) != 2 {
		t.Errorf("spaces: %s, want w1 and w2", body)
	}
}

func TestARequestForASpaceThatCannotBeSaysSo(t *testing.T) {
	_, served := start(t, mock.Config{})
	for _, name := range []string{"a%20b", "%C3%A9", strings.Repeat("a", 65), ".", ".."} {
		status, header, body := send(t, served, "POST", "/~"+name+"/connectmypairs/users/", "",
			"Username", "alice", "Origin", "http://localhost:3000")
		if status != 404 || !strings.Contains(body, `"code":"404"`) ||
			!strings.Contains(body, "use 1 to 64 letters, digits") {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if header.Get("Access-Control-Allow-Origin") == "" {
			t.Errorf("%s: a page cannot read the answer", name)
		}
	}
	if _, _, body := send(t, served, "GET", "/__mock/requests", ""); strings.Count(body, `"rule":"no-space"`) != 5 {
		t.Errorf("the journal: %s", body)
	}
	if _, _, body := send(t, served, "GET", "/__mock/spaces", ""); body != "[]\n" {
		t.Errorf("the spaces: %s", body)
	}
}

// Pages of other origins may use the endpoint, also in a space, and never the control API.
func TestCORSEndsAtTheControlAPI(t *testing.T) {
	_, served := start(t, mock.Config{
		Endpoint: endpoint.Config{Live: endpoint.Live{Blocked: []string{"127.0.0.1", "::1"}}},
		Faults:   []string{"unavailable"},
	})
	for _, path := range []string{"/connectmypairs/users/", "/~w1/connectmypairs/users/", "/nothing"} {
		status, header, _ := send(t, served, "OPTIONS", path, "", "Origin", "http://localhost:3000",
			"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "privacy,username")
		if status > 299 || header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("preflight of %s: %d %v", path, status, header)
		}
		if _, header, _ := send(t, served, "POST", path, "",
			"Origin", "http://localhost:3000"); header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v", path, header)
		}
	}
	for _, path := range []string{"/__mock/health", "/~w1/__mock/accounts", "/__mock/nothing", "/__mock/"} {
		for _, method := range []string{"OPTIONS", "GET", "POST"} {
			status, header, _ := send(t, served, method, path, "",
				"Origin", "http://localhost:3000", "Access-Control-Request-Method", "POST")
			if status != http.StatusForbidden || header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: %d %v", method, path, status, header)
			}
		}
	}
}

func TestTheControlAPICanBeElsewhereOrNowhere(t *testing.T) {
	m, served := start(t, mock.Config{Control: mock.ControlConfig{Separate: true}})
	elsewhere := httptest.NewServer(m.ControlHandler())
	defer elsewhere.Close()
	if status, _, _ := send(t, served, "GET", "/__mock/health", ""); status != 404 {
		t.Errorf("separate, but beside the endpoint it answers %d", status)
	}
	create(t, served, "/~w1", "bob", 201)
	if status, _, body := send(t, elsewhere, "GET", "/~w1/__mock/accounts", ""); status != 200 ||
		!strings.Contains(body, "bob") {
		t.Errorf("on its own: %d %s", status, body)
	}
	if status, _, _ := send(t, elsewhere, "POST", "/connectmypairs/users/", "", "Username", "bob"); status != 404 {
		t.Errorf("beside the control API the endpoint answers %d", status)
	}
	m, served = start(t, mock.Config{Control: mock.ControlConfig{Off: true}})
	none := httptest.NewServer(m.ControlHandler())
	defer none.Close()
	for _, server := range []*httptest.Server{served, none} {
		if status, _, _ := send(t, server, "GET", "/__mock/health", ""); status != 404 {
			t.Errorf("off, but it answers %d", status)
		}
	}
}

func TestFaultsSpareTheControlAPI(t *testing.T) {
	_, served := start(t, mock.Config{Faults: []string{"reset"}, Latency: "1h"})
	for _, path := range []string{"/__mock/health", "/~w1/__mock/accounts", "/__mock/metrics"} {
		if status, _, body := send(t, served, "GET", path, ""); status != 200 {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

func TestTheSameSeedTheSameFaults(t *testing.T) {
	statuses := func(space string, served *httptest.Server) (got []int) {
		for range 100 {
			status, _, _ := send(t, served, "POST", space+"/connectmypairs/users/", "", "Username", "alice")
			got = append(got, status)
		}
		return got
	}
	config := mock.Config{
		Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}},
		Faults:   []string{"unavailable=0.3"},
		Seed:     4,
	}
	_, one := start(t, config)
	_, two := start(t, config)
	first := statuses("", one)
	if diff := cmp.Diff(first, statuses("", two)); diff != "" {
		t.Errorf("another server:\n%s", diff)
	}
	if diff := cmp.Diff(first, statuses("/~w1", one)); diff != "" {
		t.Errorf("a space:\n%s", diff)
	}
	send(t, one, "POST", "/__mock/reset", "")
	if diff := cmp.Diff(first, statuses("", one)); diff != "" {
		t.Errorf("after a reset:\n%s", diff)
	}
	config.Seed = 5
	_, three := start(t, config)
	if cmp.Equal(first, statuses("", three)) {
		t.Error("another seed meets the same faults")
	}
}

func TestAClientThatLeavesCommitsNothing(t *testing.T) {
	m := mustNew(t, mock.Config{Latency: "1h"})
	ctx, leave := context.WithCancel(t.Context())
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Username") != "" {
			leave() // the request has arrived
		}
		m.ServeHTTP(w, r)
	}))
	defer served.Close()
	defer m.Drain()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, served.URL+"/connectmypairs/users/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Username", "bob")
	if _, err := served.Client().Do(request); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	// The event tells when the mock has noticed.
	events, err := http.Get(served.URL + "/__mock/events")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = events.Body.Close() }()
	var journal struct {
		Requests []struct {
			Status     int
			Rule, Name string
		}
	}
	for lines := bufio.NewScanner(events.Body); len(journal.Requests) == 0; lines.Scan() {
		_, _, body := send(t, served, "GET", "/__mock/requests", "")
		if err := json.Unmarshal([]byte(body), &journal); err != nil {
			t.Fatal(err)
		}
	}
	if got := journal.Requests[0]; got.Rule != "client-gone" || got.Status != 0 || got.Name != "bob" {
		t.Errorf("the journal says %+v", got)
	}
	send(t, served, "PUT", "/__mock/behaviour", `{"latency":"0s"}`)
	create(t, served, "", "bob", 201)
}

func TestBadConfigurationsAreRefused(t *testing.T) {
	for says, config := range map[string]mock.Config{
		"10ms..50ms": {Latency: "x"},
		"use one of": {Faults: []string{"x"}},
		"at most 1":  {Faults: []string{"reset=7"}},
		"/__mock/":   {Endpoint: endpoint.Config{BasePath: "/__mock"}},
		"/~":         {Endpoint: endpoint.Config{BasePath: "/~api"}},
		"not an IP":  {Endpoint: endpoint.Config{Live: endpoint.Live{Blocked: []string{"x"}}}},
		"spaces":     {MaxSpaces: -1},
		"journal":    {JournalRequests: -1},
		"cors":       {Endpoint: endpoint.Config{CORSOrigins: []string{"x"}}},
	} {
		if err := config.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v; want an error that says %q", config, err, says)
		}
	}
	if err := (mock.Config{}).Validate(); err != nil {
		t.Errorf("the zero value: %v", err)
	}
}
