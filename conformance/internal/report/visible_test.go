package report

import (
	"strings"
	"testing"
)

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
