package suite

import (
	"context"
	"sync"
	"time"
)

// gatePatience is how long a gate waits for connections after the first is there. A server with a short accept queue answers the
// first before it takes the last, so waiting for all would be waiting for ever.
const gatePatience = 300 * time.Millisecond

// gate holds simultaneous requests back, each on a connection that is open already, until all are there, and then lets them go
// at once. A nil gate holds nobody back.
type gate struct {
	mu             sync.Mutex
	awaited, there int
	first          *time.Timer
	open           chan struct{}
	opened         bool
	// together is how many requests were there when the gate opened.
	together int
}

func newGate(requests int) *gate { return &gate{awaited: requests, open: make(chan struct{})} }

// wait is called when the connection of a request is open.
func (g *gate) wait(ctx context.Context) {
	if g == nil {
		return
	}
	g.mu.Lock()
	g.there++
	switch {
	case g.there >= g.awaited:
		g.release()
	case g.first == nil:
		g.first = time.AfterFunc(gatePatience, func() {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.release()
		})
	}
	g.mu.Unlock()
	select {
	case <-g.open:
	case <-ctx.Done():
	}
}

// release opens the gate; the lock is held.
func (g *gate) release() {
	if !g.opened {
		g.opened, g.together = true, g.there
		close(g.open)
	}
}

// leave is called when a request is over, however it ended: one that never got a connection is not waited for.
func (g *gate) leave() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened {
		return
	}
	if g.awaited--; g.there >= g.awaited {
		g.release()
	}
}
