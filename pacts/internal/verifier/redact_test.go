package verifier

import (
	"strings"
	"testing"
)

func TestSecretsAreNotLogged(t *testing.T) {
	j := job{Token: "the-token", Username: "ci", Password: "pass word", Headers: []header{{"X-Key", "the-key"}, {"X-Short", "on"}, {"X-Quote", `a"b\c`}}}
	var out strings.Builder
	log := newRedactor(&out, j.secrets())
	for _, part := range []string{"Bearer the-", "token on\nBasic Y2k6cGFzcyB3b3Jk, pass word\n", "the-key", ` "a\"b\\c"`} {
		if n, err := log.Write([]byte(part)); n != len(part) || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
	}
	log.Flush()
	if want := "Bearer [redacted] on\nBasic [redacted], [redacted]\n[redacted] \"[redacted]\""; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
