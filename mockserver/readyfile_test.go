package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func TestReadyFileBelongsToWhoeverWroteItLast(t *testing.T) {
	t.Parallel()
	ready := filepath.Join(t.TempDir(), "a ready file")
	first := start(t, "--ready-file", ready)
	bad := filepath.Join(t.TempDir(), "bad.pem")
	write(t, bad, "no certificate")
	if code, _, stderr := try("--listen", "localhost:0", "--ready-file", ready, "--tls-cert", bad, "--tls-key",
		bad); code != exitUsage {
		t.Errorf("exit code %d, want %d\n%s", code, exitUsage, stderr)
	}
	if content, err := os.ReadFile(ready); err != nil || string(content) != first.baseURL+"\n" {
		t.Errorf("after another could not start: %q, %v, want that of the first", content, err)
	}
	second := start(t, "--ready-file", ready)
	first.end(t)
	if content, err := os.ReadFile(ready); err != nil || string(content) != second.baseURL+"\n" {
		t.Errorf("after the first has ended: %q, %v, want that of the second", content, err)
	}
	second.end(t)
	if _, err := os.Stat(ready); err == nil {
		t.Error("after both have ended it is still there")
	}
}

func TestReadyFileThroughALink(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	link, target := filepath.Join(folder, "link"), filepath.Join(folder, "target")
	if err := os.Symlink("target", link); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a link that leads nowhere, and one to what a killed server left behind
		s := start(t, "--ready-file", link)
		if content, err := os.ReadFile(target); err != nil || string(content) != s.baseURL+"\n" {
			t.Errorf("the target has %q, %v", content, err)
		}
		s.end(t)
		if _, err := os.Lstat(link); err != nil {
			t.Fatalf("the link is gone: %v", err)
		}
		if _, err := os.Stat(target); err == nil {
			t.Error("the target is still there")
		}
		write(t, target, "left behind")
	}
}

func TestReadyFileIsGoneWhileTheServerDrains(t *testing.T) {
	t.Parallel()
	ready := filepath.Join(t.TempDir(), "ready")
	s := start(t, "--ready-file", ready, "--fault", "slow-body")
	request(t, http.MethodPost, s.baseURL+fixtures.UsersPath, "alice") // its answer has only begun
	s.stop()
	s.log.wait(t, "stopping", 1)
	if _, err := os.Stat(ready); err == nil {
		t.Error("it says that the server is ready, which drains")
	}
}
