package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/suite"
)

// plainEvery is how often a line is printed where no live line can be.
const plainEvery = 5 * time.Second

// progress shows how far a run is: one live line on a terminal, now and then a line elsewhere.
type progress struct {
	w        io.Writer
	terminal bool
	mu       sync.Mutex
	last     time.Time
	shown    bool
}

func newProgress(w io.Writer) *progress {
	return &progress{w: w, terminal: isTerminal(w), last: time.Now()}
}

// show says that something happened; unit is what is counted.
func (p *progress) show(done, total int, unit, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	every := plainEvery
	if p.terminal {
		every = 50 * time.Millisecond // more often only costs time
	}
	if time.Since(p.last) < every {
		return
	}
	p.last, p.shown = time.Now(), true
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%d of %d %s  %s", done, total, unit, what)
	} else {
		fmt.Fprintf(p.w, "conformance: %d of %d %s\n", done, total, unit)
	}
}

// requests shows the progress of the suite.
func (p *progress) requests(now suite.Progress) {
	p.show(now.Requests, now.Planned, "requests", now.Clause)
}

// end removes the live line.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal && p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
