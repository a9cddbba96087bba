// Package suite judges an implementation of the Create Account endpoint at a URL with ginkgo, one spec for each
// clause of the contract. [Register] adds the specs to a ginkgo suite of the caller's own; [Run] runs them alone and
// returns what was found.
package suite

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/judge"
	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Config says what to judge and how. The zero value and a URL is enough. Its fields are the flags of the command:
//   - URL, Privacy, InvalidPrivacy, BlockedVia and AllowProduction: what is judged;
//   - Header, TLS, HTTP1, Proxy and ProxyFor: how it is reached;
//   - Timeout, Rate, Simultaneous, Patience, MaxAccounts, Repeat and Settle: how much it is asked, and how fast;
//   - Level, Run, Skip, KnownFailing and RequireAll: which clauses are checked, and which can fail the run;
//   - Version and Progress: what the program that judges says of itself, and hears.
type Config = judge.Config

// NoSettle as the Settle of a [Config] waits for nothing before the last look at the names.
const NoSettle = judge.NoSettle

// Report is what a run found: a [Verdict], a [ClauseResult] for each clause, every exchange, and the accounts made. Its
// ExitCode is what the command exits with.
type Report = report.Run

// Verdict is what a [Report] says of the target.
type Verdict = report.Verdict

// The verdicts.
const (
	Conformant = report.Conformant
	Partial    = report.Partial
	Violated   = report.Violated
	NotJudged  = report.NotJudged
)

// ClauseResult is what was found about one clause: an [Outcome], its failures or what was observed, and the evidence.
type ClauseResult = report.ClauseResult

// Outcome is the kind of a [ClauseResult].
type Outcome = report.Outcome

// The outcomes.
const (
	Passed       = report.Passed
	Failed       = report.Failed
	Errored      = report.Errored
	Unchecked    = report.Unchecked
	KnownFailing = report.KnownFailing
	FixedKnown   = report.FixedKnown
	Observed     = report.Observed
)

// Register adds an ordered container to the caller's ginkgo suite, with one spec for each clause. A spec is labelled
// with the id of its clause, its section and its level. The run is made once, before the first of them, and asks only
// for what the specs that ginkgo selected need: --label-filter, --focus and --skip lessen what is sent, as Run and
// Skip of the configuration do. The configuration is read then, so that a BeforeSuite can start the target and set
// the URL. A target that cannot be judged fails one spec and skips the others.
func Register(cfg *Config) {
	register(context.Background(), cfg, new(Report))
}

// Run judges the target with ginkgo and returns what it found, without secrets. The error is one of usage, and then
// nothing was sent. A ginkgo whose result is not that of the report is a fault of the suite: the verdict is then
// [NotJudged], and says so. Ginkgo allows one Run per process. When ctx ends early, what is known until then
// is reported, and the verdict is NotJudged.
func Run(ctx context.Context, cfg Config) (Report, error) {
	if err := cfg.Validate(); err != nil {
		return Report{}, err
	}
	var found Report
	register(ctx, &cfg, &found)
	silenced := formatter.ColorableStdOut
	formatter.ColorableStdOut = io.Discard // stdout is for the report
	defer func() { formatter.ColorableStdOut = silenced }()
	suiteConfig, reporterConfig := types.NewDefaultSuiteConfig(), types.NewDefaultReporterConfig()
	suiteConfig.Timeout = 0 // every request has its own
	passed := ginkgo.RunSpecs(ignored{}, "Create Account", suiteConfig, reporterConfig)
	if found.Verdict == "" { // an interrupt came before the first spec
		ended, end := context.WithCancel(ctx)
		end()
		return judge.Run(ended, cfg)
	}
	return agreed(found, passed), nil
}

// agreed returns the report, which is one of a run that was not judged when ginkgo's result and the exit code differ.
func agreed(found Report, passed bool) Report {
	if passed != (found.ExitCode() == report.ExitConformant) {
		found.Reason = fmt.Sprintf("this is a fault of the suite: the specs passed: %t, but the verdict was %q (%d)",
			passed, found.Verdict, found.ExitCode())
		found.Verdict = NotJudged
	}
	return found
}

// ignored takes ginkgo's word that specs failed; the report says so better.
type ignored struct{}

// Fail does nothing.
func (ignored) Fail() {}

// register adds the specs. What the run finds is stored in found.
func register(ctx context.Context, cfg *Config, found *Report) {
	ginkgo.Describe("Create Account", ginkgo.Ordered, ginkgo.ContinueOnFailure, func() {
		ginkgo.BeforeAll(func(spec ginkgo.SpecContext) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(spec, cancel)() // an interrupt ends the run
			selected := *cfg
			selected.Skip = slices.Concat(cfg.Skip, unselected(ginkgo.CurrentSpecReport()))
			var err error
			*found, err = judge.Run(ctx, selected)
			expect := gomega.NewGomega(ginkgo.Fail)
			expect.Expect(err).NotTo(gomega.HaveOccurred(), "the configuration")
			if found.Verdict == NotJudged && !slices.ContainsFunc(found.Clauses, broke) {
				ginkgo.Fail("could not judge: " + found.Reason)
			}
		})
		for i, clause := range fixtures.Clauses() {
			ginkgo.It(title(clause), labels(clause), func() { assert(*found, found.Clauses[i]) })
		}
	})
}

func broke(c ClauseResult) bool { return c.Outcome == Errored }

// title is the text of the spec of a clause, and labels are its labels.
func title(clause fixtures.Clause) string { return clause.ID + ": " + clause.Text }

func labels(clause fixtures.Clause) ginkgo.Labels {
	return ginkgo.Label(clause.ID, clause.Section, string(clause.Level))
}

// unselected returns the ids of the clauses whose specs ginkgo will not run. Ginkgo tells no spec what was selected,
// so its rules are applied to what is known of the specs; when these say that the current spec does not run, which it
// does, more was selected than can be known here (such as by a label of the whole suite), and nothing is left out.
func unselected(current ginkgo.SpecReport) []string {
	config, _ := ginkgo.GinkgoConfiguration()
	runs := func(spec ginkgo.SpecReport) bool {
		matches, err := spec.MatchesLabelFilter(config.LabelFilter)
		return err == nil && matches &&
			(len(config.FocusStrings) == 0 || anyMatches(config.FocusStrings, spec.FullText())) &&
			!anyMatches(config.SkipStrings, spec.FullText())
	}
	if !runs(current) {
		return nil
	}
	var ids []string
	for _, clause := range fixtures.Clauses() {
		spec := current
		spec.LeafNodeText, spec.LeafNodeLabels = title(clause), labels(clause)
		if !runs(spec) {
			ids = append(ids, clause.ID)
		}
	}
	return ids
}

func anyMatches(patterns []string, text string) bool {
	matched, err := regexp.MatchString(strings.Join(patterns, "|"), text)
	return len(patterns) > 0 && err == nil && matched
}

// assert passes, fails or skips the spec of a clause, so that ginkgo's result is that of the exit code. A clause that
// was not checked did not pass, and one whose violation is known or does not bind must not fail the run: skipped is the
// result that ginkgo has for both, and says why.
func assert(found Report, c ClauseResult) {
	binds := report.Binds(c.Clause.Level, found.Level)
	switch {
	case c.Outcome == Unchecked && found.RequireAll && binds:
		ginkgo.Fail("every clause is required, and this one was not checked: " + c.Reason)
	case c.Outcome == Unchecked:
		ginkgo.Skip(c.Reason)
	case c.Outcome == Observed:
		ginkgo.AddReportEntry(c.Observation.Text)
	case c.Outcome == FixedKnown:
		ginkgo.Fail("this clause holds now: take it off the list of known failures")
	case c.Outcome == KnownFailing, !binds:
		ginkgo.Skip(string(c.Outcome))
	case c.Outcome != Passed:
		ginkgo.Fail(evidence(c))
	}
}

// evidence shows a clause that does not hold, and everything that was wrong.
func evidence(c ClauseResult) string {
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
