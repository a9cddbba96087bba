package endpoint

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// maxText is how long a name or a privacy setting can be that comes from a configuration or the control API, in bytes:
// what a request has for all its headers unless --max-header-bytes says otherwise.
const maxText = 64 << 10

// CheckName reports why no request can create an account of this name; nil when one can. The page is silent on what a
// name may hold; see the assumption non-ascii-names.
func CheckName(name string) error {
	if err := checkText(name); err != nil {
		return fmt.Errorf("the name %s %w", untrusted.Quote(name), err)
	}
	return nil
}

// checkText reports why no request can have this text as its Username or Privacy; the error continues a sentence about
// it.
func checkText(text string) error {
	if text == "" {
		return errors.New("is empty")
	}
	if len(text) > maxText {
		return fmt.Errorf("has %d bytes, more than the %d that a request has for its headers", len(text), maxText)
	}
	if !utf8.ValidString(text) {
		return errors.New("is not UTF-8")
	}
	for i, c := range text {
		if unicode.IsControl(c) {
			return fmt.Errorf("has the control character %U at byte %d", c, i+1)
		}
	}
	// HTTP trims these off a header's value (RFC 9110, section 5.5), so no request could carry them.
	if strings.Trim(text, " ") != text {
		return errors.New("begins or ends with a space, which HTTP trims")
	}
	return nil
}

// decode reads a header value as UTF-8 and, when it is not that, as ISO-8859-1, which is what a browser's fetch sends.
func decode(value string) string {
	if utf8.ValidString(value) {
		return value
	}
	return latin1(value)
}

// latin1 reads every byte as the ISO-8859-1 character of that number.
func latin1(value string) string {
	characters := make([]rune, len(value))
	for i := range len(value) {
		characters[i] = rune(value[i])
	}
	return string(characters)
}

func isASCII(value string) bool {
	for i := range len(value) {
		if value[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
