package hostile

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// patience is how long a test waits for something that should be there at once.
const patience = 30 * time.Second

var scale = flag.Int("scale", 1, "how many times the usual requests to make")

// binary is the built mock server.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	folder, err := os.MkdirTemp("", "hostile-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	binary = filepath.Join(folder, "mockserver")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", binary, "..").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// mock is a running mock server.
type mock struct {
	command *exec.Cmd
	// base is the base URL of the endpoint, root that of the control API's host, address what to dial.
	base, root, address string
	logFile             string
}

// start starts the mock server and returns when it is ready.
func start(t *testing.T, args ...string) *mock {
	t.Helper()
	return launch(t, exec.Command(binary, args...))
}

// launch starts a command that becomes the mock server.
func launch(t *testing.T, command *exec.Cmd) *mock {
	t.Helper()
	folder := t.TempDir()
	ready := filepath.Join(folder, "ready")
	m := &mock{command: command, logFile: filepath.Join(folder, "log")}
	log, err := os.Create(m.logFile)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	command.Stderr = log
	command.Env = append(os.Environ(), "MOCKSERVER_READY_FILE="+ready)
	if !strings.Contains(strings.Join(command.Args, " "), "--listen") {
		command.Env = append(command.Env, "MOCKSERVER_LISTEN=127.0.0.1:0")
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.kill()
		if t.Failed() {
			t.Logf("the end of the log:\n%s", lastBytes(m.log(), 4<<10))
		}
	})
	eventually(t, "the mock is ready", func() bool {
		content, err := os.ReadFile(ready)
		m.base = strings.TrimSpace(string(content))
		return err == nil
	})
	parsed, err := url.Parse(m.base)
	if err != nil {
		t.Fatal(err)
	}
	m.address, m.root = parsed.Host, parsed.Scheme+"://"+parsed.Host
	return m
}

// kill ends the process as an operating system that is out of memory does, and waits for its end.
func (m *mock) kill() {
	_ = m.command.Process.Kill()
	_ = m.command.Wait() // an error of course: it was killed
}

func (m *mock) log() []byte {
	content, _ := os.ReadFile(m.logFile)
	return content
}

func lastBytes(content []byte, n int) []byte { return content[max(0, len(content)-n):] }

// resident is the memory of the process in bytes; ok is false where the system does not tell.
func (m *mock) resident() (bytes int, ok bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.command.Process.Pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			kilobytes, err := strconv.Atoi(strings.Fields(value)[0])
			return kilobytes << 10, err == nil
		}
	}
	return 0, false
}

// bounded fails the test when the process takes more memory than most.
func (m *mock) bounded(t *testing.T, most int) {
	t.Helper()
	resident, ok := m.resident()
	if !ok {
		t.Logf("memory: not measured on %s", runtime.GOOS)
		return
	}
	t.Logf("memory: %d MiB resident, bound %d MiB", resident>>20, most>>20)
	if resident > most {
		t.Errorf("%d MiB resident, want at most %d MiB", resident>>20, most>>20)
	}
}

// newClient returns a client of its own connections, which accepts any certificate.
func newClient(t *testing.T, connections int) *http.Client {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = connections
	transport.TLSClientConfig = anyCertificate()
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// create asks for an account. The status is 0 when no complete answer came, which tells nothing about the account.
func create(ctx context.Context, client *http.Client, base, name string) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+fixtures.UsersPath, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set(fixtures.UsernameHeader, name)
	// A request whose connection was reused and closed is not sent again behind our back: that would hide a lost
	// answer.
	request.GetBody = nil
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	var echoed struct{ Name string }
	if response.StatusCode == http.StatusCreated && (json.Unmarshal(body, &echoed) != nil || echoed.Name != name) {
		return 0, fmt.Errorf("created %q, but the answer is %s", name, body)
	}
	return response.StatusCode, nil
}

// works sees to it that a normal request is answered as if nothing had happened.
func (m *mock) works(t *testing.T, name string) {
	t.Helper()
	client := newClient(t, 1)
	if status, err := create(t.Context(), client, m.base, name); status != http.StatusCreated {
		t.Fatalf("a normal request afterwards: %d %v, want 201", status, err)
	}
}

// control calls the control API and decodes the answer into value, unless that is nil.
func (m *mock) control(t *testing.T, method, path string, body, value any) {
	t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, m.root+path, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	response, err := newClient(t, 1).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, path, response.StatusCode, lastBytes(answer, 500), err)
	}
	if value != nil {
		if err := json.Unmarshal(answer, value); err != nil {
			t.Fatal(err)
		}
	}
}

// names returns up to 10,000 of the accounts that there are.
func (m *mock) names(t *testing.T) map[string]bool {
	t.Helper()
	var accounts []struct{ Name string }
	m.control(t, http.MethodGet, "/__mock/accounts?limit=10000", nil, &accounts)
	names := map[string]bool{}
	for _, account := range accounts {
		names[account.Name] = true
	}
	return names
}

// dial opens a connection that gives up after patience.
func (m *mock) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", m.address, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.After(patience)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
	}
}

// timedOut reports whether a connection was neither answered nor closed in time.
func timedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
