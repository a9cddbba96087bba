package faults

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// maxLatency bounds a latency; no client waits longer.
const maxLatency = time.Hour

// Latency is how long answers take beyond what they need: from Min to Max, drawn anew for each.
type Latency struct{ Min, Max time.Duration }

// ParseLatency reads a duration such as "20ms", or a range such as "10ms..50ms"; "" is none.
func ParseLatency(text string) (Latency, error) {
	if text == "" {
		return Latency{}, nil
	}
	low, high, isRange := strings.Cut(text, "..")
	if !isRange {
		high = low
	}
	shortest, errLow := time.ParseDuration(low)
	longest, errHigh := time.ParseDuration(high)
	if errLow != nil || errHigh != nil || shortest < 0 || longest < shortest || longest > maxLatency {
		return Latency{}, fmt.Errorf("the latency cannot be %s; use a duration such as 20ms or a range such as "+
			"10ms..50ms, at most %v", untrusted.Quote(text), maxLatency)
	}
	return Latency{shortest, longest}, nil
}

// String is what ParseLatency reads.
func (l Latency) String() string {
	if l.Min == l.Max {
		return l.Min.String()
	}
	return l.Min.String() + ".." + l.Max.String()
}

// Wait waits for d. It returns early, with false, when ctx is done: the client has gone.
func Wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
