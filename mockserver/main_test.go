package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/certificate"
)

// asProgram is the environment variable with which this test binary is the mock server: only a process of its own can
// be sent signals.
const asProgram = "TEST_RUNS_MOCKSERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for something that should be there at once.
const patience = 20 * time.Second

// logged is the stderr of a program. Tests wait for what it says.
type logged struct {
	mu      sync.Mutex
	content bytes.Buffer
	more    chan struct{} // closed, and made anew, with each write
}

func newLogged() *logged { return &logged{more: make(chan struct{})} }

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.more)
	l.more = make(chan struct{})
	return l.content.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.content.String()
}

// wait waits until the log has a text this many times, and returns all of the log.
func (l *logged) wait(t *testing.T, text string, times int) string {
	t.Helper()
	deadline := time.After(patience)
	for {
		l.mu.Lock()
		content, more := l.content.String(), l.more
		l.mu.Unlock()
		if strings.Count(content, text) >= times {
			return content
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("the log does not say %q %d times:\n%s", text, times, content)
		}
	}
}

// running is a server started by calling run.
type running struct {
	baseURL string
	log     *logged
	stop    context.CancelFunc
	code    chan int
	ticks   chan time.Time // at which the server looks at its files
	rest    chan string    // what came on stdout after the base URL, once it has ended
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s := &running{
		log: newLogged(), stop: stop, code: make(chan int, 1), ticks: make(chan time.Time), rest: make(chan string, 1),
	}
	reader, writer := io.Pipe()
	go func() {
		s.code <- runWatching(ctx, append([]string{"--listen", "localhost:0"}, args...), writer, s.log, s.ticks)
		_ = writer.Close()
	}()
	stdout := bufio.NewReader(reader)
	line, err := stdout.ReadString('\n')
	if err != nil {
		stop()
		t.Fatalf("no base URL on stdout: %v\n%s", err, s.log)
	}
	s.baseURL = strings.TrimSuffix(line, "\n")
	go func() {
		rest, _ := io.ReadAll(stdout)
		s.rest <- string(rest)
	}()
	t.Cleanup(func() { stop(); <-s.rest })
	return s
}

// look lets the server look at its files twice: a change counts when the second look sees what the first one saw.
func (s *running) look() {
	s.ticks <- time.Time{}
	s.ticks <- time.Time{}
}

// end stops the server and returns its exit code.
func (s *running) end(t *testing.T) int {
	t.Helper()
	s.stop()
	select {
	case code := <-s.code:
		return code
	case <-time.After(patience):
		t.Fatalf("does not end:\n%s", s.log)
		return -1
	}
}

// client accepts any certificate and keeps no connection.
var client = &http.Client{Transport: &http.Transport{
	DisableKeepAlives: true, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
}}

// request sends a request with this Username, and returns the answer as soon as it has begun.
func request(t *testing.T, method, url, name string) *http.Response {
	t.Helper()
	request, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set(fixtures.UsernameHeader, name)
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func create(t *testing.T, baseURL, name string) (status int, body string) {
	t.Helper()
	return send(t, http.MethodPost, baseURL+fixtures.UsersPath, name)
}

func send(t *testing.T, method, url, name string) (status int, body string) {
	t.Helper()
	response := request(t, method, url, name)
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content)
}

func expect(t *testing.T, baseURL, name string, want int) {
	t.Helper()
	if status, body := create(t, baseURL, name); status != want {
		t.Errorf("creating %s: %d %s, want %d", name, status, body, want)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// try runs a command that ends by itself.
func try(args ...string) (code int, stdout, stderr string) {
	var out, log bytes.Buffer
	code = run(context.Background(), args, &out, &log)
	return code, out.String(), log.String()
}

func TestServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	ready := filepath.Join(t.TempDir(), "ready")
	write(t, ready, "left behind by a server that was killed\n")
	s := start(t, "--ready-file", ready, "--name", "alice")
	if content, err := os.ReadFile(ready); err != nil || string(content) != s.baseURL+"\n" {
		t.Errorf("the ready file has %q, %v, want %s", content, err, s.baseURL)
	}
	status, body := create(t, s.baseURL, "bob")
	if want := `{"name":"bob","privacy":"Public"}`; status != http.StatusCreated || body != want {
		t.Errorf("%d %s, want 201 %s", status, body, want)
	}
	expect(t, s.baseURL, "alice", http.StatusConflict)
	if code, stdout, stderr := try("health", s.baseURL); code != exitOK || stdout != "ready: "+s.baseURL+"\n" {
		t.Errorf("health: %d %q %q", code, stdout, stderr)
	}
	if code := s.end(t); code != exitOK {
		t.Errorf("exit code %d, want 0\n%s", code, s.log)
	}
	if rest := <-s.rest; rest != "" {
		t.Errorf("stdout has more than the base URL: %q", rest)
	}
	s.rest <- "" // for the clean-up
	if _, err := os.Stat(ready); err == nil {
		t.Error("the ready file is still there")
	}
	if code, _, stderr := try("health", s.baseURL); code != exitFailed || strings.Count(stderr, "\n") != 1 {
		t.Errorf("health of a stopped server: %d %q, want 1 and one line", code, stderr)
	}
}

func TestBothLoopbackFamiliesAnswer(t *testing.T) {
	t.Parallel()
	s := start(t)
	u, err := url.Parse(s.baseURL)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "http://"+net.JoinHostPort("127.0.0.1", u.Port())+fixtures.BasePath, "alice", http.StatusCreated)
	if strings.Contains(s.log.String(), "::1 is not available") {
		t.Log("this machine has no IPv6, and the log says so")
		return
	}
	expect(t, "http://"+net.JoinHostPort("::1", u.Port())+fixtures.BasePath, "alice", http.StatusConflict)
}

func TestHTTPSWithItsOwnCertificate(t *testing.T) {
	t.Parallel()
	s := start(t, "--tls-self-signed", "--base-path=")
	if !strings.HasPrefix(s.baseURL, "https://localhost:") || strings.HasSuffix(s.baseURL, "/") {
		t.Errorf("base URL %s", s.baseURL)
	}
	response, err := client.Get(s.baseURL + "/__mock/health")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.ProtoMajor != 2 {
		t.Errorf("%s, want HTTP/2", response.Proto)
	}
	leaf := response.TLS.PeerCertificates[0]
	if err := leaf.VerifyHostname("localhost"); err != nil {
		t.Error(err)
	}
	fingerprint := strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(leaf.Raw)), " ", ":")
	if !strings.Contains(s.log.String(), fingerprint) {
		t.Errorf("the log does not have the fingerprint %s:\n%s", fingerprint, s.log)
	}
	expect(t, s.baseURL, "alice", http.StatusCreated)
	if code, _, stderr := try("health", s.baseURL); code != exitFailed || !strings.Contains(stderr, "certificate") {
		t.Errorf("health trusts anybody: %d %q", code, stderr)
	}
	if code, _, stderr := try("health", "--tls-self-signed", s.baseURL); code != exitOK {
		t.Errorf("health --tls-self-signed: %d %q", code, stderr)
	}
}

func TestChangedConfigurationTakesEffectAndABadOneNotAtAll(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path, names := filepath.Join(folder, "mock.yaml"), filepath.Join(folder, "names.txt")
	write(t, names, "alice\n")
	write(t, path, "names-file: names.txt\n")
	s := start(t, "--config", path)
	expect(t, s.baseURL, "alice", http.StatusConflict)
	expect(t, s.baseURL, "created", http.StatusCreated)

	write(t, path, "names-file: names.txt\nname: [carol]\n")
	s.look()
	s.log.wait(t, "is in force", 1)
	expect(t, s.baseURL, "carol", http.StatusConflict)
	expect(t, s.baseURL, "created", http.StatusConflict)

	write(t, names, "alice\ndave\n")
	s.look()
	s.log.wait(t, "is in force", 2)
	expect(t, s.baseURL, "dave", http.StatusConflict)

	write(t, names, "erin\nfr\x01ank\n")
	s.look()
	if log := s.log.wait(t, "refused as a whole", 1); !strings.Contains(log, names+":2: ") {
		t.Errorf("the log does not say where:\n%s", log)
	}
	write(t, names, "alice\ndave\n") // as it was
	s.look()
	s.log.wait(t, "is in force", 3)

	write(t, path, "name: [erin]\nblocked-ip: [everybody]\n")
	s.look()
	if log := s.log.wait(t, "refused as a whole", 2); !strings.Contains(log, path+":2: blocked-ip: ") {
		t.Errorf("the log does not say where:\n%s", log)
	}
	write(t, path, "name: [erin]\nbase-path: /other\n")
	s.look()
	if log := s.log.wait(t, "refused as a whole", 3); !strings.Contains(log,
		path+":2: base-path: cannot change while the server runs") {
		t.Errorf("the log does not say that this needs a restart:\n%s", log)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.look()
	s.log.wait(t, "refused as a whole", 4)
	expect(t, s.baseURL, "erin", http.StatusCreated)   // nothing of the refused ones is in force
	expect(t, s.baseURL, "carol", http.StatusConflict) // all of the last good one is

	write(t, path, "blocked-ip: [127.0.0.1, '::1']\n")
	s.look()
	s.log.wait(t, "is in force", 4)
	expect(t, s.baseURL, "anybody", http.StatusForbidden)
}

// writeCertificate writes a new certificate and its key, and returns the certificate as clients see it.
func writeCertificate(t *testing.T, certFile, keyFile string) (raw []byte) {
	t.Helper()
	made, err := certificate.SelfSigned(nil)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := made.Config().GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(shown.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, certFile, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: shown.Certificate[0]})))
	write(t, keyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
	return shown.Certificate[0]
}

// Whichever of the two files is replaced first: clients see the old certificate until both fit, and then the new one.
func TestReplacedCertificateIsShownOnceItsKeyFits(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
	before := writeCertificate(t, certFile, keyFile)
	s := start(t, "--tls-cert", certFile, "--tls-key", keyFile)
	expectShown := func(want []byte) {
		t.Helper()
		response := request(t, http.MethodGet, s.baseURL, "")
		if got := response.TLS.PeerCertificates[0].Raw; !bytes.Equal(got, want) {
			t.Error("another certificate is shown")
		}
	}
	expectShown(before)
	for i, files := range [][2]string{{certFile, keyFile}, {keyFile, certFile}} {
		after := writeCertificate(t, certFile+".new", keyFile+".new")
		for _, step := range []struct {
			file, log string
			want      []byte
		}{{files[0], "the changed certificate is refused", before}, {files[1], "new certificate", after}} {
			if err := os.Rename(step.file+".new", step.file); err != nil {
				t.Fatal(err)
			}
			s.look()
			s.log.wait(t, step.log, i+1)
			expectShown(step.want)
		}
		before = after
	}
}

func TestControlAPIOfItsOwn(t *testing.T) {
	t.Parallel()
	s := start(t, "--control", "localhost:0")
	_, after, ok := strings.Cut(s.log.String(), " dashboard=http://localhost:")
	port, _, _ := strings.Cut(after, "/__mock/\n")
	if !ok {
		t.Fatalf("the log does not say where the control API is:\n%s", s.log)
	}
	if code, _, stderr := try("health", s.baseURL); code != exitFailed ||
		!strings.Contains(stderr, "is no mockserver (status 404)") {
		t.Errorf("health at the endpoint: %d %q", code, stderr)
	}
	if code, stdout, stderr := try("health", "--control", "localhost:"+port); code != exitOK ||
		stdout != "ready: "+s.baseURL+"\n" {
		t.Errorf("health at the control API: %d %q %q", code, stdout, stderr)
	}
}

func TestBeyondLoopbackATokenIsMadeUp(t *testing.T) {
	t.Parallel()
	s := start(t, "--listen", "0.0.0.0:0")
	log := s.log.wait(t, "listening on every interface", 1)
	_, after, ok := strings.Cut(log, " token=")
	token, _, _ := strings.Cut(after, " ")
	if !ok || len(token) < 20 {
		t.Fatalf("no token in the log:\n%s", log)
	}
	if !strings.HasPrefix(s.baseURL, "http://localhost:") {
		t.Errorf("base URL %s, want one that can be used", s.baseURL)
	}
	if code, _, stderr := try("coverage", s.baseURL); code != exitUsage ||
		!strings.Contains(stderr, "give it with --control-token") {
		t.Errorf("without the token: %d %q", code, stderr)
	}
	if code, _, stderr := try("coverage", "--control-token", token, s.baseURL); code != exitOK {
		t.Errorf("with the token: %d %q", code, stderr)
	}
	if code, _, stderr := try("health", s.baseURL); code != exitOK {
		t.Errorf("health needs none: %d %q", code, stderr)
	}
	own := start(t, "--listen", "0.0.0.0:0", "--control-token", "s3cret")
	if strings.Contains(own.log.String(), "s3cret") || strings.Contains(own.log.String(), "token=") {
		t.Errorf("a token that was given is in the log:\n%s", own.log)
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	s := start(t)
	expect(t, s.baseURL, "alice", http.StatusCreated)
	expect(t, s.baseURL, "alice", http.StatusConflict)
	if code, stdout, stderr := try("coverage", "--require", "201,409", s.baseURL); code != exitOK {
		t.Errorf("201 and 409 were met: %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr := try("coverage", "--require", "201,400,403,409", s.baseURL)
	if code != exitFailed || stderr != "mockserver: never met: 400, 403\n" ||
		!strings.Contains(stdout, "403         0  missing") {
		t.Errorf("400 and 403 were not met: %d\n%s%s", code, stdout, stderr)
	}
	if code, stdout, _ := try("coverage", "--listen", strings.Split(s.baseURL, "/")[2]); code != exitOK ||
		!strings.Contains(stdout, "201         1\n") {
		t.Errorf("found by the address that it listens on: %d\n%s", code, stdout)
	}
	for _, args := range [][]string{{"--require", "418", s.baseURL}, {"--require", "", s.baseURL}, {"localhost:8080"},
		{"--require", "201", "http://localhost:1"}} {
		if code, _, stderr := try(append([]string{"coverage"}, args...)...); code != exitUsage ||
			strings.Count(stderr, "\n") != 1 {
			t.Errorf("coverage %q: %d %q, want 2 and one line", args, code, stderr)
		}
	}
}

// The answers that the workers of a test run met count together, also when their spaces are gone.
func TestCoverageOfSpaces(t *testing.T) {
	t.Parallel()
	s := start(t)
	space := func(name string) string {
		return strings.Replace(s.baseURL, fixtures.BasePath, "/~"+name+fixtures.BasePath, 1)
	}
	expect(t, space("playwright-1"), "alice", http.StatusCreated)
	expect(t, space("playwright-2"), "alice", http.StatusCreated)
	expect(t, space("playwright-2"), "alice", http.StatusConflict)
	expect(t, space("vitest-1"), "bob", http.StatusCreated)
	spaces := strings.TrimSuffix(s.baseURL, fixtures.BasePath) + "/__mock/spaces"
	if status, body := send(t, http.MethodDelete, spaces+"/playwright-2", ""); status != http.StatusNoContent {
		t.Fatalf("deleting a space: %d %s", status, body)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{s.baseURL}, exitOK, "201         3\n"},
		{[]string{"--require", "201,409", s.baseURL}, exitOK, "409         1\n"},
		{[]string{"--space", "playwright-*", s.baseURL}, exitOK, "201         2\n"},
		{[]string{"--require", "409", "--space", "playwright-*", s.baseURL}, exitOK, "409         1\n"},
		{[]string{"--require", "409", "--space", "vitest-*", s.baseURL}, exitFailed, "409         0  missing\n"},
		{[]string{space("playwright-1")}, exitOK, "201         1\n"},
		{[]string{"--space", "never-*", s.baseURL}, exitUsage, `never-*`},
		{[]string{space("never")}, exitUsage, `never`},
		{[]string{"--space", "[", s.baseURL}, exitUsage, `[`},
		{[]string{"--space", "x", space("playwright-1")}, exitUsage, "--space: the URL names a space already"},
	} {
		code, stdout, stderr := try(append([]string{"coverage"}, c.args...)...)
		if out := stdout + stderr; code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("coverage %q: %d, want %d and %q\n%s", c.args, code, c.code, c.want, out)
		}
	}
	if _, body := send(t, http.MethodGet, spaces, ""); strings.Contains(body, "never") {
		t.Errorf("asking has made a space: %s", body)
	}
}

func TestNothingIsStartedWithBadInput(t *testing.T) {
	t.Parallel()
	taken := start(t)
	u, err := url.Parse(taken.baseURL)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	names := filepath.Join(folder, "names.txt")
	write(t, names, "a\nb\nc\nd\ne\nf\nbell\x07\n")
	config := filepath.Join(folder, "mock.yaml")
	write(t, config, "log-level: info\nlisten: localhost:"+u.Port()+"\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--listen", "localhost:" + u.Port()}, "--listen: port " + u.Port() +
			" is in use by another program; stop that, or use localhost:0, which picks a free port"},
		{[]string{"--control", "localhost:" + u.Port()}, "--control: port " + u.Port() + " is in use"},
		{[]string{"--names-file", names},
			names + ":7: the name \"bell\\x07\" has the control character U+0007 at byte 5"},
		{[]string{"--names-file", filepath.Join(folder, "none")}, "--names-file: cannot read " +
			filepath.Join(folder, "none")},
		{[]string{"--blocked-ip", "192.0.2.0/33"},
			"--blocked-ip: \"192.0.2.0/33\" is not an IP address or a CIDR such as 192.0.2.7"},
		{[]string{"--listn", "x"}, "unknown flag --listn, did you mean \"--listen\"?"},
		{[]string{"frobnicate"}, "unexpected argument frobnicate"},
		{[]string{"--config", config}, config + ":2: listen: port " + u.Port() + " is in use"},
		{[]string{"--listen"}, "--listen: has no value; write --listen=HOST:PORT"},
		{[]string{"--latency", "-5ms"}, "--latency: has no value; write --latency=D|D1..D2"},
		{[]string{"--ready-file", filepath.Join(folder, "none", "ready")}, "--ready-file: " +
			filepath.Join(folder, "none", "ready") + " cannot be written: "},
		{[]string{"--ready-file", folder}, "--ready-file: " + folder + " is a folder; use the name of a file"},
		{[]string{"--tls-cert", names, "--tls-key", "none"}, "--tls-cert: cannot read the private key: open none: "},
		{[]string{"--tls-cert", names, "--tls-key", names}, "--tls-cert: " + names + " and " + names +
			" are not a certificate and its private key"},
		{[]string{"--assume"}, "--assume: has no value; write --assume=KEY=VALUE"},
		{[]string{"--assume", "x"}, "--assume: \"x\" is not KEY=VALUE such as name-comparison=fold"},
		{[]string{"--control-token", strings.Repeat("a", 5000)}, "--control-token: the token has 5000 bytes; use at "},
		{[]string{"health", "--control", "off"}, "--control: a server without control API cannot be asked; give a URL"},
		{[]string{"health", "ftp://localhost"},
			"\"ftp://localhost\" is not a URL such as http://localhost:8080/connectmypairs"},
		{[]string{"config", "--seed", "x"}, "--seed: expected a valid 64 bit int but got \"x\""},
	} {
		args := c.args
		if strings.HasPrefix(args[0], "--") && args[0] != "--listen" && args[0] != "--config" {
			args = append([]string{"--listen", "localhost:0"}, args...)
		}
		code, stdout, stderr := try(args...)
		if code != exitUsage || stdout != "" || !strings.HasPrefix(stderr, "mockserver: "+c.want) ||
			strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: %d %q %q, want 2, nothing, and the line %q", c.args, code, stdout, stderr, c.want)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := try("--help")
	for _, want := range []string{"--listen=HOST:PORT", "--control=same|ADDR|off", "health", "coverage"} {
		if code != exitOK || stderr != "" || !strings.Contains(stdout, want) {
			t.Errorf("--help: %d %q, want %q in\n%s", code, stderr, want, stdout)
		}
	}
}

func TestConfigPrintsWhatIsInForce(t *testing.T) {
	t.Setenv("MOCKSERVER_LISTN", "localhost:1")
	code, stdout, stderr := try("config", "--name", "alice")
	if want := "mockserver: the environment variable MOCKSERVER_LISTN is no setting; did you mean " +
		"MOCKSERVER_LISTEN?\n"; stderr != want {
		t.Errorf("the log is %q, want %q", stderr, want)
	}
	if code != exitOK || !strings.Contains(stdout, "name:\n  - alice  # --name\n") {
		t.Errorf("%d %q\n%s", code, stderr, stdout)
	}
}

// A request that arrives slowly, or is more than allowed, harms nobody else.
func TestSlowAndLargeRequestsEnd(t *testing.T) {
	t.Parallel()
	s := start(t, "--header-timeout", "200ms", "--max-header-bytes", "8KiB")
	u, err := url.Parse(s.baseURL)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ sent, want string }{
		"headers that do not end": {"POST /connectmypairs/users/ HTTP/1.1\r\nHost: localhost\r\nUsername: a", ""},
		"a body that does not end": {"POST /connectmypairs/users/ HTTP/1.1\r\nHost: localhost\r\nUsername: " +
			"slow\r\nContent-Length: 9\r\n\r\nx", "HTTP/1.1 201 "},
		"headers beyond the bound": {"POST /connectmypairs/users/ HTTP/1.1\r\nHost: localhost\r\nUsername: " +
			strings.Repeat("a", 20_000) + "\r\n\r\n", "HTTP/1.1 431 "},
		"no HTTP": {"\x16\x03\x01 hello\r\n\r\n", "HTTP/1.1 400 "},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", u.Host)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, c.sent) // the server may close before all of it is sent
			answer, err := io.ReadAll(conn)
			if os.IsTimeout(err) || !strings.HasPrefix(string(answer), c.want) {
				t.Errorf("%q, %v, want an answer that begins with %q, and the end", answer, err, c.want)
			}
		})
	}
	expect(t, s.baseURL, "somebody-else", http.StatusCreated)
}
