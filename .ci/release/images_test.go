//go:build release

package release

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
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
	contains(t, "the images", made, "mockserver linux/amd64", "mockserver linux/arm64",
		"conformance linux/amd64", "conformance linux/arm64")

	// One store for each architecture, for buildah takes two images of one folder for the same.
	stores := map[string]string{"amd64": t.TempDir(), "arm64": t.TempDir()}
	in := func(arch string, args ...string) *exec.Cmd {
		store := stores[arch]
		return exec.Command("buildah", append([]string{
			"--storage-driver", "vfs", "--root", store + "/root", "--runroot", store + "/run",
		}, args...)...)
	}
	buildah := func(args ...string) *exec.Cmd { return in("amd64", args...) }
	// mounted is the root of a container, which is called as its program.
	mounted := func(program, arch string) string {
		must(t, in(arch, "from", "--arch", arch, "--name", program, "dir:"+filepath.Join(first, program)))
		folder := strings.TrimSpace(must(t, in(arch, "mount", program)))
		inventory := fmt.Sprintf("%s_linux_%s.cdx.json", program, arch)
		if read(t, filepath.Join(folder, program+".cdx.json")) != read(t, released(t, inventory)) {
			t.Errorf("the inventory in the image of %s for %s is not %s", program, arch, inventory)
		}
		return folder
	}
	for arch := range stores {
		t.Cleanup(func() { _ = in(arch, "umount", "--all").Run() })
	}
	run := func(image string, args ...string) *exec.Cmd {
		return buildah(append([]string{"run", "--isolation", "chroot", image, "--"}, args...)...)
	}

	mock := mounted("mockserver", "amd64")
	files, _ := filepath.Glob(filepath.Join(mock, "*"))
	for i, file := range files {
		files[i] = filepath.Base(file)
	}
	if got := strings.Join(files, " "); got != "mockserver mockserver.cdx.json" {
		t.Errorf("the image of the mock server has %s", got)
	}
	inspected := must(t, buildah("inspect", "mockserver"))
	contains(t, "the configuration", inspected, `"65532:65532"`, `"/mockserver"`, `"Healthcheck"`, `"health"`)

	url := serving(t, readOnly(mock, "/mockserver", "--listen", "127.0.0.1:0", "--control-token", "a-token"))
	health := run("mockserver", "/mockserver", "health", url)
	contains(t, "the health check", must(t, health), "ready")

	judge := []string{"/conformance", "--url", url,
		"--header", "Authorization: Bearer a-token"} // the token blocks callers
	suite := mounted("conformance", "amd64")
	contains(t, "the suite's verdict", must(t, run("conformance", judge...)), "CONFORMANT")
	contains(t, "the suite's verdict", must(t, readOnly(suite, judge...)), "CONFORMANT")
	verifier := mounted("pacts", "amd64")
	pact, err := filepath.Abs(filepath.Join(root, "pacts"))
	if err != nil {
		t.Fatal(err)
	}
	verify := buildah("run", "--isolation", "chroot", "--volume", pact+":/work:ro", "pacts", "--", "/pacts",
		"connectmypairs-go-client-connectmypairs.json")
	contains(t, "the verifier's verdict", must(t, verify), " ok, 0 failed")
	must(t, exec.Command("cp",
		filepath.Join(pact, "connectmypairs-go-client-connectmypairs.json"), verifier+"/pact.json"))
	contains(t, "the verifier's verdict", must(t, readOnly(verifier, "/pacts", "/pact.json")), " ok, 0 failed")
	if shell := run("conformance", "/bin/sh", "-c", "true"); shell.Run() == nil {
		t.Error("the image of the suite has a shell")
	}

	for _, arch := range verifiers(t) {
		contains(t, "the images", made, "pacts linux/"+arch)
	}
	for _, program := range []string{"mockserver", "conformance"} {
		version := must(t, emulated("chroot", mounted(program, "arm64"), "/"+program, "--version"))
		contains(t, "the version for arm64", version, program+" ")
	}
	if slices.Contains(verifiers(t), "arm64") {
		foreign := mounted("pacts", "arm64")
		must(t, exec.Command("cp",
			filepath.Join(pact, "connectmypairs-go-client-connectmypairs.json"), foreign+"/pact.json"))
		// An engine mounts these, too.
		must(t, emulated("sh", "-c", `for folder in proc dev; do
				mkdir -p "$1/$folder" && mount --rbind "/$folder" "$1/$folder" || exit
			done
			exec chroot "$1" /pacts /pact.json`, "sh", foreign))
	}
}

// readOnly runs a program in the root of a container as an engine does with --read-only: as the image's user, with
// /proc, /dev and a /tmp in memory, where the image has one, and nothing else that can be written to.
func readOnly(folder string, command ...string) *exec.Cmd {
	const script = `root=$1; shift
		mkdir -p "$root/proc" "$root/dev"
		mount --bind "$root" "$root" && mount --rbind /proc "$root/proc" && mount --rbind /dev "$root/dev" || exit
		if [ -d "$root/tmp" ]; then mount -t tmpfs -o mode=1777 tmp "$root/tmp" || exit; fi
		mount -o remount,ro,bind "$root" && exec env -i /usr/sbin/chroot --userspec=65532:65532 "$root" "$@"`
	return exec.Command("unshare", append([]string{"--mount", "sh", "-c", script, "sh", folder}, command...)...)
}
