package mock

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// A new space costs no more for a long configuration than for none: a test run makes one for every worker, or every
// test. What it allocates is counted, for a time would depend on what else the machine does.
func TestANewSpaceIsCheap(t *testing.T) {
	const most, spaces = 16 << 10, 200 // bytes for each space
	for name, live := range map[string]endpoint.Live{
		"nothing configured": {},
		"much configured":    {Names: manyNames(20_000), Blocked: manyBlocked(5000)},
	} {
		set := mustSet(t, Config{Endpoint: endpoint.Config{Live: live}, MaxSpaces: spaces})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := range spaces {
			mustGet(t, set, fmt.Sprint("space-", i))
		}
		runtime.ReadMemStats(&after)
		allocated := (after.TotalAlloc - before.TotalAlloc) / spaces
		t.Logf("%s: a new space takes %d bytes", name, allocated)
		if allocated > most {
			t.Errorf("%s: a new space takes %d bytes, want %d or less", name, allocated, most)
		}
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
