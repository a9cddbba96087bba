package mock

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
	"sync/atomic"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
)

// coverage counts which answers the clients of a mock have met, so that a frontend's tests can tell that they never saw
// a 403. It is safe for use by any number of goroutines; its zero value has counted nothing.
type coverage struct {
	counts [600]atomic.Uint64 // by status
}

// maxCovered bounds the names of spaces whose coverage is kept apart, which is longer than the spaces are: 4.8 KB each.
const maxCovered = 4096

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

// report adds counts up.
func report(all ...*coverage) control.Coverage {
	sum := func(status int) (count uint64) {
		for _, coverage := range all {
			count += coverage.counts[status].Load()
		}
		return count
	}
	report := control.Coverage{Answers: map[string]uint64{}, Missing: []int{}, Other: map[string]uint64{}}
	for _, documented := range fixtures.Answers() {
		count := sum(documented.Status)
		report.Answers[strconv.Itoa(documented.Status)] = count
		if count == 0 {
			report.Missing = append(report.Missing, documented.Status)
		}
	}
	for status := http.StatusContinue; status < len(coverage{}.counts); status++ {
		name := strconv.Itoa(status)
		if _, documented := report.Answers[name]; documented {
			continue
		}
		if count := sum(status); count > 0 {
			report.Other[name] = count
		}
	}
	return report
}

// coverageOf returns what counts for a space, also when an earlier space had the name. Past maxCovered names, those
// that come later share one coverage, which has no name and so counts only where all do. The caller holds s.mu.
func (s *Set) coverageOf(name string) *coverage {
	if known := s.covered[name]; known != nil {
		return known
	}
	if len(s.covered) >= maxCovered {
		return &s.unnamed
	}
	s.covered[name] = &coverage{}
	return s.covered[name]
}

// Coverage adds up which answers the clients have met of all mocks whose names match a pattern as [path.Match] has it,
// spaces that are gone included. The main mock's name is "", so that "*" is all of them. An error says that there is
// none.
func (s *Set) Coverage(pattern string) (control.Coverage, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, chosen, err := s.coveredBy(pattern)
	if err != nil {
		return control.Coverage{}, err
	}
	return report(chosen...), nil
}

// ClearCoverage forgets what Coverage tells for a pattern, and the names of spaces that are gone.
func (s *Set) ClearCoverage(pattern string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	names, chosen, err := s.coveredBy(pattern)
	if err != nil {
		return err
	}
	for _, coverage := range chosen {
		coverage.reset()
	}
	for _, name := range names {
		switch space := s.spaces[name]; {
		case name == "":
			s.main.changed()
		case space != nil:
			space.changed()
		default:
			delete(s.covered, name)
		}
	}
	return nil
}

func (s *Set) coveredBy(pattern string) (names []string, chosen []*coverage, err error) {
	for name, coverage := range s.covered {
		matches, err := path.Match(pattern, name)
		if err != nil {
			return nil, nil, fmt.Errorf("%w %s; use one such as playwright-*", control.ErrPattern,
				untrusted.Quote(pattern))
		}
		if matches {
			names, chosen = append(names, name), append(chosen, coverage)
		}
	}
	if len(chosen) == 0 {
		return nil, nil, fmt.Errorf("no space called %s has met anything; GET %sspaces lists those that exist",
			untrusted.Quote(pattern), control.Prefix)
	}
	if pattern == "*" {
		chosen = append(chosen, &s.unnamed)
	}
	return names, chosen, nil
}
