//go:build release

package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// tagged is a clone of this commit with tags, as a release has them: of 1.2.2 on an earlier commit, of 1.2.3
// on this one.
func tagged(t *testing.T) (clone string, since []string) {
	t.Helper()
	clone = filepath.Join(t.TempDir(), "a clone")
	must(t, exec.Command("git", "clone", "--quiet", root, clone))
	git := func(args ...string) string {
		return must(t, exec.Command("git", append([]string{"-C", clone}, args...)...))
	}
	git("tag", "v1.2.2", "HEAD~3")
	git("tag", "v"+tag)
	return clone, strings.Split(strings.TrimSpace(git("log", "--no-merges", "--format=%s", "v1.2.2..HEAD")), "\n")
}

// The change log of a release has the subject of each commit since the release before it, and no other. Snapshots have
// none, so this is goreleaser's for a tag, with nothing built.
func TestChangeLog(t *testing.T) {
	clone, since := tagged(t)
	var config map[string]any
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(root, ".goreleaser.yaml"))), &config); err != nil {
		t.Fatal(err)
	}
	config["builds"] = []map[string]any{{"id": "mockserver", "skip": true}}
	for _, part := range []string{"archives", "nfpms", "sboms"} {
		delete(config, part)
	}
	content, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "goreleaser.yaml")
	write(t, file, string(content))
	goreleaser := exec.Command("sh", "-c",
		os.Getenv("GORELEASER")+` release --config "$1" --skip=publish,archive`, "sh", file)
	goreleaser.Dir = clone
	must(t, goreleaser)
	log := read(t, filepath.Join(clone, "dist/CHANGELOG.md"))
	contains(t, "the change log", log, since...)
	if got := strings.Count(log, "\n* "); got != len(since) {
		t.Errorf("the change log has %d commits, want %d:\n%s", got, len(since), log)
	}
}

// go install takes the programs from the module of a tag: what a module leaves out, no program may need.
func TestGoInstall(t *testing.T) {
	const module = "github.com/clicksminuteper/connectmypairs-contract"
	clone, _ := tagged(t)
	proxy := filepath.Join(t.TempDir(), "proxy")
	versions := filepath.Join(proxy, module, "@v")
	if err := os.MkdirAll(versions, 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, exec.Command("cp", filepath.Join(clone, "go.mod"), filepath.Join(versions, "v"+tag+".mod")))
	write(t, filepath.Join(versions, "list"), "v"+tag+"\n")
	write(t, filepath.Join(versions, "v"+tag+".info"), `{"Version":"v`+tag+`"}`)
	must(t, exec.Command("git", "-C", clone, "archive", "--format=zip", "--prefix="+module+"@v"+tag+"/",
		"--output="+filepath.Join(versions, "v"+tag+".zip"), "v"+tag))
	bin := t.TempDir()
	install := exec.Command("go", "install", module+"/mockserver@v"+tag, module+"/conformance@v"+tag)
	install.Dir = t.TempDir()
	// The modules that this one needs are in this machine's cache; the one under test must not get there.
	others := strings.Fields(must(t, exec.Command("go", "env", "GOMODCACHE", "GOPROXY")))
	install.Env = append(os.Environ(), "GOBIN="+bin, "GOMODCACHE="+filepath.Join(t.TempDir(), "modules"),
		"GOFLAGS=-modcacherw -trimpath", "GOPROXY=file://"+proxy+",file://"+others[0]+"/cache/download,"+others[1],
		"GONOSUMDB="+module, "CGO_ENABLED=0")
	must(t, install)
	url := serving(t, exec.Command(filepath.Join(bin, "mockserver"), "--listen", "localhost:0"))
	contains(t, "the version", must(t, exec.Command(filepath.Join(bin, "mockserver"), "--version")), tag)
	must(t, exec.Command(filepath.Join(bin, "conformance"), "--url", url))
}
