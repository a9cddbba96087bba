package judge

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// plan is what a run would do to a target that is right.
type plan struct {
	// repeat is how often the core requests are made.
	repeat int
	// preflight and probes are what is sent; probes stand as Config.probes returns them.
	preflight cost
	probes    []cost
	// dropped are the probes that would create more accounts than allowed.
	dropped map[int]bool
	// checked are the clauses that the probes which are not dropped give evidence for, whichever they are made for.
	checked map[string]bool
}

// cost is what a probe sends, and how many accounts that makes.
type cost struct{ requests, accounts int }

func (p plan) total() cost {
	sum := p.preflight
	for i, c := range p.probes {
		if !p.dropped[i] {
			sum.requests += c.requests
			sum.accounts += c.accounts
		}
	}
	return sum
}

// newPlan makes a dry run. To stay within MaxAccounts the core requests are repeated less often; when even once is
// too much, probes are left out, those for documented clauses last.
func newPlan(ctx context.Context, cfg Config) (plan, error) {
	fits := func(p plan) bool { return cfg.MaxAccounts == 0 || p.total().accounts <= cfg.MaxAccounts }
	p, err := dryRun(ctx, cfg, nil)
	if err != nil || fits(p) {
		return p, err
	}
	// Accounts grow with every repetition, so the first number that does not fit can be searched for.
	cfg.Repeat = max(1, sort.Search(cfg.Repeat, func(i int) bool {
		tried := cfg
		tried.Repeat = i + 1
		p, err = dryRun(ctx, tried, nil)
		return err != nil || !fits(p)
	}))
	if p, err = dryRun(ctx, cfg, nil); err != nil || fits(p) {
		return p, err
	}
	p.dropped = map[int]bool{}
	kept := p.preflight.accounts
	probes := cfg.probes()
	for _, level := range []fixtures.Level{fixtures.Documented, fixtures.Implied, fixtures.Observed} {
		for i, c := range p.probes {
			if first, _ := fixtures.ClauseOf(probes[i].clauses[0]); first.Level != level {
				continue
			}
			if kept+c.accounts > cfg.MaxAccounts {
				p.dropped[i] = true
			} else {
				kept += c.accounts
			}
		}
	}
	// What is left has less to look back on at the end of the run.
	left, err := dryRun(ctx, cfg, p.dropped)
	for i := range p.dropped {
		left.probes[i] = p.probes[i]
	}
	return left, err
}

// dryRun runs the probes but those that are dropped, one by one, against a target in memory, and counts.
func dryRun(ctx context.Context, cfg Config, dropped map[int]bool) (plan, error) {
	r, err := newDryRun(ctx, cfg)
	if err != nil {
		return plan{}, err
	}
	measure := func(send func()) cost {
		requests, accounts := r.sent, len(r.accounts)
		send()
		return cost{r.sent - requests, len(r.accounts) - accounts}
	}
	p := plan{repeat: cfg.Repeat, dropped: dropped, preflight: measure(func() { r.preflight() })}
	for i, probe := range cfg.probes() {
		p.probes = append(p.probes, measure(func() {
			if !dropped[i] {
				probe.run(r)
			}
		}))
	}
	p.checked = map[string]bool{}
	for id, c := range r.checks {
		p.checked[id] = c.judged > 0 || c.observation != nil
	}
	return p, ctx.Err()
}

// newDryRun returns a run of a target in memory, which is right.
func newDryRun(ctx context.Context, cfg Config) (*run, error) {
	cfg.Rate, cfg.Settle, cfg.Progress = 0, 0, nil
	target, err := cfg.newRoute(cfg.URL)
	if err != nil {
		return nil, err
	}
	target.transport = &dryTarget{
		accepted: append([]string{"Public", "Private"}, cfg.Privacy...),
		names:    map[string]bool{},
	}
	r := newRun(ctx, cfg, target)
	r.dry = true
	return r, nil
}

// probes returns the probes that a selected clause needs, in the order of their phases.
func (c Config) probes() []probe {
	probes := slices.DeleteFunc(catalogue(), func(p probe) bool { return !slices.ContainsFunc(p.clauses, c.selects) })
	slices.SortStableFunc(probes, func(a, b probe) int { return int(a.phase) - int(b.phase) })
	return probes
}

// WritePlan prints the checks, requests and accounts of a run against a target that is right. It sends nothing.
func WritePlan(ctx context.Context, w io.Writer, cfg Config) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	cfg = cfg.withDefaults()
	p, err := newPlan(ctx, cfg)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Would judge %s at level %s.\n\n", cfg.display(), cfg.Level)
	dropped := map[string]bool{}
	for i, probe := range cfg.probes() {
		for _, id := range probe.clauses {
			dropped[id] = dropped[id] || p.dropped[i] && !p.checked[id]
		}
	}
	checks, left := 0, []string{}
	for _, clause := range fixtures.Clauses() {
		switch id := clause.ID; {
		case !cfg.selects(id):
		case dropped[id]:
			left = append(left, id)
		default:
			checks++
			fmt.Fprintf(table, "%s\t%s\t%s\n", id, clause.Level, clause.Text)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	total := p.total()
	fmt.Fprintf(w, "\n%d checks, %d requests, %d accounts called %s… on a target that is right. "+
		"The core requests are made %d times.\n", checks, total.requests, total.accounts, nameBase, p.repeat)
	if len(left) > 0 {
		fmt.Fprintf(w, "Left out to stay within --max-accounts %d: %s.\n", cfg.MaxAccounts, strings.Join(left, ", "))
	}
	if cfg.BlockedVia == "" && slices.ContainsFunc(blockedClauses, cfg.selects) {
		fmt.Fprintf(w, "The clauses blocked.* are checked only on the kit's own mock server: %s.\n", noWay)
	}
	return nil
}
