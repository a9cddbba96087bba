package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// growthRounds is how often each pair is measured where the question is how a figure grows.
const growthRounds = 3

const resident = "process_resident_memory_bytes"

// usedName is the i-th name that is in use from the start: 16 bytes, in no order.
func usedName(i int) string { return fmt.Sprintf("%016x", (uint64(i)+1)*0x9E3779B97F4A7C15) } // odd, so no two are the same

// namesFile writes a file of names for --names-file and returns its path.
func (b *bench) namesFile(names int) (path string, err error) {
	path = filepath.Join(b.folder, fmt.Sprintf("%d-names", names))
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	buffered := bufio.NewWriter(file)
	for i := range names {
		_, _ = buffered.WriteString(usedName(i) + "\n") // Flush has its error
	}
	return path, errors.Join(buffered.Flush(), file.Close())
}

// ready is what starting a subject takes until it says that it is ready, in seconds, and the memory that it then resides in.
type ready struct{ took, bytes float64 }

func (b *bench) readiness(s subject) (ready, error) {
	begin := time.Now()
	p, err := s.start(b.ctx)
	if err != nil {
		return ready{}, err
	}
	defer p.stop()
	took := time.Since(begin).Seconds()
	if err := create(p.base, "first"); err != nil {
		return ready{}, err
	}
	bytes, err := p.gauge(resident)
	return ready{took, bytes}, err
}

// preload is the mock with names in use from the start: loading them, holding them, and creating others beside them.
func (b *bench) preload() error {
	roomy := b.mock.with("--max-accounts", fmt.Sprint(slices.Max(b.Names)+10_000_000))
	roomy.name = "empty"
	for _, names := range b.Names {
		path, err := b.namesFile(names)
		if err != nil {
			return err
		}
		full := roomy.with("--names-file", path)
		full.name = "full"
		if err := b.inUse(full, names); err != nil {
			return err
		}
		measured, err := byTurns(b.ctx, growthRounds, []subject{full, roomy}, b.readiness)
		if err != nil {
			return err
		}
		var loads, sizes []float64
		for i, full := range measured["full"] {
			empty := measured["empty"][i]
			loads = append(loads, full.took)
			sizes = append(sizes, (full.bytes-empty.bytes)/float64(names))
		}
		rounds := growthRounds
		var loadTarget, sizeTarget, paceTarget *target
		if names == 1_000_000 {
			rounds = b.Rounds
			loadTarget, sizeTarget, paceTarget = atMost(1), atMost(100), atLeast(.95)
		}
		rates, err := b.loads(rounds, load{connections: b.Connections, warmUp: warmUp, time: b.Time}, full, roomy)
		if err != nil {
			return err
		}
		b.add(fmt.Sprintf("%d preloaded names of 16 bytes", names),
			alone("start to ready", "s", median(loads), loadTarget),
			alone("resident bytes per name", "B", median(sizes), sizeTarget),
			compared("creates beside them", "/s", column(rates["full"], perSecond), "none preloaded", column(rates["empty"], perSecond), paceTarget),
			compared("latency p99", "s", column(rates["full"], p99), "none preloaded", column(rates["empty"], p99), nil),
		)
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}

// inUse makes sure that the first and the last of the names really are in use, for a fast load of nothing is no figure.
func (b *bench) inUse(s subject, names int) error {
	p, err := s.start(b.ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	conn, err := dial(p.base)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, i := range []int{0, names - 1} {
		status, answer, err := conn.exchange(createRequest(p.base, usedName(i)))
		if err != nil {
			return err
		}
		if status != http.StatusConflict {
			return fmt.Errorf("the preloaded name %s got %s", usedName(i), answer)
		}
	}
	return nil
}

// created is the mock with a million accounts that were created while it ran, which are kept otherwise than preloaded ones.
func (b *bench) created() error {
	const million, batch = 1_000_000, 100_000
	measured, err := byTurns(b.ctx, growthRounds, []subject{b.mock}, func(s subject) ([]sample, error) {
		p, err := s.start(b.ctx)
		if err != nil {
			return nil, err
		}
		defer p.stop()
		measure := func() (sample, error) {
			outcome, err := load{base: p.base, connections: b.Connections, warmUp: warmUp, time: b.Time}.run()
			if err != nil {
				return sample{}, err
			}
			return sample{perSecond: outcome.perSecond, p99: outcome.quantile(.99).Seconds()}, nil
		}
		before, err := measure()
		if err != nil {
			return nil, err
		}
		if err := p.control(http.MethodPost, "reset", nil); err != nil {
			return nil, err
		}
		for from := 0; from < million; from += batch {
			if err := p.control(http.MethodPost, "accounts", accounts(from, batch)); err != nil {
				return nil, err
			}
		}
		after, err := measure()
		return []sample{before, after}, err
	})
	if err != nil {
		return err
	}
	var before, after []sample
	for _, pair := range measured["mock"] {
		before, after = append(before, pair[0]), append(after, pair[1])
	}
	b.add("a million created accounts",
		compared("creates beside them", "/s", column(after, perSecond), "none", column(before, perSecond), nil),
		compared("latency p99", "s", column(after, p99), "none", column(before, p99), nil),
	)
	return nil
}

// accounts is a body for POST accounts.
func accounts(from, count int) []byte {
	body := []byte("[")
	for i := range count {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"name":%q}`, usedName(from+i))
	}
	return append(body, ']')
}

// control calls the mock's control API.
func (p *process) control(method, path string, body []byte) error {
	at := p.base.ResolveReference(&url.URL{Path: "/__mock/" + path})
	request, err := http.NewRequest(method, at.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, at, answer.Status)
	}
	return nil
}

// journal shows what a larger journal costs. The warm-up fills all but the largest.
func (b *bench) journal() error {
	const fill = 5 * time.Second
	small := b.mock.with("--journal-bytes", "64KiB")
	small.name = "64KiB"
	for _, size := range []string{"4MiB", "64MiB"} {
		large := b.mock.with("--journal-bytes", size)
		large.name = size
		measured, err := b.loads(growthRounds, load{connections: b.Connections, warmUp: fill, time: b.Time}, large, small)
		if err != nil {
			return err
		}
		big, little := measured[size], measured["64KiB"]
		b.add("a journal of "+size+", full as far as "+fill.String()+" can fill it",
			compared("throughput", "/s", column(big, perSecond), "64KiB", column(little, perSecond), nil),
			compared("latency p99", "s", column(big, p99), "64KiB", column(little, p99), nil),
			compared("server CPU per request", "s", column(big, cpu), "64KiB", column(little, cpu), nil),
		)
	}
	return nil
}
