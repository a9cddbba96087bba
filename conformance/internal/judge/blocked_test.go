package judge

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
)

var blockedOnly = []string{"blocked.*", "order.checks"}

// TestWaysToBeBlocked leaves out three ways: most tests here are blocked by a header, the self-test is through a proxy,
// and the test of the reference endpoint by an address of this machine.
func TestWaysToBeBlocked(t *testing.T) {
	t.Parallel()
	right := rightTarget()
	blockingWhile := func(is func() bool) string {
		return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if is() {
				r.Header.Set("X-Blocked", "yes")
			}
			right.ServeHTTP(w, r)
		}))
	}
	var state atomic.Bool
	states := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var change struct{ State, Action string }
		if json.NewDecoder(r.Body).Decode(&change) != nil || change.State != "the caller's IP address is blocked" {
			t.Errorf("the provider-state endpoint was asked for %+v", change)
		}
		state.Store(change.Action == "setup")
	}))

	always := func() bool { return true }
	for name, cfg := range map[string]Config{
		"url":    {URL: serve(t, right), BlockedVia: "url=" + blockingWhile(always)},
		"states": {URL: blockingWhile(state.Load), BlockedVia: "states=" + states},
	} {
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

func TestAWayToBeBlockedThatBreaksIsAnError(t *testing.T) {
	t.Parallel()
	broken := httptest.NewServer(http.NotFoundHandler())
	defer broken.Close()
	for _, via := range []string{"states=" + broken.URL, "url=http://" + closedAddress + "/x"} {
		run := judged(t, Config{URL: serve(t, rightTarget()), BlockedVia: via, Run: blockedOnly, Repeat: 1})
		if c := clauseOf(t, run, "blocked.status"); c.Outcome != report.Errored ||
			run.ExitCode() != report.ExitNotJudged {
			t.Errorf("%s: blocked.status is %s, the exit code %d", via, c.Outcome, run.ExitCode())
		}
	}
}

func TestASourceThatThisMachineDoesNotHaveIsToldAtOnce(t *testing.T) {
	t.Parallel()
	run := judged(t, Config{URL: serve(t, rightTarget()), BlockedVia: "source=192.0.2.200"})
	if !strings.Contains(run.Reason, "192.0.2.200 is none") || run.Requests != 0 ||
		run.ExitCode() != report.ExitNotJudged {
		t.Errorf("after %d requests, with exit code %d: %s", run.Requests, run.ExitCode(), run.Reason)
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
