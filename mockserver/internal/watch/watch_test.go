package watch

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// eventsOnly polls so rarely that a test which passes was told by the system.
var eventsOnly = Config{Quiet: 20 * time.Millisecond, Poll: time.Hour}

func start(t *testing.T, config Config, files ...string) *Watcher {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	watcher, err := New(ctx, config)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		for range watcher.Changes() { // until it is closed
		}
	})
	watcher.Set(states(files...))
	return watcher
}

func states(files ...string) map[string]State {
	found := map[string]State{}
	for _, file := range files {
		found[file] = Look(file)
	}
	return found
}

func expect(t *testing.T, watcher *Watcher, want ...string) {
	t.Helper()
	select {
	case got := <-watcher.Changes():
		if !slices.Equal(got, want) {
			t.Fatalf("changed: %q, want %q", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("no change of %q was reported", want)
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWrittenInPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mock.yaml")
	write(t, file, "a")
	watcher := start(t, eventsOnly, file)
	write(t, file, "ab")
	expect(t, watcher, file)
	write(t, file, "abc")
	expect(t, watcher, file)
}

func TestReplacedByRename(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "mock.yaml")
	write(t, file, "a")
	watcher := start(t, eventsOnly, file)
	for _, content := range []string{"ab", "abc", "abcd"} { // more than once: the first replaces what was watched
		write(t, filepath.Join(folder, "new"), content)
		do(t, os.Rename(filepath.Join(folder, "new"), file))
		expect(t, watcher, file)
	}
}

func TestRemovedAndMadeAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mock.yaml")
	write(t, file, "a")
	watcher := start(t, eventsOnly, file)
	do(t, os.Remove(file))
	expect(t, watcher, file)
	write(t, file, "ab")
	expect(t, watcher, file)
}

// Kubernetes mounts configuration as mock.yaml -> ..data/mock.yaml and ..data -> ..1/, and swaps ..data.
func TestSymlinkSwap(t *testing.T) {
	folder := t.TempDir()
	for _, version := range []string{"..1", "..2", "..3"} {
		do(t, os.Mkdir(filepath.Join(folder, version), 0o700))
		write(t, filepath.Join(folder, version, "mock.yaml"), "same size "+version)
	}
	do(t, os.Symlink("..1", filepath.Join(folder, "..data")))
	file := filepath.Join(folder, "mock.yaml")
	do(t, os.Symlink(filepath.Join("..data", "mock.yaml"), file))
	watcher := start(t, eventsOnly, file)
	for _, version := range []string{"..2", "..3", "..1"} {
		do(t, os.Symlink(version, filepath.Join(folder, "..tmp")))
		do(t, os.Rename(filepath.Join(folder, "..tmp"), filepath.Join(folder, "..data")))
		expect(t, watcher, file)
	}
	write(t, filepath.Join(folder, "..1", "mock.yaml"), "written where the links lead")
	expect(t, watcher, file)
}

// A release folder behind a link that is swapped, far above the file.
func TestFolderSwap(t *testing.T) {
	folder := t.TempDir()
	for _, release := range []string{"r1", "r2"} {
		do(t, os.MkdirAll(filepath.Join(folder, release, "etc"), 0o700))
		write(t, filepath.Join(folder, release, "etc", "mock.yaml"), release)
	}
	current := filepath.Join(folder, "current")
	do(t, os.Symlink(filepath.Join(folder, "r1"), current))
	file := filepath.Join(current, "etc", "mock.yaml")
	watcher := start(t, eventsOnly, file)
	do(t, os.Symlink(filepath.Join(folder, "r2"), current+".new"))
	do(t, os.Rename(current+".new", current))
	expect(t, watcher, file)
}

func TestWholeFolderMadeAnew(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "etc")
	file := filepath.Join(folder, "mock.yaml")
	do(t, os.Mkdir(folder, 0o700))
	write(t, file, "a")
	watcher := start(t, Config{Quiet: 20 * time.Millisecond, Poll: 20 * time.Millisecond}, file)
	do(t, os.RemoveAll(folder))
	expect(t, watcher, file)
	do(t, os.Mkdir(folder, 0o700))
	write(t, file, "ab")
	expect(t, watcher, file)
	write(t, file, "abc")
	expect(t, watcher, file)
}

func TestHalfWrittenIsReportedOnceItIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mock.yaml")
	write(t, path, "")
	watcher := start(t, Config{Quiet: time.Second, Poll: time.Hour}, path)
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	do(t, err)
	for range 1000 {
		_, err := file.WriteString("a line\n")
		do(t, err)
	}
	do(t, file.Close())
	expect(t, watcher, path)
	content, err := os.ReadFile(path)
	do(t, err)
	if got := strings.Count(string(content), "\n"); got != 1000 {
		t.Errorf("reported when %d of 1000 lines were written", got)
	}
}

// The one who is told of a change sets the files anew while the next change is on its way.
func TestSetWhileAChangeWaits(t *testing.T) {
	folder := t.TempDir()
	first, second, third := filepath.Join(folder, "1"), filepath.Join(folder, "2"), filepath.Join(folder, "3")
	for _, file := range []string{first, second, third} {
		write(t, file, "a")
	}
	watcher := start(t, eventsOnly, first, second)
	write(t, first, "ab")
	expect(t, watcher, first)
	before := states(second, third)
	write(t, second, "ab")
	watcher.Set(before)
	expect(t, watcher, second)
	write(t, first, "abc") // no longer watched
	write(t, third, "ab")
	expect(t, watcher, third)
}

// A large file takes a while to read, and may be replaced meanwhile by one that is older.
func TestChangedBetweenLookAndSet(t *testing.T) {
	folder := t.TempDir()
	file, older := filepath.Join(folder, "names.txt"), filepath.Join(folder, "older")
	write(t, older, "b")
	write(t, file, "a")
	watcher := start(t, eventsOnly)
	before := states(file)
	do(t, os.Rename(older, file))
	do(t, os.Chtimes(file, time.Time{}, time.Unix(1, 0)))
	watcher.Set(before)
	expect(t, watcher, file)
}

func TestEveryFileThatChanged(t *testing.T) {
	folder := t.TempDir()
	names, config := filepath.Join(folder, "names.txt"), filepath.Join(folder, "config.yaml")
	write(t, names, "a")
	write(t, config, "a")
	watcher := start(t, Config{Quiet: 500 * time.Millisecond, Poll: time.Hour}, names, config)
	write(t, names, "ab")
	write(t, config, "ab")
	write(t, filepath.Join(folder, "other"), "not watched")
	expect(t, watcher, config, names)
}
