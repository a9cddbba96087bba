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
	if err := os.WriteFile(token, []byte("a-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--listen=127.0.0.1:0"}
	for _, arg := range deployment.Spec.Template.Spec.Containers[0].Args {
		arg = strings.Replace(arg, "/etc/mockserver", folder, 1)
		args = append(args, strings.Replace(arg, "/run/secrets/mockserver/token", token, 1))
	}
	mock := filepath.Join(unpacked(t, "connectmypairs-contract_*_linux_amd64.tar.gz"), "mockserver")
	url := serving(t, exec.Command(mock, args...))
	if got := created(url, "alice"); got != 409 {
		t.Errorf("alice, who is in the ConfigMap, got %d", got)
	}
	swap("..2", "name: [alice, bob]\n")
	eventually(t, "bob is in use", func() bool { return created(url, "bob") == 409 })
}

// The shell of the GitLab job and of the Jenkins stages, as it stands in the files, on a right and on a faulty target.
func TestOtherPipelines(t *testing.T) {
	server := releases(t)
	mock := filepath.Join(unpacked(t, "connectmypairs-contract_*_linux_amd64.tar.gz"), "mockserver")
	right := serving(t, exec.Command(mock, "--listen", "127.0.0.1:0"))
	faulty := httptest.NewServer(nil)
	defer faulty.Close()

	pipelines := map[string][]string{"GitLab": {gitlabJob(t)}}
	steps := regexp.MustCompile(`(?s)sh '''(.*?)'''`).FindAllStringSubmatch(read(t, filepath.Join(root, "mockserver/deploy/Jenkinsfile")), -1)
	for _, step := range steps {
		pipelines["Jenkins"] = append(pipelines["Jenkins"], strings.ReplaceAll(step[1], `\\`, `\`)) // as Groovy reads it
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

// gitlabJob is the script of the GitLab job, its anchors resolved.
func gitlabJob(t *testing.T) string {
	t.Helper()
	_, jobs, _ := strings.Cut(read(t, filepath.Join(root, "mockserver/deploy/gitlab-ci.yml")), "\n---\n")
	var parsed struct {
		Job struct{ Script []any } `yaml:"create-account-conformance"`
	}
	if err := yaml.Unmarshal([]byte(jobs), &parsed); err != nil {
		t.Fatal(err)
	}
	var lines []string
	var flatten func([]any)
	flatten = func(list []any) {
		for _, item := range list {
			switch item := item.(type) {
			case string:
				lines = append(lines, item)
			case []any:
				flatten(item)
			}
		}
	}
	flatten(parsed.Job.Script)
	return strings.Join(lines, "\n")
}
