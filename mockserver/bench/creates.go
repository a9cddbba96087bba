package main

import (
	"context"
	"fmt"
	"time"
)

// warmUp is enough for the connections to be open and the code to be paged in.
const warmUp = 500 * time.Millisecond

// sample is what one round of a load tells of a subject.
type sample struct {
	perSecond, p50, p99 float64 // times in seconds
	// cpu is the server's own CPU time per request in seconds, its start left out, and mallocs the objects that it allocated per
	// request; 0 for a server that was running already.
	cpu, mallocs float64
}

// loaded starts the subject, puts it under load, and stops it. What starting it costs is not part of its CPU time.
func loaded(ctx context.Context, s subject, l load, startCPU time.Duration) (sample, error) {
	p, err := s.start(ctx)
	if err != nil {
		return sample{}, err
	}
	defer p.stop()
	l.base = p.base
	var before, after float64
	if p.cmd != nil {
		if before, err = p.gauge("go_memstats_mallocs_total"); err != nil {
			return sample{}, err
		}
	}
	outcome, err := l.run()
	if err != nil {
		return sample{}, err
	}
	measured := sample{
		perSecond: outcome.perSecond,
		p50:       outcome.quantile(.5).Seconds(),
		p99:       outcome.quantile(.99).Seconds(),
	}
	if p.cmd != nil {
		if after, err = p.gauge("go_memstats_mallocs_total"); err != nil {
			return sample{}, err
		}
		measured.mallocs = (after - before) / float64(outcome.requests)
		measured.cpu = (p.stop() - startCPU).Seconds() / float64(outcome.requests)
	}
	return measured, nil
}

// loads measures subjects under a load, by turns.
func (b *bench) loads(rounds int, l load, subjects ...subject) (map[string][]sample, error) {
	starts := map[string]time.Duration{}
	for _, s := range subjects {
		cpu, err := startCPU(b.ctx, s)
		if err != nil {
			return nil, err
		}
		starts[s.name] = cpu
	}
	return byTurns(b.ctx, rounds, subjects, func(s subject) (sample, error) { return loaded(b.ctx, s, l, starts[s.name]) })
}

// startCPU is the CPU time that starting a subject takes.
func startCPU(ctx context.Context, s subject) (time.Duration, error) {
	var took []float64
	for range 5 {
		p, err := s.start(ctx)
		if err != nil {
			return 0, err
		}
		took = append(took, float64(p.stop()))
	}
	return time.Duration(median(took)), nil
}

// column picks one value out of every round.
func column(samples []sample, pick func(sample) float64) []float64 {
	values := make([]float64, len(samples))
	for i, sample := range samples {
		values[i] = pick(sample)
	}
	return values
}

func perSecond(s sample) float64 { return s.perSecond }
func p50(s sample) float64       { return s.p50 }
func p99(s sample) float64       { return s.p99 }
func cpu(s sample) float64       { return s.cpu }
func mallocs(s sample) float64   { return s.mallocs }

// creates is the load that counts: every request a new name, as fast as the answers come.
func (b *bench) creates() error {
	subjects := append([]subject{b.mock, b.nethttp, b.fasthttp}, b.others...)
	measured, err := b.loads(b.Rounds, load{connections: b.Connections, warmUp: warmUp, time: b.Time}, subjects...)
	if err != nil {
		return err
	}
	mock, bare := measured["mock"], measured["net/http"]
	against := func(name, unit string, pick func(sample) float64, other string, target *target) figure {
		return compared(name, unit, column(mock, pick), other, column(measured[other], pick), target)
	}
	b.add(fmt.Sprintf("creates, every one a new name, %d connections as fast as the answers come (median of %d rounds)",
		b.Connections, len(bare)),
		against("throughput", "/s", perSecond, "net/http", atLeast(.95)),
		against("latency p50", "s", p50, "net/http", nil),
		against("latency p99", "s", p99, "net/http", atMost(1.1)),
		against("server CPU per request", "s", cpu, "net/http", atMost(1.10)),
		against("allocations per request", "", mallocs, "net/http", nil),
	)
	record := []figure{
		against("throughput", "/s", perSecond, "fasthttp", nil),
		against("latency p99", "s", p99, "fasthttp", nil),
		against("server CPU per request", "s", cpu, "fasthttp", nil),
	}
	for _, other := range b.others {
		record = append(record,
			against("throughput", "/s", perSecond, other.name, nil),
			against("latency p50", "s", p50, other.name, nil),
			against("latency p99", "s", p99, other.name, nil))
	}
	b.add("the same, for the record", record...)
	for name, samples := range measured {
		b.benchstat("Creates/server="+name, samples)
	}
	return nil
}

// least is what the bare server costs with the least of what the mock does: it bounds what a mock on net/http can reach.
func (b *bench) least() error {
	cors, names := b.nethttp.with("-cors"), b.nethttp.with("-cors", "-remember")
	cors.name, names.name = "with CORS", "with CORS and names"
	measured, err := b.loads(b.Rounds, load{connections: b.Connections, warmUp: warmUp, time: b.Time}, b.nethttp, cors, names)
	if err != nil {
		return err
	}
	bare := measured["net/http"]
	for _, subject := range []subject{cors, names} {
		samples := measured[subject.name]
		b.add("the bare server "+subject.name+", as fast as the answers come",
			compared("throughput", "/s", column(samples, perSecond), "net/http", column(bare, perSecond), nil),
			compared("latency p99", "s", column(samples, p99), "net/http", column(bare, p99), nil),
			compared("server CPU per request", "s", column(samples, cpu), "net/http", column(bare, cpu), nil),
		)
	}
	return nil
}

// benchstat notes every round as a line that benchstat reads.
func (b *bench) benchstat(name string, samples []sample) {
	for _, s := range samples {
		fmt.Fprintf(&b.rounds, "Benchmark%s 1 %.0f req/s %.0f p50-ns %.0f p99-ns", name, s.perSecond, 1e9*s.p50, 1e9*s.p99)
		if s.cpu > 0 {
			fmt.Fprintf(&b.rounds, " %.0f cpu-ns/req %.2f allocs/req", 1e9*s.cpu, s.mallocs)
		}
		fmt.Fprintln(&b.rounds)
	}
}

// paced is latency where neither server is at its limit: requests come at a rate that both can take.
func (b *bench) paced() error {
	measured, err := b.loads(b.Rounds, load{connections: b.Connections, rate: b.Rate, warmUp: warmUp, time: b.Time}, b.mock, b.nethttp)
	if err != nil {
		return err
	}
	mock, bare := measured["mock"], measured["net/http"]
	b.add(fmt.Sprintf("creates at %.0f a second over %d connections, waiting for a busy connection included", b.Rate, b.Connections),
		compared("throughput", "/s", column(mock, perSecond), "net/http", column(bare, perSecond), nil),
		compared("latency p50", "s", column(mock, p50), "net/http", column(bare, p50), nil),
		compared("latency p99", "s", column(mock, p99), "net/http", column(bare, p99), atMost(1.1)),
		compared("server CPU per request", "s", column(mock, cpu), "net/http", column(bare, cpu), nil),
	)
	for name, samples := range measured {
		b.benchstat("Paced/server="+name, samples)
	}
	return nil
}

// start is from starting the program to the first 201.
func (b *bench) start() error {
	measured, err := byTurns(b.ctx, 3*b.Rounds, []subject{b.mock, b.nethttp}, func(s subject) (float64, error) {
		begin := time.Now()
		p, err := s.start(b.ctx)
		if err != nil {
			return 0, err
		}
		defer p.stop()
		err = create(p.base, "first")
		return time.Since(begin).Seconds(), err
	})
	if err != nil {
		return err
	}
	b.add("start of the built program",
		compared("to the first 201", "s", measured["mock"], "net/http", measured["net/http"], atMost(1.5)))
	return nil
}

// connections shows how the figures change with the number of connections.
func (b *bench) connections() error {
	for _, connections := range []int{1, 256} {
		measured, err := b.loads(growthRounds, load{connections: connections, warmUp: warmUp, time: b.Time}, b.mock, b.nethttp)
		if err != nil {
			return err
		}
		mock, bare := measured["mock"], measured["net/http"]
		b.add(fmt.Sprintf("creates over %d connections", connections),
			compared("throughput", "/s", column(mock, perSecond), "net/http", column(bare, perSecond), nil),
			compared("latency p50", "s", column(mock, p50), "net/http", column(bare, p50), nil),
			compared("latency p99", "s", column(mock, p99), "net/http", column(bare, p99), nil),
			compared("server CPU per request", "s", column(mock, cpu), "net/http", column(bare, cpu), nil),
		)
	}
	return nil
}
