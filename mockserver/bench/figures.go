package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// figuresCommand measures what it is asked for.
type figuresCommand struct {
	Bin         string            `default:".bin" placeholder:"FOLDER" help:"Where make build put the programs, and make bench the bare servers, below bench. Default: ${default}."`
	Only        []string          `placeholder:"PART" help:"Measure only these parts: creates, least, paced, start, preload, created, connections, journal, space, conformance."`
	Rounds      int               `default:"9" help:"How often each pair is measured. Default: ${default}."`
	Time        time.Duration     `default:"2s" help:"How long a load is measured in each round, up to a minute. Default: ${default}."`
	Connections int               `default:"32" help:"Keep-alive connections of a load. Default: ${default}."`
	Rate        float64           `default:"10000" help:"Requests a second of the paced load. Default: ${default}."`
	Names       []int             `default:"1000,100000,1000000,10000000" help:"How many names to preload. Default: ${default}."`
	Target      map[string]string `placeholder:"NAME=BASE-URL" help:"Put another server that runs on this machine next to the mock in creates, such as Prism or Mockoon; repeatable. It gets the same requests."`
	JSON        string            `name:"json" placeholder:"FILE" help:"Write the figures as JSON too."`
	Benchstat   string            `placeholder:"FILE" help:"Write every round of creates as a line for benchstat too."`
}

// bench is a run of figuresCommand.
type bench struct {
	figuresCommand
	ctx    context.Context
	stdout io.Writer
	folder string // for files that the mock reads; removed at the end

	mock, nethttp, fasthttp subject
	others                  []subject

	figures []figure
	rounds  strings.Builder // for benchstat
}

// part is a group of figures.
type part struct {
	name    string
	measure func(*bench) error
}

var parts = []part{
	{"creates", (*bench).creates},
	{"least", (*bench).least},
	{"paced", (*bench).paced},
	{"start", (*bench).start},
	{"preload", (*bench).preload},
	{"created", (*bench).created},
	{"connections", (*bench).connections},
	{"journal", (*bench).journal},
	{"space", (*bench).space},
	{"conformance", (*bench).conformance},
}

// Validate is called by kong.
func (c figuresCommand) Validate() error {
	for _, name := range c.Only {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.name == name }) {
			return fmt.Errorf("there is no part %q; see --help", name)
		}
	}
	if len(c.Names) == 0 || slices.Min(c.Names) < 1 {
		return errors.New("--names are numbers above 0")
	}
	if c.Rounds < 1 || c.Connections < 1 || c.Connections > 10_000 || c.Rate <= 0 || c.Time <= 0 || c.Time > time.Minute {
		return errors.New("--rounds, --connections, --rate and --time are above 0, connections at most 10000 and time at most 1m")
	}
	return nil
}

// Run is called by kong.
func (c figuresCommand) Run(ctx context.Context, stdout io.Writer) error {
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	bare := filepath.Join(c.Bin, "bench")
	b := &bench{
		figuresCommand: c, ctx: ctx, stdout: stdout, folder: folder,
		mock:     mockSubject(c.Bin),
		nethttp:  subject{name: "net/http", command: []string{executable(bare, "nethttp")}},
		fasthttp: subject{name: "fasthttp", command: []string{executable(bare, "fasthttp")}},
	}
	if err := b.addOthers(); err != nil {
		return err
	}
	fmt.Fprintln(stdout, machine())
	for _, part := range parts {
		if len(c.Only) > 0 && !slices.Contains(c.Only, part.name) {
			continue
		}
		if err := part.measure(b); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return b.finish()
}

// mockSubject is the mock as it is started by default, but for its port.
func mockSubject(bin string) subject {
	return subject{name: "mock", command: []string{executable(bin, "mockserver"), "--listen", "127.0.0.1:0"}}
}

func (b *bench) addOthers() error {
	for name, text := range b.Target {
		base, err := url.Parse(strings.TrimSuffix(text, "/"))
		if err != nil {
			return err
		}
		if err := loopback(base); err != nil {
			return err
		}
		b.others = append(b.others, subject{name: name, base: base})
	}
	slices.SortFunc(b.others, func(x, y subject) int { return strings.Compare(x.name, y.name) })
	return nil
}

// add prints figures and keeps them.
func (b *bench) add(title string, figures ...figure) {
	table(b.stdout, title, figures)
	b.figures = append(b.figures, figures...)
}

func (b *bench) finish() error {
	var errs []error
	if b.JSON != "" {
		errs = append(errs, writeJSON(b.JSON, b.figures))
	}
	if b.Benchstat != "" {
		errs = append(errs, os.WriteFile(b.Benchstat, []byte(b.rounds.String()), 0o644))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	targets, met := 0, 0
	for _, f := range b.figures {
		if f.Target != nil {
			targets++
			if f.Met {
				met++
			}
		}
	}
	fmt.Fprintf(b.stdout, "\n%d of %d targets met\n", met, targets)
	if met < targets {
		return errMissed
	}
	return nil
}

// byTurns measures subjects in rounds: forwards, then backwards, and so on, so that neither is always the first.
func byTurns[T any](ctx context.Context, rounds int, subjects []subject, measure func(subject) (T, error)) (map[string][]T, error) {
	measured := map[string][]T{}
	subjects = slices.Clone(subjects)
	for range rounds {
		for _, subject := range subjects {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			value, err := measure(subject)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", subject.name, err)
			}
			measured[subject.name] = append(measured[subject.name], value)
		}
		slices.Reverse(subjects)
	}
	return measured, nil
}
