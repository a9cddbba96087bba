package report

import (
	"strings"
	"testing"
)

func TestVisible(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"plain ünïcode 漢字 🙂", "plain ünïcode 漢字 🙂"},
		{"a\x00b\x1b[2Jc\x7f", `a\x00b\x1b[2Jc\x7f`},
		{"line\r\nfeed\ttab", `line\r\nfeed\ttab`},
		{"\xe9t\xe9", `\xe9t\xe9`},
		{"\ufeff{}", `\ufeff{}`},
		{"left\u202eright\u200b", `left\u202eright\u200b`},
		{"\U000e0041", `\U000e0041`},
		{"::error::x ##[y]", `:\x3aerror:\x3ax #\x23[y]`},
		{"\ufffd", "\ufffd"}, // sent as such, and not a byte that is not UTF-8
		{"", ""},
	} {
		if got := visible(test.text, 1000); got != test.want {
			t.Errorf("visible(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}

func TestVisibleSaysHowMuchItCuts(t *testing.T) {
	if got, want := visible(strings.Repeat("x", 3000), 10), "xxxxxxxxxx… (2.9 KiB more)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestClipDoesNotCutACharacterInTwo(t *testing.T) {
	for max := range 7 {
		shown, cut := clip([]byte("aé漢"), max)
		if len(shown)+cut != 6 || strings.ToValidUTF8(string(shown), "") != string(shown) || len(shown) > max {
			t.Errorf("max %d: %q and %d bytes", max, shown, cut)
		}
	}
	if shown, _ := clip([]byte("\x80\x80\x80\x80\x80\x80"), 5); len(shown) < 2 {
		t.Errorf("of bytes that are not UTF-8 only %q is left", shown)
	}
}

func TestUTF8Only(t *testing.T) {
	if got, want := utf8Only("caf\xe9 \u202e漢"), "caf\\xe9 \u202e漢"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
