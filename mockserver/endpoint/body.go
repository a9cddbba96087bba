package endpoint

import (
	"io"
	"net/http"
)

// ignoreBody returns a handler that reads to the end of a request's body before handler answers it. The endpoint has no
// use for a body, but a client of HTTP/2 may lose an answer that comes while it still sends (net/http resets the
// stream), and one of HTTP/1.1 its connection. How long a body may take is up to the http.Server. A client that asks
// before it sends (RFC 9110, section 10.1.1) gets the answer instead.
func ignoreBody(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody && r.Header.Get("Expect") == "" {
			_, _ = io.Copy(io.Discard, r.Body) // one that is cut off makes no difference
		}
		handler.ServeHTTP(w, r)
	})
}
