package main

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/judge"
	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// What a run against a bad target may take, with --timeout at hostileTimeout.
const (
	hostileTimeout = 500 * time.Millisecond
	mostTime       = 40 * time.Second
	mostMemory     = 128 << 20
	mostReports    = 8 << 20
)

// A target may be as bad as it likes: the run ends in time, takes a bounded amount of memory and disk, and is never
// green.
func TestHostileTargets(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
	right := head + "Content-Length: 35\r\n\r\n" + `{"name":"alice","privacy":"Public"}`
	body := func(content string) func(net.Conn) {
		return send(fmt.Sprintf("%sContent-Length: %d\r\nConnection: close\r\n\r\n%s", head, len(content), content))
	}
	violated, notJudged := []int{report.ExitViolated}, []int{report.ExitNotJudged}
	either := []int{report.ExitViolated, report.ExitNotJudged}
	for name, c := range map[string]struct {
		answer func(net.Conn)
		codes  []int
	}{
		"endless body": {forever(head+"Connection: close\r\n\r\n", strings.Repeat(" ", 1<<16), 0),
			violated},
		"endless chunks":          {forever(head+"Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", 0), either},
		"endless chunk extension": {forever(head+"Transfer-Encoding: chunked\r\n\r\n1;", "x", 0), either},
		"endless trailer":         {forever(head+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n", 0), either},
		"endless headers":         {forever(head, "X: "+strings.Repeat("y", 1000)+"\r\n", 0), either},
		"endless status line":     {forever("HTTP/1.1 201 ", "Created", 0), either},
		"dripping body": {forever(head+"Content-Length: 1000000\r\n\r\n", " ", 20*time.Millisecond),
			violated},
		"dripping headers":     {forever(head, "X: y\r\n", 20*time.Millisecond), either},
		"dripping status line": {forever("", "H", 20*time.Millisecond), either},
		"100 Continue forever": {forever("", "HTTP/1.1 100 Continue\r\n\r\n", 0), either},
		"103 Early Hints forever": {forever("", "HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n", time.Millisecond),
			either},
		"60 kB of headers": {
			send(head + "X: " + strings.Repeat("y", 60_000) + "\r\nContent-Length: 2\r\n\r\n{}"), violated,
		},
		"5,000 headers": {send(head + strings.Repeat("X: y\r\n", 5000) + "Content-Length: 2\r\n\r\n{}"),
			violated},
		"gzip bomb": {gzipBomb(head), violated},
		"gzip that is none": {send(head + "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
			violated},
		"a redirect to itself": {
			send("HTTP/1.1 307 Temporary Redirect\r\nLocation: /connectmypairs/users/\r\n" +
				"Content-Length: 0\r\n\r\n"), violated,
		},
		"a member 100,000 times": {body("{" + strings.Repeat(`"name":1,`, 100_000) + `"name":1}`), violated},
		"100,000 members":        {body("{" + numbered(100_000) + `"name":1}`), violated},
		"a name of 900 kB": {body(`{"name":"` + strings.Repeat("n", 900_000) + `","privacy":"Public"}`),
			violated},
		"100,000 escapes": {body(`{"name":"` + strings.Repeat(`\u0000`, 100_000) + `","privacy":"Public"}`),
			violated},
		"1,000,000 brackets":       {body(strings.Repeat("[", 1_000_000)), violated},
		"200,000 nested objects":   {body(strings.Repeat(`{"a":`, 200_000)), violated},
		"bytes that are not UTF-8": {body(strings.Repeat("\xff", 1_000_000)), violated},
		"a status beyond all": {
			send("HTTP/1.1 999 Beyond\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"), violated,
		},
		"a switch of protocols": {
			send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"), either,
		},
		"answers that nobody wanted": {send(strings.Repeat(right, 100)), violated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hostile(t, serveRaw(t, nil, c.answer), c.codes, "--run", "created.status", "--run", "answer.*", "--run",
				"conflict.concurrent")
		})
	}
	certificate := httptest.NewUnstartedServer(nil)
	certificate.StartTLS()
	t.Cleanup(certificate.Close)
	t.Run("garbage after TLS", func(t *testing.T) {
		hostile(t, serveRaw(t, certificate.TLS, send("\x00\x01\x02garbage\r\n\r\n")), notJudged, "--insecure")
	})
	t.Run("TLS that never begins", func(t *testing.T) {
		url := serveRaw(t, nil, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
		hostile(t, strings.Replace(url, "http:", "https:", 1), notJudged)
	})
}

// A right answer may be cut off anywhere, and is never taken for a whole one. Before the body there is nothing to
// judge; in it, the run says so.
func TestAnswersCutAtEachByte(t *testing.T) {
	t.Parallel()
	reference, err := endpoint.New(endpoint.Config{})
	if err != nil {
		t.Fatal(err)
	}
	endpoint := httptest.NewServer(reference)
	t.Cleanup(endpoint.Close)
	backend := endpoint.Listener.Addr().String()
	whole := rawAnswer(t, backend)
	head := strings.Index(whole, "\r\n\r\n") + 4
	judgeCut := func(length int) report.Run {
		run, err := judge.Run(t.Context(), judge.Config{
			URL: cutting(t, backend, length), Run: []string{"created.body", "answer.complete"}, Repeat: 1,
			Settle: judge.NoSettle,
		})
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	counted := map[int]int{}
	for length := range len(whole) {
		run := judgeCut(length)
		counted[run.ExitCode()]++
		want := report.ExitViolated
		if length < head {
			want = report.ExitNotJudged
		}
		if run.ExitCode() != want {
			t.Errorf("cut after %d of %d bytes: exit code %d, want %d: %s", length, len(whole), run.ExitCode(), want,
				run.Reason)
		}
	}
	t.Logf("cut after each of %d bytes, %d of them the head: runs by exit code %v", len(whole), head, counted)
	if run := judgeCut(1 << 20); run.ExitCode() != report.ExitConformant {
		t.Errorf("not cut: exit code %d, %s", run.ExitCode(), run.Reason)
	}
}

// rawAnswer is an answer to a request for a name of one letter, shorter than those that a run gets.
func rawAnswer(t *testing.T, address string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s%s HTTP/1.1\r\nHost: localhost\r\nUsername: a\r\nConnection: close\r\n\r\n",
		fixtures.BasePath, fixtures.UsersPath)
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(answer), "Connection: close\r\n", "", 1)
}

// cutting returns the URL of a server that passes on what another answers, and hangs up after so many bytes of it.
func cutting(t *testing.T, backend string, length int) string {
	t.Helper()
	return serve(t, nil, func(c net.Conn) {
		whole, err := net.Dial("tcp", backend)
		if err != nil {
			t.Error(err)
			return
		}
		defer whole.Close()
		go func() { _, _ = io.Copy(whole, c) }() // ends with either connection
		_, _ = io.CopyN(c, whole, int64(length))
	})
}

// What a target does beside the endpoint must not hold a run up either.
func TestHostileBesideTheEndpoint(t *testing.T) {
	t.Parallel()
	hang := func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	answer := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
	for name, health := range map[string]http.HandlerFunc{
		"health that hangs":     hang,
		"health without end":    answer(strings.Repeat(" ", 8<<20) + `{"service":"mockserver"}`),
		"health that lies":      answer(`{"service":"mockserver","base_url":"http://192.0.2.1/x"}`),
		"health without reason": answer(`{"service":"mockserver","base_url":"%zz"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint, err := endpoint.New(endpoint.Config{})
			if err != nil {
				t.Fatal(err)
			}
			target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "__mock") {
					health(w, r)
					return
				}
				endpoint.ServeHTTP(w, r)
			}))
			t.Cleanup(func() { target.CloseClientConnections(); target.Close() })
			// The endpoint itself is right; what is said about being blocked is as wrong as the way to it.
			codes := []int{report.ExitConformant, report.ExitNotJudged}
			if name == "health that lies" {
				codes = []int{report.ExitViolated}
			}
			hostile(t, target.URL+fixtures.BasePath, codes)
		})
	}
}

// A provider-state endpoint may be as bad as a target.
func TestHostileProviderStates(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	reference, err := endpoint.New(endpoint.Config{})
	if err != nil {
		t.Fatal(err)
	}
	endpoint := httptest.NewServer(reference)
	t.Cleanup(endpoint.Close)
	for name, answer := range map[string]func(net.Conn){
		"endless body":         forever(head+"Connection: close\r\n\r\n", strings.Repeat(" ", 1<<16), 0),
		"endless headers":      forever(head, "X: "+strings.Repeat("y", 1000)+"\r\n", 0),
		"dripping body":        forever(head+"Content-Length: 1000000\r\n\r\n", " ", 20*time.Millisecond),
		"dripping status line": forever("", "H", 20*time.Millisecond),
		"gzip bomb":            gzipBomb(head),
		"a redirect to itself": send("HTTP/1.1 307 Temporary Redirect\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
		"garbage":              send("\x00\x01garbage\r\n\r\n"),
		"nothing":              send(""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hostile(t, endpoint.URL+fixtures.BasePath, []int{report.ExitViolated, report.ExitNotJudged},
				"--blocked-via", "states="+serveRaw(t, nil, answer))
		})
	}
}

// hostile runs the program against a target and holds the run within its bounds.
func hostile(t *testing.T, url string, codes []int, args ...string) {
	t.Helper()
	folder := t.TempDir()
	began := time.Now()
	got := program(t, nil, append([]string{
		"--url", url, "--timeout", hostileTimeout.String(), "--repeat", "1", "--settle", "0s", "--report-dir", folder,
	}, args...)...)
	took := time.Since(began)
	if took > mostTime {
		t.Fatalf("it took %v", took)
	}
	verdict, _, _ := strings.Cut(got.stdout, "\n")
	memory, reports := peak(got.state), size(t, folder)
	t.Logf("exit code %d after %v, at most %d MiB, reports of %d kB, stdout of %d kB: %.100s",
		got.code, took.Round(10*time.Millisecond), memory>>20, reports>>10, len(got.stdout)>>10, verdict)
	if !slices.Contains(codes, got.code) {
		t.Errorf("exit code %d, want one of %v\n%.2000s\n%.2000s", got.code, codes, got.stdout, got.stderr)
	}
	if memory > mostMemory {
		t.Errorf("%d MiB of memory, want at most %d", memory>>20, mostMemory>>20)
	}
	if total := reports + len(got.stdout); total > mostReports {
		t.Errorf("%d MiB of reports, want at most %d", total>>20, mostReports>>20)
	}
}

// peak is the most memory that a process had, in bytes; 0 where the system does not tell in a way that is known here.
func peak(state *os.ProcessState) int {
	if runtime.GOOS != "linux" {
		return 0
	}
	// syscall.Rusage, which not every system has, so that naming it would take a file for each.
	return int(reflect.ValueOf(state.SysUsage()).Elem().FieldByName("Maxrss").Int()) << 10
}

func size(t *testing.T, folder string) (bytes int) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		bytes += int(info.Size())
	}
	return bytes
}

// serveRaw serves connections below HTTP: each request's head is read, and then answer has the connection.
func serveRaw(t *testing.T, secure *tls.Config, answer func(net.Conn)) string {
	t.Helper()
	return serve(t, secure, func(c net.Conn) {
		if _, err := c.Read(make([]byte, 64<<10)); err == nil {
			answer(c)
		}
	})
}

// serve lets handle have each connection until it returns.
func serve(t *testing.T, secure *tls.Config, handle func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	scheme := "http://"
	if secure != nil {
		listener, scheme = tls.NewListener(listener, secure), "https://"
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
			}()
		}
	}()
	return scheme + listener.Addr().String() + fixtures.BasePath
}

// send sends a text and then hangs up.
func send(text string) func(net.Conn) {
	return func(c net.Conn) { _, _ = io.WriteString(c, text) }
}

// forever sends a text once, and then another again and again with a pause before each.
func forever(text, again string, pause time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		_, err := io.WriteString(c, text)
		pacing := time.NewTicker(max(pause, 1))
		defer pacing.Stop()
		for err == nil {
			if pause > 0 {
				<-pacing.C
			}
			_, err = io.WriteString(c, again)
		}
	}
}

// gzipBomb answers with half a megabyte that is half a gigabyte: a member of a gzip file may follow another (RFC 1952).
func gzipBomb(head string) func(net.Conn) {
	var member bytes.Buffer
	writer := gzip.NewWriter(&member)
	_, _ = writer.Write(make([]byte, 1<<20))
	_ = writer.Close()
	packed := bytes.Repeat(member.Bytes(), 512)
	return send(fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", head,
		len(packed), packed))
}

func numbered(n int) string {
	var members strings.Builder
	for i := range n {
		fmt.Fprintf(&members, `"%d":1,`, i)
	}
	return members.String()
}
