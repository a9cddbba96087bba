package report

import (
	"bytes"
	"strings"
	"testing"
)

func TestProgressOnATerminalIsOneLine(t *testing.T) {
	var out bytes.Buffer
	line := NewProgressLine(&out, true)
	line.Show(Progress{Done: 1, Total: 2, Current: "a-long-clause-id"})
	line.Show(Progress{Done: 2, Total: 2, Failed: 1, Current: "short"})
	line.Close()
	if strings.Contains(out.String(), "\n") {
		t.Errorf("%q has a line feed", out.String())
	}
	shown := strings.Split(out.String(), "\r")[1:]
	if len(shown) != 4 || shown[3] != "" {
		t.Fatalf("%q", shown)
	}
	if want := "[==========          ] 1 of 2 requests: a-long-clause-id"; shown[0] != want {
		t.Errorf("%q, want %q", shown[0], want)
	}
	want := "[====================] 2 of 2 requests, 1 clause violated: short"
	if strings.TrimRight(shown[1], " ") != want {
		t.Errorf("%q, want %q", shown[1], want)
	}
	if len(shown[1]) < len(shown[0]) {
		t.Errorf("%q leaves the end of %q on the screen", shown[1], shown[0])
	}
	if strings.TrimSpace(shown[2]) != "" || len(shown[2]) < len(strings.TrimRight(shown[1], " ")) {
		t.Errorf("%q does not clear the line", shown[2])
	}
}

func TestProgressLineNeverWraps(t *testing.T) {
	var out bytes.Buffer
	NewProgressLine(&out, true).Show(Progress{Done: 1, Total: 2, Current: strings.Repeat("x", 500)})
	if out.Len() > 80 {
		t.Errorf("%d bytes", out.Len())
	}
}

func TestProgressElsewhereIsAFewPlainLines(t *testing.T) {
	var out bytes.Buffer
	line := NewProgressLine(&out, false)
	for done := range 101 {
		failed := 0
		if done >= 55 {
			failed = 1
		}
		line.Show(Progress{Done: done, Total: 100, Failed: failed, Current: "x"})
	}
	line.Close()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 11 || lines[5] != "55 of 100 requests, 1 clause violated: x" ||
		lines[10] != "100 of 100 requests, 1 clause violated: x" {
		t.Errorf("%q", lines)
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Errorf("%q has control characters", out.String())
	}
}

func TestProgressOfNothing(t *testing.T) {
	var out bytes.Buffer
	line := NewProgressLine(&out, false)
	line.Show(Progress{})
	line.Show(Progress{Done: 3})
	line.Close()
	if out.Len() > 0 {
		t.Errorf("%q", out.String())
	}
}
