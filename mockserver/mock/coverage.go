package mock

import (
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
)

// coverage counts which of the documented answers a client has met, so that a frontend's tests can tell that they never saw a
// 403. It is safe for use by any number of goroutines; its zero value has counted nothing.
type coverage struct {
	counts [600]atomic.Uint64 // by status
}

// met counts one answer that reached the client whole.
func (c *coverage) met(status int) {
	if status >= 0 && status < len(c.counts) {
		c.counts[status].Add(1)
	}
}

// reset forgets all counts.
func (c *coverage) reset() {
	for status := range c.counts {
		c.counts[status].Store(0)
	}
}

// report returns the counts.
func (c *coverage) report() control.Coverage {
	report := control.Coverage{Answers: map[string]uint64{}, Missing: []int{}, Other: map[string]uint64{}}
	for _, documented := range fixtures.Answers() {
		count := c.counts[documented.Status].Load()
		report.Answers[strconv.Itoa(documented.Status)] = count
		if count == 0 {
			report.Missing = append(report.Missing, documented.Status)
		}
	}
	for status := http.StatusContinue; status < len(c.counts); status++ {
		name := strconv.Itoa(status)
		if _, documented := report.Answers[name]; documented {
			continue
		}
		if count := c.counts[status].Load(); count > 0 {
			report.Other[name] = count
		}
	}
	return report
}
