package main

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// requests counts the requests under way, so that the program can wait for them at its end.
type requests struct {
	draining atomic.Bool
	// before are those that came before draining, since the others.
	before, since atomic.Int64
	ended         chan struct{} // gets something when one of them has come to 0 while draining
}

func newRequests() *requests { return &requests{ended: make(chan struct{}, 1)} }

// counted returns a handler that counts.
func (q *requests) counted(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count := &q.before
		if q.draining.Load() {
			count = &q.since
		}
		count.Add(1)
		defer func() {
			if count.Add(-1) == 0 && q.draining.Load() {
				select {
				case q.ended <- struct{}{}:
				default: // whoever waits has something to look at already
				}
			}
		}()
		handler.ServeHTTP(w, r)
	})
}

// wait waits until a count is 0, or ctx is done.
func (q *requests) wait(ctx context.Context, count *atomic.Int64) error {
	for count.Load() > 0 {
		select {
		case <-q.ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// grace is how long connections without a request under way get to receive the end of their answers.
const grace = 500 * time.Millisecond

// drain lets the servers that share the requests finish. Their sockets stay open until the requests that are under way have
// ended, so that health can say what is going on; then nobody new is let in. It returns how many requests were still under way
// when ctx was done, and have been cut off.
func (q *requests) drain(ctx context.Context, servers []*http.Server) (cutOff int64) {
	q.draining.Store(true)
	for _, server := range servers {
		server.SetKeepAlivesEnabled(false)
	}
	err := q.wait(ctx, &q.before)
	shut, cancel := context.WithCancel(ctx)
	defer cancel()
	var stopping sync.WaitGroup
	for _, server := range servers {
		stopping.Go(func() { _ = server.Shutdown(shut) }) // what it would say, q says better
	}
	if err == nil {
		err = q.wait(ctx, &q.since)
	}
	if err != nil {
		cutOff = q.before.Load() + q.since.Load()
	}
	// Shutdown would wait seconds for connections that browsers open without a request to send.
	time.AfterFunc(grace, cancel)
	stopping.Wait()
	for _, server := range servers {
		_ = server.Close() // the sockets are gone either way
	}
	return cutOff
}
