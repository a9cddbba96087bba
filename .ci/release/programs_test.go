//go:build release

package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Each architecture's mock server is judged by the other's suite; what is foreign here runs under qemu-user.
func TestArchitecturesJudgeEachOther(t *testing.T) {
	folders := map[string]string{
		"amd64": unpacked(t, "connectmypairs-contract_*_linux_amd64.tar.gz"),
		"arm64": unpacked(t, "connectmypairs-contract_*_linux_arm64.tar.gz"),
	}
	emulators := map[string]string{"amd64": "qemu-x86_64-static", "arm64": "qemu-aarch64-static"}
	program := func(arch, name string, args ...string) *exec.Cmd {
		path := filepath.Join(folders[arch], name)
		if arch == runtime.GOARCH {
			return exec.Command(path, args...)
		}
		return exec.Command(emulators[arch], append([]string{path}, args...)...)
	}
	for mock, judge := range map[string]string{"amd64": "arm64", "arm64": "amd64"} {
		t.Run(mock+" judged by "+judge, func(t *testing.T) {
			url := serving(t, program(mock, "mockserver", "--listen", "localhost:0"))
			out := must(t, program(judge, "conformance", "--url", url, "--timeout", "60s"))
			contains(t, "the verdict", strings.ToLower(out), "conformant")
		})
	}
}

func TestChecksumsAndInventories(t *testing.T) {
	sums := exec.Command("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS")
	sums.Dir = filepath.Dir(released(t, "SHA256SUMS"))
	must(t, sums)
	listed := read(t, released(t, "SHA256SUMS"))
	for _, system := range []string{"linux", "darwin", "windows"} {
		for _, arch := range []string{"amd64", "arm64"} {
			contains(t, "SHA256SUMS", listed, "_"+system+"_"+arch+".", "mockserver_"+system+"_"+arch+".cdx.json")
		}
	}
	contains(t, "SHA256SUMS", listed, "pacts_"+version(t)+"_linux_amd64.tar.gz", ".deb", ".rpm")
}

// The package is installed into a root of its own, used, and removed without a trace.
func TestDebianPackage(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "var/lib/dpkg/updates"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, exec.Command("dpkg", "--root="+root, "--force-not-root", "--install", released(t, "*_amd64.deb")))
	mock := filepath.Join(root, "usr/bin/mockserver")
	url := serving(t, exec.Command(mock, "--listen", "localhost:0"))
	must(t, exec.Command(filepath.Join(root, "usr/bin/conformance"), "--url", url))
	must(t, exec.Command("dpkg", "--root="+root, "--force-not-root", "--purge", "connectmypairs-contract"))
	if left, _ := filepath.Glob(filepath.Join(root, "usr/*")); len(left) > 0 {
		t.Errorf("the package leaves %v", left)
	}
}

func TestRPMPackage(t *testing.T) {
	root := t.TempDir()
	rpm := func(args ...string) string {
		return must(t, exec.Command("rpm", append([]string{"--root", root, "--dbpath", "/rpm"}, args...)...))
	}
	rpm("--install", "--nodeps", released(t, "*_amd64.rpm"))
	contains(t, "the version", must(t, exec.Command(filepath.Join(root, "usr/bin/mockserver"), "--version")), "mockserver ")
	contains(t, "the list of files", rpm("--query", "--list", "connectmypairs-contract"), "/usr/bin/mockserver", "/usr/bin/conformance")
	rpm("--erase", "connectmypairs-contract")
	if left, _ := filepath.Glob(filepath.Join(root, "usr/bin/*")); len(left) > 0 {
		t.Errorf("the package leaves %v", left)
	}
}

// The verifier finds its native library beside itself, in any folder, in an empty environment and whatever folder it
// is called from.
func TestPactsArchiveRunsFromAnyFolder(t *testing.T) {
	folder := unpacked(t, "pacts_*_linux_amd64.tar.gz")
	program := filepath.Join(folder, "pacts")
	contains(t, "the dynamic section", must(t, exec.Command("readelf", "-d", program)), "Library runpath: [$ORIGIN]\n")
	pact, err := filepath.Abs(filepath.Join(root, "pacts/connectmypairs-go-client-connectmypairs.json"))
	if err != nil {
		t.Fatal(err)
	}
	verify := exec.Command(program, pact)
	verify.Dir, verify.Env = t.TempDir(), []string{"PACT_DO_NOT_TRACK=true"}
	must(t, verify)
	loaded := exec.Command(program, pact)
	loaded.Dir, loaded.Env = t.TempDir(), []string{"PACT_DO_NOT_TRACK=true", "LD_DEBUG=libs"}
	_, log, _ := outcome(t, loaded)
	contains(t, "the loader", log, filepath.Join(folder, "libpact_ffi.so"))
}
