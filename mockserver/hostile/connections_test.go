package hostile

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A crowd of connections that never get to the point costs normal clients nothing, and ends by the server's own
// time-outs.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	const each = 150
	for _, c := range []struct {
		name string
		// first is sent at once, then one byte of drip every now and then, for ever.
		first, drip string
		args        []string
	}{
		{"half-open", "", "", nil},
		{"half a TLS handshake", "\x16\x03\x01\x02\x00\x01", "\x00", []string{"--tls-self-signed"}},
		{"slow request line", "POST /connect", "m", nil},
		{"slow headers", post, "X", nil},
		{"slow body by length", post + "Content-Length: 1000000\r\nUsername: slow\r\n\r\n", "b", nil},
		{"slow body in chunks", post + "Transfer-Encoding: chunked\r\nUsername: slow\r\n\r\n", "1\r\nb\r\n", nil},
		{"slow body of a control call",
			"POST /__mock/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", " ", nil},
		{"idle after an answer", post + "Username: idle\r\n\r\n", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := start(t, append(c.args, "--header-timeout", "500ms", "--idle-timeout", "500ms")...)
			l := newLedger()
			longest := time.Duration(0)
			l.during(t, m.base, "normal", 1000**scale, func() { longest = m.crowd(t, each, c.first, c.drip) })
			l.verify(t, m.base)
			t.Logf("%d such connections, the last ended by the server after %v", each, longest.Round(time.Millisecond))
			m.bounded(t, 256<<20)
		})
	}
}

// crowd opens connections, keeps them dripping until the server has ended each, and returns how long the last one
// lived.
func (m *mock) crowd(t *testing.T, n int, first, drip string) time.Duration {
	began := time.Now()
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			conn, err := net.DialTimeout("tcp", m.address, patience)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			_, _ = io.WriteString(conn, first)
			ended := make(chan error, 1)
			go func() {
				_, err := io.Copy(io.Discard, conn)
				ended <- err
			}()
			dripping := time.NewTicker(100 * time.Millisecond)
			defer dripping.Stop()
			for {
				select {
				case <-dripping.C:
					_, _ = io.WriteString(conn, drip) // fails when the server has closed, of which the reader tells
				case err := <-ended:
					if timedOut(err) {
						t.Errorf("still open after %v", patience)
					}
					return
				}
			}
		})
	}
	group.Wait()
	return time.Since(began)
}

// Clients that send and send, and read no answer, are held up themselves and hold up nobody else.
func TestClientsThatReadNothing(t *testing.T) {
	t.Parallel()
	const each = 100
	m := start(t)
	l := newLedger()
	request := post + "Username: " + strings.Repeat("n", 30_000) + "\r\n\r\n"
	var conns []net.Conn
	for range each {
		conns = append(conns, m.dial(t))
	}
	l.during(t, m.base, "normal", 1000**scale, func() {
		var group sync.WaitGroup
		for _, conn := range conns {
			group.Go(func() {
				_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
				for {
					if _, err := io.WriteString(conn, request); err != nil {
						return // the server has stopped reading, so nothing piles up there
					}
				}
			})
		}
		group.Wait()
	})
	t.Logf("%d connections that sent answers' worth of 30 kB each until nothing more went through", each)
	m.bounded(t, 384<<20)
	for _, conn := range conns {
		_ = conn.Close()
	}
	l.verify(t, m.base)
}

// Clients that go away while the latency passes leave accounts behind or not, but never one that nobody can account
// for.
func TestClientsThatLeave(t *testing.T) {
	m := start(t, "--latency", "0s..20ms", "--seed", "3")
	l := newLedger()
	client := newClient(t, 32)
	var group sync.WaitGroup
	for worker := range 16 {
		group.Go(func() {
			for i := range 50 * *scale {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+(i*7+worker)%20)*time.Millisecond)
				l.create(ctx, client, m.base, fmt.Sprintf("leaver-%d-%d", worker/2, i))
				cancel()
			}
		})
	}
	group.Wait()
	m.control(t, http.MethodPut, "/__mock/behaviour", map[string]any{"latency": "0s"}, nil)
	l.verify(t, m.base)
}

// Faults that spoil answers spoil the clients' knowledge, never the server's.
func TestFaultsLoseNothing(t *testing.T) {
	m := start(t, "--fault", "reset=0.1", "--fault", "drop-after-commit=0.1", "--fault", "truncate=0.1")
	l := newLedger()
	l.work(t.Context(), t, m.base, "faulty", 8, 2000**scale, 0)
	m.control(t, http.MethodPut, "/__mock/behaviour", map[string]any{"faults": []any{}}, nil)
	l.verify(t, m.base)
}
