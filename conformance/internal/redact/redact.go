// Package redact finds secrets in what a target sent back, however it is encoded, and hides them.
//
// A secret is found as it is, in any letter case, with its bytes read as UTF-8 or as ISO-8859-1, and with each of its
// characters written as it is or as one of
//   - an escape of JSON, JavaScript, Go or C: \/ \u002f \u{2f} \x2f \U0000002f \057, or the character after a backslash
//   - percent-encoding, in either letter case and encoded again any number of times: %2f %2F %252f, and + for a blank
//   - an entity of HTML or XML, escaped again any number of times: &#47; &#x2f; &sol; &amp;#47;
//   - UTF-16, of which the zero bytes are skipped
//
// and as hexadecimal digits or base64 (either alphabet, alone or inside longer data, with line breaks), whose
// characters may be written in the same ways. At the end of text that was cut, the beginning of a secret is hidden too,
// from its third character on. What is encrypted, hashed, compressed, reversed, split by other text, or encoded in
// base64 twice is not found.
package redact

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// Mark stands where a secret was.
	Mark = "[redacted]"
	// Ellipsis stands where text was cut: what comes before it may be the beginning of a secret.
	Ellipsis = "…"
	// fewestAtCut is how many characters of a secret are recognised before a cut.
	fewestAtCut = 3
	// mostAgain is how often an encoding may be encoded again.
	mostAgain = 8
)

// Redactor hides secrets. The zero value hides none.
type Redactor struct {
	forms []form
}

// form is a way in which a secret is looked for.
type form struct {
	chars []rune
	// between are what may stand between two characters.
	between string
	// base64 says that the characters at the ends may be mixed with what comes before and after.
	base64 bool
}

// New returns a Redactor for secrets, of which empty ones are ignored.
func New(secrets []string) *Redactor {
	r := &Redactor{}
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		for _, chars := range readings(secret) {
			r.forms = append(r.forms, form{chars: chars, between: "\x00"})
		}
		r.forms = append(r.forms, form{chars: []rune(hex.EncodeToString([]byte(secret))), between: "\x00: -\r\n"})
		for before := range 3 {
			core := base64Core(secret, before)
			for _, alphabet := range []string{core, strings.NewReplacer("+", "-", "/", "_").Replace(core)} {
				r.forms = append(r.forms, form{[]rune(alphabet), "\x00\r\n", true})
			}
		}
	}
	tooShort := func(f form) bool { return len(f.chars) == 0 } // for base64
	r.forms = slices.DeleteFunc(r.forms, tooShort)
	return r
}

// readings are the characters of a header's value: read as UTF-8, when it is that, and as ISO-8859-1, as servers in
// Java read it.
func readings(secret string) [][]rune {
	var latin1 []rune
	for i := range len(secret) {
		latin1 = append(latin1, rune(secret[i]))
	}
	switch {
	case string(latin1) == secret:
		return [][]rune{latin1} // ASCII
	case utf8.ValidString(secret):
		return [][]rune{[]rune(secret), latin1}
	default:
		return [][]rune{latin1}
	}
}

// base64Core is what base64 makes of a secret with so many bytes before it, without the characters at the ends that
// depend on what is around it.
func base64Core(secret string, before int) string {
	encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), secret...))
	first := (before*8 + 5) / 6
	return encoded[first : (before+len(secret))*8/6]
}

// Text hides the secrets in text. It looks for the beginning of one before each [Ellipsis].
func (r *Redactor) Text(text string) string { return r.replace(text, false) }

// Body hides the secrets in a body; cut says that it went on.
func (r *Redactor) Body(body []byte, cut bool) []byte { return []byte(r.replace(string(body), cut)) }

func (r *Redactor) replace(text string, cut bool) string {
	var found []span
	for _, f := range r.forms {
		found = append(found, f.find(text, cut)...)
	}
	if len(found) == 0 {
		return text
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	var out strings.Builder
	shown := 0 // up to here
	for i, s := range found {
		if i == 0 || s.start >= shown {
			out.WriteString(text[shown:s.start] + Mark)
		}
		shown = max(shown, s.end)
	}
	return out.String() + text[shown:]
}

// span is where a secret stands in text.
type span struct{ start, end int }

// find returns where a secret stands. It follows all readings of the text at once, a character at a time: a backslash
// may be one, or begin an escape. Where two readings meet, the one that began first covers the other, so the work is
// bounded by the lengths of text and secret, whatever they are.
func (f form) find(text string, cut bool) []span {
	var found []span
	// reached holds, for each position, how many characters of the secret a reading has found there, and where it
	// began.
	reached := map[int]map[int]int{}
	step := func(at, n, start int) {
		for _, end := range written(text, at, f.chars[n]) {
			if reached[end] == nil {
				reached[end] = map[int]int{}
			}
			if before, ok := reached[end][n+1]; !ok || start < before {
				reached[end][n+1] = start
			}
		}
	}
	for i := range len(text) + 1 {
		if i < len(text) && mayBegin(text[i], f.chars[0]) {
			step(i, 0, i)
		}
		for n, start := range reached[i] {
			if n == len(f.chars) {
				found = append(found, f.span(text, start, i))
				continue
			}
			from := i
			for from < len(text) && strings.IndexByte(f.between, text[from]) >= 0 && rune(text[from]) != f.chars[n] {
				from++
			}
			if end, ok := atCut(text, from, cut); ok && n >= fewestAtCut {
				found = append(found, f.span(text, start, end))
				continue
			}
			step(from, n, start)
		}
		delete(reached, i)
	}
	return found
}

func (f form) span(text string, start, end int) span {
	if f.base64 {
		return widen(text, start, end)
	}
	return span{start, end}
}

// mayBegin is a quick look whether a byte can begin a character, however that is written.
func mayBegin(b byte, char rune) bool {
	return b == '\\' || b == '%' || b == '&' || b == '+' || b >= utf8.RuneSelf || same(rune(b), char)
}

// widen takes in the character of base64 at each end that holds some bits of the secret, and padding.
func widen(text string, start, end int) span {
	if start > 0 && isIn(text[start-1], "+/-_") {
		start--
	}
	if end < len(text) && isIn(text[end], "+/-_") {
		end++
	}
	for end < len(text) && text[end] == '=' {
		end++
	}
	return span{start, end}
}

// atCut reports whether text was cut at from, or in an escape that begins there, and where that is.
func atCut(text string, from int, cut bool) (end int, ok bool) {
	const longestEscape = 12
	end = from
	if end < len(text) && !utf8.FullRuneInString(text[end:]) {
		end = len(text)
	}
	if end < len(text) && strings.IndexByte(`\%&`, text[end]) >= 0 {
		for end++; end < min(len(text), from+longestEscape) && isIn(text[end], "#{;%&\\"); end++ {
		}
	}
	return end, end == len(text) && cut || strings.HasPrefix(text[end:], Ellipsis)
}

// written returns the ends of every way in which a character is written at i.
func written(text string, i int, char rune) []int {
	if i >= len(text) {
		return nil
	}
	rest := text[i:]
	var lengths []int
	if r, size := utf8.DecodeRuneInString(rest); same(r, char) {
		lengths = append(lengths, size)
	}
	if char >= utf8.RuneSelf && rune(rest[0]) == char {
		lengths = append(lengths, 1) // a byte of ISO-8859-1, even where it happens to begin a character in UTF-8
	}
	switch rest[0] {
	case '\\':
		lengths = append(lengths, backslashed(rest, char))
	case '%':
		lengths = append(lengths, percentEncoded(rest, char)...)
	case '&':
		lengths = append(lengths, entity(rest, char)...)
	}
	var ends []int
	for _, length := range lengths {
		if length > 0 {
			ends = append(ends, i+length)
		}
	}
	if char == ' ' {
		ends = append(ends, written(text, i, '+')...) // which may be encoded again
	}
	return ends
}

// backslashed returns the length of an escape of a character, and 0 when there is none. A backslash that is escaped
// again counts as one.
func backslashed(text string, char rune) int {
	start := 1
	for start < min(len(text), mostAgain) && text[start] == '\\' && char != '\\' {
		start++
	}
	if start >= len(text) {
		return 0
	}
	digits := func(from, most, base int) int {
		end := from
		for end < min(len(text), from+most) && isDigit(text[end], base) {
			end++
		}
		if value, err := strconv.ParseUint(text[from:end], base, 32); err != nil || !same(rune(value), char) {
			return 0
		}
		return end
	}
	switch kind := text[start]; {
	case kind == 'u' && start+1 < len(text) && text[start+1] == '{':
		if end := digits(start+2, 8, 16); end > 0 && end < len(text) && text[end] == '}' {
			return end + 1
		}
	case kind == 'u' && digits(start+1, 4, 16) > 0:
		return digits(start+1, 4, 16)
	case kind == 'x' && digits(start+1, 2, 16) > 0:
		return digits(start+1, 2, 16)
	case kind == 'U' && digits(start+1, 8, 16) > 0:
		return digits(start+1, 8, 16)
	case isDigit(kind, 8) && digits(start, 3, 8) > 0:
		return digits(start, 3, 8)
	}
	if r, size := utf8.DecodeRuneInString(text[start:]); r == char {
		return start + size
	}
	return 0
}

// percentEncoded returns the lengths of a percent-encoded character, of which each byte may be encoded again: %25 and
// %2525 are both a percent sign.
func percentEncoded(text string, char rune) []int {
	if char >= utf8.RuneSelf {
		end := 0
		for _, b := range []byte(string(char)) {
			lengths := percentEncodedByte(text[end:], b)
			if len(lengths) == 0 {
				return nil
			}
			end += lengths[0]
		}
		return []int{end}
	}
	return percentEncodedByte(text, byte(char))
}

func percentEncodedByte(text string, b byte) []int {
	var lengths []int
	for digits := 1; strings.HasPrefix(text, "%") && len(text) >= digits+2 && digits < 2*mostAgain; digits += 2 {
		value, err := strconv.ParseUint(text[digits:digits+2], 16, 8)
		if err == nil && (byte(value) == b || b < utf8.RuneSelf && same(rune(value), rune(b))) {
			lengths = append(lengths, digits+2)
		}
		if value != '%' {
			break
		}
	}
	return lengths
}

// entity returns the lengths of an entity that stands for a character. Its & may be an entity again: &amp; and
// &amp;amp; are both an ampersand.
func entity(text string, char rune) []int {
	var lengths []int
	start := 1
	for again := 0; again < mostAgain && strings.HasPrefix(text[start:], "amp;"); again++ {
		start += len("amp;")
		if char == '&' {
			lengths = append(lengths, start)
		}
	}
	const longest = 32
	end := start
	for end < min(len(text), start+longest) && isIn(text[end], "#") {
		end++
	}
	if end < len(text) && text[end] == ';' {
		end++
	}
	decoded := html.UnescapeString("&" + text[start:end])
	if r, size := utf8.DecodeRuneInString(decoded); same(r, char) && size == len(decoded) && end > start {
		lengths = append(lengths, end)
	}
	return lengths
}

func same(a, b rune) bool { return lower(a) == lower(b) }

// lower is unicode.ToLower, and faster for ASCII, of which secrets are made.
func lower(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	return unicode.ToLower(r)
}

// isIn reports whether a byte is a letter, a digit or one of others.
func isIn(b byte, others string) bool {
	l := lower(rune(b))
	return 'a' <= l && l <= 'z' || '0' <= b && b <= '9' || strings.IndexByte(others, b) >= 0
}

func isDigit(b byte, base int) bool {
	l := lower(rune(b))
	return '0' <= b && b <= '7' || base == 16 && ('8' <= b && b <= '9' || 'a' <= l && l <= 'f')
}
