package report

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// What a target sent is shown whole, in pieces of which no two alike follow each other, and never obeyed.
func FuzzPieces(f *testing.F) {
	for _, seed := range []string{"", "a", "\xff\xff", "a\x1b[31mb", "\ufeff\u202e\U000e0001", "é\xc3", "\r\n\t\\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		var shown strings.Builder
		last := piece{}
		for i, p := range pieces(sent) {
			if p.Text == "" || i > 0 && p.Escape == last.Escape {
				t.Errorf("%q: the piece %+v follows %+v", sent, p, last)
			}
			if !p.Escape {
				shown.WriteString(p.Text)
			}
			last = p
		}
		if !utf8.ValidString(shown.String()) {
			t.Errorf("%q: shows what is not UTF-8", sent)
		}
		for _, r := range shown.String() {
			if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
				t.Errorf("%q: shows %U", sent, r)
			}
		}
	})
}
