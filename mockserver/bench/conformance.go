package main

import (
	"fmt"
	"os/exec"
	"time"
)

// conformance is the wall time of a whole conformance run against the mock.
func (b *bench) conformance() error {
	delayed := b.mock.with("--latency", "100ms")
	delayed.name = "delayed"
	measured, err := byTurns(b.ctx, growthRounds, []subject{b.mock, delayed}, func(s subject) (float64, error) {
		p, err := s.start(b.ctx)
		if err != nil {
			return 0, err
		}
		defer p.stop()
		begin := time.Now()
		run := exec.CommandContext(b.ctx, executable(b.Bin, "conformance"), "--url", p.base.String())
		if output, err := run.CombinedOutput(); err != nil {
			return 0, fmt.Errorf("%w\n%s", err, output)
		}
		return time.Since(begin).Seconds(), nil
	})
	if err != nil {
		return err
	}
	b.add("a whole conformance run, from start to exit of the program",
		alone("against the mock", "s", median(measured["mock"]), atMost(1)),
		alone("with answers delayed by 100 ms", "s", median(measured["delayed"]), atMost(5)),
	)
	return nil
}
