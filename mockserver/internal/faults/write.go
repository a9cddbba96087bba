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

// Write sends the answer as the fault leaves it. It reports whether the connection must be aborted, which the caller
// does with panic(http.ErrAbortHandler) once it has noted the request.
func Write(w http.ResponseWriter, r *http.Request, fault Fault, exchange *endpoint.Exchange) (abort bool) {
	switch fault {
	case Reset:
		return !reset(w)
	case DropAfterCommit:
		return true
	case Truncate:
		start(w, exchange)
		_, _ = w.Write(exchange.Body[:len(exchange.Body)/2])
		_ = http.NewResponseController(w).Flush()
		return true
	case Malformed:
		spoilt := *exchange
		spoilt.Body = spoilt.Body[:len(spoilt.Body)-1]
		spoilt.Write(w)
	case SlowBody:
		return !dribble(w, r, exchange)
	default:
		exchange.Write(w)
	}
	return false
}

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

// reset closes the connection so that the client gets an RST (RFC 9293, section 3.6.1: closing with linger zero). It
// reports false where one request cannot have the connection for itself: in HTTP/2, aborting the handler resets the
// stream.
func reset(w http.ResponseWriter) bool {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return false
	}
	if encrypted, ok := conn.(*tls.Conn); ok {
		conn = encrypted.NetConn() // for TLS would say goodbye first
	}
	if tcp, ok := conn.(interface{ SetLinger(seconds int) error }); ok {
		_ = tcp.SetLinger(0) // failing that, the client sees a connection closed early
	}
	_ = conn.Close()
	return true
}

// dribble sends the body in pieces. It reports false when the client went away before the last.
func dribble(w http.ResponseWriter, r *http.Request, exchange *endpoint.Exchange) bool {
	start(w, exchange)
	control := http.NewResponseController(w)
	rest := exchange.Body
	for left := slowPieces; left > 0; left-- {
		piece := rest[:len(rest)/left]
		rest = rest[len(piece):]
		_, _ = w.Write(piece)
		if err := control.Flush(); err != nil {
			return false
		}
		if left > 1 && !Wait(r.Context(), slowPause) {
			return false
		}
	}
	return true
}
