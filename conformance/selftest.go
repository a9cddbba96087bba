package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/conformance/selftest"
)

// selftestCommand judges the judge.
type selftestCommand struct {
	Only     []string `placeholder:"PATTERN" help:"Judge these implementations only, such as conflict-*. Repeatable."`
	Parallel int      `placeholder:"N" help:"How many to judge at a time (default: 12 for each processor)."`
	JSON     string   `name:"json" placeholder:"FILE" help:"Write the matrix as JSON."`
}

// Run prints the matrix. It exits with 0 only when the suite was right about every implementation, and 1 otherwise.
func (c *selftestCommand) Run(ctx context.Context, out streams, code *int) error {
	cfg := selftest.Config{Parallel: c.Parallel, Only: c.Only}
	if err := errors.Join(cfg.Validate(), writable("json", c.JSON)); err != nil {
		return usageError{err}
	}
	cfg.Progress = func(done, total int) {
		if done%50 == 0 {
			fmt.Fprintf(out.stderr, "conformance: judged %d of %d implementations\n", done, total)
		}
	}
	debug.SetGCPercent(400) // this program ends soon, and hundreds of targets with their clients make much garbage
	matrix, err := selftest.Run(ctx, cfg)
	if err != nil {
		return err
	}
	if !matrix.Right() {
		*code = report.ExitViolated
	}
	err = matrix.Text(out.stdout)
	if c.JSON != "" {
		err = errors.Join(err, writeMatrix(c.JSON, matrix))
	}
	return err
}

func writeMatrix(path string, matrix selftest.Matrix) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write the matrix: %w", err)
	}
	return errors.Join(matrix.JSON(file), file.Close())
}
