package selftest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/judge"
	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// perProcessor is how many implementations are judged at a time on one processor: those with limits mostly wait.
const perProcessor = 12

// judgeTimeout bounds the judgement of one implementation, which takes a second or so.
const judgeTimeout = 2 * time.Minute

// Config says how to judge.
type Config struct {
	// Parallel is how many implementations are judged at a time; 0 means 12 for each processor that Go may use.
	Parallel int
	// Only are patterns of implementation names, as [path.Match] has them; none means all.
	Only []string
	// Progress is called after each implementation, one call at a time; nil is fine.
	Progress func(done, total int)
}

// Validate returns what is wrong with the configuration.
func (c Config) Validate() error {
	if c.Parallel < 0 {
		return errors.New("parallel: must be 1 or more, or 0 for the default")
	}
	for _, pattern := range c.Only {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("only: %q is not a pattern: use * for any characters, such as conflict-*", pattern)
		}
	}
	if len(c.chosen()) == 0 {
		return fmt.Errorf("only: no implementation is called %s", strings.Join(c.Only, " or "))
	}
	return nil
}

func (c Config) chosen() []Implementation {
	return slices.DeleteFunc(Implementations(), func(i Implementation) bool {
		return len(c.Only) > 0 && !judge.Matches(c.Only, i.Name)
	})
}

// Matrix is what the suite said of each implementation.
type Matrix struct {
	Results  []Result      `json:"results"`
	Duration time.Duration `json:"duration_ns"`
}

// Result is what the suite said of one implementation.
type Result struct {
	Name   string `json:"name"`
	Text   string `json:"text"`
	Breaks string `json:"breaks,omitempty"`
	// Exit is the exit code that the run has, Verdict its judgement, and Failed the ids of the violated clauses.
	Exit    int            `json:"exit"`
	Verdict report.Verdict `json:"verdict"`
	Failed  []string       `json:"failed"`
	// Wrong says how the suite was wrong about this implementation; empty when it was right.
	Wrong string `json:"wrong,omitempty"`
	// Again says how the suite was wrong when the implementation was judged beside others. It was then judged once
	// more, alone, and the rest of the result is of that run.
	Again string `json:"again,omitempty"`
}

// mostAgain is how many implementations are judged once more. A race is met by chance, and a time is missed on a busy
// machine; what goes wrong for more implementations than this is a fault of the suite.
const mostAgain = 10

// Right reports whether the suite was right about every implementation.
func (m Matrix) Right() bool {
	return !slices.ContainsFunc(m.Results, func(r Result) bool { return r.Wrong != "" })
}

// Run judges the implementations in this process and returns the matrix, in the order of [Implementations]. The error
// is that of the configuration or of ctx, never about an implementation.
func Run(ctx context.Context, cfg Config) (Matrix, error) {
	if err := cfg.Validate(); err != nil {
		return Matrix{}, err
	}
	started := time.Now()
	chosen := cfg.chosen()
	matrix := Matrix{Results: make([]Result, len(chosen))}

	var progress sync.Mutex
	finished := 0
	group, together := errgroup.WithContext(ctx)
	group.SetLimit(cmp.Or(cfg.Parallel, perProcessor*runtime.GOMAXPROCS(0)))
	for i, implementation := range slices.Backward(chosen) { // the last ones have limits, and take longest
		group.Go(func() error {
			var err error
			matrix.Results[i], err = judgeOne(together, implementation)
			progress.Lock()
			defer progress.Unlock()
			finished++
			if cfg.Progress != nil {
				cfg.Progress(finished, len(chosen))
			}
			return err
		})
	}
	err := group.Wait()
	if err == nil {
		err = matrix.again(ctx, chosen)
	}
	matrix.Duration = time.Since(started)
	return matrix, err
}

// again judges once more, one at a time, the implementations about which the suite was wrong.
func (m Matrix) again(ctx context.Context, chosen []Implementation) error {
	if faulty, found, conforming, passed := m.totals(); faulty-found+conforming-passed > mostAgain {
		return nil
	}
	for i, r := range m.Results {
		if r.Wrong == "" {
			continue
		}
		result, err := judgeOne(ctx, chosen[i])
		if err != nil {
			return err
		}
		result.Again = r.Wrong
		m.Results[i] = result
	}
	return nil
}

// fewRepetitions are enough to find most faults. What these find, more would find as well.
const fewRepetitions = 2

// judgeOne judges one implementation, a faulty one with few repetitions first. The error is that of ctx.
func judgeOne(ctx context.Context, implementation Implementation) (Result, error) {
	if implementation.Breaks != "" {
		if result, err := judgeOnce(ctx, implementation, fewRepetitions); err != nil || result.Wrong == "" {
			return result, err
		}
	}
	return judgeOnce(ctx, implementation, 0)
}

// judgeOnce starts one implementation, judges it, and compares. It makes the core requests so many times; 0 means as
// often as the suite does by itself. The error is that of ctx.
func judgeOnce(ctx context.Context, implementation Implementation, repeat int) (Result, error) {
	url, stop := implementation.Start()
	defer stop()
	limited, cancel := context.WithTimeout(ctx, judgeTimeout)
	defer cancel()
	settle := judge.NoSettle
	if implementation.Breaks == "conflict.persists" {
		settle = 0 // the default: names may take their time to expire, but only there
	}
	via := BlockedVia
	if strings.HasPrefix(url, "http://") {
		via = "proxy=" + strings.TrimSuffix(url, fixtures.BasePath) // every implementation is that proxy, too
	}
	run, err := judge.Run(limited, judge.Config{
		URL: url, BlockedVia: via, Privacy: []string{"Private"}, Repeat: repeat, Settle: settle,
		// A session that goes on over the next connection saves most of what TLS costs.
		TLS: &tls.Config{InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(1)},
	})
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	result := compare(implementation, run)
	if err != nil {
		result.Wrong = "could not be judged: " + err.Error()
	}
	return result, nil
}

// compare says whether the suite was right about the implementation.
func compare(implementation Implementation, run report.Run) Result {
	exit := run.ExitCode()
	result := Result{
		Name: implementation.Name, Text: implementation.Text, Breaks: implementation.Breaks,
		Exit: exit, Verdict: run.Verdict, Failed: []string{},
	}
	var unsettled []string
	for _, clause := range run.Clauses {
		switch clause.Outcome {
		case report.Failed:
			result.Failed = append(result.Failed, clause.Clause.ID)
		case report.Errored, report.Unchecked:
			unsettled = append(unsettled, fmt.Sprintf("%s (%s)", clause.Clause.ID, clause.Reason))
		}
	}
	switch faulty := implementation.Breaks != ""; {
	case faulty && exit != report.ExitViolated:
		result.Wrong = fmt.Sprintf("is faulty, and the exit code was %d (%s)", exit, run.Verdict)
	case faulty && !slices.Contains(result.Failed, implementation.Breaks):
		result.Wrong = "breaks " + implementation.Breaks + ", which did not fail"
	case !faulty && (exit != report.ExitConformant || run.Verdict != report.Conformant):
		reasons := strings.Join(append(unsettled, result.Failed...), ", ")
		result.Wrong = fmt.Sprintf("is right, and was found %s: %s", run.Verdict, reasons)
	}
	return result
}

// Text prints the matrix, what the suite was wrong about once more, and the totals.
func (m Matrix) Text(w io.Writer) error {
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TOLD APART\tIMPLEMENTATION\tBREAKS\tALSO FAILED")
	for _, r := range m.Results {
		others := slices.DeleteFunc(slices.Clone(r.Failed), func(id string) bool { return id == r.Breaks })
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", yes(r.Wrong == ""), r.Name, cmp.Or(r.Breaks, "nothing"),
			shortened(others))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, r := range m.Results {
		if r.Again != "" {
			fmt.Fprintf(&text, "\nJudged once more, alone: %s, which %s\n", r.Name, r.Again)
		}
	}
	if !m.Right() {
		fmt.Fprintln(&text, "\nThe suite is wrong about:")
		for _, r := range m.Results {
			if r.Wrong != "" {
				fmt.Fprintf(&text, "  %s: %s\n    %s\n", r.Name, r.Wrong, r.Text)
			}
		}
	}
	faulty, found, right, passed := m.totals()
	fmt.Fprintf(&text, "\nfaulty: %d of %d found, each on the clause it breaks; conforming: %d of %d passed; %.1f s\n",
		found, faulty, passed, right, m.Duration.Seconds())
	_, err := text.WriteTo(w)
	return err
}

// JSON writes the matrix for other programs.
func (m Matrix) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(m)
}

func (m Matrix) totals() (faulty, found, conforming, passed int) {
	for _, r := range m.Results {
		all, right := &conforming, &passed
		if r.Breaks != "" {
			all, right = &faulty, &found
		}
		*all++
		if r.Wrong == "" {
			*right++
		}
	}
	return faulty, found, conforming, passed
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "NO"
}

// shortened keeps a line readable: an implementation that is never there fails nearly every clause.
func shortened(ids []string) string {
	const most = 4
	if len(ids) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
	}
	return strings.Join(ids, ", ")
}
