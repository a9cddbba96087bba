// Package coverage counts which of the documented answers a client has met, so that a frontend's tests can tell that they
// never saw a 403.
package coverage

import (
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Coverage is safe for use by any number of goroutines; its zero value has counted nothing.
type Coverage struct {
	met [600]atomic.Uint64 // by status
}

// Met counts one answer that reached the client whole.
func (c *Coverage) Met(status int) {
	if status >= 0 && status < len(c.met) {
		c.met[status].Add(1)
	}
}

// Reset forgets all counts.
func (c *Coverage) Reset() {
	for status := range c.met {
		c.met[status].Store(0)
	}
}

// Report is what was met since the last Reset.
type Report struct {
	// Answers has every documented status, also those not met, and how often it was met.
	Answers map[string]uint64 `json:"answers"`
	// Missing are the documented statuses that were not met, in the page's order.
	Missing []int `json:"missing"`
	// Other has the statuses that were met and are not documented, such as 404.
	Other map[string]uint64 `json:"other"`
}

// Report returns the counts.
func (c *Coverage) Report() Report {
	report := Report{Answers: map[string]uint64{}, Missing: []int{}, Other: map[string]uint64{}}
	for _, documented := range fixtures.Answers() {
		count := c.met[documented.Status].Load()
		report.Answers[strconv.Itoa(documented.Status)] = count
		if count == 0 {
			report.Missing = append(report.Missing, documented.Status)
		}
	}
	for status := http.StatusContinue; status < len(c.met); status++ {
		name := strconv.Itoa(status)
		if _, documented := report.Answers[name]; documented {
			continue
		}
		if count := c.met[status].Load(); count > 0 {
			report.Other[name] = count
		}
	}
	return report
}
