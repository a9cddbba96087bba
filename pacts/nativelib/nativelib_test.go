package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const content = "a native library"

// machine plays npm, go and the tools of macOS, and remembers what was run.
type machine struct {
	// npm is the library that npm's package holds, under the name npmName; without one, npm is not installed.
	npm, npmName string
	// pactGo is the library that pact-go's installer downloads; without one, it has no network.
	pactGo string
	ran    []string
}

func (m *machine) run(_ context.Context, dir, name string, args ...string) (string, error) {
	m.ran = append(m.ran, name)
	switch {
	case name == "npm" && m.npm != "":
		return "", os.WriteFile(filepath.Join(dir, "package.tgz"), archive(m.npmName, m.npm), 0o600)
	case name == "go" && m.pactGo != "":
		return "", os.WriteFile(filepath.Join(args[len(args)-1], "libpact_ffi.so"), []byte(m.pactGo), 0o600)
	case name == "install_name_tool":
		return "", os.WriteFile(args[2], []byte("changed "+content), 0o600)
	case name == "codesign":
		return "", nil
	}
	return "", errors.New("no such thing here")
}

func archive(name, content string) []byte {
	var archive bytes.Buffer
	zipped := gzip.NewWriter(&archive)
	entries := tar.NewWriter(zipped)
	for entry, body := range map[string]string{"package/package.json": "{}", "package/prebuilds/any/" + name: content} {
		_ = entries.WriteHeader(&tar.Header{Name: entry, Size: int64(len(body)), Typeflag: tar.TypeReg, Mode: 0o644})
		_, _ = entries.Write([]byte(body))
	}
	_ = entries.Close()
	_ = zipped.Close()
	return archive.Bytes()
}

func installerFor(t *testing.T, m *machine, system system) installer {
	sum := sha256.Sum256([]byte(content))
	return installer{system: system, sum: hex.EncodeToString(sum[:]), dir: t.TempDir(), log: io.Discard, run: m.run}
}

var linux = system{os: "linux", arch: "amd64"}

func TestLibraryComesFromNPMOnce(t *testing.T) {
	for _, name := range []string{"libpact_ffi.so", "libpact_ffi_musl.so"} {
		m := &machine{npm: content, npmName: name}
		i := installerFor(t, m, linux)
		for range 2 {
			if err := i.install(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(filepath.Join(i.dir, "libpact_ffi.so")); string(got) != content {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if !slices.Equal(m.ran, []string{"npm"}) {
			t.Errorf("%s: ran %v, want npm once", name, m.ran)
		}
		if left, _ := filepath.Glob(filepath.Join(i.dir, ".fetch-*")); len(left) > 0 {
			t.Errorf("left %v behind", left)
		}
	}
}

func TestSpoiledLibraryIsFetchedAgain(t *testing.T) {
	m := &machine{npm: content, npmName: "libpact_ffi.so"}
	i := installerFor(t, m, linux)
	library := filepath.Join(i.dir, "libpact_ffi.so")
	if err := os.WriteFile(library, []byte("half a native lib"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := i.install(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(library); string(got) != content {
		t.Errorf("got %q", got)
	}
}

func TestLibraryOfAnotherPinIsReplaced(t *testing.T) {
	for _, os := range []string{"linux", "darwin"} {
		m := &machine{npm: content, npmName: "libpact_ffi.so"}
		i := installerFor(t, m, system{os: os, arch: "arm64"})
		from := strings.Replace(i.system.npmPackage(), npmVersion, "20.1.0", 1)
		old := filepath.Join(t.TempDir(), "old")
		if err := write(old, strings.NewReader("old")); err != nil {
			t.Fatal(err)
		}
		if err := i.place(t.Context(), old, from); err != nil {
			t.Fatal(err)
		}
		if i.present() {
			t.Errorf("%s: the library of %s passes for that of %s", os, from, i.system.npmPackage())
		}
		if err := i.install(t.Context()); err != nil || !i.present() {
			t.Errorf("%s: %v", os, err)
		}
	}
}

func TestWrongChecksumIsRefusedAndNothingElseIsTried(t *testing.T) {
	m := &machine{npm: "something else", npmName: "libpact_ffi.so", pactGo: "something else"}
	i := installerFor(t, m, linux)
	err := i.install(t.Context())
	if err == nil || !strings.Contains(err.Error(), "do not use it") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(i.dir, "libpact_ffi.so")); err == nil || slices.Contains(m.ran, "go") {
		t.Errorf("ran %v, and the library is there", m.ran)
	}
}

func TestPactGoIsAskedWithoutNPM(t *testing.T) {
	m := &machine{pactGo: "another build"}
	i := installerFor(t, m, linux)
	for range 2 {
		if err := i.install(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(m.ran, []string{"npm", "go"}) {
		t.Errorf("ran %v, want each once", m.ran)
	}
}

func TestNeitherReachableExplainsItself(t *testing.T) {
	err := installerFor(t, &machine{}, linux).install(t.Context())
	for _, wanted := range []string{"npm:", "pact-go's installer:", "npm pack @pact-foundation/pact-core-linux-x64-glibc@20", "--library"} {
		if err == nil || !strings.Contains(err.Error(), wanted) {
			t.Errorf("%v does not say %q", err, wanted)
		}
	}
}

func TestLibraryOnMacOSSaysWhereItLies(t *testing.T) {
	m := &machine{npm: content, npmName: "libpact_ffi.dylib"}
	i := installerFor(t, m, system{os: "darwin", arch: "arm64"})
	for range 2 {
		if err := i.install(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(m.ran, []string{"npm", "install_name_tool", "codesign"}) {
		t.Errorf("ran %v", m.ran)
	}
}

func TestLibraryBroughtByHandIsTaken(t *testing.T) {
	for brought, warns := range map[string]bool{content: false, "by hand": true} {
		m := &machine{}
		i := installerFor(t, m, linux)
		var log bytes.Buffer
		i.log = &log
		file := filepath.Join(t.TempDir(), "libpact_ffi_musl.so")
		if err := os.WriteFile(file, []byte(brought), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := i.adopt(t.Context(), file); err != nil {
			t.Fatal(err)
		}
		if err := i.install(t.Context()); err != nil || len(m.ran) > 0 {
			t.Errorf("ran %v, %v", m.ran, err)
		}
		if strings.Contains(log.String(), "its SHA-256 is") != warns {
			t.Errorf("%s: log: %s", brought, log.String())
		}
	}
}

func TestEveryPlatformHasAChecksum(t *testing.T) {
	systems := []system{
		{os: "linux", arch: "amd64"}, {os: "linux", arch: "amd64", musl: true},
		{os: "linux", arch: "arm64"}, {os: "linux", arch: "arm64", musl: true},
		{os: "darwin", arch: "amd64"}, {os: "darwin", arch: "arm64"}, {os: "windows", arch: "amd64"},
	}
	for _, s := range systems {
		if len(libraries[s.platform()]) != 64 {
			t.Errorf("%s has no checksum", s.platform())
		}
	}
	if len(libraries) != len(systems) {
		t.Errorf("%d checksums for %d platforms", len(libraries), len(systems))
	}
}

func TestCompilerWrapperKeepsAwayFromTmp(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // where pact-go has no such flags, and programs get no wrapper
	}
	wrapper := filepath.Join(t.TempDir(), "cc")
	if err := writeExecutable(wrapper, compilerWrapper("printf '%s\\n'", "/it's/here")); err != nil {
		t.Fatal(err)
	}
	printed, err := exec.CommandContext(t.Context(), wrapper, "-L/tmp", "-L/tmpfs", "-Wl,-rpath", "-Wl,/tmp", "a b", "").CombinedOutput()
	if want := "-L/it's/here\n-L/tmpfs\n-Wl,-rpath\n-Wl,/it's/here\na b\n\n"; err != nil || string(printed) != want {
		t.Errorf("got %q, %v, want %q", printed, err, want)
	}
}

func TestRunPassesTheExitCodeOn(t *testing.T) {
	var log bytes.Buffer
	if code := runCommand(t.Context(), []string{"go", "no-such-command"}, nil, io.Discard, &log); code != 2 {
		t.Errorf("got %d, want go's own 2: %s", code, log.String())
	}
	if code := run(t.Context(), []string{"--no-such-flag"}, io.Discard, &log); code != 2 {
		t.Errorf("got %d for wrong usage", code)
	}
}
