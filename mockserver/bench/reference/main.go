// Reference serves what the mock server is measured against: reference bare|same-work|fasthttp|serial. It prints its
// base URL when it is ready, as the mock server does.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	server := http.Server{ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	serve := server.Serve
	switch kind := fmt.Sprint(args); kind {
	case "[bare]":
		server.Handler = http.HandlerFunc(create)
	case "[same-work]":
		server.Handler = remembering(create)
	case "[serial]":
		reference, err := endpoint.New(endpoint.Config{})
		if err != nil {
			fmt.Fprintf(stderr, "reference: %v\n", err)
			return 1
		}
		server.Handler = oneAtATime(reference)
	case "[fasthttp]":
		bare := fasthttp.Server{Handler: createFast, IdleTimeout: server.IdleTimeout}
		serve = bare.Serve
	default:
		fmt.Fprintf(stderr, "reference: unknown arguments %s; use one of bare, same-work, fasthttp, serial\n", kind)
		return 2
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		fmt.Fprintf(stdout, "http://%s/connectmypairs\n", listener.Addr())
		err = serve(listener)
	}
	fmt.Fprintln(stderr, "reference:", err)
	return 1
}

// create is the least that a handler can do and still write the documented body.
func create(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte(`{"name":"` + r.Header.Get("Username") + `","privacy":"Public"}`))
}

// createFast is the same for fasthttp: what a server could do that gives up net/http.
func createFast(ctx *fasthttp.RequestCtx) {
	ctx.SetContentType("application/json")
	ctx.SetStatusCode(http.StatusCreated)
	ctx.Response.AppendBodyString(`{"name":"`)
	ctx.Response.AppendBody(ctx.Request.Header.Peek("Username"))
	ctx.Response.AppendBodyString(`","privacy":"Public"}`)
}

// remembering does what every mock of this endpoint must do, in the simplest way: it lets pages of any origin read
// the answer, and keeps the names in a map.
func remembering(next http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex // guards names
	names := map[string]struct{}{}
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Expose-Headers", "*")
		name := r.Header.Get("Username")
		mu.Lock()
		_, inUse := names[name]
		names[name] = struct{}{}
		mu.Unlock()
		if inUse {
			w.WriteHeader(http.StatusConflict)
			return
		}
		next(w, r)
	}
}

// oneAtATime is a right but slow backend: every answer takes 100 ms, and the others wait meanwhile.
func oneAtATime(next http.Handler) http.HandlerFunc {
	var turn sync.Mutex // held while a request is answered
	return func(w http.ResponseWriter, r *http.Request) {
		turn.Lock()
		defer turn.Unlock()
		<-time.After(100 * time.Millisecond)
		next.ServeHTTP(w, r)
	}
}
