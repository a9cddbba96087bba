//go:build release

package release

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// Kubernetes shows a ConfigMap as links to links, and swaps one of them. The mock server starts with the manifest's
// own arguments and takes the new file.
func TestKubernetesManifestReloads(t *testing.T) {
	var config struct{ Data map[string]string }
	var deployment struct {
		Spec struct {
			Template struct {
				Spec struct {
					Containers []struct{ Args []string }
				}
			}
		}
	}
	documents := strings.Split(read(t, filepath.Join(root, "mockserver/deploy/kubernetes.yaml")), "\n---\n")
	for i, into := range []any{&config, &deployment} {
		if err := yaml.Unmarshal([]byte(documents[i]), into); err != nil {
			t.Fatal(err)
		}
	}
	folder := t.TempDir()
	swap := func(version, content string) {
		t.Helper()
		for _, err := range []error{
			os.Mkdir(filepath.Join(folder, version), 0o755),
			os.WriteFile(filepath.Join(folder, version, "mockserver.yaml"), []byte(content), 0o644),
			os.Symlink(version, filepath.Join(folder, "..data_tmp")),
			os.Rename(filepath.Join(folder, "..data_tmp"), filepath.Join(folder, "..data")),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	swap("..1", config.Data["mockserver.yaml"])
	if err := os.Symlink("..data/mockserver.yaml", filepath.Join(folder, "mockserver.yaml")); err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(t.TempDir(), "token")
	write(t, token, "a-token\n")
	args := []string{"--listen=127.0.0.1:0"}
	for _, arg := range deployment.Spec.Template.Spec.Containers[0].Args {
		arg = strings.Replace(arg, "/etc/mockserver", folder, 1)
		args = append(args, strings.Replace(arg, "/run/secrets/mockserver/token", token, 1))
	}
	url := serving(t, exec.Command(mockserver(t), args...))
	if got := created(url, "alice"); got != 409 {
		t.Errorf("alice, who is in the ConfigMap, got %d", got)
	}
	swap("..2", "name: [alice, bob]\n")
	eventually(t, "bob is in use", func() bool { return created(url, "bob") == 409 })
}

// The mock server of the compose file starts with its arguments, and other services call its control API by name.
func TestComposeFile(t *testing.T) {
	var project struct {
		Services struct {
			Mock struct {
				Command     []string
				Healthcheck struct{ Test []string }
			}
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(root, "mockserver/deploy/compose.yaml"))),
		&project); err != nil {
		t.Fatal(err)
	}
	mock := mockserver(t)
	command := exec.Command(mock, project.Services.Mock.Command...)
	command.Env = append(os.Environ(), "MOCKSERVER_LISTEN=127.0.0.1:0", "MOCKSERVER_CONTROL_TOKEN=a-token")
	url := serving(t, command)
	if got := created(url, "alice"); got != 409 {
		t.Errorf("alice, who is in the file, got %d", got)
	}
	for host, want := range map[string]string{"mock:8080": "200", "elsewhere:8080": "403"} {
		got := must(t, exec.Command("curl", "-s", "-o", os.DevNull, "-w", "%{http_code}", "-H", "Host: "+host,
			"-H", "Authorization: Bearer a-token", strings.TrimSuffix(url, "/connectmypairs")+"/__mock/accounts"))
		if got != want {
			t.Errorf("the control API called as %s answers %s, want %s", host, got, want)
		}
	}
	health := project.Services.Mock.Healthcheck.Test
	if len(health) != 3 || health[0] != "CMD" || health[1] != "/mockserver" {
		t.Fatalf("the health check is %q", health)
	}
	contains(t, "the health check", must(t, exec.Command(mock, health[2], url)), "ready")
}

// The files for compose and Kubernetes hold to their schemas, by the projects' own validators; each tells a
// wrong field.
func TestManifestsHoldToTheirSchemas(t *testing.T) {
	for _, tt := range []struct{ file, field, wrong, validate string }{
		{"compose.yaml", "read_only:", "readonly:",
			"go run github.com/compose-spec/compose-go/v2/cmd@v2.16.2 -no-interpolation"},
		{"kubernetes.yaml", "readinessProbe:", "readinesProbe:", "go run sigs.k8s.io/kubectl-validate@v0.0.4"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			text := read(t, filepath.Join(root, "mockserver/deploy", tt.file))
			validate := func(text string) (output string, code int) {
				file := filepath.Join(t.TempDir(), tt.file)
				write(t, file, text)
				stdout, stderr, code := outcome(t, exec.Command("sh", "-c", tt.validate+` "$1"`, "sh", file))
				return stdout + stderr, code
			}
			if output, code := validate(text); code != 0 {
				t.Errorf("exit %d:\n%s", code, output)
			}
			output, code := validate(strings.Replace(text, tt.field, tt.wrong, 1))
			if code == 0 {
				t.Errorf("%s in the place of %s passes", tt.wrong, tt.field)
			}
			contains(t, "what is said of a wrong field", output, strings.TrimSuffix(tt.wrong, ":"))
		})
	}
}

// The shell of the GitLab job and of the Jenkins stages, as it stands in the files, on a right and on a faulty target.
func TestOtherPipelines(t *testing.T) {
	server := releases(t)
	right := serving(t, exec.Command(mockserver(t), "--listen", "127.0.0.1:0"))
	faulty := httptest.NewServer(nil)
	defer faulty.Close()

	pipelines := map[string][]string{
		"GitLab": {gitlabScript(t, "create-account-conformance", "script")}, "Jenkins": jenkinsSteps(t),
	}
	for name, scripts := range pipelines {
		for target, want := range map[string]int{right: 0, faulty.URL: 1} {
			folder := t.TempDir()
			var log string
			code := 0
			for _, script := range scripts {
				command := exec.Command("bash", "-e", "-c", script)
				command.Dir = folder
				command.Env = append(os.Environ(), "CONTRACT_VERSION="+tag, "CONTRACT_RELEASES="+server.URL,
					"VERSION="+tag, "RELEASES="+server.URL, "TARGET="+target)
				var stdout, stderr string
				if stdout, stderr, code = outcome(t, command); code != 0 {
					log = stdout + stderr
					break
				}
			}
			if code != want {
				t.Errorf("%s: exit %d, want %d\n%s", name, code, want, log)
			}
			if _, err := os.Stat(filepath.Join(folder, "contract-report/junit.xml")); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// A GitLab job that needs a mock server has one, and fails at its gate when its tests never met an answer.
func TestGitLabMock(t *testing.T) {
	server := releases(t)
	script := "set -o pipefail; trap 'kill $(jobs -p)' EXIT\n" + gitlabScript(t, ".contract-mock", "before_script") +
		"\ncurl -fsS -X POST -H 'Username: gitlab' \"$MOCK_BASE_URL/users/\"\n" +
		"curl -fsS -H \"Authorization: Bearer $MOCK_TOKEN\" " +
		"\"${MOCK_BASE_URL%/connectmypairs}/__mock/accounts\" >/dev/null\n" +
		gitlabScript(t, ".contract-gate", "script")
	for require, want := range map[string]int{"": 0, "201": 0, "201,400": 1} {
		command := exec.Command("bash", "-e", "-c", script)
		command.Dir = t.TempDir()
		command.Env = append(os.Environ(), "CONTRACT_VERSION="+tag, "CONTRACT_RELEASES="+server.URL,
			"MOCK_REQUIRE="+require)
		if stdout, stderr, code := outcome(t, command); code != want {
			t.Errorf("require %q: exit %d, want %d\n%s%s", require, code, want, stdout, stderr)
		}
	}
}

// No pipeline uses a release that is not what its checksums state.
func TestOtherPipelinesRefuseWhatWasTamperedWith(t *testing.T) {
	server := tampered(t)
	for name, script := range map[string]string{
		"GitLab": gitlabScript(t, "create-account-conformance", "script"), "Jenkins": jenkinsSteps(t)[0],
	} {
		command := exec.Command("bash", "-e", "-c", script)
		command.Dir = t.TempDir()
		command.Env = append(os.Environ(), "CONTRACT_VERSION="+tag, "CONTRACT_RELEASES="+server.URL,
			"VERSION="+tag, "RELEASES="+server.URL)
		stdout, stderr, code := outcome(t, command)
		if code == 0 {
			t.Errorf("%s: exit 0", name)
		}
		contains(t, name, stdout+stderr, "FAILED")
	}
}

// jenkinsSteps are the scripts of the pipeline, as Groovy reads them.
func jenkinsSteps(t *testing.T) (scripts []string) {
	t.Helper()
	for _, step := range regexp.MustCompile(`(?s)sh '''(.*?)'''`).FindAllStringSubmatch(
		read(t, filepath.Join(root, "mockserver/deploy/Jenkinsfile")), -1) {
		scripts = append(scripts, strings.ReplaceAll(step[1], `\\`, `\`))
	}
	return scripts
}

// gitlabScript is a script of a GitLab job, its anchors resolved.
func gitlabScript(t *testing.T, job, section string) string {
	t.Helper()
	_, jobs, _ := strings.Cut(read(t, filepath.Join(root, "mockserver/deploy/gitlab-ci.yml")), "\n---\n")
	var parsed map[string]any
	if err := yaml.Unmarshal([]byte(jobs), &parsed); err != nil {
		t.Fatal(err)
	}
	var lines []string
	var flatten func(any)
	flatten = func(item any) {
		switch item := item.(type) {
		case string:
			lines = append(lines, item)
		case []any:
			for _, part := range item {
				flatten(part)
			}
		}
	}
	if job, ok := parsed[job].(map[string]any); ok {
		flatten(job[section])
	}
	if len(lines) == 0 {
		t.Fatalf("the GitLab job %s has no %s", job, section)
	}
	return strings.Join(lines, "\n")
}
