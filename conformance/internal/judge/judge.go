// Package judge judges an implementation of the Create Account endpoint at a URL, clause by clause. [Run] makes one
// run; any number of them can be made at a time in one process.
//
// The contract is in the files clause_*.go: each lists the probes of one section, which send requests and bind what
// comes back to the checks of the clauses as evidence. All probes run at once, so that a slow target is judged as
// fast as a quick one; what was found is told afterwards. The other files are the engine.
package judge

import (
	"context"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
)

// Run judges the target and returns what it found, without secrets. The error is one of usage, and then nothing was
// sent. When ctx ends early, what is known until then is reported, and the verdict is [report.NotJudged].
func Run(ctx context.Context, cfg Config) (report.Run, error) {
	if err := cfg.Validate(); err != nil {
		return report.Run{}, err
	}
	cfg = cfg.withDefaults()
	target, err := cfg.newRoute(cfg.URL)
	if err != nil {
		return report.Run{}, err
	}
	p, _ := newPlan(ctx, cfg) // fails only when ctx has ended, which the run will notice
	r := newRun(ctx, cfg, target)
	defer r.giveUp(nil)
	started := time.Now()
	reason := r.make(p)
	return r.result(started, reason), nil
}
