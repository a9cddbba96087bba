//go:build release

// Package release uses what make dist made as its users would: make test-release. RELEASE is the folder, dist by
// default.
package release

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	root = "../.." // the checkout, seen from here
	// archive is what has both programs for this system.
	archive = "connectmypairs-contract_*_linux_amd64.tar.gz"
)

// released is the one file of the release whose name fits the pattern, with its whole path.
func released(t *testing.T, pattern string) string {
	t.Helper()
	folder := os.Getenv("RELEASE")
	if folder == "" {
		folder = filepath.Join(root, "dist")
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(folder, pattern)) // the patterns are right
	if len(found) != 1 {
		t.Fatalf("%s has %d files %s, want one; run make dist", folder, len(found), pattern)
	}
	return found[0]
}

// version is the release's, which is in the names of its files.
func version(t *testing.T) string {
	t.Helper()
	before, after, _ := strings.Cut(archive, "*")
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(released(t, archive)), before), after)
}

// unpacked is a folder, with a space in its name, that an archive was unpacked to.
func unpacked(t *testing.T, pattern string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "a b")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	must(t, exec.Command("tar", "-xzf", released(t, pattern), "-C", folder))
	return folder
}

// mockserver is the program, unpacked.
func mockserver(t *testing.T) string {
	t.Helper()
	return filepath.Join(unpacked(t, archive), "mockserver")
}

// must runs a command that has to succeed, and returns what it printed on stdout.
func must(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	stdout, stderr, code := outcome(t, command)
	if code != 0 {
		t.Fatalf("%s: exit %d\n%s%s", command, code, stdout, stderr)
	}
	return stdout
}

// outcome runs a command to its end, ten minutes at most: some compile on a busy machine.
func outcome(t *testing.T, command *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, log bytes.Buffer
	command.Stdout, command.Stderr = &out, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(10*time.Minute, func() { _ = command.Process.Kill() })
	defer limit.Stop()
	if err := command.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return out.String(), log.String(), command.ProcessState.ExitCode()
}

// serving starts a mock server that prints its base URL when it is ready, and ends it with the test.
func serving(t *testing.T, command *exec.Cmd) (baseURL string) {
	t.Helper()
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	command.Stderr = &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	limit := time.AfterFunc(time.Minute, func() { _ = command.Process.Kill() })
	defer limit.Stop()
	line := make([]byte, 200)
	n, err := stdout.Read(line)
	if err != nil {
		t.Fatalf("%s did not start: %v\n%s", command, err, log.String())
	}
	return strings.TrimSpace(string(line[:n]))
}

// created is the status of creating an account; 0 when there was no answer.
func created(baseURL, name string) int {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, baseURL+"/users/", nil)
	if err != nil {
		return 0
	}
	request.Header.Set("Username", name)
	answer, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		return 0
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// eventually asks again until the answer is yes, ten seconds at most.
func eventually(t *testing.T, what string, yes func() bool) {
	t.Helper()
	end, again := time.After(10*time.Second), time.NewTicker(50*time.Millisecond)
	defer again.Stop()
	for !yes() {
		select {
		case <-again.C:
		case <-end:
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

func contains(t *testing.T, what, text string, pieces ...string) {
	t.Helper()
	for _, piece := range pieces {
		if !strings.Contains(text, piece) {
			t.Errorf("%s lacks %q:\n%s", what, piece, text)
		}
	}
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
