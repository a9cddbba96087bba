//go:build release

package release

import (
	"debug/buildinfo"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Each architecture's mock server is judged by the other's suite; what is foreign here runs under qemu-user.
func TestArchitecturesJudgeEachOther(t *testing.T) {
	folders := map[string]string{
		"amd64": unpacked(t, archive),
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
			contains(t, "the verdict", out, "CONFORMANT")
		})
	}
}

// SHA256SUMS has every file that is published, each with its sum, and tells a changed byte.
func TestChecksums(t *testing.T) {
	folder := filepath.Dir(released(t, "SHA256SUMS"))
	check := func(folder string) error {
		sums := exec.Command("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS")
		sums.Dir = folder
		return sums.Run()
	}
	if err := check(folder); err != nil {
		t.Errorf("the checksums of %s: %v", folder, err)
	}
	listed, copied := read(t, released(t, "SHA256SUMS")), t.TempDir()
	published := 0
	for _, pattern := range []string{"*.tar.gz", "*.zip", "*.deb", "*.rpm", "*.cdx.json", "SHA256SUMS"} {
		files, _ := filepath.Glob(filepath.Join(folder, pattern)) // the patterns are right
		for _, file := range files {
			must(t, exec.Command("cp", file, copied))
			if pattern != "SHA256SUMS" {
				published++
				contains(t, "SHA256SUMS", listed, "  "+filepath.Base(file)+"\n")
			}
		}
	}
	// Archives of six systems, packages of two architectures, an inventory for each program and system; the verifier's.
	if want := 6 + 2*2 + 2*6 + 2*len(verifiers(t)); published != want {
		t.Errorf("%d files are published, want %d", published, want)
	}
	changed := filepath.Join(copied, filepath.Base(released(t, archive)))
	content := []byte(read(t, changed))
	content[len(content)/2] ^= 1
	write(t, changed, string(content))
	if check(copied) == nil {
		t.Error("a changed byte is not told")
	}
}

// verifiers are the architectures of Linux that the release has the Pact verifier for.
func verifiers(t *testing.T) (architectures []string) {
	t.Helper()
	for _, arch := range []string{"amd64", "arm64"} {
		if found, _ := filepath.Glob(filepath.Join(filepath.Dir(released(t, "SHA256SUMS")),
			"pacts_*_linux_"+arch+".tar.gz")); found != nil {
			architectures = append(architectures, arch)
		}
	}
	if !slices.Contains(architectures, runtime.GOARCH) {
		t.Errorf("the release has no verifier for %s", runtime.GOARCH)
	}
	return architectures
}

// The inventory of each program names every module that is in its binary, and the release of Go.
func TestInventories(t *testing.T) {
	for program, archive := range map[string]string{
		"mockserver": archive, "conformance": archive, "pacts": "pacts_*_linux_amd64.tar.gz",
	} {
		info, err := buildinfo.ReadFile(filepath.Join(unpacked(t, archive), program))
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go")}
		if program == "pacts" {
			pinned := regexp.MustCompile(`(?m)^version=([0-9.]+)`).FindStringSubmatch(
				read(t, filepath.Join(root, ".ci/pact-lib")))
			want = append(want, "pkg:npm/%40pact-foundation/pact-core-linux-x64-glibc@"+pinned[1])
		}
		for _, module := range info.Deps {
			want = append(want, "pkg:golang/"+module.Path+"@"+module.Version)
		}
		var inventory struct {
			BOMFormat  string
			Components []struct{ PURL string }
		}
		if err := json.Unmarshal([]byte(read(t, released(t, program+"_linux_amd64.cdx.json"))),
			&inventory); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, component := range inventory.Components {
			got = append(got, component.PURL)
		}
		slices.Sort(got)
		slices.Sort(want)
		if inventory.BOMFormat != "CycloneDX" || len(want) < 5 || !slices.Equal(got, want) {
			t.Errorf("the inventory of %s has\n%s\nwant\n%s", program,
				strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// The package is installed into a root of its own, used, and removed without a trace.
func TestDebianPackage(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "var/lib/dpkg/updates"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "var/lib/dpkg/status"), "")
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
	contains(t, "the version",
		must(t, exec.Command(filepath.Join(root, "usr/bin/mockserver"), "--version")), "mockserver ")
	contains(t, "the list of files", rpm("--query", "--list", "connectmypairs-contract"),
		"/usr/bin/mockserver", "/usr/bin/conformance")
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

// The verifier for the other architecture starts itself anew for each pact, for which the kernel has to know the
// emulator: in a user namespace of its own, as kernels since 6.7 can, so that nothing else on the machine sees it.
func TestForeignPactsArchive(t *testing.T) {
	if !slices.Contains(verifiers(t), "arm64") {
		t.Fatal("the release has no verifier for arm64; " +
			"install gcc-aarch64-linux-gnu and libc6-dev-arm64-cross, then run make dist")
	}
	folder := unpacked(t, "pacts_*_linux_arm64.tar.gz")
	verify := emulated("QEMU_LD_PREFIX=/usr/aarch64-linux-gnu", filepath.Join(folder, "pacts"),
		filepath.Join(root, "pacts/connectmypairs-go-client-connectmypairs.json"))
	contains(t, "the verdict", must(t, verify), " ok, 0 failed")
}

// emulated runs a command in which programs for arm64 run under qemu-user.
func emulated(command ...string) *exec.Cmd {
	const script = `mount -t binfmt_misc none /proc/sys/fs/binfmt_misc &&
		cat /usr/lib/binfmt.d/qemu-aarch64.conf >/proc/sys/fs/binfmt_misc/register && exec env "$@"`
	return exec.Command("unshare",
		append([]string{"--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"}, command...)...)
}
