package watch

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// watch returns a watcher of files as they are now.
func watch(files ...string) *Watcher {
	states := map[string]State{}
	for _, file := range files {
		states[file] = Look(file)
	}
	return New(states)
}

// expect looks twice, for a change is reported when the second look sees what the first one saw.
func expect(t *testing.T, watcher *Watcher) {
	t.Helper()
	for i, want := range []bool{false, true, false} {
		if got := watcher.Changed(); got != want {
			t.Errorf("look %d after a change: %t, want %t", i+1, got, want)
		}
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	must(t, os.WriteFile(file, []byte(content), 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWrittenInPlace(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mock.yaml")
	write(t, file, "a")
	watcher := watch(file)
	for _, content := range []string{"ab", "abc"} {
		write(t, file, content)
		expect(t, watcher)
	}
	must(t, os.Chtimes(file, time.Time{}, time.Unix(1, 0))) // of the same size
	expect(t, watcher)
}

func TestReplacedByRename(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, "a file.yaml")
	write(t, file, "a")
	watcher := watch(file)
	for _, content := range []string{"ab", "abc", "abcd"} {
		write(t, filepath.Join(folder, "new"), content)
		must(t, os.Rename(filepath.Join(folder, "new"), file))
		expect(t, watcher)
	}
}

func TestReplacedByOneOfTheSameSizeAndTime(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file, other := filepath.Join(folder, "mock.yaml"), filepath.Join(folder, "other")
	then := time.Unix(1, 0)
	for _, path := range []string{file, other} {
		write(t, path, "a")
		must(t, os.Chtimes(path, then, then))
	}
	watcher := watch(file)
	must(t, os.Rename(other, file))
	expect(t, watcher)
	if runtime.GOOS == "windows" {
		return // where nothing tells that a file was written and given its old time
	}
	for before := Look(file); Look(file) == before; { // for the system's clock ticks every few milliseconds
		write(t, file, "b") // as cp -p does
		must(t, os.Chtimes(file, then, then))
	}
	expect(t, watcher)
}

func TestRemovedAndMadeAnew(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "etc")
	file := filepath.Join(folder, "mock.yaml")
	must(t, os.Mkdir(folder, 0o700))
	write(t, file, "a")
	watcher := watch(file)
	must(t, os.Remove(file))
	expect(t, watcher)
	write(t, file, "ab")
	expect(t, watcher)
	must(t, os.RemoveAll(folder))
	expect(t, watcher)
	must(t, os.Mkdir(folder, 0o700))
	write(t, file, "abc")
	expect(t, watcher)
}

// Kubernetes mounts configuration as mock.yaml -> ..data/mock.yaml and ..data -> ..1/, and swaps ..data.
func TestSymlinkSwap(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	then := time.Unix(1, 0)
	for _, version := range []string{"..1", "..2", "..3"} {
		must(t, os.Mkdir(filepath.Join(folder, version), 0o700))
		target := filepath.Join(folder, version, "mock.yaml")
		write(t, target, "same size "+version)
		must(t, os.Chtimes(target, then, then))
	}
	must(t, os.Symlink("..1", filepath.Join(folder, "..data")))
	file := filepath.Join(folder, "mock.yaml")
	must(t, os.Symlink(filepath.Join("..data", "mock.yaml"), file))
	watcher := watch(file)
	for _, version := range []string{"..2", "..3", "..1"} {
		must(t, os.Symlink(version, filepath.Join(folder, "..tmp")))
		must(t, os.Rename(filepath.Join(folder, "..tmp"), filepath.Join(folder, "..data")))
		expect(t, watcher)
	}
	write(t, filepath.Join(folder, "..1", "mock.yaml"), "written where the links lead")
	expect(t, watcher)
}

func TestHalfWrittenIsReportedOnceItIsWhole(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mock.yaml")
	watcher := watch(file)
	for _, content := range []string{"n", "name", "name: "} {
		write(t, file, content)
		if watcher.Changed() {
			t.Errorf("reported when %q of it was written", content)
		}
	}
	write(t, file, "name: a\n")
	expect(t, watcher)
}

// A large file takes a while to read, and may be replaced meanwhile by one that is older.
func TestChangedWhileItIsRead(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "names.txt")
	write(t, file, "a")
	before := map[string]State{file: Look(file)}
	must(t, os.Chtimes(file, time.Time{}, time.Unix(1, 0)))
	expect(t, New(before))
}

func TestSeveralFilesAreReportedOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first, second := filepath.Join(folder, "1"), filepath.Join(folder, "2")
	write(t, first, "a")
	write(t, second, "a")
	watcher := watch(first, second)
	if watcher.Changed() {
		t.Error("reported without a change")
	}
	write(t, first, "ab")
	if watcher.Changed() {
		t.Error("reported at the first look")
	}
	write(t, second, "ab")
	expect(t, watcher)
}
