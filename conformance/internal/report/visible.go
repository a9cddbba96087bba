package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// piece is text that can be shown as it is, or an escape that stands for a byte or character that cannot.
type piece struct {
	Text   string
	Escape bool
}

// pieces splits what a target sent into pieces. Whatever a terminal or a page would hide, obey or reorder (control characters,
// byte order marks, bidirectional marks, bytes that are not UTF-8) becomes an escape; line feeds and tabs stay.
func pieces(b []byte) []piece {
	var found []piece
	var text strings.Builder
	escaped := false // what text holds
	end := func() {
		if text.Len() > 0 {
			found = append(found, piece{text.String(), escaped})
			text.Reset()
		}
	}
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		escape := escapeOf(r, size, b[i])
		if (escape != "") != escaped {
			end()
			escaped = !escaped
		}
		if escaped {
			text.WriteString(escape)
		} else {
			text.Write(b[i : i+size])
		}
		i += size
	}
	end()
	return found
}

// escapeOf returns how to show a rune that cannot be shown as it is, and "" for any other. A rune of size 1 that is
// utf8.RuneError is a byte that is not UTF-8.
func escapeOf(r rune, size int, first byte) string {
	switch {
	case r == utf8.RuneError && size == 1:
		return fmt.Sprintf(`\x%02x`, first)
	case r == '\n', r == '\t', unicode.IsPrint(r):
		return ""
	case r == '\r':
		return `\r`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r > 0xffff:
		return fmt.Sprintf(`\U%08x`, r)
	default:
		return fmt.Sprintf(`\u%04x`, r)
	}
}

// visible returns text from outside in a form that is safe to show on one line, cut after max bytes.
func visible(s string, max int) string {
	shown, cut := clip([]byte(s), max)
	line := strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(visibleLines(shown))
	if cut > 0 {
		line += fmt.Sprintf("… (%s more)", byteCount(cut))
	}
	return line
}

// visibleLines is visible for text that may have several lines.
func visibleLines(b []byte) string {
	var text strings.Builder
	for _, p := range pieces(b) {
		text.WriteString(p.Text)
	}
	return text.String()
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
