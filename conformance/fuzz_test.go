package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every line of a list of known failures is an id, a comment or nothing.
func FuzzReadKnownFailing(f *testing.F) {
	for _, seed := range []string{"# all\ncreated.status # issue 7\n", "\r\n a \r\n", "#", "a\x00b\n\n",
		"\ufeffcreated.status", strings.Repeat("a", 70_000)} {
		f.Add(seed)
	}
	file := filepath.Join(f.TempDir(), "known")
	f.Fuzz(func(t *testing.T, content string) {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		ids, err := readKnownFailing(file)
		if err != nil {
			return
		}
		if len(ids) > strings.Count(content, "\n")+1 {
			t.Errorf("%q holds the ids %q", content, ids)
		}
		for _, id := range ids {
			if id == "" || strings.TrimSpace(id) != id || strings.ContainsAny(id, "#\n") {
				t.Errorf("%q holds the id %q", content, id)
			}
		}
	})
}

// Headers are read or refused; an error never repeats a value, which may be a secret.
func FuzzReadHeader(f *testing.F) {
	for _, seed := range []string{"Authorization: Bearer x", "A: 1\nB: 2\r\n", "no colon", ": x", "A:\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.HasPrefix(text, "@") {
			return // a file
		}
		header, err := readHeader([]string{text})
		if err != nil {
			if len(text) > 20 && strings.Contains(err.Error(), text) {
				t.Errorf("the error repeats %q", text)
			}
			return
		}
		for name, values := range header {
			for _, value := range values {
				if strings.ContainsAny(name+value, "\n") || strings.TrimSpace(value) != value {
					t.Errorf("%q: %q has the value %q", text, name, value)
				}
			}
		}
	})
}
