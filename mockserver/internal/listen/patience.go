package listen

import (
	"errors"
	"io"
	"math"
	"net"
	"sync/atomic"
	"time"
)

// patience is how long one write may take at most, and half of it at least, while the client reads too little. Then the
// connection ends: TCP by itself would keep it for as long as the client's machine says that it is there.
const patience = time.Minute

// patient is a listener whose connections end when nobody reads what is written to them.
type patient struct {
	net.Listener
	patience time.Duration
}

// Accept implements [net.Listener].
func (p patient) Accept() (net.Conn, error) {
	accepted, err := p.Listener.Accept()
	if tcp, ok := accepted.(*net.TCPConn); ok {
		return &conn{TCPConn: tcp, patience: p.patience}, nil
	}
	return accepted, err
}

// conn sets the deadline of its writes now and then: for each it would cost 2 % of a create.
type conn struct {
	*net.TCPConn
	patience time.Duration
	until    atomic.Int64 // when the deadline is, in nanoseconds since epoch
}

// epoch is a time with a reading of the monotonic clock, which nobody sets.
var epoch = time.Now()

// Write implements [io.Writer].
func (c *conn) Write(part []byte) (int, error) {
	c.extend()
	return c.TCPConn.Write(part)
}

// ReadFrom implements [io.ReaderFrom].
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	c.extend()
	return c.TCPConn.ReadFrom(r)
}

func (c *conn) extend() {
	now := time.Since(epoch)
	if time.Duration(c.until.Load())-now > c.patience/2 {
		return
	}
	c.until.Store(int64(now + c.patience))
	_ = c.TCPConn.SetWriteDeadline(epoch.Add(now + c.patience)) // failing that, it is closed already
}

// given is the time in until while the deadline is one that somebody else has set.
const given = math.MaxInt64

// SetWriteDeadline implements [net.Conn]. A deadline that was set by somebody else stays until it is taken away. That
// of patience cannot be taken away: net/http tries to after each request.
func (c *conn) SetWriteDeadline(t time.Time) error {
	switch {
	case !t.IsZero():
		c.until.Store(given)
	case c.until.Load() != given:
		return nil
	default:
		c.until.Store(0)
	}
	return c.TCPConn.SetWriteDeadline(t)
}

// SetDeadline implements [net.Conn] likewise.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}
