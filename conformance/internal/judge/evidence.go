package judge

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// check gathers the evidence for and against one clause.
type check struct {
	clause fixtures.Clause

	mu sync.Mutex
	// judged is how many answers said something about the clause, rightly or wrongly.
	judged int
	// overHTTP1 is how many of them came over HTTP/1.1.
	overHTTP1 int
	failures  []failure
	// unreached are requests that did not reach the target; lost are those that were not answered, which fails
	// answer.complete and says nothing here.
	unreached, lost []*answer
	// errs are what else broke that is not the target.
	errs []error
	// reason says why there is no evidence, when a probe knows.
	reason      string
	spent       time.Duration
	observation *report.Observation
}

// failure is what was wrong, with the answers that show it.
type failure struct {
	summary string
	// wrong is the answer that is wrong; nil when no single one is.
	wrong *answer
	shown []*answer
}

// judge takes an answer that should be one of wants as evidence, as far as it says something about the aspects.
// Before are exchanges without which the answer cannot be understood.
func (c *check) judge(aspects aspect, a *answer, wants []want, before ...*answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case a.limited:
		return // the endpoint did not speak
	case a.unreached:
		c.unreached = append(c.unreached, a)
		return
	case a.status == 0 && aspects&aboutComplete == 0:
		c.lost = append(c.lost, a)
		return
	}
	if aspects&^aboutContent == 0 {
		if a.status != pick(wants, a.status).status {
			return // this is the body of another answer, which the check of the status is about
		}
		if a.object == nil && aspects&aboutMembers == 0 {
			return // there are no values to speak of; the checks of the members and of the form say so
		}
		if a.object == nil {
			aspects |= aboutJSON
		}
	}
	if a.wants == nil && aspects&aboutForm == 0 {
		a.wants = wants
	}
	c.judged++
	if !a.http2 {
		c.overHTTP1++
	}
	c.spent += a.exchange.Duration
	for _, m := range a.compare(wants) {
		if m.about&aspects != 0 {
			c.failures = append(c.failures, failure{sentence(m.text), a, append(slices.Clone(before), a)})
			return
		}
	}
}

// hold takes it as evidence whether something holds that no single answer shows.
func (c *check) hold(holds bool, summary string, answers ...*answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.judged++
	if !holds {
		c.failures = append(c.failures, failure{summary: summary, shown: answers})
	}
}

// observe notes the answer to a question that the page leaves open.
func (c *check) observe(o report.Observation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.observation = &o
}

// unchecked notes why there will be no evidence.
func (c *check) unchecked(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reason = fmt.Sprintf(format, args...)
}

func (c *check) failed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.failures) > 0
}

// sentence begins a mismatch as a sentence does.
func sentence(text string) string {
	if text == "" || text[0] == '`' {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// broke notes that the tool or what it was given failed, which says nothing about the target.
func (c *check) broke(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errs = append(c.errs, err)
}
