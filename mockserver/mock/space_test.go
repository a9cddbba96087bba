package mock

import (
	"fmt"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/heap"
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
		allocated := heap.Allocated(func() {
			for i := range spaces {
				mustGet(t, set, fmt.Sprint("space-", i))
			}
		}) / spaces
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
