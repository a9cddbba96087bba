package report

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// Progress is how far a run is.
type Progress struct {
	// Done and Total count requests, and Failed the clauses that are violated so far.
	Done, Total, Failed int
	// Current is the id of the clause that the last request was for.
	Current string
}

// ProgressLine shows the progress of a run while it lasts. Its methods may be called from several goroutines.
type ProgressLine struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	last     Progress
	width    int // of the line on the terminal, in bytes
}

// progressWidth fits the narrowest usual terminal, since a line that wraps cannot be overwritten.
const progressWidth = 79

// NewProgressLine shows progress on w: as one line that is rewritten when w is a terminal, otherwise as plain lines,
// one for each tenth of the run and each failure.
func NewProgressLine(w io.Writer, terminal bool) *ProgressLine {
	return &ProgressLine{w: w, terminal: terminal}
}

// Show shows p. What cannot be written is not worth failing a run for, so errors are ignored.
func (l *ProgressLine) Show(p Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.terminal:
		l.rewrite(bar(p) + " " + p.text())
	case p.Failed > l.last.Failed, tenth(p) > tenth(l.last):
		fmt.Fprintln(l.w, p.text())
	}
	l.last = p
}

// Close takes the line off the terminal, so that what follows starts on an empty one.
func (l *ProgressLine) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.terminal && l.width > 0 {
		l.rewrite("")
		fmt.Fprint(l.w, "\r")
	}
}

// rewrite pads with spaces rather than erase with an escape, which not every Windows console obeys.
func (l *ProgressLine) rewrite(line string) {
	line = line[:min(len(line), progressWidth)]
	fmt.Fprint(l.w, "\r"+line+strings.Repeat(" ", max(0, l.width-len(line))))
	l.width = len(line)
}

func (p Progress) text() string {
	text := fmt.Sprintf("%d of %s", p.Done, plural(p.Total, "request"))
	if p.Failed > 0 {
		text += fmt.Sprintf(", %s violated", plural(p.Failed, "clause"))
	}
	if p.Current != "" {
		text += ": " + p.Current
	}
	return text
}

// tenth returns how many tenths of the run are done.
func tenth(p Progress) int {
	if p.Total <= 0 {
		return 0
	}
	return 10 * min(p.Done, p.Total) / p.Total
}

func bar(p Progress) string {
	done := 2 * tenth(p)
	return "[" + strings.Repeat("=", done) + strings.Repeat(" ", 20-done) + "]"
}
