package verifier

import (
	"bytes"
	"io"
	"iter"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// redactor writes whole lines to w, without secrets and without what a terminal would obey: the native library's log
// repeats whatever it was told.
type redactor struct {
	w       io.Writer
	replace *strings.Replacer
	line    bytes.Buffer
}

// minSecret is the length from which a value counts as a secret; taking out shorter ones would spoil the log and hide
// nothing.
const minSecret = 4

// escaped is how the native library prints a text within quotes.
var escaped = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func newRedactor(w io.Writer, secrets iter.Seq[string]) *redactor {
	var pairs []string
	for secret := range secrets {
		if len(secret) >= minSecret {
			pairs = append(pairs, secret, "[redacted]", escaped.Replace(secret), "[redacted]")
		}
	}
	return &redactor{w: w, replace: strings.NewReplacer(pairs...)}
}

// Write never reports a short write: what is no whole line yet is kept for later.
func (r *redactor) Write(p []byte) (int, error) {
	r.line.Write(p)
	end := bytes.LastIndexByte(r.line.Bytes(), '\n') + 1
	if err := r.write(r.line.Next(end)); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (r *redactor) write(lines []byte) error {
	_, err := io.WriteString(r.w, untrusted.Text([]byte(r.replace.Replace(string(lines)))))
	return err
}

// Flush writes the last line, if it did not end.
func (r *redactor) Flush() { _ = r.write(r.line.Next(r.line.Len())) }
