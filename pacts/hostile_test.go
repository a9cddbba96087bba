//go:build pact && unix

package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// What a verification of something bad may take, with --timeout at hostileTimeout.
const (
	hostileTimeout = "500ms"
	mostTime       = 40 * time.Second
	mostMemory     = 2 << 30
)

const redirect = "HTTP/1.1 307 Temporary Redirect\r\nLocation: /connectmypairs/users/\r\nContent-Length: 0\r\n\r\n"

// A provider may be as bad as it likes: the verification ends in time, in a bounded amount of memory, and is never
// green.
func TestHostileProviders(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
	answers := badAnswers(head)
	answers["endless chunks"] = forever(head+"Transfer-Encoding: chunked\r\n\r\n",
		strings.Repeat("1\r\n \r\n", 1000), time.Millisecond)
	answers["100 Continue forever"] = forever("", "HTTP/1.1 100 Continue\r\n\r\n", time.Millisecond)
	answers["a name of a megabyte"] = send(head + "Content-Length: 1000011\r\n\r\n" +
		`{"name":"` + strings.Repeat("n", 1_000_000) + `"}`)
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hostile(t, []int{exitFailed, exitNotJudged}, "--url", serveRaw(t, answer), contract)
		})
	}
}

// Whoever serves pact files, provider states or a broker's index may be as bad as a provider.
func TestHostileSources(t *testing.T) {
	t.Parallel()
	answers := badAnswers("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
	answers["nothing"] = send("")
	for name, answer := range answers {
		t.Run("pact file/"+name, func(t *testing.T) {
			t.Parallel()
			hostile(t, []int{exitUsage}, serve(t, answer))
		})
		t.Run("provider states/"+name, func(t *testing.T) {
			t.Parallel()
			hostile(t, []int{exitFailed, exitNotJudged}, "--states-url", serve(t, answer), contract)
		})
		t.Run("broker/"+name, func(t *testing.T) {
			t.Parallel()
			hostile(t, []int{exitUsage, exitNotJudged}, "--broker-url", serve(t, answer))
		})
	}
}

// badAnswers are what a provider and every other source may send; head is the status line and the content type.
func badAnswers(head string) map[string]func(net.Conn) {
	return map[string]func(net.Conn){
		"endless body":         forever(head+"Connection: close\r\n\r\n", strings.Repeat(" ", 1<<16), time.Nanosecond),
		"endless headers":      forever(head, strings.Repeat("X: y\r\n", 100), time.Millisecond),
		"dripping body":        forever(head+"Content-Length: 1000000\r\n\r\n", " ", 20*time.Millisecond),
		"dripping status line": forever("", "H", 20*time.Millisecond),
		"gzip bomb":            send(gzipBomb(head)),
		"a redirect to itself": send(redirect),
		"a body cut in half":   send(head + "Content-Length: 100\r\n\r\n" + `{"name":`),
		"1,000,000 brackets":   send(head + "Content-Length: 1000000\r\n\r\n" + strings.Repeat("[", 1_000_000)),
		"garbage":              send("\x00\x01garbage\r\n\r\n"),
	}
}

// hostile runs the program and holds it within its bounds.
func hostile(t *testing.T, codes []int, args ...string) {
	t.Helper()
	began := time.Now()
	got := pacts(t, append(args, "--timeout", hostileTimeout)...)
	took := time.Since(began)
	memory := workersPeak(t)
	t.Logf("exit code %d after %v; workers so far had at most %d MiB; stdout of %d kB: %.200s", got.code,
		took.Round(10*time.Millisecond), memory>>20, len(got.stdout)>>10, got.stderr)
	if !slices.Contains(codes, got.code) {
		t.Errorf("exit code %d, want one of %v\n%.2000s\n%.2000s", got.code, codes, got.stdout, got.stderr)
	}
	if took > mostTime {
		t.Errorf("took %v, want at most %v", took, mostTime)
	}
	if memory > mostMemory {
		t.Errorf("a worker had %d MiB, want at most %d", memory>>20, mostMemory>>20)
	}
}

// serveRaw serves connections below HTTP: answer has the connection once a request that is no GET has come.
func serveRaw(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	return serveRequests(t, func(c net.Conn, request []byte) {
		if bytes.HasPrefix(request, []byte("GET ")) { // whether there is anybody
			_, _ = io.WriteString(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			return
		}
		answer(c)
	})
}

// serve is serveRaw for whoever answers every request in the same way.
func serve(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	return serveRequests(t, func(c net.Conn, _ []byte) { answer(c) })
}

func serveRequests(t *testing.T, answer func(c net.Conn, request []byte)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
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
				request := make([]byte, 64<<10)
				if n, err := conn.Read(request); err == nil {
					answer(conn, request[:n])
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String() + fixtures.BasePath
}

// send sends a text and hangs up.
func send(text string) func(net.Conn) {
	return func(c net.Conn) { _, _ = io.WriteString(c, text) }
}

// forever sends a text once, and then another again and again with a pause before each.
func forever(text, again string, pause time.Duration) func(net.Conn) {
	return func(c net.Conn) {
		_, err := io.WriteString(c, text)
		pacing := time.NewTicker(pause)
		defer pacing.Stop()
		for err == nil {
			<-pacing.C
			_, err = io.WriteString(c, again)
		}
	}
}

// gzipBomb is an answer of a quarter of a megabyte that is a quarter of a gigabyte.
func gzipBomb(head string) string {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	zeros := make([]byte, 1<<20)
	for range 256 {
		_, _ = writer.Write(zeros)
	}
	_ = writer.Close()
	return fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", head, packed.Len(), packed.String())
}

// workersPeak is the most memory, in bytes, that any process had which this one has started and waited for.
func workersPeak(t *testing.T) int {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &usage); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "darwin" {
		return int(usage.Maxrss) // in bytes there, in KiB elsewhere
	}
	return int(usage.Maxrss) << 10
}
