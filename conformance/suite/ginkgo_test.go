package suite_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/suite"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// The environment of TestSample.
const sampleURL, sampleRun = "SUITE_SAMPLE_URL", "SUITE_SAMPLE_RUN"

// TestSample is a suite of the kit's user, which the tests below run in a process of its own with flags of ginkgo's.
func TestSample(t *testing.T) {
	url := os.Getenv(sampleURL)
	if url == "" {
		return
	}
	config := suite.Config{
		URL: url, Privacy: []string{"Private"}, BlockedVia: "header=X-Forwarded-For: 192.0.2.1",
		Repeat: 1, Settle: suite.NoSettle,
	}
	if pattern := os.Getenv(sampleRun); pattern != "" {
		config.Run = []string{pattern}
	}
	ginkgo.Describe("Sample", func() {
		ginkgo.It("does what else it does", func() {})
		suite.Register(&config)
	})
	ginkgo.RunSpecs(t, "Sample")
}

// sampled is what a run of TestSample left: the states of the specs of clauses, and how many requests were sent.
type sampled struct {
	passed   bool
	states   map[string]types.SpecState
	messages map[string]string
	requests int64
	output   string
}

// in returns the ids of the clauses whose specs are in a state, in ginkgo's order of them.
func (s sampled) in(state types.SpecState) []string {
	var ids []string
	for _, clause := range fixtures.Clauses() {
		if s.states[clause.ID] == state {
			ids = append(ids, clause.ID)
		}
	}
	return ids
}

// sample runs TestSample against a target, as command does, which is the test binary when it is empty.
func sample(t *testing.T, target http.Handler, command []string, environment ...string) sampled {
	t.Helper()
	var result sampled
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		target.ServeHTTP(w, r)
	}))
	defer server.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if command[0] == "" {
		command = slices.Concat([]string{self, "-test.run", "^TestSample$"}, command[1:],
			[]string{"-ginkgo.json-report", filepath.Join(folder, "report.json")})
	} else {
		command = slices.Concat(command, []string{"--output-dir", folder, "--json-report", "report.json", self, "--",
			"-test.run", "^TestSample$"})
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	process := exec.CommandContext(ctx, command[0], command[1:]...)
	process.Env = slices.Concat(os.Environ(), environment, []string{sampleURL + "=" + server.URL})
	output, err := process.CombinedOutput()
	result.passed, result.output, result.requests = err == nil, string(output), requests.Load()
	content, err := os.ReadFile(filepath.Join(folder, "report.json"))
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	var reports []types.Report
	if err := json.Unmarshal(content, &reports); err != nil {
		t.Fatal(err)
	}
	result.states, result.messages = map[string]types.SpecState{}, map[string]string{}
	for _, spec := range reports[0].SpecReports {
		if id, _, isClause := strings.Cut(spec.LeafNodeText, ": "); isClause {
			result.states[id], result.messages[id] = spec.State, spec.Failure.Message
		}
	}
	return result
}

func right() http.Handler { return &yourHandler{names: map[string]bool{}} }

func TestRegisterIsSelectedAndOrderedByGinkgo(t *testing.T) {
	var bound, documented []string
	for _, clause := range fixtures.Clauses() {
		if clause.Level != fixtures.Observed {
			bound = append(bound, clause.ID)
		}
		if clause.Section == "created" && clause.Level == fixtures.Documented {
			documented = append(documented, clause.ID)
		}
	}
	whole := sample(t, right(), []string{""})
	if passed := whole.in(types.SpecStatePassed); !whole.passed || len(passed) != len(fixtures.Clauses()) {
		t.Fatalf("passed: %v\n%s", passed, whole.output)
	}
	for name, c := range map[string]struct {
		flags, environment []string
		passed             []string
		most               int64
	}{
		"a label filter": {[]string{"-ginkgo.label-filter", "created && documented"}, nil, documented,
			whole.requests / 2},
		"a label of one clause": {[]string{"-ginkgo.label-filter", "conflict.code"}, nil, []string{"conflict.code"},
			whole.requests / 2},
		"focus": {[]string{"-ginkgo.focus", "conflict.code: "}, nil, []string{"conflict.code"},
			whole.requests / 2},
		"skip": {[]string{"-ginkgo.skip", "conflict|created|names", "-ginkgo.label-filter",
			"invalid-privacy.code"}, nil, []string{"invalid-privacy.code"}, whole.requests / 2},
		"Config.Run": {nil, []string{sampleRun + "=conflict.code"}, []string{"conflict.code"},
			whole.requests / 2},
		"specs in random order": {[]string{"-ginkgo.randomize-all", "-ginkgo.seed", "7", "-ginkgo.label-filter",
			"!observed"}, nil, bound, whole.requests},
		"nothing of the contract": {[]string{"-ginkgo.focus", "does what else"}, nil, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := sample(t, right(), append([]string{""}, c.flags...), c.environment...)
			if passed := got.in(types.SpecStatePassed); !got.passed || !slices.Equal(passed, c.passed) ||
				got.requests > c.most {
				t.Errorf("passed: %v, want %v; %d requests, at most %d\n%s", passed, c.passed, got.requests, c.most,
					got.output)
			}
		})
	}
	t.Run("a dry run", func(t *testing.T) {
		got := sample(t, right(), []string{"", "-ginkgo.dry-run"})
		if passed := got.in(types.SpecStatePassed); !got.passed || len(passed) != len(fixtures.Clauses()) ||
			got.requests > 0 {
			t.Errorf("%d requests; passed: %v\n%s", got.requests, passed, got.output)
		}
	})
}

// The specs are an ordered container, so one of ginkgo's processes makes the run, once.
func TestRegisterInParallelProcesses(t *testing.T) {
	ginkgo := filepath.Join(t.TempDir(), "ginkgo")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", ginkgo, "github.com/onsi/ginkgo/v2/ginkgo")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	whole := sample(t, right(), []string{""})
	got := sample(t, right(), []string{ginkgo, "-p", "--procs", "2"})
	if passed := got.in(types.SpecStatePassed); !got.passed || len(passed) != len(fixtures.Clauses()) {
		t.Errorf("passed: %v\n%s", passed, got.output)
	}
	if got.requests > whole.requests*3/2 {
		t.Errorf("%d requests; one process sends %d", got.requests, whole.requests)
	}
}

func TestRegisterFailsTheSpecOfTheClauseThatIsViolated(t *testing.T) {
	handler := right()
	got := sample(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(bytes.Replace(recorder.Body.Bytes(), []byte(`"409"`), []byte(`"40900"`), 1))
	}), []string{"", "-ginkgo.label-filter", "conflict"})
	if failed := got.in(types.SpecStateFailed); got.passed || !slices.Equal(failed, []string{"conflict.code"}) {
		t.Errorf("failed: %v\n%s", failed, got.output)
	}
	for _, shown := range []string{"conflict.code (documented)", `"40900"`, "curl -i -X POST"} {
		if !strings.Contains(got.messages["conflict.code"], shown) {
			t.Errorf("the failure does not show %s:\n%s", shown, got.messages["conflict.code"])
		}
	}
}

func TestRegisterFailsOnceWhenTheTargetCannotBeJudged(t *testing.T) {
	unauthorized := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }
	got := sample(t, http.HandlerFunc(unauthorized), []string{""})
	failed, skipped := got.in(types.SpecStateFailed), got.in(types.SpecStateSkipped)
	if got.passed || len(failed) != 1 || len(skipped) != len(fixtures.Clauses())-1 {
		t.Errorf("failed: %v, skipped: %d\n%s", failed, len(skipped), got.output)
	}
	if len(failed) == 1 && !strings.Contains(got.messages[failed[0]], "could not judge: ") {
		t.Errorf("the failure is %s", got.messages[failed[0]])
	}
}

// A run that cannot fail is no green one: the questions that the page leaves open are not enough.
func TestRegisterFailsWhenNothingThatCanFailIsSelected(t *testing.T) {
	got := sample(t, right(), []string{"", "-ginkgo.label-filter", "observed"})
	if failed := got.in(types.SpecStateFailed); got.passed || len(failed) != 1 ||
		!strings.Contains(got.messages[failed[0]], "no clause") {
		t.Errorf("failed: %v\n%s", failed, got.output)
	}
}
