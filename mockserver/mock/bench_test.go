package mock

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// nowhere is a ResponseWriter that keeps nothing, so that only handlers are measured.
type nowhere struct{ header http.Header }

func (w nowhere) Header() http.Header            { return w.header }
func (w nowhere) Write(body []byte) (int, error) { return len(body), nil }
func (w nowhere) WriteHeader(int)                {}

// BenchmarkCreate is what a create takes beyond net/http: in the whole mock, in a space of it, in the endpoint with
// CORS alone, and in a bare handler that writes the same body.
func BenchmarkCreate(b *testing.B) {
	config := endpoint.Config{MaxAccounts: 1 << 30}
	whole := mustSet(b, Config{Endpoint: config})
	server, err := endpoint.New(config)
	if err != nil {
		b.Fatal(err)
	}
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"name":"` + r.Header.Get("Username") + `","privacy":"Public"}`))
	})
	for _, handler := range []struct {
		name, prefix string
		handler      http.Handler
	}{
		{"mock", "", whole},
		{"space", "/~one", whole},
		{"endpoint", "", server},
		{"bare", "", bare},
	} {
		created := 0
		b.Run(handler.name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodPost, handler.prefix+"/connectmypairs/users/", nil)
			r.Header.Set("Origin", "http://localhost:3000")
			r.Header.Set("Username", "")
			username := r.Header["Username"]
			w := nowhere{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				created++
				username[0] = fmt.Sprintf("%016d", created) // two of the allocations
				clear(w.header)
				handler.handler.ServeHTTP(w, r)
			}
		})
	}
}

// BenchmarkConflict compares a request to the bare endpoint with one through all that is around it.
func BenchmarkConflict(b *testing.B) {
	set := mustSet(b, Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}}})
	for _, handler := range []struct {
		name, path string
		serve      func(http.ResponseWriter, *http.Request)
	}{
		{"endpoint", "", func(w http.ResponseWriter, r *http.Request) { e := set.main.server.Answer(r); e.Write(w) }},
		{"mock", "", set.ServeHTTP},
		{"space", "/~one", set.ServeHTTP},
	} {
		b.Run(handler.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				request := httptest.NewRequest(http.MethodPost, handler.path+"/connectmypairs/users/", nil)
				request.Header.Set("Username", "alice")
				writer := nowhere{http.Header{}}
				for pb.Next() {
					handler.serve(writer, request)
				}
			})
		})
	}
}
