package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// visible returns text from outside in a form that is safe to show on one line, cut after max bytes.
func visible(s string, max int) string {
	shown, cut := clip([]byte(s), max)
	line := untrusted.Line(string(shown))
	if cut > 0 {
		line += fmt.Sprintf("… (%s more)", byteCount(cut))
	}
	return line
}

// utf8Only returns s with every byte that is not UTF-8 written as \xNN, for formats whose strings are Unicode.
func utf8Only(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var text strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&text, `\x%02x`, s[i])
		} else {
			text.WriteString(s[i : i+size])
		}
		i += size
	}
	return text.String()
}

// clip returns at most max bytes of b, without cutting a character in two, and how many bytes it left out.
func clip(b []byte, max int) (shown []byte, cut int) {
	if len(b) <= max {
		return b, 0
	}
	end := max
	for back := 0; back < utf8.UTFMax-1 && end > 0 && !utf8.RuneStart(b[end]); back++ {
		end--
	}
	return b[:end], len(b) - end
}

// byteCount returns a number of bytes for a reader.
func byteCount(n int) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	default:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
}
