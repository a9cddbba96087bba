package judge

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
)

var blockedOnly = []string{"blocked.*", "order.checks"}

func TestEveryWayToBeBlocked(t *testing.T) {
	t.Parallel()
	right := rightTarget()
	url := serve(t, right)
	passOn := func(mark func(*http.Request)) string {
		return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mark(r)
			right.ServeHTTP(w, r)
		}))
	}
	blocked := func(r *http.Request) { r.Header.Set("X-Blocked", "yes") }

	var state atomic.Bool
	stateful := passOn(func(r *http.Request) {
		if state.Load() {
			blocked(r)
		}
	})
	states := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var change struct{ State, Action string }
		if json.NewDecoder(r.Body).Decode(&change) != nil || change.State != "the caller's IP address is blocked" {
			t.Errorf("the provider-state endpoint was asked for %+v", change)
		}
		state.Store(change.Action == "setup")
	}))

	ways := map[string]Config{
		"header": {URL: url, BlockedVia: blockedHeader},
		"url":    {URL: url, BlockedVia: "url=" + passOn(blocked)},
		"proxy":  {URL: url, BlockedVia: "proxy=" + strings.TrimSuffix(proxyTo(t, right), "/connectmypairs")},
		"states": {URL: stateful, BlockedVia: "states=" + states},
	}
	if runtime.GOOS == "linux" { // elsewhere loopback has one address only
		ways["source"] = Config{URL: passOn(func(r *http.Request) {
			if host, _, _ := net.SplitHostPort(r.RemoteAddr); host == "127.0.0.9" {
				blocked(r)
			}
		}), BlockedVia: "source=127.0.0.9"}
	}
	for name, cfg := range ways {
		t.Run(name, func(t *testing.T) {
			cfg.Run = blockedOnly
			run := judged(t, cfg)
			for _, id := range blockedClauses {
				if c := clauseOf(t, run, id); c.Outcome != report.Passed {
					t.Errorf("%s is %s: %s %+v", id, c.Outcome, c.Reason, c.Failures)
				}
			}
			// The dryTarget refuses a blocked caller before all else.
			if o := clauseOf(t, run, "order.checks").Observation; o == nil || o.Choices[0].Value != "403,400,409" {
				t.Errorf("the order is %+v", o)
			}
		})
	}
	if state.Load() {
		t.Error("the block was not undone")
	}
}

// proxyTo is an HTTP proxy that only blocked callers use.
func proxyTo(t *testing.T, target http.Handler) string {
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !r.URL.IsAbs() {
			t.Errorf("the proxy was not asked as a proxy: %s", r.URL)
		}
		r.Header.Set("X-Blocked", "yes")
		target.ServeHTTP(w, r)
	}))
}

func TestABlockedCallerWhoIsLetInIsAViolation(t *testing.T) {
	t.Parallel()
	run := judged(t, Config{URL: serve(t, rightTarget()), BlockedVia: "header=X-Other: yes", Run: blockedOnly})
	if c := clauseOf(t, run, "blocked.status"); c.Outcome != report.Failed || run.ExitCode() != report.ExitViolated {
		t.Errorf("blocked.status is %s, the exit code %d", c.Outcome, run.ExitCode())
	}
}

func TestAWayToBeBlockedThatBreaksIsAnError(t *testing.T) {
	t.Parallel()
	broken := httptest.NewServer(http.NotFoundHandler())
	defer broken.Close()
	for _, via := range []string{
		"states=" + broken.URL, "url=http://" + closedAddress + "/x", "source=192.0.2.200",
	} {
		run := judged(t, Config{URL: serve(t, rightTarget()), BlockedVia: via, Run: blockedOnly})
		if c := clauseOf(t, run, "blocked.status"); c.Outcome != report.Errored ||
			run.ExitCode() != report.ExitNotJudged {
			t.Errorf("%s: blocked.status is %s, the exit code %d", via, c.Outcome, run.ExitCode())
		}
	}
}

// TestEveryRequestGoesThroughTheProxy uses a real reverse proxy as the way to a target that this machine cannot reach
// itself.
func TestEveryRequestGoesThroughTheProxy(t *testing.T) {
	t.Parallel()
	target, err := url.Parse(strings.TrimSuffix(serve(t, rightTarget()), "/connectmypairs"))
	if err != nil {
		t.Fatal(err)
	}
	proxy := serve(t, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }})
	run := judged(t, Config{
		URL: "http://staging.invalid/connectmypairs", Proxy: strings.TrimSuffix(proxy, "/connectmypairs"),
		Run: []string{"created.*", "conflict.*"},
	})
	if failed := withOutcome(run, report.Failed); len(failed) > 0 || run.Requests < 100 {
		t.Errorf("failed: %v, %s", failed, run.Reason)
	}
}

// A target whose checks have no one order does not do as the reference server does.
func TestNoOneOrderIsNotTheReferences(t *testing.T) {
	r := newRun(t.Context(), Config{}, nil)
	order := checkOrder{blockedKnown: true, before: [][2]int{{400, 403}, {403, 409}, {409, 400}}}
	order.observe(r)
	if o := r.checks["order.checks"].observation; o.Text != "there is no one order" || o.AsReference {
		t.Errorf("observed %+v", o)
	}
}
