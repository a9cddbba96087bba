//go:build fronts

package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/judge"
	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// TestFronts judges the reference endpoint through the limits that stand in front of many a staging, without a flag: it
// is right, so nothing may be found violated, and everything must be checked but what takes a blocked caller.
func TestFronts(t *testing.T) {
	for name, start := range map[string]func(t *testing.T, target string) (url string){
		"nginx limit_req, 429": nginx(`limit_req_zone $binary_remote_addr zone=z:1m rate=50r/s;`,
			`limit_req zone=z burst=20 nodelay; limit_req_status 429;`),
		"nginx limit_req, 503": nginx(`limit_req_zone $binary_remote_addr zone=z:1m rate=50r/s;`,
			`limit_req zone=z burst=20 nodelay;`),
		"nginx limit_conn, 429": nginx(`limit_conn_zone $binary_remote_addr zone=z:1m;`,
			`limit_conn z 4; limit_conn_status 429;`),
		"nginx limit_conn, 503": nginx(`limit_conn_zone $binary_remote_addr zone=z:1m;`,
			`limit_conn z 4;`),
		"haproxy, a sliding window":       haproxy,
		"express-rate-limit, 20 a second": express,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := endpoint.New(endpoint.Config{})
			if err != nil {
				t.Fatal(err)
			}
			target := httptest.NewServer(server)
			defer target.Close()
			run, err := judge.Run(t.Context(),
				judge.Config{URL: start(t, target.URL) + fixtures.BasePath, Privacy: []string{"Private"}})
			if err != nil {
				t.Fatal(err)
			}
			limited := 0
			for _, l := range run.Latency {
				if l.Status == 429 || l.Status == 503 {
					limited += l.Count
				}
			}
			t.Logf("%s after %v: %d requests, %d of them let down", run.Verdict, run.Duration.Round(time.Second),
				run.Requests, limited)
			if limited == 0 {
				t.Error("no request was let down: the limit was not met")
			}
			if run.Verdict != report.Partial {
				t.Errorf("the verdict is %s: %s", run.Verdict, run.Reason)
			}
			for _, c := range run.Clauses {
				blocked := strings.HasPrefix(c.Clause.ID, "blocked.")
				if c.Outcome != report.Passed && c.Outcome != report.Observed && !blocked {
					t.Errorf("%s: %s: %s %+v", c.Clause.ID, c.Outcome, c.Reason, c.Failures)
				}
			}
		})
	}
}

// nginx is in front with these directives of the http and of the location block. A 503 says when to come again, as a
// limit should.
func nginx(http, location string) func(*testing.T, string) string {
	return func(t *testing.T, target string) string {
		folder, port := t.TempDir(), freePort(t)
		config := write(t, folder, "nginx.conf", fmt.Sprintf(`
worker_processes 2;
pid %[1]s/pid;
error_log stderr crit;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f;
	uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
	map $status $again { 503 1; default ""; }
	%[2]s
	server {
		listen 127.0.0.1:%[3]d;
		location / {
			%[4]s
			add_header Retry-After $again always;
			proxy_pass %[5]s;
			proxy_set_header Host $http_host;
		}
	}
}
`, folder, http, port, location, target))
		startFront(t, port, "nginx", "-p", folder, "-c", config, "-g", "daemon off;")
		return fmt.Sprint("http://127.0.0.1:", port)
	}
}

func haproxy(t *testing.T, target string) string {
	folder, port := t.TempDir(), freePort(t)
	parsed, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	config := write(t, folder, "haproxy.cfg", fmt.Sprintf(`
defaults
	mode http
	timeout client 10s
	timeout connect 10s
	timeout server 10s
frontend front
	bind 127.0.0.1:%d
	stick-table type ip size 1k expire 10s store http_req_rate(1s)
	http-request track-sc0 src
	http-request deny deny_status 429 if { sc_http_req_rate(0) gt 50 }
	default_backend right
backend right
	server right %s
`, port, parsed.Host))
	startFront(t, port, "haproxy", "-f", config)
	return fmt.Sprint("http://127.0.0.1:", port)
}

func express(t *testing.T, target string) string {
	installed(t, "node")
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("testdata", "express"))); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), installed(t, "npm"), "ci", "--ignore-scripts", "--no-audit",
		"--no-fund")
	install.Dir = folder
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	command := exec.Command("node", "limit.js", target)
	command.Dir = folder
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	background(t, command)
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("it tells no port: %v", err)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port)
}

// installed returns the path of a program. Without it the test fails; make test-fronts does not get that far then.
func installed(t *testing.T, program string) string {
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is missing; install it, as .ci/run does", program)
	}
	return path
}

// background runs a program until the test ends. The channel tells when it has ended before.
func background(t *testing.T, command *exec.Cmd) (ended chan error) {
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended = make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Signal(os.Interrupt) // may have ended
		ended <- <-ended
	})
	return ended
}

// startFront starts a program that listens on a port, and returns when it does.
func startFront(t *testing.T, port int, program string, args ...string) {
	ended := background(t, exec.Command(installed(t, program), args...))
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for range ticker.C {
		if conn, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s has ended: %v", program, err)
		default:
		}
	}
}

// freePort returns a port that nobody listens on. It is below those that systems give to programs that ask for any, so
// that nobody gets it before the front does.
func freePort(t *testing.T) int {
	t.Helper()
	var err error
	for range 100 {
		port := 20_000 + rand.IntN(10_000)
		var listener net.Listener
		if listener, err = net.Listen("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			_ = listener.Close()
			return port
		}
	}
	t.Fatal(err)
	return 0
}
