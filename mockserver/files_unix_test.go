//go:build unix

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestReadyFileThatIsNone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	device, fifo := filepath.Join(folder, "device"), filepath.Join(folder, "fifo")
	if err := os.Symlink("/dev/null", device); err != nil {
		t.Fatal(err)
	}
	start(t, "--ready-file", device).end(t)
	if target, err := os.Readlink(device); err != nil || target != "/dev/null" {
		t.Errorf("the link to a device is now %q, %v", target, err)
	}
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--ready-file", fifo)
	if content, err := os.ReadFile(fifo); err != nil || string(content) != s.baseURL+"\n" {
		t.Errorf("the FIFO gives %q, %v", content, err)
	}
	s.end(t)
	if info, err := os.Stat(fifo); err != nil || info.Mode().IsRegular() {
		t.Errorf("the FIFO is now %v, %v", info, err)
	}
}

// Whatever a watched file becomes, the old content stays in force, and the server goes on and ends when it is told to.
func TestWatchedFileBecomesSomethingElse(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	writeCertificate(t, path("tls.crt"), path("tls.key"))
	good := map[string]string{"mock.yaml": "latency: 0s\n", "names.txt": "alice\n", "blocked.txt": "192.0.2.1\n",
		"token": "s3cret\n"}
	for name, content := range good {
		write(t, path(name), content)
	}
	s := start(t, "--config", path("mock.yaml"), "--names-file", path("names.txt"), "--blocked-file",
		path("blocked.txt"),
		"--control-token-file", path("token"), "--tls-cert", path("tls.crt"), "--tls-key", path("tls.key"))
	replace := func(name string, with func(path string) error) {
		t.Helper()
		if err := os.Remove(path(name)); err != nil {
			t.Fatal(err)
		}
		if err := with(path(name)); err != nil {
			t.Fatal(err)
		}
	}
	refused, inForce := 0, 0
	for name, content := range good {
		for kind, with := range map[string]func(path string) error{
			"a FIFO":     func(path string) error { return syscall.Mkfifo(path, 0o600) },
			"/dev/zero":  func(path string) error { return os.Symlink("/dev/zero", path) },
			"a folder":   func(path string) error { return os.Mkdir(path, 0o700) },
			"huge":       func(path string) error { return sparse(path, 1<<40) },
			"an endless": func(path string) error { return os.Symlink(filepath.Base(path), path) },
		} {
			replace(name, with)
			s.look()
			refused++
			log := s.log.wait(t, "refused as a whole", refused)
			if !strings.Contains(log, "cannot read "+path(name)) {
				t.Errorf("%s as %s: the log does not say so:\n%s", name, kind, log)
			}
			expect(t, s.baseURL, "alice", http.StatusConflict)
		}
		replace(name, func(path string) error { return os.WriteFile(path, []byte(content), 0o600) })
		s.look()
		inForce++
		s.log.wait(t, "is in force", inForce)
	}
	for i, name := range []string{"tls.crt", "tls.key"} {
		replace(name, func(path string) error { return syscall.Mkfifo(path, 0o600) })
		s.look()
		s.log.wait(t, "the changed certificate is refused", i+1)
	}
	expect(t, s.baseURL, "alice", http.StatusConflict)
	if code := s.end(t); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
}

func sparse(path string, size int64) error {
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	return os.Truncate(path, size)
}
