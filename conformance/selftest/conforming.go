package selftest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// conforming are right, and differ from one another and from the mock server wherever the page is silent. A suite
// that fails one of them asks for more than the page does.
func conforming() []Implementation {
	return []Implementation{
		{"base", "The page and nothing else.", "", func(*app) {}},

		// How JSON is written.
		{"json-pretty-printed", "Every member stands on a line of its own.", "",
			on(everything, body(func(right string) string {
				var pretty bytes.Buffer
				_ = json.Indent(&pretty, []byte(right), "", "\t") // the base's body is JSON
				return strings.ReplaceAll(pretty.String(), "\n", "\r\n")
			}))},
		{"json-members-reversed", "The members come in the opposite order.", "",
			on(everything, func(_ request, a *answer) { slices.Reverse(a.members) })},
		{"json-all-escaped", "Every character, of member names too, is written as \\u….", "",
			on(everything, encodeWith(quoted(func(right string) string {
				return escape(right, func(rune) bool { return true })
			})))},
		{"json-ascii-escaped", "Characters beyond ASCII are written as \\u…, as Python's json.dumps does.", "",
			on(everything, body(func(right string) string {
				return escape(right, func(r rune) bool { return r > unicode.MaxASCII })
			}))},
		{"json-html-escaped", "&, < and > are written as \\u…, as Go's encoding/json does.", "",
			on(everything, body(func(right string) string {
				return escape(right, func(r rune) bool { return strings.ContainsRune("&<>", r) })
			}))},
		{"json-slashes-escaped", "Slashes are written as \\/, as PHP's json_encode does.", "",
			on(everything, replaceBody(`/`, `\/`))},
		{"json-newline-after", "The body ends in a newline.", "",
			on(everything, follow("\r\n"))},
		{"json-white-space-around", "PHP's closing tags leave empty lines before and after.", "",
			on(everything, body(func(right string) string { return "\n\n " + right + " \t\n\n" }))},

		// How the body is labelled and sent.
		{"charset-parameter", "The type says which charset, as Express does.", "",
			on(everything, header("Content-Type", "application/json; charset=utf-8"))},
		{"charset-parameter-loud", "Types and charsets are case-insensitive (RFC 9110, section 8.3.1).", "",
			on(everything, header("Content-Type", `Application/JSON;Charset="UTF-8"`))},
		{"other-parameter", "The type has a parameter that says nothing here.", "",
			on(everything, header("Content-Type", "application/json; profile=account; charset=UTF-8"))},
		{"gzip-when-accepted", "A proxy packs what is worth it, for clients that accept it.", "",
			on(everything, func(q request, a *answer) {
				a.header.Set("Vary", "Accept-Encoding")
				if strings.Contains(q.Header.Get("Accept-Encoding"), "gzip") {
					header("Content-Encoding", "gzip")(q, a)
					body(packed)(q, a)
				}
			})},
		{"chunked", "Node streams the body in chunks.", "", inPieces(8)},
		{"byte-by-byte", "Every byte is a chunk and a packet.", "", inPieces(1)},
		{"chunked-with-extensions", "Chunks have extensions, and a trailer follows them (RFC 9112, section 7.1).", "",
			onWire(everything, func(a *answer) string {
				right := message("HTTP/1.1", a, "Transfer-Encoding: chunked", "Trailer: X-Checksum",
					"Connection: close")
				head, body, _ := strings.Cut(right, "\r\n\r\n")
				return fmt.Sprintf("%s\r\n\r\n%X;note=x\r\n%s\r\n0\r\nX-Checksum: 1\r\n\r\n", head, len(body), body)
			})},
		{"connection-close", "Every connection is for one request, as with gunicorn's sync workers.", "",
			on(everything, header("Connection", "close"))},
		{"connection-closed-unannounced",
			"The connection is closed after each answer without a word (RFC 9112, section 9.5).", "",
			onWire(everything, func(a *answer) string { return message("HTTP/1.1", a, length(a, 0)) })},
		{"body-until-close", "There is no length: the body ends with the connection (RFC 9112, section 6.3).", "",
			onWire(everything, func(a *answer) string { return message("HTTP/1.1", a, "Connection: close") })},
		{"http-1.0", "The server speaks HTTP/1.0.", "",
			onWire(everything, func(a *answer) string { return message("HTTP/1.0", a, length(a, 0)) })},
		{"reason-phrase-own", "The reason phrase is the server's own: clients ignore it (RFC 9112, section 4).", "",
			onWire(everything, func(a *answer) string {
				right := message("HTTP/1.1", a, length(a, 0), "Connection: close")
				return strings.Replace(right, http.StatusText(a.status), "Thanks for asking", 1)
			})},
		{"reason-phrase-empty", "There is no reason phrase, as with Tomcat.", "",
			onWire(everything, func(a *answer) string {
				right := message("HTTP/1.1", a, length(a, 0), "Connection: close")
				return strings.Replace(right, http.StatusText(a.status), "", 1)
			})},
		{"header-names-in-lower-case", "The answer's header names are in lower case.", "",
			onWire(everything, func(a *answer) string {
				right := message("HTTP/1.1", a, length(a, 0), "Connection: close")
				lower := strings.NewReplacer("Content-", "content-", "Type:", "type:", "Length:", "length:")
				return lower.Replace(right)
			})},
		{"early-hints", "An interim 103 comes first (RFC 8297).", "",
			func(a *app) {
				right := a.send
				a.send = func(w http.ResponseWriter, q request, answer *answer) {
					w.Header().Set("Link", "</style.css>; rel=preload")
					w.WriteHeader(http.StatusEarlyHints)
					right(w, q, answer)
				}
			}},
		{"extra-headers", "The answer has headers of all sorts, as behind a content delivery network.", "",
			on(everything, func(_ request, a *answer) {
				a.header["Set-Cookie"] = []string{"sid=1; HttpOnly; SameSite=Lax", "__cf_bm=x; Secure"}
				for name, value := range map[string]string{
					"Location": "/connectmypairs/users/1", "ETag": `W/"1"`, "Server": "cloudflare", "Via": "1.1 google",
					"CF-RAY":       "8",
					"X-Powered-By": "PHP/8.3", "Access-Control-Allow-Origin": "*", "Cache-Control": "private, no-store",
					"Strict-Transport-Security": "max-age=1", "Content-Language": "en", "X-RateLimit-Remaining": "99",
					"Username": "someone", "Privacy": "none", "Retry-After": "1", "Refresh": "60",
				} {
					a.header.Set(name, value)
				}
			})},
		{"xml-when-wanted", "Whoever accepts XML and no JSON gets XML; all others get JSON.", "",
			on(everything, accepting("application/xml", page("application/xml", "<account/>")))},
		{"tls", "The endpoint is served over TLS, without HTTP/2.", "",
			func(a *app) { a.secure, a.http1 = true, true }},
		{"tls-http-2", "The endpoint is served over TLS and speaks HTTP/2.", "", overTLS},
		{"slow", "Every answer takes 30 ms.", "",
			on(everything, func(request, *answer) { work(30 * time.Millisecond) })},
		{"one-at-a-time", "Requests wait for one another, as with a single worker.", "",
			func(a *app) {
				turn := make(chan struct{}, 1)
				right := a.send
				a.send = func(w http.ResponseWriter, q request, answer *answer) {
					turn <- struct{}{}
					defer func() { <-turn }()
					work(time.Millisecond) // so that the others do wait
					right(w, q, answer)
				}
			}},

		// The order of the checks. The base checks 403, 400, 409.
		{"order-403-409-400", "The name is looked up before the setting is read.", "",
			ordered(403, 409, 400)},
		{"order-400-403-409", "Input is validated before the address is looked at.", "",
			ordered(400, 403, 409)},
		{"order-400-409-403", "The address is looked at last.", "", ordered(400, 409, 403)},
		{"order-409-403-400", "The name is looked up first, then the address.", "",
			ordered(409, 403, 400)},
		{"order-409-400-403", "The name is looked up first, and the address last.", "",
			ordered(409, 400, 403)},

		// Which names there are.
		{"names-folded", "Alice and alice are one account.", "", comparesBy(strings.ToLower)},
		{"names-ascii-only", "Names beyond ASCII are refused.", "", refuses(`[^\x20-\x7e]`)},
		{"names-letters-digits-dashes", "Names are letters, digits, - and _.", "", refuses(`[^A-Za-z0-9_-]`)},
		{"names-lower-case-only", "Names with capitals are refused.", "", refuses(`[^a-z0-9._-]`)},
		{"names-begin-with-letter", "A name begins with a letter.", "", refuses(`^[^A-Za-z]`)},
		{"names-up-to-20", "Names have at most 20 characters.", "", refuses(`^.{21}`)},
		{"names-up-to-32", "Names have at most 32 characters.", "", refuses(`^.{33}`)},
		{"names-up-to-100", "Names have at most 100 characters.", "", refuses(`^.{101}`)},
		{"names-up-to-255", "Names have at most 255 characters.", "", refuses(`^.{256}`)},
		{"names-folded-up-to-191",
			"MySQL's index of utf8mb4 has 191 characters, in any letter case; a longer name is refused.", "",
			all(refuses(`^.{192}`), comparesBy(strings.ToLower))},
		{"names-from-3", "Names have at least three characters.", "", refuses(`^.{0,2}$`)},
		{"names-without-digits-only", "A name is not all digits.", "", refuses(`^[0-9]*$`)},
		{"names-not-reserved", "admin, null, true and the like are not to be had.", "",
			refuses(`(?i)^(admin|root|null|true|false|undefined|nan)$`)},
		{"names-read-as-latin-1", "Headers are ISO-8859-1, as Java's servlets read them.", "",
			reads(func(r *http.Request, q *request) { q.name = latin1(r.Header.Get("Username")) })},
		{"refused-names-told-otherwise", "Refused names are told in other words, with fewer members.", "",
			all(refuses(`[^A-Za-z0-9._-]`),
				on(refusedUsername, drop("privacy"), set("description", "Only letters and digits, please")))},

		// The missing Username.
		{"missing-username-other-words", "The description is the server's own.", "",
			on(noUsername, set("description", "The header Username is required"))},
		{"missing-username-code-only", "There is a code and nothing else.", "",
			on(noUsername, drop("name"), drop("privacy"), drop("description"))},
		{"missing-username-without-name", "What was not sent is not echoed.", "",
			on(noUsername, drop("name"))},
		{"missing-username-null-name", "What was not sent is null.", "",
			on(noUsername, set("name", nil))},
		{"missing-username-as-on-the-page", "The description is the page's, though it speaks of Privacy.", "",
			on(noUsername, set("description", "Privacy was invalid"))},
		{"missing-username-field-errors", "The errors are listed, too.", "",
			on(noUsername, add("errors", []map[string]string{{"field": "Username", "message": "required"}}))},

		// Settings.
		{"more-settings", "There are Friends and Unlisted, too.", "",
			settings("Public", "Private", "Friends", "Unlisted")},
		{"settings-folded", "Letter case does not matter in a setting.", "",
			accepts(func(privacy string) bool {
				return strings.EqualFold(privacy, "Public") || strings.EqualFold(privacy, "Private")
			})},
		{"empty-privacy-is-default", "An empty Privacy is none.", "",
			reads(func(_ *http.Request, q *request) {
				if q.privacy == "" {
					q.privacy = "Public"
				}
			})},
		{"repeated-headers-last", "Of several headers the last counts.", "",
			reads(func(r *http.Request, q *request) {
				if names := r.Header.Values("Username"); len(names) > 1 {
					q.name = text(names[len(names)-1])
				}
				if privacies := r.Header.Values("Privacy"); len(privacies) > 1 {
					q.privacy = privacies[len(privacies)-1]
				}
			})},
		{"repeated-headers-joined", "Several headers are one list (RFC 9110, section 5.2), as in Node.", "",
			reads(func(r *http.Request, q *request) {
				if q.named {
					q.name = text(strings.Join(r.Header.Values("Username"), ", "))
				}
				if q.asked {
					q.privacy = strings.Join(r.Header.Values("Privacy"), ", ")
				}
			})},
		{"repeated-headers-refused", "Several headers are a 400.", "",
			all(
				refusesWhen(refusedUsername, func(q request) bool { return len(q.Header.Values("Username")) > 1 }),
				refusesWhen(invalidPrivacy, func(q request) bool { return len(q.Header.Values("Privacy")) > 1 }),
			)},

		// Elsewhere.
		{"missing-slash-served", "/users is served like /users/.", "",
			serving(http.MethodPost, "/users/", "/users")},
		{"missing-slash-redirected", "/users is redirected to /users/, as Django does.", "",
			func(a *app) {
				right := a.elsewhere
				a.elsewhere = func(w http.ResponseWriter, r *http.Request) {
					if strings.HasSuffix(r.URL.Path, "/users") {
						http.Redirect(w, r, r.URL.Path+"/", http.StatusMovedPermanently)
						return
					}
					right(w, r)
				}
			}},
		{"elsewhere-html", "Other paths and methods meet an HTML page.", "",
			func(a *app) {
				a.elsewhere = func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/html; charset=utf-8")
					w.WriteHeader(http.StatusNotFound)
					_, _ = w.Write([]byte("<!doctype html><title>Error</title><pre>Cannot GET /</pre>"))
				}
			}},
		{"elsewhere-405-empty", "Other paths and methods are answered with 405 and no body.", "",
			elsewhere(http.StatusMethodNotAllowed, "")},
		{"get-lists-accounts", "GET lists the accounts.", "",
			func(a *app) {
				right := a.elsewhere
				a.elsewhere = func(w http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet {
						_, _ = w.Write([]byte("[]"))
						return
					}
					right(w, r)
				}
			}},
		{"request-body-refused", "A request body is refused with 400.", "",
			refusesWhen(refusedUsername, func(q request) bool { return q.ContentLength != 0 })},
		{"head-like-get", "HEAD is answered as GET would be, without a body.", "",
			func(a *app) {
				a.elsewhere = func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "2") }
			}},
		{"request-body-415", "A request body of any type is refused with 415.", "",
			func(a *app) {
				a.front = front(func(w http.ResponseWriter, r *http.Request, endpoint http.Handler) {
					if r.ContentLength != 0 {
						http.Error(w, "No body, please", http.StatusUnsupportedMediaType)
						return
					}
					endpoint.ServeHTTP(w, r)
				})
			}},
		{"idle-connections-closed", "Idle connections are closed after 20 ms, as a short keep-alive time-out does.", "",
			func(a *app) { a.idle = 20 * time.Millisecond }},
	}
}

// escape writes some characters as \u….
func escape(right string, which func(rune) bool) string {
	var escaped strings.Builder
	for _, char := range right {
		if !which(char) {
			escaped.WriteRune(char)
			continue
		}
		for _, unit := range utf16.Encode([]rune{char}) {
			fmt.Fprintf(&escaped, `\u%04X`, unit)
		}
	}
	return escaped.String()
}

// inPieces sends the body in chunks of this size.
func inPieces(size int) deviation {
	return func(a *app) {
		a.send = func(w http.ResponseWriter, _ request, answer *answer) {
			maps.Copy(w.Header(), answer.header)
			w.WriteHeader(answer.status)
			for piece := range slices.Chunk(answer.body, size) {
				_, _ = w.Write(piece) // the caller may be gone
				_ = http.NewResponseController(w).Flush()
			}
		}
	}
}

// ordered makes the checks in this order, each named by the status that it answers with.
func ordered(statuses ...int) deviation {
	return func(a *app) {
		address, input := a.checks[:usernameCheck], a.checks[usernameCheck:]
		checks := map[int][]func(request) kind{403: address, 400: input, 409: {a.names.check}}
		a.checks = nil
		for _, status := range statuses {
			a.checks = append(a.checks, checks[status]...)
		}
	}
}

// refuses answers names that match with a 400.
func refuses(pattern string) deviation {
	refused := regexp.MustCompile(pattern)
	return refusesWhen(refusedUsername, func(q request) bool { return refused.MatchString(q.name) })
}

func settings(accepted ...string) deviation {
	return func(a *app) { a.checks[privacyCheck] = checkPrivacy(accepted...) }
}
