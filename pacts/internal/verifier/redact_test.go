package verifier

import (
	"slices"
	"strings"
	"testing"
)

func TestSecretsAndTerminalCommandsDoNotReachTheLog(t *testing.T) {
	var log strings.Builder
	w := newRedactor(&log, slices.Values([]string{`a "quoted" key`, "1"}))
	for _, part := range []string{"header {\"X-Key\": \"a \\\"quo", "ted\\\" key\", \"X-On\": \"1\"}\n",
		"X-Key: a \"quoted\" key \x1b[2J", "::error::x"} {
		if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
	}
	w.Flush()
	want := "header {\"X-Key\": \"[redacted]\", \"X-On\": \"1\"}\nX-Key: [redacted] \\x1b[2J:\\x3aerror:\\x3ax"
	if log.String() != want {
		t.Errorf("got %q\nwant %q", log.String(), want)
	}
}
