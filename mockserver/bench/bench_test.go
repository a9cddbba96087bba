package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// Every request of a load must be a create of its own: a load of refusals would be fast, and no figure.
func TestALoadCreatesAnAccountWithEveryRequest(t *testing.T) {
	for _, rate := range []float64{0, 2000} {
		mock := endpoint.Must(endpoint.New(endpoint.Config{}))
		target := httptest.NewServer(mock)
		outcome, err := load{
			base: parse(t, target.URL+"/connectmypairs"), connections: 3, rate: rate, warmUp: 20 * time.Millisecond, time: 50 * time.Millisecond,
		}.run()
		target.Close()
		if err != nil {
			t.Fatal(err)
		}
		if outcome.statuses[http.StatusCreated] != outcome.requests || outcome.requests == 0 {
			t.Errorf("rate %v: %d requests got %v, want 201 for all", rate, outcome.requests, outcome.statuses)
		}
		if count := mock.State().Count(); count != outcome.requests {
			t.Errorf("rate %v: %d requests made %d accounts", rate, outcome.requests, count)
		}
		if p50, p99 := outcome.quantile(.5), outcome.quantile(.99); p50 <= 0 || p99 < p50 {
			t.Errorf("rate %v: p50 %v, p99 %v", rate, p50, p99)
		}
	}
}

func TestALoadEndsAtAnAnswerThatIsNotExpected(t *testing.T) {
	target := httptest.NewServer(endpoint.Must(endpoint.New(endpoint.Config{MaxAccounts: 1})))
	defer target.Close()
	_, err := load{base: parse(t, target.URL+"/connectmypairs"), connections: 1, time: time.Minute}.run()
	if err == nil || !strings.Contains(err.Error(), "507") {
		t.Errorf("error %v, want one that shows the 507", err)
	}
}

// At a rate, a request that was due while its connection waited for an answer has waited since then.
func TestAPacedLoadCountsTheWaitForABusyConnection(t *testing.T) {
	const stall = 200 * time.Millisecond
	first := true
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if first {
			first = false
			<-time.After(stall)
		}
		w.WriteHeader(http.StatusCreated)
	}))
	defer target.Close()
	outcome, err := load{base: parse(t, target.URL), connections: 1, rate: 100, time: 2 * stall}.run()
	if err != nil {
		t.Fatal(err)
	}
	late := 0
	for _, latency := range outcome.latencies {
		if latency > stall/4 {
			late++
		}
	}
	if late < 10 { // 20 were due during the stall, 15 of them a quarter of it before its end
		t.Errorf("%d requests waited long, of %v; want those that were due during the stall", late, outcome.latencies)
	}
}

func TestWhereAnAnswerEnds(t *testing.T) {
	for _, tt := range []struct {
		answer         string
		status, length int
	}{
		{"HTTP/1.1 201 Created\r\nContent-Le", 0, 0},
		{"HTTP/1.1 201 Created\r\nContent-Length: 3\r\nDate: x\r\n\r\n", 201, 55},
		{"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}", 409, 46},
		{"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", 201, 0},
		{"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 201, 64},
	} {
		if status, length := measure([]byte(tt.answer)); status != tt.status || length != tt.length {
			t.Errorf("%q: status %d, length %d; want %d, %d", tt.answer, status, length, tt.status, tt.length)
		}
	}
}

func TestARatioIsJudgedRoundByRound(t *testing.T) {
	f := compared("throughput", "/s", []float64{90, 50, 99}, "net/http", []float64{100, 50, 100}, atLeast(.95))
	if f.Ratio != .99 || f.Low != .9 || f.High != 1 || !f.Met {
		t.Errorf("got %+v", f)
	}
	if f := compared("p99", "s", []float64{12}, "net/http", []float64{10}, atMost(1.1)); f.Met {
		t.Errorf("1.2 is met though at most 1.1 is asked for: %+v", f)
	}
	if f := alone("bytes", "B", 101, atMost(100)); f.Met || !strings.Contains(f.verdict(f.Unit), "NOT MET") {
		t.Errorf("101 is met though at most 100 is asked for: %+v", f)
	}
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"--only", "everything"}, `no part "everything"`},
		{[]string{"--rounds", "0"}, "above 0"},
		{[]string{"--target", "other=http://192.0.2.1/x"}, "not on this machine's loopback"},
		{[]string{"soak", "--for", "1s"}, "from 30s"},
		{[]string{"--bin", t.TempDir(), "--only", "start"}, "build it with make bench"},
	} {
		var stderr bytes.Buffer
		if code := run(t.Context(), tt.args, &bytes.Buffer{}, &stderr); code != exitUsage || !strings.Contains(stderr.String(), tt.says) {
			t.Errorf("%v: exit %d, %q; want %d and %q", tt.args, code, stderr.String(), exitUsage, tt.says)
		}
	}
}

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
