package hostile

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// The known ways to wear an HTTP/2 server out on one connection: each is cut off or served, while others are.
func TestHTTP2Floods(t *testing.T) {
	t.Parallel()
	m := start(t, "--tls-self-signed", "--idle-timeout", "2s", "--journal-requests", "1000000")
	attacks := map[string]func(*http2Connection) error{
		"rapid reset": func(c *http2Connection) error { // CVE-2023-44487
			return c.streams(20_000**scale, func(id uint32) error {
				return errors.Join(c.headers(id, true, c.request("reset")), c.WriteRSTStream(id, http2.ErrCodeCancel))
			})
		},
		"made you reset": func(c *http2Connection) error {
			// CVE-2025-8671: the server is made to reset the stream itself
			return c.streams(5_000**scale, func(id uint32) error {
				return errors.Join(c.headers(id, false, c.request("reset")), c.WriteWindowUpdate(id, 1<<31-1))
			})
		},
		"endless CONTINUATION": func(c *http2Connection) error { // CVE-2023-45288
			if err := c.headers(1, false, nil); err != nil {
				return err
			}
			return c.repeatedly(100_000, func() error {
				return c.WriteContinuation(1, false, c.field("x", strings.Repeat("y", 1000)))
			})
		},
		"a table bomb": func(c *http2Connection) error { // 4 kB, 100,000 times a byte
			block := append(c.request("bomb"), c.field("x", strings.Repeat("y", 4000))...)
			indexed := c.field("x", strings.Repeat("y", 4000))
			return c.headers(1, true, append(block, bytes.Repeat(indexed, 12_000)...))
		},
		"pings": func(c *http2Connection) error {
			return c.repeatedly(100_000**scale, func() error { return c.WritePing(false, [8]byte{}) })
		},
		"settings": func(c *http2Connection) error {
			return c.repeatedly(100_000**scale, func() error { return c.WriteSettings() })
		},
		"empty data": func(c *http2Connection) error {
			if err := c.headers(1, false, c.request("empty")); err != nil {
				return err
			}
			return c.repeatedly(100_000**scale, func() error { return c.WriteData(1, false, nil) })
		},
		"no room for any answer": func(c *http2Connection) error {
			if err := c.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0}); err != nil {
				return err
			}
			return c.streams(1_000, func(id uint32) error { return c.headers(id, true, c.request("closed-window")) })
		},
		"priorities": func(c *http2Connection) error {
			return c.repeatedly(100_000**scale, func() error {
				return c.WritePriority(3, http2.PriorityParam{StreamDep: 1})
			})
		},
		"no HTTP/2 at all": func(c *http2Connection) error {
			_, err := io.WriteString(c.conn, strings.Repeat("\x00", 100_000))
			return err
		},
	}
	l := newLedger()
	l.during(t, m.base, "normal", 1000**scale, func() {
		var group sync.WaitGroup
		for name, attack := range attacks {
			connection := m.dialHTTP2(t)
			group.Go(func() {
				_ = attack(connection) // fails when the server has hung up
				answered := connection.answers()
				t.Logf("%s: sent %d kB; the connection %s", name, connection.sent>>10,
					map[bool]string{true: "goes on", false: "was cut off"}[answered])
				_ = connection.conn.Close()
			})
		}
		group.Wait()
	})
	l.verify(t, m.base)
	m.bounded(t, 384<<20)
	for _, name := range []string{
		"reset", "closed-window", // with an account or without: a client that is gone needs none
	} {
		var met struct{ Total int }
		if m.control(t, http.MethodGet, "/__mock/requests?limit=1&name="+name, nil, &met); met.Total == 0 {
			t.Errorf("the attack %q did not reach the endpoint", name)
		}
	}
	if bytes.Contains(m.log(), []byte("panic")) {
		t.Error("the log tells of a panic")
	}
}

// http2Connection writes frames, in larger pieces than one by one, and reads those of the server.
type http2Connection struct {
	*http2.Framer
	conn net.Conn
	// answered is closed when the server has answered the ping of answers, ended when it has hung up.
	answered, ended chan struct{}

	pending bytes.Buffer
	sent    int

	encoder *hpack.Encoder
	block   bytes.Buffer
}

func (m *mock) dialHTTP2(t *testing.T) *http2Connection {
	t.Helper()
	config := anyCertificate()
	config.NextProtos = []string{"h2"}
	conn, err := tls.Dial("tcp", m.address, config)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	c := &http2Connection{conn: conn, answered: make(chan struct{}), ended: make(chan struct{})}
	c.Framer = http2.NewFramer(&c.pending, conn)
	c.encoder = hpack.NewEncoder(&c.block)
	go c.read()
	c.pending.WriteString(http2.ClientPreface)
	if err := errors.Join(c.WriteSettings(), c.Flush()); err != nil {
		t.Fatal(err)
	}
	return c
}

// lastPing tells the ping of answers from those of an attack.
var lastPing = [8]byte{'l', 'a', 's', 't'}

func (c *http2Connection) read() {
	defer close(c.ended)
	for {
		frame, err := c.ReadFrame()
		if stream := (http2.StreamError{}); err != nil && !errors.As(err, &stream) {
			return
		}
		if ping, ok := frame.(*http2.PingFrame); ok && ping.Data == lastPing {
			close(c.answered)
			return
		}
	}
}

// answers waits until the server has dealt with all that was sent, and reports whether the connection has survived it.
func (c *http2Connection) answers() bool {
	_ = errors.Join(c.WritePing(false, lastPing), c.Flush()) // fails when the server has hung up
	<-c.ended
	select {
	case <-c.answered:
		return true
	default:
		return false
	}
}

// Flush sends what was written.
func (c *http2Connection) Flush() error {
	n, err := c.conn.Write(c.pending.Bytes())
	c.sent += n
	c.pending.Reset()
	return err
}

func (c *http2Connection) repeatedly(n int, write func() error) error {
	for range n {
		if err := write(); err != nil {
			return err
		}
		if c.pending.Len() > 16<<10 {
			if err := c.Flush(); err != nil {
				return err
			}
		}
	}
	return c.Flush()
}

// streams opens n streams, one after the other.
func (c *http2Connection) streams(n int, open func(id uint32) error) error {
	id := uint32(1)
	return c.repeatedly(n, func() error {
		err := open(id)
		id += 2
		return err
	})
}

// headers writes a block of headers in as many frames as it takes; an empty one is left open.
func (c *http2Connection) headers(id uint32, end bool, block []byte) error {
	const most = 16 << 10
	first := block[:min(len(block), most)]
	rest := block[len(first):]
	err := c.WriteHeaders(http2.HeadersFrameParam{
		StreamID: id, BlockFragment: first, EndStream: end, EndHeaders: len(rest) == 0 && block != nil,
	})
	for err == nil && len(rest) > 0 {
		next := rest[:min(len(rest), most)]
		rest = rest[len(next):]
		err = errors.Join(c.WriteContinuation(id, len(rest) == 0, next), c.Flush())
	}
	return err
}

// field encodes one header.
func (c *http2Connection) field(name, value string) []byte {
	c.block.Reset()
	_ = c.encoder.WriteField(hpack.HeaderField{Name: name, Value: value}) // a buffer takes everything
	return bytes.Clone(c.block.Bytes())
}

// request encodes the headers of a request for an account.
func (c *http2Connection) request(name string) (block []byte) {
	for _, header := range [][2]string{
		{":method", "POST"}, {":scheme", "https"}, {":authority", "localhost"},
		{":path", "/connectmypairs/users/"}, {"username", name},
	} {
		block = append(block, c.field(header[0], header[1])...)
	}
	return block
}
