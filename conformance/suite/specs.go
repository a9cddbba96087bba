package suite

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/report"
)

// Run judges the target and returns what it found, without secrets. The error is one of usage, and then nothing was sent. Ginkgo
// allows one Run per process. When ctx ends early, what is known until then is reported, and the verdict is NotJudged.
func Run(ctx context.Context, cfg Config) (report.Run, error) {
	if err := cfg.Validate(); err != nil {
		return report.Run{}, err
	}
	j := &judgement{cfg: &cfg}
	j.register(ctx)

	silence := formatter.ColorableStdOut
	formatter.ColorableStdOut = io.Discard // stdout is for the report
	defer func() { formatter.ColorableStdOut = silence }()
	suiteConfig, reporterConfig := types.NewDefaultSuiteConfig(), types.NewDefaultReporterConfig()
	suiteConfig.Timeout = 0 // every request has its own
	ginkgo.RunSpecs(ignored{}, "Create Account", suiteConfig, reporterConfig)
	j.judge(ctx) // in case that an interrupt came before the first spec
	return j.run, j.err
}

// ignored takes ginkgo's word that specs failed; the report says so better.
type ignored struct{}

// Fail does nothing.
func (ignored) Fail() {}

// Register adds the specs to the caller's ginkgo suite, one for each clause, labelled with its id. There are no suite-level nodes
// among them. The configuration is read when the first spec runs, so that a BeforeSuite can start the target and set the URL.
// The specs of one process share one run: its requests are sent at once when the first spec needs them.
func Register(cfg *Config) {
	j := &judgement{cfg: cfg}
	j.register(context.Background())
}

// judgement is the run that all specs share.
type judgement struct {
	cfg  *Config
	once sync.Once
	run  report.Run
	err  error
	// told says that a spec has said why the target could not be judged.
	told bool
}

// judge makes the run, once.
func (j *judgement) judge(ctx context.Context) {
	j.once.Do(func() {
		if j.err = j.cfg.Validate(); j.err == nil {
			j.run, j.err = judge(ctx, j.cfg.withDefaults())
		}
	})
}

// judge makes one run against the target. The error is one of usage.
func judge(ctx context.Context, cfg Config) (report.Run, error) {
	target, err := cfg.newRoute(cfg.URL)
	if err != nil {
		return report.Run{}, err
	}
	p, _ := newPlan(ctx, cfg) // fails only when ctx has ended, which the trial will notice
	t := newTrial(ctx, cfg, catalogue(), target)
	defer t.giveUp(nil)
	started := time.Now()
	reason := t.run(p)
	return t.result(started, reason), nil
}

// register adds one spec for each check.
func (j *judgement) register(ctx context.Context) {
	ginkgo.Describe("Create Account", func() {
		ginkgo.BeforeEach(func(spec ginkgo.SpecContext) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(spec, cancel)() // an interrupt ends the run
			j.judge(ctx)
		})
		for _, s := range catalogue() {
			ginkgo.Describe(s.title, func() {
				for _, c := range s.checks {
					ginkgo.It(c.title, ginkgo.Label(c.clause.ID), func() { j.assert(c.clause.ID) })
				}
			})
		}
	})
}

// assert passes or fails the spec of a clause as the run found. A target that cannot be judged fails one spec, which says why.
func (j *judgement) assert(id string) {
	expect := gomega.NewGomega(ginkgo.Fail)
	expect.Expect(j.err).NotTo(gomega.HaveOccurred(), "the configuration")
	if j.run.Verdict == report.NotJudged && !j.told {
		j.told = true
		ginkgo.Fail("could not judge: " + j.run.Reason)
	}
	for _, c := range j.run.Clauses {
		if c.Clause.ID != id {
			continue
		}
		switch {
		case c.Outcome == report.Unchecked:
			ginkgo.Skip(c.Reason)
		case c.Outcome == report.Observed:
			ginkgo.AddReportEntry(c.Observation.Text)
		case c.Outcome == report.KnownFailing, !report.Binds(c.Clause.Level, j.run.Level):
			ginkgo.Skip(string(c.Outcome))
		default:
			expect.Expect(c).To(hold())
		}
	}
}
