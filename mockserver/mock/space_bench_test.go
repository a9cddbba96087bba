package mock

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// A new space must cost little, whatever the configuration: a test run makes one for every worker, or every test.
const (
	newSpaceTime  = 50 * time.Microsecond
	newSpaceBytes = 16 << 10
)

func TestANewSpaceIsCheap(t *testing.T) {
	const rounds, each = 10, 1000
	set, err := New(Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: manyNames(100_000), Blocked: manyBlocked(5000)}}, MaxSpaces: rounds * each})
	if err != nil {
		t.Fatal(err)
	}
	fastest, bytes := time.Hour, uint64(0)
	for round := range rounds { // the fastest counts, for other tests run at the same time
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		for i := range each {
			if _, err := set.Get(fmt.Sprintf("%d-%d", round, i)); err != nil {
				t.Fatal(err)
			}
		}
		fastest = min(fastest, time.Since(start)/each)
		runtime.ReadMemStats(&after)
		bytes = (after.TotalAlloc - before.TotalAlloc) / each
	}
	t.Logf("a new space takes %v and %d bytes", fastest, bytes)
	if fastest > newSpaceTime {
		t.Errorf("a new space takes %v, want %v or less", fastest, newSpaceTime)
	}
	if bytes > newSpaceBytes {
		t.Errorf("a new space takes %d bytes, want %d or less", bytes, newSpaceBytes)
	}
}

func manyNames(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("name-%011d", i))
	}
	return names
}

func manyBlocked(n int) (blocked []string) {
	for i := range n {
		blocked = append(blocked, fmt.Sprintf("10.%d.%d.0/24", i/256, i%256))
	}
	return blocked
}

// nothing is a ResponseWriter that keeps nothing, so that only the server is measured.
type nothing struct{ header http.Header }

func (n nothing) Header() http.Header            { return n.header }
func (n nothing) Write(body []byte) (int, error) { return len(body), nil }
func (n nothing) WriteHeader(int)                {}

// BenchmarkConflict compares a request to the bare endpoint with one through all that is around it.
func BenchmarkConflict(b *testing.B) {
	set, err := New(Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}}})
	if err != nil {
		b.Fatal(err)
	}
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
				writer := nothing{http.Header{}}
				for pb.Next() {
					handler.serve(writer, request)
				}
			})
		})
	}
}
