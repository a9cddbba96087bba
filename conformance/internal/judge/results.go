package judge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// mostFailures is how many failures of one clause are reported.
const mostFailures = 10

// errInterrupted is why an interrupted run judges nothing.
var errInterrupted = errors.New("the run was interrupted")

// result turns the evidence into a report, from which every secret is removed.
func (r *run) result(started time.Time, reason string) report.Run {
	result := report.Run{
		Schema: report.SchemaVersion, Version: r.cfg.Version, ID: r.id, URL: r.cfg.display(), Level: r.cfg.Level,
		RequireAll: r.cfg.RequireAll, Started: started, Duration: time.Since(started),
		Accounts: r.accounts, Requests: r.sent,
	}
	slices.SortStableFunc(r.exchanges, func(a, b *report.Exchange) int { return a.Started.Compare(b.Started) })
	for _, e := range r.exchanges {
		result.Exchanges = append(result.Exchanges, *e)
	}
	result.Latency = report.LatencyOf(result.Exchanges)
	for _, clause := range fixtures.Clauses() {
		result.Clauses = append(result.Clauses, r.clauseResult(r.checks[clause.ID], reason))
	}
	result.Verdict, result.Reason = report.Judge(result.Level, result.Clauses)
	switch ended := r.ended(); {
	case reason != "":
		result.Verdict, result.Reason = report.NotJudged, reason
	case ended != nil && (result.Verdict != report.Violated || errors.Is(ended, errInterrupted)):
		result.Verdict, result.Reason = report.NotJudged, ended.Error()
	}
	return report.Redact(result, r.cfg.secrets())
}

// ended is why the run ended early; nil when it did not.
func (r *run) ended() error {
	cause := context.Cause(r.ctx)
	if _, limited := errors.AsType[*limitError](cause); limited || cause == nil || errors.Is(cause, errGaveUp) {
		return cause
	}
	return errInterrupted
}

// clauseResult is the verdict on one clause. The reason is why the whole run was not judged; empty when it was.
func (r *run) clauseResult(c *check, reason string) report.ClauseResult {
	result := report.ClauseResult{Clause: c.clause, Outcome: report.Unchecked}
	switch {
	case !r.cfg.selects(c.clause.ID):
		result.Reason = "left out by --run or --skip"
		return result
	case reason != "":
		result.Reason = reason
		return result
	}
	ended := r.ended()
	failures, broken := distinct(c.failures), c.broken()
	if c.onlyOverHTTP2() {
		for i := range failures {
			failures[i].Summary = "Over HTTP/2 only: " + failures[i].Summary
		}
	}
	known := slices.Contains(r.cfg.KnownFailing, c.clause.ID)
	switch {
	case len(failures) > 0 && known:
		result.Outcome, result.Failures = report.KnownFailing, failures
	case len(failures) > 0:
		result.Outcome, result.Failures = report.Failed, failures
	case ended != nil && (len(c.unreached) > 0 || c.clause.Level == fixtures.Observed):
		result.Reason = ended.Error() // what is left of it tells nothing
	case len(broken) > 0:
		result.Outcome, result.Failures = report.Errored, broken
	case c.observation != nil:
		result.Outcome, result.Observation = report.Observed, c.observation
	case ended != nil && c.judged == 0:
		result.Reason = ended.Error()
	case c.judged == 0 || c.clause.Level == fixtures.Observed:
		result.Reason = c.whyUnchecked()
	case known:
		result.Outcome = report.FixedKnown
	default:
		result.Outcome = report.Passed
	}
	if result.Outcome != report.Unchecked {
		result.Duration = c.spent
	}
	if more := len(result.Failures) - mostFailures; more > 0 {
		result.Failures = append(result.Failures[:mostFailures:mostFailures],
			report.Failure{Summary: fmt.Sprintf("And %d more, each in a way of its own.", more)})
	}
	return result
}

// onlyOverHTTP2 reports whether all that is wrong came over HTTP/2, while there was evidence over HTTP/1.1, too.
func (c *check) onlyOverHTTP2() bool {
	return len(c.failures) > 0 && c.overHTTP1 > 0 && !slices.ContainsFunc(c.failures, func(f failure) bool {
		return !slices.ContainsFunc(f.shown, func(a *answer) bool { return a.http2 })
	})
}

// broken is what broke that says nothing about the target.
func (c *check) broken() []report.Failure {
	var broken []report.Failure
	for _, a := range c.unreached {
		broken = append(broken, report.Failure{Summary: sentence(a.exchange.Error) + ".", Exchanges: evidence(a)})
	}
	for _, err := range c.errs {
		broken = append(broken, report.Failure{Summary: sentence(err.Error()) + "."})
	}
	return broken
}

// distinct reports every way in which answers were wrong once, and how many more were wrong in the same way.
func distinct(failures []failure) []report.Failure {
	var found []report.Failure
	var more []int
	seen := map[string]int{}
	for _, f := range failures {
		shown := f.report()
		key := shown.Summary + "\n" + strings.Join(shown.Mismatches, "\n")
		if f.wrong != nil {
			for _, sent := range f.wrong.exchange.Request.Header[fixtures.UsernameHeader] {
				key = strings.ReplaceAll(key, sent, "Username")
			}
		}
		if i, known := seen[key]; known && f.wrong != nil {
			more[i]++
			continue
		}
		seen[key] = len(found)
		found, more = append(found, shown), append(more, 0)
	}
	for i, n := range more {
		switch {
		case n == 1:
			found[i].Summary += " (1 more answer was wrong in the same way)"
		case n > 1:
			found[i].Summary += fmt.Sprintf(" (%d more answers were wrong in the same way)", n)
		}
	}
	return found
}

// whyUnchecked says why there is no evidence.
func (c *check) whyUnchecked() string {
	switch {
	case c.reason != "":
		return c.reason
	case len(c.lost) > 0:
		return "no request for it was answered: " + c.lost[0].exchange.Error
	default:
		return "no answer came that says anything about it; the violated clauses say why"
	}
}

// report shows a failure with everything that is wrong with the answer.
func (f failure) report() report.Failure {
	result := report.Failure{Summary: f.summary, Exchanges: evidence(f.shown...)}
	if f.wrong == nil {
		return result
	}
	wants := f.wrong.wants
	if wants == nil {
		wants = []want{{status: f.wrong.status, only: aboutStatus}}
	}
	for _, m := range f.wrong.compare(wants) {
		result.Mismatches = append(result.Mismatches, sentence(m.text))
	}
	return result
}
