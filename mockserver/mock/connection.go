package mock

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// A browser sends a request again by itself when a connection breaks without an answer that has served before, or that
// it opened in advance, and so hides the faults reset and drop-after-commit from its page. It does not on a fresh
// connection. Therefore, while such a fault waits, every answer closes its connection, and a connection that has served
// or is older than the fault is reset before its request counts: the browser repeats the request on a fresh one, where
// it meets the fault.

// connectionKey is the key of a [connection] in the context of its requests.
type connectionKey struct{}

// connection is what is known of a connection.
type connection struct {
	opened time.Time
	used   atomic.Bool
}

// ConnContext is for [http.Server.ConnContext]. With it a [Set] can tell a fresh connection from one that has served
// before, and a browser's page meets the faults reset and drop-after-commit on both; without it, on fresh ones only.
func ConnContext(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, &connection{opened: time.Now()})
}

// prepareConnection closes the connection of a request while such a fault waits for the mock that the request is for,
// nil when there is none: after the answer or, by a panic that net/http knows, at once.
func prepareConnection(w http.ResponseWriter, r *http.Request, mock *Mock) {
	known, ok := r.Context().Value(connectionKey{}).(*connection)
	used := ok && known.used.Swap(true)
	if mock == nil {
		return
	}
	plan := mock.plan.Load()
	if !plan.BreaksConnections() {
		return
	}
	w.Header().Set("Connection", "close")
	if ok && (used || inAdvance(known, plan.Made(), r)) && repeats(r) && mock.server.Creates(r) {
		panic(http.ErrAbortHandler)
	}
}

// firefoxFresh is how long Firefox takes a connection that it opened in advance for a fresh one.
const firefoxFresh = 950 * time.Millisecond

// inAdvance reports whether a connection that has not served is, to the browser, one that it opened in advance of this
// request: it is older than the fault that was made then.
func inAdvance(conn *connection, made time.Time, r *http.Request) bool {
	if strings.Contains(r.UserAgent(), "Firefox/") && time.Since(conn.opened) < firefoxFresh {
		return false
	}
	return conn.opened.Before(made)
}

// repeats reports whether the client sends this request again by itself when such a connection breaks. Sec-Fetch-Site
// tells a browser from a program's fetch. In HTTP/2 only the stream breaks, and no browser hides that.
func repeats(r *http.Request) bool { return r.ProtoMajor == 1 && r.Header.Get("Sec-Fetch-Site") != "" }
