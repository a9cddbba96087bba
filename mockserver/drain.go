package main

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// requests counts the requests under way, so that the program can let them finish while its sockets are still open and
// health says that it is draining. [http.Server.Shutdown] alone would close the sockets at once.
type requests struct {
	draining atomic.Bool
	count    atomic.Int64  // of those that came before draining
	ended    chan struct{} // gets something when the count has come to 0 while draining
}

func newRequests() *requests { return &requests{ended: make(chan struct{}, 1)} }

// counted returns a handler that counts.
func (q *requests) counted(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if q.draining.Load() {
			handler.ServeHTTP(w, r)
			return
		}
		q.count.Add(1)
		defer func() {
			if q.count.Add(-1) == 0 && q.draining.Load() {
				select {
				case q.ended <- struct{}{}:
				default: // whoever waits has something to look at already
				}
			}
		}()
		handler.ServeHTTP(w, r)
	})
}

// grace is how long connections without a request under way get to receive the end of their answers. Shutdown would
// wait seconds for connections that browsers open without a request to send.
const grace = 500 * time.Millisecond

// drain lets the servers that share the requests finish. It returns how many requests were still under way when ctx was
// done, and have been cut off.
func (q *requests) drain(ctx context.Context, servers []*http.Server) (cutOff int64) {
	q.draining.Store(true)
	for _, server := range servers {
		server.SetKeepAlivesEnabled(false)
	}
	for q.count.Load() > 0 && ctx.Err() == nil {
		select {
		case <-q.ended:
		case <-ctx.Done():
		}
	}
	cutOff = q.count.Load()
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	var stopping sync.WaitGroup
	for _, server := range servers {
		stopping.Go(func() {
			_ = server.Shutdown(ctx) // lets requests finish that came late
			_ = server.Close()
		})
	}
	stopping.Wait()
	return cutOff
}
