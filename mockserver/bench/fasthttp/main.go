// Fasthttp is a bare fasthttp handler that writes the same body as the mock, for the record: what a server could do that gives
// up net/http.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/valyala/fasthttp"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s/connectmypairs\n", listener.Addr())
	server := fasthttp.Server{Handler: create, IdleTimeout: 2 * time.Minute}
	log.Fatal(server.Serve(listener))
}

func create(ctx *fasthttp.RequestCtx) {
	if ctx.IsGet() {
		mallocs(ctx)
		return
	}
	ctx.SetContentType("application/json")
	ctx.SetStatusCode(http.StatusCreated)
	ctx.Response.AppendBodyString(`{"name":"`)
	ctx.Response.AppendBody(ctx.Request.Header.Peek("Username"))
	ctx.Response.AppendBodyString(`","privacy":"Public"}`)
}

// mallocs tells how many objects were allocated so far, as the mock's metrics do.
func mallocs(ctx *fasthttp.RequestCtx) {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Fprintf(ctx, "go_memstats_mallocs_total %d\n", stats.Mallocs)
}
