//go:build !windows

package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// launch starts a command that becomes the mock server, and returns when that is ready.
func launch(t *testing.T, command *exec.Cmd) (log *logged, baseURL string) {
	t.Helper()
	ready := filepath.Join(t.TempDir(), "ready")
	command.Env = append(os.Environ(), asProgram+"=1", "MOCKSERVER_LISTEN=localhost:0", "MOCKSERVER_READY_FILE="+ready)
	log = newLogged()
	command.Stderr = log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() }) // errors when it has ended already
	log.wait(t, "msg=ready", 1)
	content, err := os.ReadFile(ready)
	if err != nil {
		t.Fatal(err)
	}
	return log, strings.TrimSpace(string(content))
}

// Whoever ends make run ends the mock server.
func TestMakeRunEndsWithItsMock(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil {
		t.Log("no make on this machine: nobody can run it")
		return
	}
	build := exec.Command("make", "-s", ".bin/mockserver") // which takes longer than a test waits for a log
	build.Dir = ".."
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	command := exec.Command("make", "run", "ARGS=--name alice")
	command.Dir = ".."
	log, baseURL := launch(t, command)
	log.wait(t, "Building the mock server", 1)
	expect(t, baseURL, "alice", http.StatusConflict)
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	log.wait(t, "msg=stopped", 1)
	_ = command.Wait() // make tells of the signal
	if code, _, stderr := try("health", baseURL); code != exitFailed {
		t.Errorf("after make has ended: %d %q", code, stderr)
	}
}

func TestSignals(t *testing.T) {
	t.Parallel()
	program := func(args ...string) *exec.Cmd { return exec.Command(os.Args[0], args...) }
	t.Run("the end of standard input drains, when it is asked to", func(t *testing.T) {
		command := program("--exit-with-stdin")
		stdin, err := command.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		log, _ := launch(t, command)
		if err := stdin.Close(); err != nil {
			t.Fatal(err)
		}
		if err := command.Wait(); err != nil {
			t.Errorf("%v, want exit code 0\n%s", err, log)
		}
		log.wait(t, "msg=stopped", 1)
	})
	t.Run("SIGTERM drains", func(t *testing.T) {
		command := program("--fault", "slow-body")
		log, baseURL := launch(t, command)
		response := request(t, http.MethodPost, baseURL+fixtures.UsersPath, "alice")
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		log.wait(t, "stopping", 1)
		if code, _, stderr := try("health", baseURL); code != exitFailed ||
			!strings.Contains(stderr, "says that it is draining") {
			t.Errorf("health while draining: %d %q", code, stderr)
		}
		body, err := io.ReadAll(response.Body)
		if want := `{"name":"alice","privacy":"Public"}`; err != nil || string(body) != want {
			t.Errorf("the request under way got %q, %v, want %s", body, err, want)
		}
		if err := command.Wait(); err != nil {
			t.Errorf("%v, want exit code 0\n%s", err, log)
		}
	})
	t.Run("a second signal ends it", func(t *testing.T) {
		command := program("--fault", "slow-body")
		log, baseURL := launch(t, command)
		response := request(t, http.MethodPost, baseURL+fixtures.UsersPath, "alice")
		first := syscall.SIGHUP
		if signal.Ignored(first) { // these tests run under nohup
			first = syscall.SIGINT
		}
		for i, sent := range []syscall.Signal{first, syscall.SIGTERM} {
			if err := command.Process.Signal(sent); err != nil {
				t.Fatal(err)
			}
			log.wait(t, []string{"stopping", `"requests were cut off" number=1`}[i], 1)
		}
		if _, err := io.ReadAll(response.Body); err == nil {
			t.Error("the request under way got its whole answer")
		}
		_ = command.Wait()
		if code := command.ProcessState.ExitCode(); code != exitFailed {
			t.Errorf("exit code %d, want %d\n%s", code, exitFailed, log)
		}
	})
}
