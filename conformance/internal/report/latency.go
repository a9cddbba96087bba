package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Latency is how long the answers with one status took, from the start of a request to the last byte of its answer.
type Latency struct {
	// Status is 0 for requests that were not answered completely.
	Status int `json:"status"`
	Count  int `json:"count"`
	// P50, P95 and P99 are percentiles: so many of a hundred answers took no longer.
	P50     time.Duration `json:"p50_ns"`
	P95     time.Duration `json:"p95_ns"`
	P99     time.Duration `json:"p99_ns"`
	Longest time.Duration `json:"longest_ns"`
	// Histogram counts the answers by their time; it ends with the last bin that holds any.
	Histogram []Bin `json:"histogram"`
	// Clause and Curl are of the request that took longest.
	Clause string `json:"slowest_clause"`
	Curl   string `json:"slowest_curl"`
}

// Bin counts the answers that took no longer than UpTo, and longer than the bin before. The last has no bound, and UpTo
// is 0.
type Bin struct {
	UpTo  time.Duration `json:"up_to_ns"`
	Count int           `json:"count"`
}

// binBounds are the bounds of a histogram's bins.
func binBounds() []time.Duration {
	var bounds []time.Duration
	for unit := time.Millisecond; unit <= time.Second; unit *= 10 {
		bounds = append(bounds, unit, 2*unit, 5*unit)
	}
	return append(bounds, 10*time.Second, 0)
}

// LatencyOf returns how long the answers took, for each status in ascending order.
func LatencyOf(exchanges []Exchange) []Latency {
	byStatus := map[int][]Exchange{}
	for _, e := range exchanges {
		if e.Unreached {
			continue
		}
		status := 0
		if e.Response != nil && e.Error == "" {
			status = e.Response.Status
		}
		byStatus[status] = append(byStatus[status], e)
	}
	var latencies []Latency
	for status, exchanges := range byStatus {
		latencies = append(latencies, latencyOf(status, exchanges))
	}
	slices.SortFunc(latencies, func(a, b Latency) int { return cmp.Compare(a.Status, b.Status) })
	return latencies
}

// latencyOf sorts the exchanges, of which there is one at least.
func latencyOf(status int, exchanges []Exchange) Latency {
	slices.SortStableFunc(exchanges, func(a, b Exchange) int { return cmp.Compare(a.Duration, b.Duration) })
	percentile := func(p int) time.Duration { return exchanges[(len(exchanges)*p+99)/100-1].Duration }
	slowest := exchanges[len(exchanges)-1]
	latency := Latency{
		Status: status, Count: len(exchanges), P50: percentile(50), P95: percentile(95), P99: percentile(99),
		Longest: slowest.Duration, Clause: slowest.Clause, Curl: slowest.Request.Curl,
	}
	for _, bound := range binBounds() {
		bin := Bin{UpTo: bound}
		for len(exchanges) > 0 && (bound == 0 || exchanges[0].Duration <= bound) {
			bin.Count++
			exchanges = exchanges[1:]
		}
		latency.Histogram = append(latency.Histogram, bin)
		if len(exchanges) == 0 {
			break
		}
	}
	return latency
}

// slowestOf returns the latency that holds the slowest request of all; nil when none was sent.
func slowestOf(latencies []Latency) *Latency {
	if len(latencies) == 0 {
		return nil
	}
	found := slices.MaxFunc(latencies, func(a, b Latency) int { return cmp.Compare(a.Longest, b.Longest) })
	return &found
}

// latencyHead and columns are the table that the renderings for people show.
var latencyHead = [...]string{"status", "answers", "p50", "p95", "p99", "longest"}

func (l Latency) columns() [len(latencyHead)]string {
	return [...]string{
		statusName(l.Status),
		fmt.Sprint(l.Count),
		roundDuration(l.P50),
		roundDuration(l.P95),
		roundDuration(l.P99),
		roundDuration(l.Longest),
	}
}

// line says all of it but the request.
func (l Latency) line() string {
	columns := l.columns()
	var parts []string
	for i, column := range columns[1:] {
		parts = append(parts, latencyHead[i+1]+" "+column)
	}
	return strings.Join(parts, ", ")
}

// statusName is a status as a word.
func statusName(status int) string {
	if status == 0 {
		return "none"
	}
	return fmt.Sprint(status)
}
