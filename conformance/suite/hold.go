package suite

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
)

// hold matches a [ClauseResult] whose clause holds.
func hold() types.GomegaMatcher { return holdMatcher{} }

type holdMatcher struct{}

// Match says whether the clause holds.
func (holdMatcher) Match(actual any) (bool, error) {
	c, ok := actual.(ClauseResult)
	if !ok {
		return false, fmt.Errorf("hold() expects a ClauseResult, not %T", actual)
	}
	return c.Outcome == report.Passed, nil
}

// FailureMessage shows the clause and everything that was wrong.
func (holdMatcher) FailureMessage(actual any) string {
	c := actual.(ClauseResult)
	var text strings.Builder
	fmt.Fprintf(&text, "%s (%s): %s\n%s\n", c.Clause.ID, c.Clause.Level, c.Outcome, c.Clause.Text)
	if c.Clause.Quote != "" {
		fmt.Fprintf(&text, "The page: %s\n", c.Clause.Quote)
	}
	for _, failure := range c.Failures {
		fmt.Fprintf(&text, "\n%s\n", failure.Summary)
		for _, mismatch := range failure.Mismatches {
			fmt.Fprintf(&text, "  - %s\n", mismatch)
		}
		for _, e := range failure.Exchanges {
			fmt.Fprintf(&text, "  $ %s\n", e.Request.Curl)
			if e.Response == nil {
				fmt.Fprintf(&text, "  %s\n", e.Error)
				continue
			}
			fmt.Fprintf(&text, "  %s %d, Content-Type: %s\n  %s\n",
				e.Response.Proto, e.Response.Status, e.Response.Header.Get("Content-Type"), e.Response.Body)
		}
	}
	return text.String()
}

// NegatedFailureMessage says that the clause holds.
func (holdMatcher) NegatedFailureMessage(actual any) string {
	return actual.(ClauseResult).Clause.ID + " holds"
}
