package metrics

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

func sample() *Metrics {
	return New(Config{
		Version:  "v1",
		Accounts: func() int { return 7 }, JournalBytes: func() int { return 1024 }, Spaces: func() int { return 2 },
	})
}

func TestRequestsAreCounted(t *testing.T) {
	m := sample()
	m.Observe(&endpoint.Exchange{Status: 201, Rule: "created", Fault: "",
		Duration: endpoint.Milliseconds(2 * time.Millisecond)})
	m.Observe(&endpoint.Exchange{Status: 201, Rule: "created", Fault: "truncate",
		Duration: endpoint.Milliseconds(2 * time.Millisecond)})
	m.Observe(&endpoint.Exchange{Status: 404, Rule: "other-path", Fault: "",
		Duration: endpoint.Milliseconds(20 * time.Millisecond)})
	want := `
# HELP mockserver_accounts Names in use, in the main mock and all spaces.
# TYPE mockserver_accounts gauge
mockserver_accounts 7
# HELP mockserver_faults_total Faults injected, by name.
# TYPE mockserver_faults_total counter
mockserver_faults_total{fault="drop-after-commit"} 0
mockserver_faults_total{fault="malformed"} 0
mockserver_faults_total{fault="reset"} 0
mockserver_faults_total{fault="slow-body"} 0
mockserver_faults_total{fault="truncate"} 1
mockserver_faults_total{fault="unavailable"} 0
# HELP mockserver_journal_bytes Memory taken by journals.
# TYPE mockserver_journal_bytes gauge
mockserver_journal_bytes 1024
# HELP mockserver_requests_total Requests, by the status of the answer and by the rule that decided; ` +
		`status 0 is a request without an answer.
# TYPE mockserver_requests_total counter
mockserver_requests_total{rule="created",status="201"} 2
mockserver_requests_total{rule="other-path",status="404"} 1
# HELP mockserver_spaces Spaces that exist.
# TYPE mockserver_spaces gauge
mockserver_spaces 2
`
	if err := testutil.GatherAndCompare(m.registry, strings.NewReader(want),
		"mockserver_accounts", "mockserver_faults_total", "mockserver_journal_bytes", "mockserver_requests_total",
		"mockserver_spaces"); err != nil {
		t.Error(err)
	}
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
	for _, line := range []string{
		`mockserver_request_duration_seconds_count 3`,
		`mockserver_request_duration_seconds_bucket{le="0.005"} 2`,
		`mockserver_request_duration_seconds_bucket{le="0.05"} 3`,
		`version="v1"`,
		`go_goroutines`,
	} {
		if !strings.Contains(recorder.Body.String(), line) {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

func TestNamesFollowTheConventions(t *testing.T) {
	problems, err := testutil.GatherAndLint(sample().registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		if strings.HasPrefix(problem.Metric, "mockserver_") {
			t.Errorf("%s: %s", problem.Metric, problem.Text)
		}
	}
}

func TestObservingAllocatesNothing(t *testing.T) {
	m := sample()
	exchange := &endpoint.Exchange{Status: 201, Rule: "created", Duration: 1000}
	if got := testing.AllocsPerRun(1000, func() { m.Observe(exchange) }); got != 0 {
		t.Errorf("%v allocations per request", got)
	}
}
