// Nethttp is what the mock is measured against: a bare net/http handler, in the same http.Server, that writes the same body.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"runtime"
	"time"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s/connectmypairs\n", listener.Addr())
	server := http.Server{
		Handler:           http.HandlerFunc(create),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	log.Fatal(server.Serve(listener))
}

func create(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		mallocs(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write([]byte(`{"name":"` + r.Header.Get("Username") + `","privacy":"Public"}`))
}

// mallocs tells how many objects were allocated so far, as the mock's metrics do.
func mallocs(w http.ResponseWriter) {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Fprintf(w, "go_memstats_mallocs_total %d\n", stats.Mallocs)
}
