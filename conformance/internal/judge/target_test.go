package judge

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
)

// rightTarget is the dryTarget as a server: a small target that is right. It blocks callers that X-Blocked names.
func rightTarget() http.Handler {
	right := &dryTarget{accepted: []string{"Public", "Private"}, names: map[string]bool{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var tripper http.RoundTripper = right
		if r.Header.Get("X-Blocked") != "" {
			tripper = dryBlocked{}
		}
		response, err := tripper.RoundTrip(r)
		if err != nil {
			panic(err)
		}
		w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body)
	})
}

// altered serves the answers of a handler, changed.
func altered(right http.Handler, change func(r *http.Request, answer *httptest.ResponseRecorder)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		right.ServeHTTP(answer, r)
		change(r, answer)
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// blockedHeader is the way to be blocked by rightTarget.
const blockedHeader = "header=X-Blocked: yes"

// serve starts a target for the time of a test and returns its base URL.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + "/connectmypairs"
}

// judged makes one run, which does not wait for names to expire unless the configuration says so.
func judged(t *testing.T, cfg Config) report.Run {
	t.Helper()
	if cfg.Settle == 0 {
		cfg.Settle = NoSettle
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a guard only
	defer cancel()
	run, err := Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func wantConformant(t *testing.T, run report.Run) {
	t.Helper()
	if run.Verdict != report.Conformant {
		t.Errorf("the verdict is %s (%s); failed: %v, errors: %v, unchecked: %v", run.Verdict, run.Reason,
			withOutcome(run, report.Failed), withOutcome(run, report.Errored), withOutcome(run, report.Unchecked))
	}
}

// clauseOf returns what became of a clause.
func clauseOf(t *testing.T, run report.Run, id string) report.ClauseResult {
	t.Helper()
	for _, c := range run.Clauses {
		if c.Clause.ID == id {
			return c
		}
	}
	t.Fatalf("the report has no clause %s", id)
	return report.ClauseResult{}
}

func withOutcome(run report.Run, outcome report.Outcome) []string {
	var ids []string
	for _, c := range run.Clauses {
		if c.Outcome == outcome {
			ids = append(ids, c.Clause.ID)
		}
	}
	return ids
}
