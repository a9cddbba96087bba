package hostile

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// slow is a way never to get to the point: first is sent at once, then drip every now and then, for ever.
type slow struct{ name, first, drip string }

// A crowd of connections that never get to the point costs normal clients nothing, and ends by the server's own
// time-outs.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	const each = 50
	for _, c := range []struct {
		name string
		args []string
		ways []slow
	}{
		{"HTTP", nil, []slow{
			{"half-open", "", ""},
			{"slow request line", "POST /connect", "m"},
			{"slow headers", post, "X"},
			{"slow body by length", post + "Content-Length: 1000000\r\nUsername: slow\r\n\r\n", "b"},
			{"slow body in chunks", post + "Transfer-Encoding: chunked\r\nUsername: slow\r\n\r\n", "1\r\nb\r\n"},
			{"slow body of a control call",
				"POST /__mock/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n", " "},
			{"idle after an answer", post + "Username: idle\r\n\r\n", ""},
		}},
		{"HTTPS", []string{"--tls-self-signed"}, []slow{
			{"half a handshake", "\x16\x03\x01\x02\x00\x01", "\x00"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := start(t, append(c.args, "--header-timeout", "500ms", "--idle-timeout", "500ms")...)
			l := newLedger()
			l.during(t, m.base, "normal", 1000**scale, func() {
				var group sync.WaitGroup
				for _, way := range c.ways {
					group.Go(func() {
						longest := m.crowd(t, each, way)
						t.Logf("%s: %d connections, the last ended by the server after %v", way.name, each,
							longest.Round(time.Millisecond))
					})
				}
				group.Wait()
			})
			l.verify(t, m.base)
			m.bounded(t, 256<<20)
		})
	}
}

// crowd opens connections, keeps them dripping until the server has ended each, and returns how long the last one
// lived.
func (m *mock) crowd(t *testing.T, n int, way slow) time.Duration {
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
			_, _ = io.WriteString(conn, way.first)
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
					_, _ = io.WriteString(conn, way.drip) // fails when the server has closed, of which the reader tells
				case err := <-ended:
					if timedOut(err) {
						t.Errorf("%s: still open after %v", way.name, patience)
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
	const each = 30
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
	m.bounded(t, 256<<20)
	for _, conn := range conns {
		_ = conn.Close()
	}
	l.verify(t, m.base)
}
