package selftest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf16"
)

// faultyBodies mean the right members and spoil them on their way into bytes, or label the bytes wrongly.
func faultyBodies() []Implementation {
	return []Implementation{
		{"400-as-on-the-page", "The page's example is copied to the letter, without the comma.",
			"invalid-privacy.well-formed",
			on(invalidPrivacy, replaceBody(`"400","description"`, `"400" "description"`))},
		{"400-with-trailing-comma", "A template ends every member of the 400 with a comma.",
			"invalid-privacy.well-formed", on(invalidPrivacy, replaceBody(`}`, `,}`))},
		{"400-without-closing-brace", "A template of the 400 lost its last line.", "invalid-privacy.well-formed",
			on(invalidPrivacy, replaceBody(`}`, ``))},

		{"trailing-commas", "A template ends every member with a comma.", "answer.json",
			on(everything, replaceBody(`}`, `,}`))},
		{"single-quotes", "str() of a Python dict is sent.", "answer.json",
			on(everything, replaceBody(`"`, `'`))},
		{"unquoted-members", "A JavaScript object literal is sent.", "answer.json",
			on(everything, body(unquoted))},
		{"nan-for-null", "pandas writes NaN where there is no value.", "answer.json",
			on(conflict, set("name", 0), replaceBody(`:0`, `:NaN`))},
		{"comment-in-body", "The body says in a comment who made it.", "answer.json",
			on(everything, replaceBody(`{`, `{/* v2 */`))},
		{"equals-for-colon", "A Java map's toString() is sent.", "answer.json",
			on(everything, replaceBody(`":"`, `"="`))},
		{"body-in-list", "The rows are sent, and there is one.", "answer.json",
			on(everything, body(func(right string) string { return "[" + right + "]" }))},
		{"encoded-twice", "json_encode() is called by the handler and by the framework: the body is a JSON string.",
			"answer.json", on(everything, body(func(right string) string { return string(encodeValue(right)) }))},
		{"body-is-null", "The handler returns nothing, and the framework encodes it.", "answer.json",
			on(created, sendBody("null"))},
		{"body-is-true", "The handler returns whether it worked.", "answer.json",
			on(created, sendBody("true"))},
		{"body-empty", "The status says it all.", "answer.json",
			on(everything, sendBody(""))},
		{"conflict-body-empty", "sendStatus(409) has no body worth the name.", "conflict.body",
			on(conflict, sendBody(""))},
		{"conflict-body-is-words", "res.sendStatus(409) sends the word Conflict.", "conflict.body",
			on(conflict, page("text/plain; charset=utf-8", "Conflict"))},
		{"conflict-body-is-form", "The body is form-encoded.", "conflict.body",
			on(conflict, page("application/json", "name=alice&code=409"))},
		{"conflict-body-is-xml", "A content negotiation without Accept prefers XML.", "conflict.body",
			on(conflict, page("application/xml", "<error><name>alice</name><code>409</code></error>"))},
		{"created-body-is-yaml", "The body is YAML, which is nearly JSON.", "created.body",
			on(created, func(q request, a *answer) {
				a.body = fmt.Appendf(nil, "name: %s\nprivacy: %s\n", q.name, q.privacy)
			})},
		{"jsonp", "The body is a call of callback.", "answer.json",
			on(everything, body(func(right string) string { return "callback(" + right + ")" }))},
		{"xssi-prefix", "Angular's guard )]}', stands before the object.", "answer.json",
			on(everything, precede(")]}',\n"))},
		{"php-notice-before", "PHP prints a notice before the object.", "answer.json",
			on(everything, precede("<br />\n<b>Notice</b>: Undefined index<br />\n"))},
		{"missing-username-html", "Tomcat answers the missing header with a page of its own.", "answer.json",
			on(missingUsername,
				page("text/html;charset=utf-8", "<!doctype html><h1>HTTP Status 400 – Bad Request</h1>"))},
		{"unescaped-names", "The body is made by joining strings, and a name with a quote spoils it.", "answer.json",
			on(everything, encodeWith(encodeUnescaped))},
		{"unescaped-backslashes", "Quotes are escaped in the name, and backslashes are not.", "answer.json",
			on(everything, replaceBody(`\\`, `\`))},
		{"name-as-format", "The body is a format, and a name with % is read as a verb.", "answer.json",
			on(created, body(func(right string) string { return fmt.Sprintf(right, []any(nil)...) }))},

		{"conflict-code-twice", "Two layers each write the code, with the same value.", "answer.unique-members",
			on(conflict, add("code", "409"))},
		{"name-twice", "The name is in the parent class and in the child.", "answer.unique-members",
			on(created, func(q request, a *answer) { add("name", q.name)(q, a) })},
		{"descriptions-twice", "Two validators each add a description.", "answer.unique-members",
			on(invalidPrivacy, add("description", "Privacy was invalid"))},
		{"name-twice-escaped", "The second name is spelt with an escape.", "answer.unique-members",
			on(conflict, body(func(right string) string { return `{"n\u0061me":"someone",` + right[1:] }))},

		{"two-objects", "An error handler writes its object after the handler's.", "answer.nothing-after",
			on(everything, follow(`{"code":"500"}`))},
		{"trailing-zero", "WordPress' admin-ajax ends with a 0 unless the handler dies.", "answer.nothing-after",
			on(everything, follow("0"))},
		{"trailing-comment", "A page generator notes how long it took.", "answer.nothing-after",
			on(everything, follow("\n<!-- 0.012 s -->"))},
		{"trailing-semicolon", "The object is written as a statement.", "answer.nothing-after",
			on(everything, follow(";"))},
		{"trailing-brace", "A template closes once too often.", "answer.nothing-after",
			on(conflict, follow("}"))},
		{"trailing-nul", "A C string is sent with its end.", "answer.nothing-after",
			on(everything, follow("\x00"))},
		{"trailing-no-break-space", "The template ends in a no-break space.", "answer.nothing-after",
			on(everything, follow("\u00a0"))},

		{"byte-order-mark", ".NET's Encoding.UTF8 writes a byte order mark.", "answer.utf-8",
			on(everything, precede("\ufeff"))},
		{"byte-order-mark-on-refusals", "The templates of the refusals were saved in Notepad.", "answer.utf-8",
			on(refusals, precede("\ufeff"))},
		{"utf-16", "Encoding.Unicode is UTF-16 in .NET.", "answer.utf-8",
			on(everything, header("Content-Type", "application/json; charset=utf-16"), body(inUTF16))},
		{"utf-16-with-mark", "UTF-16 with a byte order mark, which many parsers take.", "answer.utf-8",
			on(everything, body(func(right string) string { return inUTF16("\ufeff" + right) }))},
		{"latin-1-echo", "The bytes of the header are sent back as they came, UTF-8 or not.", "answer.utf-8",
			all(reads(func(r *http.Request, q *request) { q.name = r.Header.Get("Username") }),
				on(everything, encodeWith(encodeUnescaped)))},
		{"latin-1-output", "PHP's utf8_decode() is applied to the output.", "answer.utf-8",
			on(everything, body(inLatin1))},
		{"utf-8-cut-in-two", "A fixed buffer of bytes cuts a character in two.", "answer.utf-8",
			on(created, body(func(right string) string {
				if last := strings.IndexFunc(right, func(r rune) bool { return r > 0x7f }); last >= 0 {
					return right[:last+1] + `","privacy":"Public"}`
				}
				return right
			}))},

		{"content-type-missing", "Node's http sends no Content-Type by itself.", "answer.content-type",
			on(everything, header("Content-Type", ""))},
		{"content-type-html", "PHP sends text/html unless header() says otherwise.", "answer.content-type",
			on(everything, header("Content-Type", "text/html; charset=UTF-8"))},
		{"content-type-plain", "Go guesses text/plain from the bytes.", "answer.content-type",
			on(everything, header("Content-Type", "text/plain; charset=utf-8"))},
		{"content-type-plain-on-refusals", "http.Error sends text/plain, whatever the text is.", "answer.content-type",
			on(refusals, header("Content-Type", "text/plain; charset=utf-8"))},
		{"content-type-html-on-403", "The address filter in front sends the right body as text/html.",
			"answer.content-type", on(blocked, header("Content-Type", "text/html"))},
		{"content-type-missing-on-409", "The early return of the conflict forgets the header.", "answer.content-type",
			on(conflict, header("Content-Type", ""))},
		{"content-type-text-json", "text/json was never registered.", "answer.content-type",
			on(everything, header("Content-Type", "text/json"))},
		{"content-type-x-json", "application/x-json is from before the registration.", "answer.content-type",
			on(everything, header("Content-Type", "application/x-json"))},
		{"content-type-problem", "Refusals are sent as problem details (RFC 9457), which this body is not.",
			"answer.content-type", on(refusals, header("Content-Type", "application/problem+json"))},
		{"content-type-vendor", "The type is the company's own.", "answer.content-type",
			on(created, header("Content-Type", "application/vnd.connectmypairs.v1+json"))},
		{"content-type-json-only", "The type is written as the word json.", "answer.content-type",
			on(everything, header("Content-Type", "json"))},
		{"content-type-javascript", "JSONP's type stayed when its callback went.", "answer.content-type",
			on(everything, header("Content-Type", "application/javascript"))},
		{"content-type-octet-stream", "A storage bucket does not know what it serves.", "answer.content-type",
			on(everything, header("Content-Type", "application/octet-stream"))},
		{"content-type-json-lines", "The type is that of a stream of objects.", "answer.content-type",
			on(everything, header("Content-Type", "application/jsonl"))},

		{"blocked-page-of-proxy", "A web application firewall refuses with a page of its own.", "blocked.body",
			on(blocked, page("text/html", "<html><title>403 Forbidden</title><h1>403 Forbidden</h1></html>"))},
		{"blocked-without-body", "The firewall refuses with no body.", "blocked.body",
			on(blocked, sendBody(""))},
		{"blocked-in-words", "The sentence is sent, without the object around it.", "blocked.body",
			on(blocked, page("text/plain", "Your IP address was blocked."))},

		{"accept-any-xml", "Accept: */* is taken for no wish, and the first renderer is that for XML.", "answer.json",
			on(everything, accepting("*/*", page("application/xml", "<account><name>alice</name></account>")))},
		{"accept-any-html", "A browsable API shows its pages to everybody who does not insist on JSON.", "answer.json",
			on(everything,
				accepting("*/*", page("text/html; charset=utf-8", "<!doctype html><title>Create Account</title>")))},
		{"accept-any-html-on-refusals", "Errors are rendered by the framework, for browsers.", "answer.json",
			on(refusals, accepting("*/*", page("text/html", "<!doctype html><title>Error</title>")))},
		{"accept-missing-xml", "Without Accept the framework's first renderer is used.", "answer.json",
			on(everything, accepting("", page("text/xml", "<account><name>alice</name></account>")))},
		{"accept-missing-html", "Without Accept the answer is a page.", "answer.json",
			on(everything, accepting("", page("text/html", "<!doctype html><title>Created</title>")))},
		{"accept-missing-406", "Without Accept no renderer is found: 406 and nothing.", "answer.json",
			on(everything, accepting("", status(http.StatusNotAcceptable), page("application/json", "")))},
		{"accept-any-empty", "A renderer for */* is not registered, and nothing is written.", "answer.json",
			on(everything, accepting("*/*", sendBody("")))},
		{"accept-missing-text", "Without Accept the label is text/plain.", "answer.content-type",
			on(everything, accepting("", header("Content-Type", "text/plain")))},
		{"description-translated", "The framework translates the message for callers who ask for German.",
			"invalid-privacy.description", on(invalidPrivacy, inGerman("Privacy war ungültig"))},
		{"blocked-translated", "The filter in front knows the caller's language.",
			"blocked.description", on(blocked, inGerman("Ihre IP-Adresse ist gesperrt."))},

		{"gzip-label-only", "Content-Encoding says gzip, and a proxy has unpacked the body already.", "answer.json",
			on(everything, header("Content-Encoding", "gzip"))},
		{"gzip-without-label", "The body is packed, and nothing says so.", "answer.json",
			on(everything, body(packed))},
		{"brotli-for-all", "A cache keeps the Brotli variant and serves it to everybody.", "answer.json",
			on(everything, header("Content-Encoding", "br"),
				sendBody("\x0b\x02\x80no JSON\x03"))},
	}
}

// quoted encodes names and values in another way: write makes what stands between the quotes.
func quoted(write func(string) string) func([]member) []byte {
	return func(members []member) []byte {
		var body bytes.Buffer
		for i, m := range members {
			fmt.Fprintf(&body, `%c"%s":"%s"`, "{,"[min(i, 1)], write(m.name), write(m.value.(string)))
		}
		body.WriteByte('}')
		return body.Bytes()
	}
}

// encodeUnescaped puts names and values between quotes as they are.
func encodeUnescaped(members []member) []byte {
	return quoted(func(right string) string { return right })(members)
}

// unquoted takes the quotes off the member names.
func unquoted(right string) string {
	for _, name := range []string{"name", "privacy", "code", "description"} {
		right = strings.Replace(right, `"`+name+`":`, name+`:`, 1)
	}
	return right
}

// accepting applies edits to answers for callers with this Accept; empty means none.
func accepting(accept string, edits ...edit) edit {
	return when(func(q request) bool { return q.Header.Get("Accept") == accept }, edits...)
}

// inGerman translates the description for callers whose Accept-Language begins with German.
func inGerman(description string) edit {
	return when(func(q request) bool { return strings.HasPrefix(q.Header.Get("Accept-Language"), "de") },
		set("description", description))
}

func inUTF16(right string) string {
	var wide []byte
	for _, unit := range utf16.Encode([]rune(right)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	return string(wide)
}

func inLatin1(right string) string {
	var narrow []byte
	for _, char := range right {
		if char > 0xff {
			char = '?'
		}
		narrow = append(narrow, byte(char))
	}
	return string(narrow)
}

func packed(right string) string {
	var small bytes.Buffer
	writer := gzip.NewWriter(&small)
	_, _ = writer.Write([]byte(right)) // a bytes.Buffer takes everything
	_ = writer.Close()
	return small.String()
}
