//go:build release

package release

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// action is what a composite action's file says.
type action struct {
	Inputs  map[string]struct{ Default string }
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Using string
		Steps []struct {
			ID, If, Uses, Run, Shell string
			Env, With                map[string]string
		}
	}
}

// job runs actions as a runner would: their steps' shell, with the files that they write to.
type job struct {
	t      *testing.T
	folder string
	values map[string]string // what ${{ … }} stands for
}

// run is what came of an action.
type run struct {
	code                    int
	log, summary            string
	outputs                 map[string]string
	artifact, artifactFiles string
}

func (r run) exits(t *testing.T, what string, code int) {
	t.Helper()
	if r.code != code {
		t.Errorf("%s: exit %d, want %d\n%s", what, r.code, code, r.log)
	}
}

var expression = regexp.MustCompile(`\$\{\{\s*([^}]*?)\s*}}`)

func newJob(t *testing.T, releases string) *job {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "a job")
	if err := os.MkdirAll(filepath.Join(folder, "temp"), 0o755); err != nil {
		t.Fatal(err)
	}
	return &job{t, folder, map[string]string{
		"runner.temp": filepath.Join(folder, "temp"), "runner.os": "Linux", "runner.arch": "X64",
		"github.token": "", "github.action_ref": "v" + tag, "default.releases": releases,
	}}
}

// uses runs an action, from a copy of the actions outside this repository.
func (j *job) uses(name string, with map[string]string) run {
	j.t.Helper()
	home := filepath.Join(j.folder, "_actions")
	if _, err := os.Stat(home); err != nil {
		must(j.t, exec.Command("cp", "-r", filepath.Join(root, ".github/actions"), home))
	}
	var parsed action
	if err := yaml.Unmarshal([]byte(read(j.t, filepath.Join(home, name, "action.yml"))), &parsed); err != nil {
		j.t.Fatal(err)
	}
	if parsed.Runs.Using != "composite" {
		j.t.Fatalf("%s uses %q, want composite", name, parsed.Runs.Using)
	}
	values := maps.Clone(j.values)
	for input, declared := range parsed.Inputs {
		values["inputs."+input] = j.filled(declared.Default, values)
	}
	values["inputs.releases"] = j.values["default.releases"]
	for input, value := range with {
		if _, ok := parsed.Inputs[input]; !ok {
			j.t.Fatalf("%s has no input %s", name, input)
		}
		values["inputs."+input] = value
	}
	values["inputs.version || github.action_ref"] = values["github.action_ref"]
	result := run{outputs: map[string]string{}}
	for _, step := range parsed.Runs.Steps {
		switch {
		case strings.HasPrefix(step.Uses, "actions/upload-artifact@"):
			if step.If != "always() && inputs.artifact != ''" {
				j.t.Errorf("%s: the artifact is kept if %q", name, step.If)
			}
			result.artifact = j.filled(step.With["path"], values)
			files, _ := filepath.Glob(filepath.Join(result.artifact, "*"))
			for _, file := range files {
				result.artifactFiles += filepath.Base(file) + " "
			}
		case step.Uses != "":
			if !strings.HasPrefix(step.Uses, "actions/cache@") {
				j.t.Errorf("%s uses %s, which this test does not know", name, step.Uses)
			}
			j.filled(step.With["key"], values)
		default:
			j.step(&result, filepath.Join(home, name), step.Run, step.Shell, step.Env, values)
			for output, value := range result.outputs {
				values["steps."+step.ID+".outputs."+output] = value
			}
		}
	}
	for output, declared := range parsed.Outputs {
		result.outputs[output] = j.filled(declared.Value, values)
	}
	return result
}

func (j *job) step(result *run, home, script, shell string, env, values map[string]string) {
	j.t.Helper()
	if shell != "bash" {
		j.t.Fatalf("the shell is %q", shell)
	}
	files := map[string]string{}
	for _, name := range []string{"GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} {
		files[name] = filepath.Join(j.folder, name)
		write(j.t, files[name], "")
	}
	command := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	command.Dir = j.folder
	command.Env = append(os.Environ(), "GITHUB_ACTION_PATH="+home, "RUNNER_TEMP="+j.values["runner.temp"],
		"GITHUB_ACTIONS=true", "GITHUB_OUTPUT="+files["GITHUB_OUTPUT"],
		"GITHUB_STEP_SUMMARY="+files["GITHUB_STEP_SUMMARY"])
	for name, value := range env {
		command.Env = append(command.Env, name+"="+j.filled(value, values))
	}
	stdout, stderr, code := outcome(j.t, command)
	result.log, result.code = stdout+stderr, code
	result.summary = read(j.t, files["GITHUB_STEP_SUMMARY"])
	for line := range strings.Lines(read(j.t, files["GITHUB_OUTPUT"])) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			result.outputs[name] = value
		}
	}
}

// filled puts values in the place of expressions; every one must be known.
func (j *job) filled(text string, values map[string]string) string {
	return expression.ReplaceAllStringFunc(text, func(found string) string {
		name := expression.FindStringSubmatch(found)[1]
		value, ok := values[name]
		if !ok && !strings.HasPrefix(name, "steps.") { // a step that failed has no outputs
			j.t.Errorf("unknown expression %s", found)
		}
		return value
	})
}

// tag is the version under which the release is served, whatever it is called itself.
const tag = "1.2.3"

// releases serves the release as GitHub would.
func releases(t *testing.T) *httptest.Server {
	t.Helper()
	real, folder := version(t), filepath.Dir(released(t, "SHA256SUMS"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.URL.Path, "/download/v"+tag+"/")
		content, err := os.ReadFile(filepath.Join(folder, strings.ReplaceAll(name, tag, real)))
		if !ok || err != nil {
			http.NotFound(w, r)
			return
		}
		if name == "SHA256SUMS" {
			content = bytes.ReplaceAll(content, []byte(real), []byte(tag))
		}
		_, _ = w.Write(content)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestMockServerAction(t *testing.T) {
	server := releases(t)
	j := newJob(t, server.URL)
	started := j.uses("mockserver", map[string]string{"flags": "--name=alice\n--name=a name with spaces\n"})
	if started.code != 0 {
		t.Fatal(started.log)
	}
	url, token := started.outputs["base-url"], started.outputs["token"]
	contains(t, "the log", started.log, "::add-mask::"+token)
	for name, want := range map[string]int{"alice": 409, "a name with spaces": 409, "bob": 201} {
		if got := created(url, name); got != want {
			t.Errorf("%s got %d, want %d", name, got, want)
		}
	}
	j.uses("mockserver", nil).exits(t, "a second mock server in a job", 2)
	server.Close() // from here on, the program comes from the cache

	missing := j.uses("mockserver/stop", map[string]string{"require": "201,409,400"})
	missing.exits(t, "the gate", 1)
	contains(t, "the log", missing.log, "::error::", "400")
	contains(t, "the summary", missing.summary, "201", "409", "never met: 400")
	contains(t, "the artifact", missing.artifactFiles, "coverage.txt", "journal.json", "log.txt")
	var journal struct{ Requests []struct{ Name string } }
	if err := json.Unmarshal([]byte(read(t, filepath.Join(missing.artifact, "journal.json"))), &journal); err != nil ||
		len(journal.Requests) != 3 {
		t.Errorf("the journal has %d requests, want 3: %v", len(journal.Requests), err)
	}
	if got := created(url, "carol"); got != 0 {
		t.Errorf("the mock server still answers: %d", got)
	}
	j.uses("mockserver/stop", nil).exits(t, "stop without a mock server", 2)
	j.uses("mockserver", nil).exits(t, "a mock server from the cache, after another was stopped", 0)
	j.uses("mockserver/stop", nil).exits(t, "stop without a gate", 0)
}

func TestMockServerActionThatCannotStart(t *testing.T) {
	server := releases(t)
	j := newJob(t, server.URL)
	failed := j.uses("mockserver", map[string]string{"flags": "--no-such-flag"})
	failed.exits(t, "a wrong flag", 1)
	contains(t, "the log", failed.log, "no-such-flag", "::error::")
}

func TestConformanceAction(t *testing.T) {
	server := releases(t)
	right := serving(t, exec.Command(mockserver(t), "--listen", "localhost:0"))
	faulty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"name":%s,"privacy":"Public"}`, strconv.Quote(r.Header.Get("Username")))
	}))
	defer faulty.Close()
	j := newJob(t, server.URL)

	judged := j.uses("conformance", map[string]string{"url": right})
	if judged.code != 0 || judged.outputs["exit-code"] != "0" {
		t.Errorf("the mock server: exit %d, output %s\n%s", judged.code, judged.outputs["exit-code"], judged.log)
	}
	contains(t, "the artifact", judged.artifactFiles, "report.html", "report.json", "junit.xml", "report.har")
	if judged.summary == "" {
		t.Error("there is no summary")
	}
	baseline := filepath.Join(j.folder, "baseline.json")
	must(t, exec.Command("cp", filepath.Join(judged.artifact, "report.json"), baseline))

	violated := j.uses("conformance", map[string]string{"url": faulty.URL, "baseline": baseline})
	if violated.code != 1 || violated.outputs["exit-code"] != "1" {
		t.Errorf("a faulty target: exit %d, output %s\n%s", violated.code, violated.outputs["exit-code"], violated.log)
	}
	contains(t, "the log", violated.log, "::error title=conflict.")
	contains(t, "the summary", violated.summary, "Against the baseline")
	contains(t, "the difference", read(t, filepath.Join(violated.artifact, "diff.txt")), "conflict.status")
	reported := j.uses("conformance",
		map[string]string{"url": faulty.URL, "fail": "false", "baseline": "/no/such/file"})
	if reported.code != 0 || reported.outputs["exit-code"] != "1" {
		t.Errorf("fail: false: exit %d, output %s", reported.code, reported.outputs["exit-code"])
	}
	unreachable := j.uses("conformance", map[string]string{"url": "http://127.0.0.1:1/x", "fail": "false"})
	unreachable.exits(t, "a target that is not there", 3)
	j.uses("conformance", map[string]string{"url": right, "flags": "--rate=never"}).exits(t, "a wrong flag", 2)
}

func TestPactVerifyAction(t *testing.T) {
	j := newJob(t, releases(t).URL)
	pact := filepath.Join(j.folder, "a pact.json")
	must(t, exec.Command("cp", filepath.Join(root, "pacts/connectmypairs-go-client-connectmypairs.json"), pact))
	verified := j.uses("pact-verify", map[string]string{"pacts": "a pact.json\n"})
	if verified.code != 0 || verified.outputs["exit-code"] != "0" {
		t.Errorf("exit %d\n%s", verified.code, verified.log)
	}
	contains(t, "the artifact", verified.artifactFiles, "junit.xml", "output.txt")
	faulty := httptest.NewServer(http.NotFoundHandler())
	defer faulty.Close()
	violated := j.uses("pact-verify", map[string]string{"pacts": "a pact.json", "url": faulty.URL})
	if violated.code == 0 {
		t.Errorf("a faulty provider: exit 0\n%s", violated.log)
	}
	contains(t, "the log", violated.log, "::error::")
	j.uses("pact-verify", map[string]string{"pacts": "no such file"}).exits(t, "a pact that is not there", 2)
}

// tampered serves the release with something else in the place of its archives.
func tampered(t *testing.T) *httptest.Server {
	t.Helper()
	right := releases(t).Config.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".tar.gz") {
			fmt.Fprint(w, "something else")
			return
		}
		right.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// What is fetched is used only when it is what the release states.
func TestActionsRefuseWhatWasTamperedWith(t *testing.T) {
	j := newJob(t, tampered(t).URL)
	for _, name := range []string{"mockserver", "conformance", "pact-verify"} {
		refused := j.uses(name, nil)
		refused.exits(t, name, 2)
		contains(t, "the log", refused.log, "it is not used")
	}
	j.values["github.action_ref"] = "main"
	unnamed := j.uses("conformance", nil)
	unnamed.exits(t, "no version", 2)
	contains(t, "the log", unnamed.log, "set the input version")
}
