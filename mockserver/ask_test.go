package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What a server says is printed, never obeyed: it can neither forge a line nor command a terminal or a CI system.
func TestAnswersOfHostileServersAreEscaped(t *testing.T) {
	t.Parallel()
	evil := "http://x\nready: http://forged\r\x1b]0;title\a\x1b[31m\u202e::error::x"
	for name, answer := range map[string]map[string]any{
		"ready":    {"service": "mockserver", "status": "ready", "base_url": evil},
		"status":   {"service": "mockserver", "status": evil},
		"service":  {"service": evil},
		"a detail": {"detail": evil},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if answer["detail"] != nil {
				w.WriteHeader(http.StatusNotFound)
			}
			_ = json.NewEncoder(w).Encode(answer)
		}))
		for _, command := range []string{"health", "coverage"} {
			_, stdout, stderr := try(command, server.URL)
			if out := stdout + stderr; strings.Count(out, "\n") != 1 || strings.ContainsAny(out, "\x1b\a\r\u202e") ||
				strings.Contains(out, "::error") {
				t.Errorf("%s of %s prints %q", command, name, out)
			}
		}
		server.Close()
	}
}

func TestEndlessAnswersEnd(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write([]byte(strings.Repeat(" ", 1<<16))); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	if code, _, stderr := try("health", server.URL); code != exitFailed ||
		!strings.Contains(stderr, "is no mockserver") {
		t.Errorf("%d %q, want 1 and a reason", code, stderr)
	}
}
