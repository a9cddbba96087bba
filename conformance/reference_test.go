package main

import (
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/judge"
	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// TestTheReferenceEndpointHolds judges the reference endpoint in this process. It is also the only test of make
// mutants, which changes the endpoint and looks whether the judge notices: it says what every observed clause found,
// because a mutant may change that only.
func TestTheReferenceEndpointHolds(t *testing.T) {
	live, blockedVia := endpoint.Live{
		TrustedProxies: []string{"127.0.0.1"},
		Blocked:        []string{"192.0.2.1"},
	}, "header=X-Forwarded-For: 192.0.2.1"
	if runtime.GOOS == "linux" { // elsewhere 127.0.0.2 is no address of the machine
		live, blockedVia = endpoint.Live{Blocked: []string{"127.0.0.2"}}, "source=127.0.0.2"
	}
	server, err := endpoint.New(endpoint.Config{Live: live})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := http.Server{Handler: server} // its Close, unlike httptest's, waits for no handler that a mutant stopped
	defer target.Close()
	go func() { _ = target.Serve(listener) }()
	run, err := judge.Run(t.Context(), judge.Config{
		URL: "http://" + listener.Addr().String() + fixtures.BasePath, Privacy: []string{"Private"},
		BlockedVia: blockedVia, Timeout: 5 * time.Second, Settle: judge.NoSettle, // the endpoint's names never expire
	})
	if err != nil {
		t.Fatal(err)
	}
	if run.Verdict != report.Conformant {
		t.Errorf("the verdict is %s: %s", run.Verdict, run.Reason)
	}
	for _, c := range run.Clauses {
		switch {
		case c.Outcome != report.Passed && c.Outcome != report.Observed:
			t.Errorf("%s: %s: %s %v", c.Clause.ID, c.Outcome, c.Reason, c.Failures)
		case c.Observation != nil && !c.Observation.AsReference:
			t.Errorf("%s: observed %q, and the reference is documented to do otherwise: %s",
				c.Clause.ID, c.Observation.Text, c.Observation.Reference)
		}
	}
}
