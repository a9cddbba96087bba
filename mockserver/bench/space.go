package main

import (
	"fmt"
	"net/url"
	"time"
)

// space is what a new space costs: the first request to one against another request to one that exists, and what stays.
func (b *bench) space() error {
	const spaces = 5000
	s := b.mock.with("--max-spaces", fmt.Sprint(spaces+1))
	measured, err := byTurns(b.ctx, growthRounds, []subject{s}, func(s subject) (newSpace, error) { return b.newSpaces(s, spaces) })
	if err != nil {
		return err
	}
	var took, resident []float64
	for _, m := range measured[s.name] {
		took, resident = append(took, m.took), append(resident, m.bytes)
	}
	b.add(fmt.Sprintf("a new space (%d of them)", spaces),
		alone("time beyond that of a request", "s", median(took), atMost(50e-6)),
		alone("resident memory", "B", median(resident), atMost(16<<10)),
	)
	return nil
}

// newSpace is what one space takes, in seconds and bytes.
type newSpace struct{ took, bytes float64 }

func (b *bench) newSpaces(s subject, spaces int) (newSpace, error) {
	p, err := s.start(b.ctx)
	if err != nil {
		return newSpace{}, err
	}
	defer p.stop()
	conn, err := dial(p.base)
	if err != nil {
		return newSpace{}, err
	}
	defer conn.Close()
	// The sequence of one connection: what is asked for is a difference of microseconds, which a crowd would hide.
	perRequest := func(first int, space func(i int) string) (float64, error) {
		begin := time.Now()
		for i := first; i < first+spaces; i++ {
			base := &url.URL{Host: p.base.Host, Path: "/~" + space(i) + p.base.Path}
			status, answer, err := conn.exchange(createRequest(base, usedName(i)))
			if err != nil {
				return 0, err
			}
			if status != 201 {
				return 0, fmt.Errorf("unexpected answer: %s", answer)
			}
		}
		return time.Since(begin).Seconds() / float64(spaces), nil
	}
	one := func(int) string { return "one" }
	if _, err := perRequest(0, one); err != nil { // warms up
		return newSpace{}, err
	}
	old, err := perRequest(spaces, one)
	if err != nil {
		return newSpace{}, err
	}
	before, err := p.gauge(resident)
	if err != nil {
		return newSpace{}, err
	}
	fresh, err := perRequest(2*spaces, func(i int) string { return fmt.Sprintf("space-%d", i) })
	if err != nil {
		return newSpace{}, err
	}
	after, err := p.gauge(resident)
	return newSpace{took: fresh - old, bytes: (after - before) / float64(spaces)}, err
}
