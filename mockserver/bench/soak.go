package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// soakCommand loads the mock for minutes while every one of its bounds is reached.
type soakCommand struct {
	Bin         string        `default:".bin" placeholder:"FOLDER" help:"Where make build put the programs. Default: ${default}."`
	For         time.Duration `default:"5m" help:"How long, from 30s to 2h. Default: ${default}."`
	Connections int           `default:"32" help:"Keep-alive connections. Default: ${default}."`
}

// The bounds, small enough that each is reached within seconds.
const (
	soakAccounts = 100_000
	soakSpaces   = 64
	soakJournal  = "256KiB"
	soakReaders  = 32 // as many as one journal has
)

// flat is how much more memory the last third of a soak may take than the middle one: the measure's own noise.
const flat = 1.05

// Validate is called by kong.
func (c soakCommand) Validate() error {
	if c.For < 30*time.Second || c.For > 2*time.Hour || c.Connections < 2 || c.Connections > 10_000 {
		return fmt.Errorf("--for is from 30s to 2h, --connections from 2 to 10000")
	}
	return nil
}

// Run is called by kong.
func (c soakCommand) Run(ctx context.Context, stdout io.Writer) error {
	mock := mockSubject(c.Bin).with("--max-accounts", fmt.Sprint(soakAccounts), "--max-spaces", fmt.Sprint(soakSpaces),
		"--journal-bytes", soakJournal)
	p, err := mock.start(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	fmt.Fprintf(stdout, "%s\n%d connections for %v; at most %d accounts, %d spaces and %s a journal; %d readers of events that read nothing\n\n",
		machine(), c.Connections, c.For, soakAccounts, soakSpaces, soakJournal, soakReaders)

	ctx, cancel := context.WithTimeout(ctx, c.For)
	defer cancel()
	var under sync.WaitGroup
	failed := make(chan error, 3)
	for _, strain := range []func(context.Context, *url.URL) error{c.fillMain, c.fillSpaces, stallReaders} {
		under.Go(func() {
			defer cancel()
			failed <- strain(ctx, p.base)
		})
	}
	sizes, sampleErr := c.sample(ctx, p, stdout)
	under.Wait()
	close(failed)
	errs := []error{sampleErr}
	for err := range failed {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := atBounds(p.base, stdout); err != nil {
		return err
	}
	third := len(sizes) / 3
	middle, last := slices.Max(sizes[third:2*third]), slices.Max(sizes[2*third:])
	f := compared("resident memory, last third", "B", []float64{last}, "middle third", []float64{middle}, atMost(flat))
	table(stdout, "memory", []figure{f})
	if !f.Met {
		return errMissed
	}
	return nil
}

// fillMain creates in the main mock until it is full, and is refused from then on.
func (c soakCommand) fillMain(_ context.Context, base *url.URL) error {
	_, err := load{
		base: base, connections: c.Connections / 2, time: c.For,
		accepted: []int{http.StatusCreated, http.StatusInsufficientStorage},
	}.run()
	return err
}

// fillSpaces creates in twice as many spaces as there may be, in turn, so that each was evicted before it is met again; were it
// not, its names would be in use, which is an error here.
func (c soakCommand) fillSpaces(ctx context.Context, base *url.URL) error {
	for i := 0; ctx.Err() == nil; i++ {
		space := &url.URL{Host: base.Host, Path: fmt.Sprintf("/~soak-%d%s", i%(2*soakSpaces), base.Path)}
		if _, err := (load{base: space, connections: c.Connections / 2, time: 200 * time.Millisecond}).run(); err != nil {
			return err
		}
	}
	return nil
}

// stallReaders opens streams of events and reads nothing from them; every minute it opens new ones, for by then the server has
// given up on these.
func stallReaders(ctx context.Context, base *url.URL) error {
	request := fmt.Appendf(nil, "GET /__mock/events HTTP/1.1\r\nHost: %s\r\n\r\n", base.Host)
	again := time.NewTicker(time.Minute)
	defer again.Stop()
	for {
		var readers []*connection
		for range soakReaders {
			conn, err := dial(base)
			if err == nil {
				readers = append(readers, conn)
				_, err = conn.Write(request)
			}
			if err != nil {
				return err
			}
		}
		select {
		case <-again.C:
		case <-ctx.Done():
		}
		for _, conn := range readers {
			_ = conn.Close()
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// sample prints what the mock takes, and returns its resident memory, from time to time until ctx is done.
func (c soakCommand) sample(ctx context.Context, p *process, stdout io.Writer) (sizes []float64, err error) {
	begin := time.Now()
	next := time.NewTicker(c.For / 60)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return sizes, nil
		case <-next.C:
		}
		fmt.Fprintf(stdout, "%6.0f s", time.Since(begin).Seconds())
		for _, shown := range []struct{ name, metric, unit string }{
			{"resident", resident, "B"},
			{"heap", "go_memstats_heap_alloc_bytes", "B"},
			{"journals", "mockserver_journal_bytes", "B"},
			{"accounts", "mockserver_accounts", "n"},
			{"spaces", "mockserver_spaces", "n"},
		} {
			value, err := p.gauge(shown.metric)
			if err != nil {
				return sizes, err
			}
			if shown.metric == resident {
				sizes = append(sizes, value)
			}
			fmt.Fprintf(stdout, "  %s %s", shown.name, amount(value, shown.unit))
		}
		fmt.Fprintln(stdout)
	}
}

// atBounds shows what the server says at its bound, and that it still works beside it.
func atBounds(base *url.URL, stdout io.Writer) error {
	conn, err := dial(base)
	if err != nil {
		return err
	}
	defer conn.Close()
	status, answer, err := conn.exchange(createRequest(base, "one-more"))
	if err != nil {
		return err
	}
	if status != http.StatusInsufficientStorage {
		return fmt.Errorf("the mock should be full, but says: %s", answer)
	}
	fmt.Fprintf(stdout, "\nat its bound the mock says:\n%s\n", answer)
	return create(&url.URL{Host: base.Host, Path: "/~fresh" + base.Path}, "one-more")
}
