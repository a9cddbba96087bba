package report

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLatency(t *testing.T) {
	var exchanges []Exchange
	add := func(status int, took time.Duration, lost string) {
		e := Exchange{
			Clause:   fmt.Sprint("clause-", took),
			Duration: took,
			Error:    lost,
			Request:  Request{Curl: fmt.Sprint("curl ", took)},
		}
		if status != 0 {
			e.Response = &Response{Status: status}
		}
		exchanges = append(exchanges, e)
	}
	for i := 100; i > 0; i-- {
		add(201, time.Duration(i)*time.Millisecond, "")
	}
	add(409, 20*time.Second, "")
	add(0, time.Second, "no answer")
	add(201, 2*time.Second, "the answer broke off")
	add(0, time.Minute, "connection refused")
	exchanges[len(exchanges)-1].Unreached = true
	before := len(exchanges)
	want := []Latency{
		{
			Status: 0, Count: 2, P50: time.Second, P95: 2 * time.Second, P99: 2 * time.Second, Longest: 2 * time.Second,
			Histogram: bins(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1), Clause: "clause-2s", Curl: "curl 2s",
		},
		{
			Status: 201, Count: 100, P50: 50 * time.Millisecond, P95: 95 * time.Millisecond,
			P99: 99 * time.Millisecond, Longest: 100 * time.Millisecond,
			Histogram: bins(1, 1, 3, 5, 10, 30, 50), Clause: "clause-100ms", Curl: "curl 100ms",
		},
		{
			Status: 409, Count: 1, P50: 20 * time.Second, P95: 20 * time.Second, P99: 20 * time.Second,
			Longest: 20 * time.Second, Histogram: bins(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
			Clause: "clause-20s", Curl: "curl 20s",
		},
	}
	if diff := cmp.Diff(want, LatencyOf(exchanges)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(exchanges) != before || exchanges[0].Duration != 100*time.Millisecond {
		t.Error("the exchanges were reordered")
	}
	if found := LatencyOf(nil); found != nil {
		t.Errorf("of nothing: %+v", found)
	}
}

func bins(counts ...int) []Bin {
	var bins []Bin
	for i, count := range counts {
		bins = append(bins, Bin{binBounds()[i], count})
	}
	return bins
}
