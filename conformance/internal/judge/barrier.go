package judge

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// barrierPatience is how long a barrier waits for connections after the first is there. A server with a short accept
// queue answers the first before it takes the last, so waiting for all would be waiting for ever.
const barrierPatience = 300 * time.Millisecond

// barrier holds simultaneous requests back, each on a connection that is open and with all but its last byte sent,
// until all are there, and then lets them go at once. A nil barrier holds nobody back.
type barrier struct {
	// mu guards everything below.
	mu             sync.Mutex
	awaited, there int
	first          *time.Timer
	open           chan struct{}
	opened         bool
	// together is how many requests were there when the barrier opened, and since is when that was.
	together int
	since    time.Time
}

func newBarrier(requests int) *barrier {
	return &barrier{awaited: requests, open: make(chan struct{})}
}

// wait is called when a request can go.
func (b *barrier) wait(ctx context.Context) {
	if b == nil {
		return
	}
	b.mu.Lock()
	b.there++
	switch {
	case b.there >= b.awaited:
		b.release()
	case b.first == nil:
		b.first = time.AfterFunc(barrierPatience, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.release()
		})
	}
	b.mu.Unlock()
	select {
	case <-b.open:
	case <-ctx.Done():
	}
}

// release opens the barrier; the lock is held.
func (b *barrier) release() {
	if !b.opened {
		b.opened, b.together, b.since = true, b.there, time.Now()
		close(b.open)
	}
}

// leave is called when a request is over, however it ended: one that never got a connection is not waited for.
func (b *barrier) leave() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.opened {
		return
	}
	if b.awaited--; b.there >= b.awaited {
		b.release()
	}
}

// holdable is a connection that can hold back the last byte of what is written next.
type holdable struct {
	net.Conn
	held atomic.Pointer[hold]
}

// hold is what the last byte waits for.
type hold struct {
	ctx     context.Context
	barrier *barrier
}

// holdLastByte makes the connection hold back the last byte of the next request until the barrier opens. It returns
// false when the connection cannot do that.
func holdLastByte(ctx context.Context, conn net.Conn, b *barrier) bool {
	for {
		switch c := conn.(type) {
		case *tls.Conn:
			conn = c.NetConn()
		case *holdable:
			c.held.Store(&hold{ctx, b})
			return true
		default:
			return false
		}
	}
}

// Write writes everything, but the last byte only when the barrier has opened.
func (c *holdable) Write(data []byte) (int, error) {
	hold := c.held.Swap(nil)
	if hold == nil || len(data) == 0 {
		return c.Conn.Write(data)
	}
	last := len(data) - 1
	n, err := c.Conn.Write(data[:last])
	if err != nil {
		return n, err
	}
	hold.barrier.wait(hold.ctx)
	m, err := c.Conn.Write(data[last:])
	return n + m, err
}
