// Nethttp is what the mock is measured against: a bare net/http handler, in the same http.Server, that writes the same body. With
// flags it also does the least of what the mock does.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"runtime"
	"sync"
	"time"
)

func main() {
	cors := flag.Bool("cors", false, "send the headers that let a page of any origin read the answer")
	remember := flag.Bool("remember", false, "remember names, and answer 409 to those in use")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s/connectmypairs\n", listener.Addr())
	handler := http.HandlerFunc(create)
	if *remember {
		handler = remembering(handler)
	}
	if *cors {
		handler = allowing(handler)
	}
	server := http.Server{
		Handler:           handler,
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

// remembering keeps names in the simplest way there is.
func remembering(next http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	names := map[string]struct{}{}
	return func(w http.ResponseWriter, r *http.Request) {
		name := r.Header.Get("Username")
		mu.Lock()
		_, inUse := names[name]
		names[name] = struct{}{}
		mu.Unlock()
		if inUse && r.Method == http.MethodPost {
			w.WriteHeader(http.StatusConflict)
			return
		}
		next(w, r)
	}
}

func allowing(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Expose-Headers", "*")
		next(w, r)
	}
}

// mallocs tells how many objects were allocated so far, as the mock's metrics do.
func mallocs(w http.ResponseWriter) {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	fmt.Fprintf(w, "go_memstats_mallocs_total %d\n", stats.Mallocs)
}
