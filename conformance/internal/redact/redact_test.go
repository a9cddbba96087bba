package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/redact"
)

// secret holds what encodings change.
const secret = `s3Cr/et+t&k"n<'ü %41\x=`

func each(text string, write func(rune) string) string {
	var out strings.Builder
	for _, r := range text {
		out.WriteString(write(r))
	}
	return out.String()
}

// encodings are what servers do to a value that they send back.
func encodings(secret string) map[string]string {
	inJSON, _ := json.Marshal(secret)
	quoted := strings.Trim(string(inJSON), `"`)
	percent := each(secret, func(r rune) string {
		return each(string(r), func(r rune) string {
			return strings.ToUpper("%" + strings.Join(pairs(hex.EncodeToString([]byte(string(r)))), "%"))
		})
	})
	latin1 := "" // as servers in Java read a header
	for i := range len(secret) {
		latin1 += string(rune(secret[i]))
	}
	wide := utf16.Encode([]rune(secret))
	in16 := func(high, low int) string {
		var out strings.Builder
		for _, unit := range wide {
			both := [2]byte{byte(unit), byte(unit >> 8)}
			out.Write([]byte{both[low], both[high]})
		}
		return out.String()
	}
	forms := map[string]string{
		"as it is":                    secret,
		"upper case":                  strings.ToUpper(secret),
		"lower case":                  strings.ToLower(secret),
		"JSON":                        quoted,
		"JSON of PHP":                 strings.ReplaceAll(quoted, "/", `\/`),
		"JSON in JSON":                strings.ReplaceAll(strings.ReplaceAll(quoted, `\`, `\\`), `"`, `\"`),
		"JSON, all escaped":           each(secret, func(r rune) string { return fmt.Sprintf(`\u%04x`, r) }),
		"JSON, all escaped, capitals": each(secret, func(r rune) string { return fmt.Sprintf(`\u%04X`, r) }),
		"JavaScript, with braces":     each(secret, func(r rune) string { return fmt.Sprintf(`\u{%x}`, r) }),
		"JavaScript, hexadecimal":     each(secret, func(r rune) string { return fmt.Sprintf(`\x%02x`, r) }),
		"Go":                          strconv.Quote(secret),
		"Go, long":                    each(secret, func(r rune) string { return fmt.Sprintf(`\U%08x`, r) }),
		"read as ISO-8859-1":          latin1,
		"the same in JSON":            each(latin1, func(r rune) string { return fmt.Sprintf(`\u%04x`, r) }),
		"octal":                       each(secret, func(r rune) string { return fmt.Sprintf(`\%03o`, r) }),
		"backslashes": each(secret,
			func(r rune) string { return map[bool]string{true: `\`}[strings.ContainsRune(`"'\&<`, r)] + string(r) }),
		"query":                       url.QueryEscape(secret),
		"path":                        url.PathEscape(secret),
		"query, lower case":           strings.ToLower(url.QueryEscape(secret)),
		"query, twice":                url.QueryEscape(url.QueryEscape(secret)),
		"query, three times":          url.PathEscape(url.PathEscape(url.PathEscape(secret))),
		"percent-encoded":             percent,
		"percent-encoded, lower case": strings.ToLower(percent),
		"HTML":                        html.EscapeString(secret),
		"HTML, twice":                 html.EscapeString(html.EscapeString(secret)),
		"HTML, decimal":               each(secret, func(r rune) string { return fmt.Sprintf("&#%d;", r) }),
		"HTML, decimal, with zeros":   each(secret, func(r rune) string { return fmt.Sprintf("&#%06d;", r) }),
		"HTML, hexadecimal":           each(secret, func(r rune) string { return fmt.Sprintf("&#x%x;", r) }),
		"HTML, hexadecimal, capitals": each(secret, func(r rune) string { return fmt.Sprintf("&#X%X;", r) }),
		"HTML, hexadecimal, twice":    each(secret, func(r rune) string { return fmt.Sprintf("&amp;#x%x;", r) }),
		"HTML, by name": strings.NewReplacer("/", "&sol;", "+", "&plus;", "&", "&AMP;", `"`, "&quot;", "<", "&lt;", "'",
			"&apos;", "=", "&equals;", "ü", "&uuml;").
			Replace(secret),
		"hexadecimal":              hex.EncodeToString([]byte(secret)),
		"hexadecimal, capitals":    strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"hexadecimal, with colons": strings.Join(pairs(hex.EncodeToString([]byte(secret))), ":"),
		"hexadecimal, with blanks": strings.Join(pairs(hex.EncodeToString([]byte(secret))), " "),
		"UTF-16":                   in16(0, 1),
		"UTF-16, little":           in16(1, 0),
		"base64, with line breaks": strings.Join(pairs(base64.StdEncoding.EncodeToString([]byte(secret))), "\r\n"),
		"base64 in JSON of PHP":    strings.ReplaceAll(base64.StdEncoding.EncodeToString([]byte(secret)), "/", `\/`),
		"base64 in a URL":          url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(secret))),
		"base64 in HTML":           strings.ReplaceAll(base64.StdEncoding.EncodeToString([]byte(secret)), "+", "&#43;"),
		"base64url in a URL, lowercase": strings.ToLower(
			url.QueryEscape(base64.URLEncoding.EncodeToString([]byte(secret))),
		),
	}
	for name, encoding := range map[string]*base64.Encoding{
		"base64": base64.StdEncoding, "base64 without padding": base64.RawStdEncoding,
		"base64url": base64.URLEncoding, "base64url without padding": base64.RawURLEncoding,
	} {
		for before := range 4 {
			for after := range 4 {
				around := strings.Repeat("~", before) + secret + strings.Repeat("?", after)
				forms[fmt.Sprintf("%s, %d before and %d after", name, before, after)] = encoding.EncodeToString(
					[]byte(around),
				)
			}
		}
	}
	return forms
}

func pairs(text string) []string {
	var pairs []string
	for ; len(text) > 2; text = text[2:] {
		pairs = append(pairs, text[:2])
	}
	return append(pairs, text)
}

func TestSecretsAreHiddenInEveryEncoding(t *testing.T) {
	r := redact.New([]string{secret})
	for name, encoded := range encodings(secret) {
		got := r.Text(`{"name":"` + encoded + `"}`)
		left := strings.Replace(strings.TrimSuffix(strings.TrimPrefix(got, `{"name":"`), `"}`), redact.Mark, "", 1)
		left = strings.Trim(left, "\x00\"")
		if most := 8; !strings.Contains(got, redact.Mark) || len(left) > most {
			t.Errorf("%s: %q is shown as %q", name, encoded, got)
		}
	}
}

func TestWhatIsAroundASecretStays(t *testing.T) {
	r := redact.New([]string{"token-123", "token-123-long", "Bearer token-123!", "", "Zürich"})
	for text, want := range map[string]string{
		"":                             "",
		"token-124 %7oken &amp; \\u00": "token-124 %7oken &amp; \\u00",
		"a token-123 b token-123.":     "a [redacted] b [redacted].",
		"token-123-long":               "[redacted]",
		"Bearer token-123!":            "[redacted]",
		"token-token-123":              "token-[redacted]",
		"ttoken-123":                   "t[redacted]",
		"Z\u00fcrich Z%C3%BCrich":      "[redacted] [redacted]",
		"\\token-123":                  "[redacted]",
		"&token-123;":                  "&[redacted];",
	} {
		if got := r.Text(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
	if got := new(redact.Redactor).Text("token"); got != "token" {
		t.Errorf("without secrets: %q", got)
	}
}

// A secret that the end of a body cuts off is one still.
func TestBeginningsAreHiddenWhereTextIsCut(t *testing.T) {
	r := redact.New([]string{secret})
	for name, encoded := range encodings(secret) {
		if strings.HasPrefix(name, "base64, 1") || strings.Contains(name, "before") ||
			strings.HasPrefix(name, "UTF-16") {
			continue // the first characters hold other bytes, too
		}
		for length := len(encoded) * 3 / 4; length < len(encoded); length++ {
			body := "x:" + encoded[:length]
			if got := string(r.Body([]byte(body), true)); !strings.HasSuffix(got, redact.Mark) ||
				len(got) > len(redact.Mark)+4 {
				t.Errorf("%s: %q is shown as %q", name, body, got)
			}
			if got := r.Text(strings.ToValidUTF8(body, "") + redact.Ellipsis); !strings.Contains(got, redact.Mark) {
				t.Errorf("%s: %q before an ellipsis is shown as %q", name, body, got)
			}
		}
	}
	if got := string(r.Body([]byte(`x s3C`), true)); got != "x "+redact.Mark {
		t.Errorf("three characters: %q", got)
	}
	if got := string(r.Body([]byte(`x s3C`), false)); got != "x s3C" {
		t.Errorf("a body that was not cut: %q", got)
	}
}

// A target cannot make the search slow: it takes time in proportion to the text, whatever that is.
func TestHostileTextIsSearchedInTime(t *testing.T) {
	secret := strings.Repeat(`\`, 50) + "x"
	r := redact.New([]string{secret, strings.Repeat("&", 50), strings.Repeat("%25", 20)})
	for _, part := range []string{`\`, "&amp;", "%25", "%", `\u005c`, "=", "\x00"} {
		text := strings.Repeat(part, 16<<10/len(part))
		if got := r.Text(text); len(got) > len(text)*len(redact.Mark) {
			t.Errorf("%q: %d bytes", part, len(got))
		}
	}
}

func FuzzSecretsAreHidden(f *testing.F) {
	f.Add("secret-token", "before", "after")
	f.Add("0\u03210\x910", "0", "0") // in part UTF-8
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		r := redact.New([]string{secret})
		if len(secret) < 6 {
			return
		}
		got := r.Text(before + secret + after)
		if strings.Contains(strings.ReplaceAll(got, redact.Mark, "\xff"), secret) {
			t.Errorf("%q in %q is shown: %q", secret, before+secret+after, got)
		}
	})
}
