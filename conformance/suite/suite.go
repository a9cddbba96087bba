// Package suite judges an implementation of the Create Account endpoint at a URL, clause by clause. It has two doors: Run runs
// it, and Register adds its specs to a ginkgo suite of the caller's own.
package suite

import (
	"context"
	"io"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Run judges the target and returns what it found, without secrets. The error is one of usage, and then nothing was sent. Ginkgo
// allows one Run per process. When ctx ends early, what is known until then is reported, and the rest could not be judged.
func Run(ctx context.Context, cfg Config) (report.Run, error) {
	if err := cfg.Validate(); err != nil {
		return report.Run{}, err
	}
	cfg = cfg.withDefaults()
	run := report.Run{
		Schema: report.SchemaVersion, Version: cfg.Version, URL: cfg.URL, Level: cfg.Level, RequireAll: cfg.RequireAll,
		Started: time.Now(), Verdict: report.NotJudged, Reason: "the suite is not written yet",
	}
	for _, clause := range fixtures.Clauses() {
		run.Clauses = append(run.Clauses, report.ClauseResult{Clause: clause, Outcome: report.Unchecked, Reason: run.Reason})
	}
	return run, ctx.Err()
}

// Register adds the specs to the caller's ginkgo suite. The configuration is read when the first spec runs, so that it can be
// completed in a BeforeSuite that starts the target.
func Register(cfg *Config) {}

// WritePlan prints the checks, and the requests and accounts that a run would make; it sends nothing.
func WritePlan(w io.Writer, cfg Config) error { return nil }

// WriteMockConfig writes what a run observed as a configuration of the mock server, in YAML.
func WriteMockConfig(w io.Writer, run report.Run) error { return nil }
