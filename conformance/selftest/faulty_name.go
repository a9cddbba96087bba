package selftest

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// faultyNames accept a name and give back another. Those that spoil it when they read it keep the spoilt one, too.
func faultyNames() []Implementation {
	return []Implementation{
		{"name-escaped-for-html", "htmlspecialchars() is applied on input.", "created.exact-echo",
			spoils(html.EscapeString)},
		{"name-ampersand-escaped", "A template engine escapes & only.", "created.exact-echo",
			echoes(replaced("&", "&amp;"))},
		{"name-apostrophe-escaped", "A template engine escapes the apostrophe.", "created.exact-echo",
			echoes(replaced("'", "&#39;"))},
		{"name-unescaped-from-html", "Entities are resolved, though no browser made any.", "created.exact-echo",
			spoils(html.UnescapeString)},
		{"name-stripped-of-tags", "strip_tags() takes out what looks like one.", "created.exact-echo",
			spoils(pattern(`<[^>]*>?`, ""))},
		{"name-slashes-added", "PHP's addslashes() protects against SQL injection.", "created.exact-echo",
			spoils(strings.NewReplacer(`'`, `\'`, `"`, `\"`, `\`, `\\`).Replace)},
		{"name-slashes-stripped", "PHP's stripslashes() undoes what nobody did.", "created.exact-echo",
			spoils(without(`\`))},
		{"name-apostrophes-doubled", "The name comes back as it was quoted for SQL.", "created.exact-echo",
			echoes(replaced("'", "''"))},
		{"name-url-decoded", "decodeURIComponent() is applied to the header: %41 becomes A.", "created.exact-echo",
			spoils(unescapedFromURL)},
		{"name-form-decoded", "urldecode() turns + into a space.", "created.exact-echo",
			spoils(func(name string) string { return strings.TrimSpace(strings.ReplaceAll(name, "+", " ")) })},
		{"name-url-encoded", "encodeURIComponent() is applied before the answer.", "created.exact-echo",
			echoes(url.QueryEscape)},
		{"name-percent-doubled", "The name went through a format string.", "created.exact-echo",
			echoes(replaced("%", "%%"))},
		{"name-lower-case", "Names are lowered on input.", "created.exact-echo",
			spoils(strings.ToLower)},
		{"name-upper-case", "Names are put in capitals.", "created.exact-echo",
			spoils(strings.ToUpper)},
		{"name-capitalised", "Names are proper names: the first letter is made a capital.", "created.exact-echo",
			spoils(capitalised)},
		{"name-cut-at-20", "The column is VARCHAR(20), and MySQL is not strict.", "created.exact-echo",
			spoils(cutAt(20))},
		{"name-cut-at-32", "The column has 32 characters.", "created.exact-echo",
			spoils(cutAt(32))},
		{"name-cut-at-50", "The column has 50 characters.", "created.exact-echo",
			spoils(cutAt(50))},
		{"name-cut-at-63", "A buffer of 64 keeps one for the NUL.", "created.exact-echo",
			spoils(cutAt(63))},
		{"name-shortened-for-display", "The answer shows long names with dots.", "created.exact-echo",
			echoes(func(name string) string {
				if len(name) > 24 {
					return name[:21] + "..."
				}
				return name
			})},
		{"name-without-digits-at-the-end", "A pattern of letters matches the beginning and drops the rest.",
			"created.exact-echo", spoils(func(name string) string { return strings.TrimRight(name, "0123456789") })},
		{"name-slugified", "The name is made fit for an address.", "created.exact-echo",
			spoils(func(name string) string {
				return strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-"), "-")
			})},
		{"name-letters-digits-only", "Everything but letters, digits, - and _ is filtered out.", "created.exact-echo",
			spoils(pattern(`[^A-Za-z0-9_-]`, ""))},
		{"name-spaces-joined", "HTML shows several spaces as one, and so does this.", "created.exact-echo",
			spoils(func(name string) string { return strings.Join(strings.Fields(name), " ") })},
		{"name-spaces-removed", "Spaces are taken out.", "created.exact-echo",
			spoils(without(" "))},
		{"name-until-space", "sscanf(\"%s\") reads until the first space.", "created.exact-echo",
			spoils(until(" "))},
		{"name-until-comma", "A header is a list, and its first element is the name.", "created.exact-echo",
			spoils(until(","))},
		{"name-until-semicolon", "What follows a semicolon is taken for parameters.", "created.exact-echo",
			spoils(until(";"))},
		{"name-until-hash", "What follows # is taken for a comment.", "created.exact-echo",
			spoils(until("#"))},
		{"name-until-at", "The domain of an address is cut off.", "created.exact-echo",
			spoils(until("@"))},
		{"name-until-colon", "The header is split at every colon, and the second piece is the name.",
			"created.exact-echo", spoils(until(":"))},
		{"name-until-equals", "name=value pairs are looked for.", "created.exact-echo",
			spoils(until("="))},
		{"name-base-of-path", "path.Base() guards against traversal.", "created.exact-echo",
			spoils(path.Base)},
		{"name-unquoted", "Quotes around the name are taken for HTTP's quoted-string.", "created.exact-echo",
			spoils(func(name string) string { return strings.Trim(name, `"`) })},
		{"name-without-quotes", "Quotes are taken out.", "created.exact-echo",
			spoils(without(`"`))},
		{"name-without-pipes", "The storage format's separator is taken out of names.", "created.exact-echo",
			spoils(without("|"))},
		{"name-in-braces-expanded", "A template engine expands {…} in the name.", "created.exact-echo",
			spoils(pattern(`\{[^}]*\}?`, ""))},
		{"name-with-dollar-expanded", "os.ExpandEnv() is applied to the name.", "created.exact-echo",
			spoils(pattern(`\$\w*`, ""))},
		{"name-tilde-expanded", "A shell script expands ~ to a home directory.", "created.exact-echo",
			spoils(func(name string) string { return strings.Replace(name, "~", "/root", 1) })},
		{"name-backticks-removed", "MySQL's quotes are taken out.", "created.exact-echo",
			spoils(without("`"))},
		{"name-curly-quotes", "A typographer replaces the apostrophe.", "created.exact-echo",
			echoes(replaced("'", "’"))},
		{"name-number-like-as-number", "A JSON library writes text that looks like a number as one.",
			"created.exact-echo", echoes(func(name string) any {
				if regexp.MustCompile(`^(0|[1-9]\d{0,15})$`).MatchString(name) {
					return json.RawMessage(name)
				}
				return name
			})},
		{"name-number-like-normalised", "A spreadsheet takes 007 for 7.", "created.exact-echo",
			echoes(func(name string) string {
				if number, err := strconv.ParseFloat(name, 64); err == nil {
					return strconv.FormatFloat(number, 'f', -1, 64)
				}
				return name
			})},
		{"name-null-like-as-null", "The name null is taken for none.", "invalid-privacy.name",
			on(everything, alter("name", func(name string) any {
				if name == "null" {
					return nil
				}
				return name
			}))},
		{"name-true-like-as-boolean", "YAML takes the names true and false for booleans.", "invalid-privacy.name",
			on(everything, alter("name", func(name string) any {
				if name == "true" || name == "false" {
					return name == "true"
				}
				return name
			}))},
		{"name-escaped-for-html-on-400", "The template of the 400 escapes for HTML.", "invalid-privacy.name",
			on(invalidPrivacy, alter("name", html.EscapeString))},

		{"name-as-pattern-500", "A regular expression is made of the name, and some are none.",
			"answer.no-server-error",
			crashesOn(func(name string) bool { _, err := regexp.Compile(name); return err != nil })},
		{"name-with-apostrophe-500", "SQL is made by joining strings.", "answer.no-server-error",
			crashesOn(containing("'"))},
		{"name-with-percent-500", "decodeURIComponent() throws URIError on a lone %.", "answer.no-server-error",
			crashesOn(func(name string) bool { _, err := url.PathUnescape(name); return err != nil })},
		{"name-too-long-500", "PostgreSQL refuses more than VARCHAR(32) holds, and nobody catches it.",
			"answer.no-server-error", crashesOn(longerThan(32))},
		{"name-over-100-500", "A key of more than 100 characters is an exception.", "answer.no-server-error",
			crashesOn(longerThan(100))},
		{"name-over-255-500", "VARCHAR(255) is exceeded, and nobody catches it.", "answer.no-server-error",
			crashesOn(longerThan(255))},
		{"name-over-500-500", "A fixed buffer of 512 is exceeded.", "answer.no-server-error",
			crashesOn(longerThan(500))},
		{"name-over-900-500", "An index entry of more than 900 bytes is an exception in SQL Server.",
			"answer.no-server-error", crashesOn(longerThan(900))},
		{"name-over-255-breaks-connection", "The name of the file is too long, and the worker dies.", "answer.complete",
			on(everything, named(longerThan(255), abort))},
		{"name-over-255-html", "A long name is refused with 400 and a page.", "answer.json",
			all(refuses(`^.{256}`), on(refusedUsername, page("text/html", "<h1>400 Bad Request</h1>")))},
		{"name-non-ascii-500", "Python's .encode('ascii') raises.", "answer.no-server-error",
			crashesOn(func(name string) bool {
				return strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII })
			})},
		{"name-with-emoji-500", "MySQL's utf8 has three bytes for a character, and an emoji needs four.",
			"answer.no-server-error",
			crashesOn(func(name string) bool {
				return strings.ContainsFunc(name, func(r rune) bool { return r > 0xffff })
			})},
		{"name-with-slash-404", "The name becomes part of an internal path, which nobody serves.", "created.exact-echo",
			on(created, named(containing("/"), status(http.StatusNotFound), members("code", "404")))},
		{"name-with-tag-403", "A web application firewall takes <…> for an attack.", "created.exact-echo",
			on(created, named(containing("<"), status(http.StatusForbidden),
				page("text/html", "<html><title>403 Forbidden</title></html>")))},
		{"name-with-tag-breaks-connection", "An intrusion detection system resets the connection on <.",
			"answer.complete", on(everything, named(containing("<"), abort))},
	}
}

func echoes[T any](alteration func(string) T) deviation {
	return on(created, alter("name", alteration))
}

func replaced(old, new string) func(string) string {
	return func(name string) string { return strings.ReplaceAll(name, old, new) }
}

func without(part string) func(string) string { return replaced(part, "") }

func until(separator string) func(string) string {
	return func(name string) string {
		before, _, _ := strings.Cut(name, separator)
		return before
	}
}

func cutAt(most int) func(string) string {
	return func(name string) string { return name[:min(most, len(name))] }
}

func containing(part string) func(string) bool {
	return func(name string) bool { return strings.Contains(name, part) }
}

func longerThan(most int) func(string) bool {
	return func(name string) bool { return len(name) > most }
}

// crashesOn fails with 500 on some names.
func crashesOn(bad func(string) bool) deviation {
	return refusesWhen(crashed, func(q request) bool { return bad(q.name) })
}
