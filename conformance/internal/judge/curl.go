package judge

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// describeRequest returns a request as reports show it. Headers that may hold a secret are hidden here, however
// short; longer secrets are looked for everywhere once the report is whole.
func describeRequest(r *http.Request, q request) report.Request {
	shown := report.Request{Method: r.Method, URL: r.URL.String(), Header: http.Header{}, Body: q.body}
	if r.Host != r.URL.Host {
		shown.Header["Host"] = []string{r.Host}
	}
	for name, values := range r.Header {
		if _, own := q.header[name]; !own && !isPlainHeader(name) {
			values = slices.Repeat([]string{report.Redacted}, len(values))
		}
		shown.Header[name] = values
	}
	shown.Curl = curl(shown, q.via.http2)
	return shown
}

// curl returns a command that sends a request again, over the same version of HTTP.
func curl(r report.Request, http2 bool) string {
	var command strings.Builder
	command.WriteString("curl -i")
	if http2 {
		command.WriteString(" --http2")
	}
	command.WriteString(" -X " + r.Method)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		switch {
		case name == "User-Agent", name == "Accept-Encoding":
			continue // curl has its own, and no answer may depend on them
		case name == "Accept" && len(r.Header[name]) == 0:
			command.WriteString(" -H 'Accept:'") // how curl leaves it out
		}
		for _, value := range r.Header[name] {
			if value == "" {
				command.WriteString(" -H " + shellQuote(name+";")) // how curl sends an empty header
			} else {
				command.WriteString(" -H " + shellQuote(name+": "+value))
			}
		}
	}
	if r.Body != "" {
		command.WriteString(" --data-raw " + shellQuote(r.Body))
	}
	command.WriteString(" " + shellQuote(r.URL))
	if name := r.Header[fixtures.UsernameHeader]; len(name) > 0 && !utf8.ValidString(name[0]) {
		command.WriteString(" # the name is sent as ISO-8859-1")
	}
	return command.String()
}

// shellQuote quotes for a POSIX shell; bytes that are not printable ASCII need the $'…' of bash and zsh.
func shellQuote(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	var quoted strings.Builder
	for i := range len(text) {
		switch b := text[i]; {
		case b < ' ' || b > '~':
			fmt.Fprintf(&quoted, `\x%02x`, b)
		case b == '\'' || b == '\\':
			quoted.WriteString(`\` + string(b))
		default:
			quoted.WriteByte(b)
		}
	}
	return "$'" + quoted.String() + "'"
}
