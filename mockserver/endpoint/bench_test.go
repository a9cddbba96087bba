package endpoint_test

import (
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/heap"
)

// BenchmarkAnswer is the endpoint alone, without HTTP and without whatever wraps it.
func BenchmarkAnswer(b *testing.B) {
	taken := endpoint.Config{Live: endpoint.Live{Names: []string{"taken"}}}
	blocked := endpoint.Config{Live: endpoint.Live{
		Blocked: []string{"127.0.0.0/8", "2001:db8::/32"}, // the caller is in the first
	}}
	for _, answer := range []struct {
		name   string
		config endpoint.Config
		call   call
		status int
	}{
		{"conflict", taken, create("Username", "taken", "Privacy", "Public"), http.StatusConflict},
		{"invalid-privacy", taken, create("Username", "free", "Privacy", "Nobody"), http.StatusBadRequest},
		{"blocked", blocked, create("Username", "free", "Privacy", "Public"), http.StatusForbidden},
	} {
		b.Run(answer.name, func(b *testing.B) {
			s, r := start(b, answer.config), answer.call.request()
			b.ReportAllocs()
			for b.Loop() {
				if status := s.Answer(r).Status; status != answer.status {
					b.Fatalf("status %d, want %d", status, answer.status)
				}
			}
		})
	}
	b.Run("created", func(b *testing.B) {
		s := start(b, endpoint.Config{MaxAccounts: 1 << 30})
		r := create("Username", "", "Privacy", "Public").request()
		username := r.Header["Username"]
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			username[0] = fmt.Sprintf("%016d", i) // one of the allocations
			if status := s.Answer(r).Status; status != http.StatusCreated {
				b.Fatalf("status %d, want 201", status)
			}
		}
	})
}

// BenchmarkCreate compares the state with a sync.Map, which would do for the atomic create alone: without order, count
// and reset.
func BenchmarkCreate(b *testing.B) {
	memory := endpoint.NewMemory(1 << 30)
	var concurrent sync.Map
	var workers atomic.Int64 // over all runs, so that no name comes twice
	for _, store := range []struct {
		name   string
		create func(name string) bool
	}{
		{"memory", func(name string) bool {
			return memory.Create(endpoint.Account{Name: name, Privacy: "Public"}) == endpoint.Created
		}},
		{"sync.Map", func(name string) bool {
			_, loaded := concurrent.LoadOrStore(name, endpoint.Account{Name: name, Privacy: "Public"})
			return !loaded
		}},
	} {
		b.Run(store.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				worker := workers.Add(1)
				for i := 0; pb.Next(); i++ {
					if !store.create(fmt.Sprintf("%d-%d", worker, i)) {
						b.Fatal("a new name is in use")
					}
				}
			})
		})
	}
}

// BenchmarkPreload is a server with names in use from the start, and what each of them takes beside the names
// themselves.
func BenchmarkPreload(b *testing.B) {
	for _, count := range []int{1_000, 100_000, 1_000_000} {
		names := make([]string, count)
		for i := range names {
			names[i] = fmt.Sprintf("%016x", uint64(i+1)*0x9E3779B97F4A7C15)
		}
		b.Run(fmt.Sprintf("names=%d", count), func(b *testing.B) {
			var s *endpoint.Server
			before := heap.InUse()
			for b.Loop() {
				s = start(b, endpoint.Config{Live: endpoint.Live{Names: names}})
			}
			b.ReportMetric(float64(heap.InUse()-before)/float64(count), "B/name")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(count), "ns/name")
			runtime.KeepAlive(s)
		})
	}
}

// BenchmarkFork is the endpoint of a new space.
func BenchmarkFork(b *testing.B) {
	s := start(b, endpoint.Config{Live: endpoint.Live{Names: []string{"taken"}}})
	b.ReportAllocs()
	for b.Loop() {
		s.Fork("/~one/connectmypairs")
	}
}
