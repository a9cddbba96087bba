package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// asProgram makes the test binary the program: ginkgo runs once per process, so every run needs one of its own.
const asProgram = "TEST_AS_CONFORMANCE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// result is what a run of the program left.
type result struct {
	code           int
	stdout, stderr string
	state          *os.ProcessState
}

func program(t *testing.T, environment []string, args ...string) result {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, self, args...)
	command.Env = slices.Concat(os.Environ(), environment, []string{asProgram + "=1"})
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err = command.Run()
	if command.ProcessState == nil {
		t.Fatal(err)
	}
	return result{command.ProcessState.ExitCode(), stdout.String(), stderr.String(), command.ProcessState}
}

// judged runs the program against a URL and returns its report, too.
func judged(t *testing.T, url string, args ...string) (result, report.Run) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	got := program(t, nil, append([]string{"--url", url, "--json", file}, args...)...)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: %+v", err, got)
	}
	run, err := report.ReadJSON(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return got, run
}

// serveMock serves the kit's mock server and returns its base URL.
func serveMock(t *testing.T, cfg endpoint.Config) string {
	return serveMockOf(t, mock.Config{Endpoint: cfg})
}

func serveMockOf(t *testing.T, cfg mock.Config) string {
	t.Helper()
	served := httptest.NewUnstartedServer(nil)
	base := "http://" + served.Listener.Addr().String() + fixtures.BasePath
	cfg.BaseURL = base
	m, err := mock.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	served.Config.Handler = m
	served.Start()
	t.Cleanup(func() {
		m.Drain()
		served.Close()
	})
	return base
}

// write writes a file for a test and returns its path.
func write(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExitCodes(t *testing.T) {
	conforming := serveMock(t, endpoint.Config{})
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"ok":true}`))
	}))
	t.Cleanup(broken.Close)
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "taken", "report.har"), 0o755); err != nil {
		t.Fatal(err)
	}
	list := write(t, folder, "known", "# what we know\ncreated.status # issue 7\n")
	for name, c := range map[string]struct {
		args []string
		code int
		say  string
	}{
		// Nobody says how to be blocked: the mock is asked.
		"conformant":          {[]string{"--url", conforming}, 0, "CONFORMANT"},
		"partial":             {[]string{"--url", conforming, "--skip", "blocked.*"}, 0, "PARTIAL"},
		"violated":            {[]string{"--url", broken.URL, "--repeat", "1"}, 1, "VIOLATED"},
		"known failure holds": {[]string{"--url", conforming, "--known-failing", list}, 1, "created.status"},
		"no URL":              {nil, 2, "--url"},
		"bad URL":             {[]string{"--url", "staging"}, 2, "http://"},
		"production":          {[]string{"--url", fixtures.ProductionURL}, 2, "--allow-production"},
		"unknown flag":        {[]string{"--url", conforming, "--lvel", "x"}, 2, "unknown flag"},
		"unknown command":     {[]string{"judge"}, 2, "unexpected argument"},
		"header without name": {[]string{"--url", conforming, "--header", "secret-token"}, 2, "Name: value"},
		"no time":             {[]string{"--url", conforming, "--timeout", "0s"}, 2, "timeout: must be more than 0"},
		"never":               {[]string{"--url", conforming, "--repeat", "0"}, 2, "repeat: must be 1 or more"},
		"no folder to report": {[]string{"--url", conforming, "--json", "no-such/report.json"}, 2,
			"json: there is no folder no-such/"},
		"one file for two": {[]string{"--url", conforming, "--json", "./r", "--junit", "r"}, 2,
			"json: --junit writes to r, too"},
		"one file for two, in a folder": {[]string{"--url", conforming, "--report-dir", folder, "--json",
			folder + "/junit.xml"}, 2, "json: --report-dir writes to " + folder + "/junit.xml, too"},
		"one file for the same, in a folder": {[]string{"--url", conforming, "--run", "created.status", "--report-dir",
			folder + "/same", "--json", folder + "/same/report.json"}, 0, "PARTIAL"},
		"report of the folder is a folder": {[]string{"--url", conforming, "--report-dir", folder + "/taken"}, 2,
			"report-dir: " + folder + "/taken/report.har is a folder"},
		"file is a folder": {[]string{"--url", conforming, "--har", folder}, 2,
			"har: " + folder + " is a folder; name a file in it"},
		"folder is a file": {[]string{"--url", conforming, "--report-dir", list}, 2, "report-dir: "},
		"folder in a file": {[]string{"--url", conforming, "--report-dir", list + "/reports"}, 2, "report-dir: "},
		"report in the folder to make": {[]string{"--url", conforming, "--run", "created.status", "--report-dir",
			folder + "/new/reports", "--mock-config", folder + "/new/reports/mock.yaml", "--json", folder + "/new/r"},
			0, "PARTIAL"},
		"report in another folder": {[]string{"--url", conforming, "--report-dir", folder + "/newer", "--json",
			folder + "/newer/below/report.json"}, 2, "json: there is no folder"},
		"several settings": {[]string{"--url", conforming, "--privacy", "Private,Public", "--run",
			"created.privacy"}, 0, "PARTIAL"},
		"unreachable":         {[]string{"--url", "http://127.0.0.1:1/x"}, 3, "cannot be reached"},
		"nothing ran":         {[]string{"--url", conforming, "--run", "names.*"}, 3, "NOT JUDGED"},
		"require all not met": {[]string{"--url", conforming, "--skip", "blocked.*", "--require-all"}, 3, "blocked"},
		"help":                {[]string{"--help"}, 0, "--blocked-via"},
		"help on no limits":   {[]string{"--help"}, 0, "(0, the default:"},
		"no limits": {[]string{"--url", conforming, "--run", "created.status", "--rate", "0", "--max-accounts", "0"}, 0,
			"PARTIAL"},
		"version":             {[]string{"--version"}, 0, "conformance " + version() + " (go"},
		"version, twice":      {[]string{"--version", "--version"}, 0, "conformance " + version() + " (go"},
		"clauses":             {[]string{"clauses"}, 0, "conflict.concurrent"},
		"clauses of nothing":  {[]string{"clauses", "x"}, 2, "there is no clause x"},
		"selftest of nothing": {[]string{"selftest", "--only", "x"}, 2, "no implementation"},
		"selftest to nowhere": {[]string{"selftest", "--only", "base", "--json", "no-such/matrix.json"}, 2,
			"json: there is no folder no-such/"},
		"selftest to a folder": {[]string{"selftest", "--only", "base", "--json", folder}, 2, "name a file in it"},
		"plan":                 {[]string{"--url", "http://127.0.0.1:1/x", "--plan"}, 0, "requests"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := program(t, nil, c.args...)
			if got.code != c.code || !strings.Contains(got.stdout+got.stderr, c.say) {
				t.Errorf("exit code %d, want %d and %q\n%s\n%s", got.code, c.code, c.say, got.stdout, got.stderr)
			}
			if c.code == report.ExitUsage && (got.stdout != "" || strings.Contains(got.stderr, "secret-token")) {
				t.Errorf("stdout: %q, stderr: %q", got.stdout, got.stderr)
			}
			if strings.Count(got.stdout, "conformance "+version()+" (go") > 1 {
				t.Errorf("the version is printed twice:\n%s", got.stdout)
			}
			if strings.Contains(got.stdout, "Ginkgo") || strings.Contains(got.stdout, "Running Suite") {
				t.Errorf("ginkgo's output is in stdout:\n%s", got.stdout)
			}
		})
	}
}

// A CI server that reads nothing but one report must not take a run for green that could not write another.
func TestReportsTellWhichOtherCouldNotBeWritten(t *testing.T) {
	folder, file := t.TempDir(), filepath.Join(t.TempDir(), "junit.xml")
	handler := serveMockHandler(t)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = os.Mkdir(filepath.Join(folder, "report.har"), 0o755) // where a file is to be, and only now
		handler.ServeHTTP(w, r)
	}))
	defer target.Close()
	got, run := judged(t, target.URL+fixtures.BasePath, "--run", "created.status", "--repeat", "1",
		"--report-dir", folder, "--junit", file)
	if got.code != report.ExitNotJudged || run.ExitCode() != got.code || !strings.Contains(run.Reason, "report.har") {
		t.Errorf("exit code %d, in JSON %d for the reason %q\n%s", got.code, run.ExitCode(), run.Reason, got.stderr)
	}
	for _, path := range []string{file, filepath.Join(folder, "junit.xml")} {
		content, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(content, []byte(`<error message="not every report could be written: `)) {
			t.Errorf("%v\n%s", err, content)
		}
	}
}

func TestSecretsComeFromEnvironmentAndFile(t *testing.T) {
	right := serveMockHandler(t)
	var wrong []string
	guarded := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, fixtures.BasePath) &&
			(r.Header.Get("Authorization") != "Bearer t0ken-of-file" || r.Header.Get("X-Key") != "k3y-of-file") {
			wrong = append(wrong, fmt.Sprint(r.Header))
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		right.ServeHTTP(w, r)
	}))
	t.Cleanup(guarded.Close)
	const headers = "Authorization: Bearer t0ken-of-file\nX-Key: k3y-of-file"
	file := write(t, t.TempDir(), "headers", headers+"\n")
	for _, variable := range []string{"CONFORMANCE_HEADER=@" + file, "CONFORMANCE_HEADER=" + headers} {
		dir, environment := t.TempDir(), []string{variable}
		got := program(t, environment, "--url", guarded.URL+fixtures.BasePath, "--skip", "blocked.*", "--repeat", "1",
			"--settle", "0s", "--report-dir", dir, "--github")
		if got.code != 0 || len(wrong) > 0 {
			t.Errorf("exit code %d\n%s\n%s\n%v", got.code, got.stdout, got.stderr, wrong)
		}
		files, err := os.ReadDir(dir)
		if err != nil || len(files) != 4 {
			t.Fatalf("the report folder holds %v: %v", files, err)
		}
		for _, f := range files {
			content, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil || bytes.Contains(content, []byte("t0ken-of-file")) ||
				bytes.Contains(content, []byte("k3y-of-file")) {
				t.Errorf("%s holds a secret: %v", f.Name(), err)
			}
		}
	}
}

func serveMockHandler(t *testing.T) http.Handler {
	t.Helper()
	m, err := mock.New(mock.Config{Control: mock.ControlConfig{Off: true}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestAMockConfiguredAsObservedBehavesTheSame is the promise of --mock-config.
func TestAMockConfiguredAsObservedBehavesTheSame(t *testing.T) {
	for name, target := range map[string]endpoint.Live{
		"one way": {
			Privacy: []string{"Public", "Friends"},
			Assumptions: map[string]string{
				"check-order": "409,403,400", "username-description": "Who are you?",
				"username-refusal-members": "code,description",
				"repeated-username":        "first", "privacy-comparison": "fold", "empty-privacy": "default",
				"repeated-privacy": "last",
				"name-comparison":  "fold", "non-ascii-names": "latin-1", "max-name-length": "100",
				"missing-slash": "accept",
				"other-method":  "404",
			},
		},
		"another way": {
			Privacy: []string{"Public", "Private", "Hidden"},
			Assumptions: map[string]string{
				"check-order": "400,409,403", "username-refusal-members": "name,code", "repeated-username": "join",
				"repeated-privacy": "first", "non-ascii-names": "refuse", "missing-slash": "redirect",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "mock.yaml")
			got, first := judged(t, serveMock(t, endpoint.Config{Live: target}), "--mock-config", file)
			if first.Verdict != report.Conformant {
				t.Fatalf("exit code %d\n%s\n%s", got.code, got.stdout, got.stderr)
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var written struct {
				Privacy []string
				Assume  map[string]string
			}
			if err := yaml.UnmarshalWithOptions(content, &written, yaml.Strict()); err != nil {
				t.Fatalf("%v\n%s", err, content)
			}
			for id, value := range target.Assumptions {
				if told, ok := written.Assume[id]; ok && told != value {
					t.Errorf("%s is %q, was observed as %q", id, value, told)
				}
			}
			_, second := judged(t, serveMock(t,
				endpoint.Config{Live: endpoint.Live{Privacy: written.Privacy, Assumptions: written.Assume}}))
			if one, other := observations(first), observations(second); !maps.Equal(one, other) {
				for id := range one {
					if one[id] != other[id] {
						t.Errorf("%s: the target: %s; a mock configured so: %s", id, one[id], other[id])
					}
				}
			}
		})
	}
}

func observations(run report.Run) map[string]string {
	texts := map[string]string{}
	for _, c := range run.Clauses {
		if c.Observation != nil {
			texts[c.Clause.ID] = regexp.MustCompile("conf"+run.ID+"...").ReplaceAllString(c.Observation.Text, "NAME")
		}
	}
	return texts
}

// A mock that is told who may call as a run has observed it answers the next run in the same way.
func TestOtherOriginsAreObservedAlikeInAMockConfiguredSo(t *testing.T) {
	right := serveMockHandler(t)
	refusing := func(status int) string {
		served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodOptions {
				w.WriteHeader(status)
				return
			}
			r.Header.Del("Origin")
			right.ServeHTTP(w, r)
		}))
		t.Cleanup(served.Close)
		return served.URL + fixtures.BasePath
	}
	for name, target := range map[string]string{
		"any origin":                 serveMock(t, endpoint.Config{}),
		"one origin":                 serveMock(t, endpoint.Config{CORSOrigins: []string{"https://app.example"}}),
		"preflights that no one has": refusing(http.StatusMethodNotAllowed),
		"preflights without headers": refusing(http.StatusNoContent),
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "mock.yaml")
			_, first := judged(t, target, "--run", "other-origin.answer,created.status", "--repeat", "1",
				"--mock-config", file)
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var written struct {
				Origin string `yaml:"cors-origin"`
			}
			if err := yaml.Unmarshal(content, &written); err != nil {
				t.Fatalf("%v\n%s", err, content)
			}
			var configured endpoint.Config
			if written.Origin != "" {
				configured.CORSOrigins = []string{written.Origin}
			}
			_, second := judged(t, serveMock(t, configured), "--run", "other-origin.answer,created.status", "--repeat",
				"1")
			const id = "other-origin.answer"
			if one, other := observations(first)[id], observations(second)[id]; one != other || one == "" {
				t.Errorf("the target: %s; a mock configured so: %s\n%s", one, other, content)
			}
		})
	}
}

// A mock that wants a token is no broken tool: what a blocked caller gets is not checked, and the report says what
// would help.
func TestAMockThatWantsATokenIsJudgedInPart(t *testing.T) {
	target := serveMockOf(t, mock.Config{Control: mock.ControlConfig{Token: "t0ken-of-mock"}})
	got, run := judged(t, target, "--repeat", "1", "--settle", "0")
	if got.code != report.ExitConformant || run.Verdict != report.Partial ||
		!strings.Contains(got.stdout, "control token; give it with --header") {
		t.Errorf("exit code %d\n%s\n%s", got.code, got.stdout, got.stderr)
	}
	got, _ = judged(t, target, "--repeat", "1", "--settle", "0", "--header", "Authorization: Bearer t0ken-of-mock")
	if got.code != report.ExitConformant || !strings.HasPrefix(got.stdout, "CONFORMANT") {
		t.Errorf("with the token: exit code %d\n%s\n%s", got.code, got.stdout, got.stderr)
	}
}

// What --accounts lists is what a clean-up job has to delete: every name that was created, and no other.
func TestAccountsAreWhatTheRunLeavesBehind(t *testing.T) {
	var mu sync.Mutex
	var created []string
	right := serveMockHandler(t)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		right.ServeHTTP(recorder, r)
		var body struct{ Name string }
		if recorder.Code == http.StatusCreated && json.Unmarshal(recorder.Body.Bytes(), &body) == nil {
			mu.Lock()
			created = append(created, body.Name)
			mu.Unlock()
		}
		maps.Copy(w.Header(), recorder.Header())
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	}))
	t.Cleanup(target.Close)
	file := filepath.Join(t.TempDir(), "a list")
	program(t, nil, "--url", target.URL+fixtures.BasePath, "--settle", "0", "--accounts", file)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	listed := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	slices.Sort(listed)
	slices.Sort(created)
	if !slices.Equal(listed, created) || len(listed) < 200 {
		t.Errorf("%d accounts were created, and %d are listed: %q, %q", len(created), len(listed), created, listed)
	}
}

// A clause that no implementation breaks has a check of which nothing shows that it can fail.
func TestEveryClauseIsBroken(t *testing.T) {
	faulty := faultyOf()
	for _, clause := range fixtures.Clauses() {
		if clause.Level != fixtures.Observed && len(faulty[clause.ID]) == 0 {
			t.Errorf("no faulty implementation proves the check of %s", clause.ID)
		}
	}
}

func TestDiff(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a folder")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	run := func(outcome report.Outcome) string {
		var out bytes.Buffer
		err := report.JSON(&out, report.Run{
			Schema: report.SchemaVersion, Verdict: report.Partial,
			Clauses: []report.ClauseResult{{Clause: fixtures.Clauses()[0], Outcome: outcome}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	holds := write(t, folder, "holds.json", run(report.Passed))
	violated := write(t, folder, "violated.json", "\xef\xbb\xbf"+run(report.Failed))
	for _, test := range []struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{[]string{holds, violated}, 1, "Newly violated (1)", ""},
		{[]string{violated, holds}, 0, "Newly holding (1)", ""},
		{[]string{holds, holds}, 0, "Nothing changed.", ""},
		{[]string{"--markdown", holds, violated}, 1, "### Newly violated (1)", ""},
		{[]string{holds}, 2, "", `expected "<new>"`},
		{[]string{holds, filepath.Join(folder, "missing.json")}, 2, "", "missing.json: no such file"},
		{[]string{holds, folder}, 2, "", "is not a regular file"},
		{[]string{write(t, folder, "empty.json", ""), holds}, 2, "", "empty.json: read JSON report: EOF"},
		{[]string{write(t, folder, "old.json", `{"schema":1}`), holds}, 2, "", "schema 1: this version reads schema 2"},
	} {
		got := program(t, nil, append([]string{"diff"}, test.args...)...)
		if got.code != test.code || !strings.Contains(got.stdout, test.stdout) ||
			!strings.Contains(got.stderr, test.stderr) {
			t.Errorf("%q: exit code %d, %s%s", test.args, got.code, got.stdout, got.stderr)
		}
	}
}
