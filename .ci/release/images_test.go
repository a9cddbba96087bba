//go:build release

package release

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The images are made twice, the same each time, and run as their user would: as nobody, in a root that cannot be
// written to.
func TestImages(t *testing.T) {
	first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
	build := func(out string) string {
		return must(t, exec.Command(filepath.Join(root, ".ci/images"), filepath.Dir(released(t, "SHA256SUMS")), out))
	}
	made := build(first)
	t.Logf("made:\n%s", made)
	if again := build(second); again != made {
		t.Errorf("the second build differs:\n%s", again)
	}
	contains(t, "the images", made, "mockserver linux/amd64", "mockserver linux/arm64", "conformance linux/amd64",
		"conformance linux/arm64", "pacts linux/amd64")

	store := t.TempDir()
	buildah := func(args ...string) *exec.Cmd {
		return exec.Command("buildah", append([]string{"--storage-driver", "vfs", "--root", store + "/root", "--runroot", store + "/run"}, args...)...)
	}
	mounted := func(image string) string {
		container := strings.TrimSpace(must(t, buildah("from", "--name", image, "dir:"+filepath.Join(first, image))))
		return strings.TrimSpace(must(t, buildah("mount", container)))
	}
	t.Cleanup(func() { _ = buildah("umount", "--all").Run() })
	run := func(image string, args ...string) *exec.Cmd {
		return buildah(append([]string{"run", "--isolation", "chroot", image, "--"}, args...)...)
	}

	mock := mounted("mockserver")
	files, _ := filepath.Glob(filepath.Join(mock, "*"))
	for i, file := range files {
		files[i] = filepath.Base(file)
	}
	if got := strings.Join(files, " "); got != "mockserver mockserver.cdx.json" {
		t.Errorf("the image of the mock server has %s", got)
	}
	inspected := must(t, buildah("inspect", "mockserver"))
	contains(t, "the configuration", inspected, `"65532:65532"`, `"/mockserver"`, `"Healthcheck"`, `"health"`)

	token := "MOCKSERVER_CONTROL_TOKEN=a-token"
	readOnly := exec.Command("unshare", "--mount", "sh", "-c", `mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" &&
		exec env -i "$2" /usr/sbin/chroot --userspec=65532:65532 "$1" /mockserver --listen 127.0.0.1:0`, "sh", mock, token)
	url := serving(t, readOnly)
	health := run("mockserver", "/mockserver", "health", url)
	contains(t, "the health check", must(t, health), "ready")

	mounted("conformance")
	contains(t, "the suite's verdict", strings.ToLower(must(t, run("conformance", "/conformance", "--url", url,
		"--header", "Authorization: Bearer a-token"))), "conformant")
	mounted("pacts")
	pact, err := filepath.Abs(filepath.Join(root, "pacts"))
	if err != nil {
		t.Fatal(err)
	}
	verify := buildah("run", "--isolation", "chroot", "--volume", pact+":/work:ro", "pacts", "--", "/pacts",
		"connectmypairs-go-client-connectmypairs.json")
	must(t, verify)
	if shell := run("conformance", "/bin/sh", "-c", "true"); shell.Run() == nil {
		t.Error("the image of the suite has a shell")
	}
}
