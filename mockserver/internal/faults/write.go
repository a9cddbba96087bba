package faults

import (
	"crypto/tls"
	"net/http"
	"strconv"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// A slow body takes a second and a half.
const (
	slowPieces = 16
	slowPause  = 100 * time.Millisecond
)

// Write sends the answer as the fault leaves it, and reports whether that is the whole of it. It returns what ends the
// exchange, which the caller calls once it has noted the request: a client that has seen the end may look for it at
// once.
func Write(w http.ResponseWriter, r *http.Request, fault Fault, exchange *endpoint.Exchange) (end func(), whole bool) {
	switch fault {
	case Reset:
		return reset(w), false
	case DropAfterCommit:
		return Abort, false
	case Truncate:
		start(w, exchange)
		_, _ = w.Write(exchange.Body[:len(exchange.Body)/2])
		_ = http.NewResponseController(w).Flush()
		return Abort, false
	case Malformed:
		spoilt := *exchange
		spoilt.Body = spoilt.Body[:len(spoilt.Body)-1]
		spoilt.Write(w)
		return asUsual, false
	case SlowBody:
		if !dribble(w, r, exchange) {
			return Abort, false
		}
	default:
		exchange.Write(w)
	}
	return asUsual, true
}

// Abort ends an exchange without an answer, or without the rest of it.
func Abort() { panic(http.ErrAbortHandler) }

// asUsual leaves the end to net/http.
func asUsual() {}

// MakeUnavailable completes an exchange with what Unavailable answers.
func MakeUnavailable(exchange endpoint.Exchange) endpoint.Exchange {
	exchange.Status = http.StatusServiceUnavailable
	exchange.Header = http.Header{"Retry-After": {"1"}}
	exchange.Body = []byte(`{"code":"503","description":"The mock server was told to be unavailable."}`)
	return exchange
}

// start sends an answer's header, which promises the whole body, and none of the body.
func start(w http.ResponseWriter, exchange *endpoint.Exchange) {
	w.Header().Set("Content-Length", strconv.Itoa(len(exchange.Body)))
	empty := *exchange
	empty.Body = nil
	empty.Write(w)
}

// reset returns what closes the connection so that the client gets an RST (RFC 9293, section 3.6.1: closing with linger
// zero). One request cannot have the connection for itself in HTTP/2, where aborting the handler resets the stream.
func reset(w http.ResponseWriter) (end func()) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return Abort
	}
	if encrypted, ok := conn.(*tls.Conn); ok {
		conn = encrypted.NetConn() // for TLS would say goodbye first
	}
	return func() {
		if tcp, ok := conn.(interface{ SetLinger(seconds int) error }); ok {
			_ = tcp.SetLinger(0) // failing that, the client sees a connection closed early
		}
		_ = conn.Close()
	}
}

// dribble sends the body in pieces, of which the last goes when the handler returns. It reports false when the client
// went away before that.
func dribble(w http.ResponseWriter, r *http.Request, exchange *endpoint.Exchange) bool {
	start(w, exchange)
	control := http.NewResponseController(w)
	rest := exchange.Body
	for left := slowPieces; left > 1; left-- {
		piece := rest[:len(rest)/left]
		rest = rest[len(piece):]
		_, _ = w.Write(piece)
		if err := control.Flush(); err != nil || !Wait(r.Context(), slowPause) {
			return false
		}
	}
	_, _ = w.Write(rest)
	return true
}
