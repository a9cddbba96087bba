package hostile

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// post begins a request that creates an account; a case adds headers, an empty line and what follows.
const post = "POST /connectmypairs/users/ HTTP/1.1\r\nHost: localhost\r\n"

// smuggled is a request that must never be taken for one, for an intermediary would take it for the body of another.
const smuggled = post + "Username: smuggled\r\n\r\n"

// after is what follows a request line in most cases.
const after = "\r\nHost: localhost\r\nUsername: smuggled\r\n\r\n"

// Statuses of 500 and above that HTTP asks for: what the server cannot do, not what went wrong in it.
var (
	// RFC 9112, section 6.1: a transfer coding that it does not understand.
	notImplemented = http.StatusNotImplemented
	// RFC 9110, section 15.6.6: a major version that it does not speak.
	versionNotSupported = http.StatusHTTPVersionNotSupported
)

// rawCase is something sent on a connection of its own. Closed without an answer is right for all of them; the statuses
// are what is right besides, 4xx where there are none.
type rawCase struct {
	name, sent string
	statuses   []int
}

func repeat(n int, text func(i int) string) string {
	var all strings.Builder
	for i := range n {
		all.WriteString(text(i))
	}
	return all.String()
}

func corpus() []rawCase {
	length := fmt.Sprint(len(smuggled))
	chunked := "Transfer-Encoding: chunked\r\n"
	inChunk := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(smuggled), smuggled)
	return []rawCase{
		// Request lines.
		{"nothing", "", nil},
		{"empty lines", "\r\n\r\n\r\n", nil},
		{"a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 500), nil},
		{"random bytes", string([]byte{0, 255, 254, 128, 13, 10, 13, 10}), nil},
		{"HTTP/0.9", "POST /connectmypairs/users/\r\n\r\n", nil},
		{"HTTP/0.9 GET", "GET /\r\n", nil},
		{"HTTP/9.9", "POST /connectmypairs/users/ HTTP/9.9" + after, []int{versionNotSupported}},
		{"HTTP/1.15", "POST /connectmypairs/users/ HTTP/1.15" + after, nil},
		{"a lower-case protocol", "POST /connectmypairs/users/ http/1.1" + after, nil},
		{"two spaces", "POST  /connectmypairs/users/ HTTP/1.1" + after, nil},
		{"a space in the path", "POST /connectmypairs /users/ HTTP/1.1" + after, nil},
		{"tabs for spaces", "POST\t/connectmypairs/users/\tHTTP/1.1" + after, nil},
		{"NUL in the method", "PO\x00ST /connectmypairs/users/ HTTP/1.1" + after, nil},
		{"NUL in the path", "POST /connectmypairs/users\x00/ HTTP/1.1" + after, nil},
		{"bytes that are not ASCII in the path", "POST /connectmypairs/users\xff/ HTTP/1.1" + after, nil},
		{"a bad escape", "POST /connectmypairs/%zz/ HTTP/1.1" + after, nil},
		{"an escaped NUL", "POST /connectmypairs/users%00/ HTTP/1.1" + after, nil},
		{"dots", "POST /connectmypairs/../users/ HTTP/1.1" + after, nil},
		{"double slashes", "POST //connectmypairs//users// HTTP/1.1" + after, nil},
		{"a space named by dots", "POST /~../connectmypairs/users/ HTTP/1.1" + after, nil},
		{"a space with a bad name", "POST /~%00/connectmypairs/users/ HTTP/1.1" + after, nil},
		{"a long path", "POST /" + strings.Repeat("a", 100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", nil},
		{"a long method", strings.Repeat("A", 100_000) + " / HTTP/1.1\r\nHost: localhost\r\n\r\n", nil},
		{"a long method, allowed",
			strings.Repeat("A", 50_000) + " /connectmypairs/users/ HTTP/1.1\r\nHost: localhost\r\n\r\n", nil},
		{"asterisk form", "POST * HTTP/1.1" + after, nil},
		{"OPTIONS in asterisk form", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", []int{200, 204}},
		{"authority form", "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\nUsername: smuggled\r\n\r\n", nil},
		{"absolute form", "POST http://localhost/connectmypairs/users/ HTTP/1.1\r\nHost: localhost\r\n" +
			"Username: absolute\r\n\r\n", []int{201}},
		{"absolute form to another host",
			"GET http://attacker.example/__mock/accounts HTTP/1.1\r\nHost: localhost\r\n\r\n", nil},
		{"a preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
			[]int{versionNotSupported}},
		{"an upgrade to h2c", post + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
			"HTTP2-Settings: AAMAAABkAAQAAP__\r\nUsername: upgraded\r\n\r\n", []int{201}},
		{"an upgrade to WebSocket", "GET /__mock/events HTTP/1.1\r\nHost: attacker.example\r\n" +
			"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", nil},

		// Hosts.
		{"no Host", "POST /connectmypairs/users/ HTTP/1.1\r\nUsername: smuggled\r\n\r\n", nil},
		{"two Hosts", post + "Host: other\r\nUsername: smuggled\r\n\r\n", nil},
		{"a bad Host", "POST /connectmypairs/users/ HTTP/1.1\r\nHost: a b\r\nUsername: smuggled\r\n\r\n", nil},
		{"HTTP/1.0 without Host", "POST /connectmypairs/users/ HTTP/1.0\r\nUsername: one-point-zero\r\n\r\n",
			[]int{201}},

		// Headers.
		{"NUL in a value", post + "Username: a\x00b\r\n\r\n", nil},
		{"NUL in a name", post + "User\x00name: smuggled\r\n\r\n", nil},
		{"control characters in a value", post + "Username: a\x01\x07\x7fb\r\n\r\n", nil},
		{"a bare CR in a value", post + "Username: a\rsmuggled: b\r\n\r\n", nil},
		{"a bare CR as a line end", post + "Username: smuggled\r\r\n\r\n", nil},
		{"obs-fold", post + "Username: folded\r\n name\r\n\r\n",
			[]int{201}}, // RFC 9112, section 5.2: or one space in its place
		{"obs-fold at the start",
			"POST /connectmypairs/users/ HTTP/1.1\r\n Host: localhost\r\nUsername: smuggled\r\n\r\n", nil},
		{"obs-fold of nothing", post + "Username:\r\n \r\n\r\n", nil},
		{"obs-fold of a length", post + "Content-Length:\r\n " + length + "\r\nUsername: carrier-0\r\n\r\n" + smuggled,
			[]int{201}},
		{"LF as a line end", strings.ReplaceAll(post, "\r\n", "\n") + "Username: line-feeds\n\n",
			[]int{201}}, // RFC 9112, section 2.2
		{"a space before the colon", post + "Username : smuggled\r\n\r\n", nil},
		{"a space in a name", post + "User name: smuggled\r\n\r\n", nil},
		{"a name that is not ASCII", post + "Us\xc3\xa9rname: smuggled\r\n\r\n", nil},
		{"no colon", post + "Username smuggled\r\n\r\n", nil},
		{"an empty name", post + ": smuggled\r\n\r\n", nil},
		{"invalid UTF-8", post + "Username: \xff\xfe\xc3\r\n\r\n", []int{201}},
		{"an overlong slash", post + "Username: \xc0\xaf\r\n\r\n", []int{201}}, // read as ISO-8859-1
		{"a surrogate", post + "Username: \xed\xa0\xbd\r\n\r\n", []int{201}},
		{"a C1 control character", post + "Username: a\xc2\x85b\r\n\r\n", nil},
		{"a name of 60,000 bytes", post + "Username: " + strings.Repeat("n", 60_000) + "\r\n\r\n", []int{201}},
		{"a name of 60,000 bytes that are not UTF-8", post + "Username: " + strings.Repeat("\xe9", 60_000) + "\r\n\r\n",
			[]int{201}},
		{"a name beyond the bound", post + "Username: " + strings.Repeat("n", 100_000) + "\r\n\r\n", nil},
		{"10,000 headers", post + repeat(10_000, func(i int) string { return fmt.Sprintf("H%d: v\r\n", i) }) +
			"Username: smuggled\r\n\r\n", nil},
		{"4,000 headers", post + repeat(4_000, func(i int) string { return fmt.Sprintf("H%d: v\r\n", i) }) +
			"Username: headers\r\n\r\n", []int{201}},
		{"1,000 Usernames", post + strings.Repeat("Username: smuggled\r\n", 1000) + "\r\n", nil},
		{"1,000 preferences", post + strings.Repeat("Prefer: code=;;==,,\"\r\n", 1000) + "\r\n", nil},
		{"1,000 hops", post + strings.Repeat("X-Forwarded-For: 1.2.3.4, ::, x\r\n", 1000) + "Username: hops\r\n\r\n",
			[]int{201}},
		{"a header without end", post + "Username: " + strings.Repeat("n", 1<<20), nil},
		{"an unknown expectation", post + "Expect: miracles\r\nUsername: smuggled\r\n\r\n", nil},

		// Lengths (RFC 9112, section 6.3).
		{"two lengths that differ",
			post + "Content-Length: 0\r\nContent-Length: " + length + "\r\nUsername: smuggled\r\n\r\n" + smuggled, nil},
		{"two lengths in one",
			post + "Content-Length: 0, " + length + "\r\nUsername: smuggled\r\n\r\n" + smuggled, nil},
		{"a negative length", post + "Content-Length: -1\r\nUsername: smuggled\r\n\r\n" + smuggled, nil},
		{"a length with a sign", post + "Content-Length: +0\r\nUsername: smuggled\r\n\r\n" + smuggled, nil},
		{"a length in hexadecimal", post + "Content-Length: 0x0\r\nUsername: smuggled\r\n\r\n" + smuggled, nil},
		{"a length beyond 64 bits",
			post + "Content-Length: 18446744073709551616\r\nUsername: smuggled\r\n\r\n" + smuggled, nil},
		{"an empty length", post + "Content-Length: \r\nUsername: smuggled\r\n\r\n" + smuggled, nil},
		{"a request as the body", post + "Content-Length: " + length + "\r\nUsername: carrier-1\r\n\r\n" + smuggled,
			[]int{201}},
		{"a request as the body of a GET", "GET /connectmypairs/users/ HTTP/1.1\r\nHost: localhost\r\n" +
			"Content-Length: " + length + "\r\n\r\n" + smuggled, nil},
		{"a request as the body of a preflight", "OPTIONS /connectmypairs/users/ HTTP/1.1\r\nHost: localhost\r\n" +
			"Origin: http://a.example\r\nAccess-Control-Request-Method: POST\r\n" +
			"Content-Length: " + length + "\r\n\r\n" + smuggled, []int{200, 204}},
		{"a request as the body for the control API", "DELETE /__mock/accounts/none HTTP/1.1\r\nHost: localhost\r\n" +
			"Content-Length: " + length + "\r\n\r\n" + smuggled, nil},
		{"a request as a body that is expected", post + "Expect: 100-continue\r\nContent-Length: " + length +
			"\r\nUsername: carrier-2\r\n\r\n" + smuggled, []int{201}},
		{"a body of 8 MiB", post + "Content-Length: 8388608\r\nUsername: carrier-3\r\n\r\n" +
			strings.Repeat(smuggled, 8<<20/len(smuggled)), []int{201}},

		// Transfer codings: an intermediary that goes by the length takes what follows the last chunk for the body.
		{"length and chunks", post + "Content-Length: " + fmt.Sprint(5+len(smuggled)) + "\r\n" + chunked +
			"Username: carrier-4\r\n\r\n0\r\n\r\n" + smuggled, []int{201}},
		{"chunks and length", post + chunked + "Content-Length: 4\r\nUsername: carrier-5\r\n\r\n" + inChunk,
			[]int{201}},
		{"an unknown coding", post + "Transfer-Encoding: xchunked\r\nUsername: smuggled\r\n\r\n" + smuggled,
			[]int{notImplemented}},
		{"a coding with a vertical tab",
			post + "Transfer-Encoding: \x0bchunked\r\nUsername: smuggled\r\n\r\n" + smuggled, []int{notImplemented}},
		{"a coding before the colon",
			post + "Transfer-Encoding : chunked\r\nUsername: smuggled\r\n\r\n0\r\n\r\n" + smuggled, nil},
		{"two codings", post + chunked + "Transfer-Encoding: identity\r\nUsername: smuggled\r\n\r\n0\r\n\r\n" +
			smuggled, []int{notImplemented}},
		{"two codings in one", post + "Transfer-Encoding: chunked, chunked\r\nUsername: smuggled\r\n\r\n0\r\n\r\n" +
			smuggled, []int{notImplemented}},
		{"a coding in quotes", post + "Transfer-Encoding: \"chunked\"\r\nUsername: smuggled\r\n\r\n0\r\n\r\n" +
			smuggled, []int{notImplemented}},
		{"an empty coding", post + "Transfer-Encoding:\r\nContent-Length: 5\r\nUsername: smuggled\r\n\r\n0\r\n\r\n" +
			smuggled, []int{notImplemented}},
		{"a folded coding", post + "Transfer-Encoding:\r\n chunked\r\nUsername: carrier-15\r\n\r\n" + inChunk,
			[]int{201}},
		{"a coding with an underscore", post + "Transfer_Encoding: chunked\r\nContent-Length: " + length +
			"\r\nUsername: carrier-16\r\n\r\n" + smuggled, []int{201}},
		{"a length that only this hop may see", post + "Connection: Content-Length\r\nContent-Length: " + length +
			"\r\nUsername: carrier-17\r\n\r\n" + smuggled, []int{201}},
		{"a list of codings", post + "Transfer-Encoding: gzip, chunked\r\nUsername: smuggled\r\n\r\n0\r\n\r\n" +
			smuggled, []int{notImplemented}},
		{"chunks in HTTP/1.0", "POST /connectmypairs/users/ HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: " +
			fmt.Sprint(5+len(smuggled)) + "\r\n" + chunked +
			"Username: carrier-6\r\n\r\n0\r\n\r\n" + smuggled, []int{201}},
		{"a chunk of a bad size", post + chunked + "Username: carrier-7\r\n\r\nZZ\r\n" + smuggled, []int{201}},
		{"a chunk of a negative size", post + chunked + "Username: carrier-8\r\n\r\n-1\r\n" + smuggled, []int{201}},
		{"a chunk of a size beyond 64 bits",
			post + chunked + "Username: carrier-9\r\n\r\nfffffffffffffffff\r\n" + smuggled, []int{201}},
		{"a chunk of a size with an underscore", post + chunked + "Username: carrier-18\r\n\r\n1_0\r\n" + smuggled,
			[]int{201}},
		{"a chunk of a size after a space",
			post + chunked + "Username: carrier-19\r\n\r\n 1\r\na\r\n0\r\n\r\n" + smuggled, []int{201}},
		{"a chunk without its end", post + chunked + "Username: carrier-10\r\n\r\n1\r\naX" + smuggled, []int{201}},
		{"a chunk with an endless extension", post + chunked + "Username: carrier-11\r\n\r\n1;" +
			strings.Repeat("e", 100_000) + "\r\na\r\n0\r\n\r\n", []int{201}},
		{"a chunk extension with a bare LF",
			post + chunked + "Username: carrier-12\r\n\r\n1;\nx\r\na\r\n0\r\n\r\n" + smuggled, []int{201}},
		{"100,000 chunks of a byte", post + chunked + "Username: carrier-13\r\n\r\n" +
			strings.Repeat("1\r\na\r\n", 100_000) + "0\r\n\r\n", []int{201}},
		{"a name in a trailer", post + chunked + "Trailer: Username\r\n\r\n0\r\nUsername: smuggled\r\n\r\n", nil},
		{"a trailer without end",
			post + chunked + "Username: carrier-14\r\n\r\n0\r\nX: " + strings.Repeat("t", 200_000), []int{201}},
	}
}

func TestRawBytes(t *testing.T) {
	m := start(t)
	cases := corpus()
	for i, c := range cases {
		statuses, err := m.exchange(t, c.sent)
		switch {
		case timedOut(err):
			t.Errorf("%s: neither answered nor closed", c.name)
		case len(statuses) > 1:
			t.Errorf("%s: taken for %d requests, which got %v", c.name, len(statuses), statuses)
		case len(statuses) == 1 && len(c.statuses) > 0 &&
			!slices.Contains(c.statuses, statuses[0]) && !refused(statuses[0]):
			t.Errorf("%s: %d, want %v, 4xx or the end of the connection", c.name, statuses[0], c.statuses)
		case len(statuses) == 1 && len(c.statuses) == 0 && !refused(statuses[0]):
			t.Errorf("%s: %d, want 4xx or the end of the connection", c.name, statuses[0])
		}
		m.works(t, fmt.Sprintf("after-%d", i))
	}
	names := m.names(t)
	if names["smuggled"] {
		t.Error("an account was smuggled in")
	}
	if !names["folded name"] {
		t.Error("obs-fold was not read as one space")
	}
	for i := range cases {
		if !names[fmt.Sprintf("after-%d", i)] {
			t.Errorf("the account created after %q is lost", cases[i].name)
		}
	}
	if bytes.Contains(m.log(), []byte("panic")) {
		t.Error("the log tells of a panic")
	}
	t.Logf("%d attacks on connections of their own, each with a normal request after it; %d accounts",
		len(cases), len(names))
	m.bounded(t, 256<<20)
}

func refused(status int) bool { return status >= 400 && status < 500 }

// exchange sends bytes and the end of them, and returns the status of every answer that came back.
func (m *mock) exchange(t *testing.T, sent string) (statuses []int, err error) {
	t.Helper()
	conn := m.dial(t)
	defer conn.Close()
	go func() {
		_, _ = io.WriteString(conn, sent) // the server may close before all of it is sent
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	answers := bufio.NewReader(conn)
	for {
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			return statuses, err
		}
		if response.StatusCode >= 200 {
			statuses = append(statuses, response.StatusCode)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return statuses, err
		}
	}
}

// A request that breaks off creates nothing, wherever it breaks off.
func TestRequestCutAtEachByte(t *testing.T) {
	m := start(t)
	whole := post + "Username: cut\r\nPrivacy: Private\r\n\r\n"
	for length := range len(whole) {
		statuses, err := m.exchange(t, whole[:length])
		if timedOut(err) || len(statuses) > 1 || len(statuses) == 1 && !refused(statuses[0]) {
			t.Fatalf("after %d bytes: %v %v, want 4xx or the end of the connection", length, statuses, err)
		}
	}
	if names := m.names(t); len(names) > 0 {
		t.Errorf("created %v", names)
	}
	if statuses, _ := m.exchange(t, whole); !slices.Equal(statuses, []int{http.StatusCreated}) {
		t.Errorf("the whole request: %v, want 201", statuses)
	}
	t.Logf("cut after each of %d bytes", len(whole))
}

// Pipelined requests are answered in their order, each once (RFC 9112, section 9.3.2).
func TestPipelining(t *testing.T) {
	m := start(t)
	n := 2000 * *scale
	statuses, _ := m.exchange(t, repeat(n, func(i int) string {
		return fmt.Sprintf("%sUsername: pipe-%d\r\n\r\n", post, i/2)
	}))
	if len(statuses) != n {
		t.Fatalf("%d answers to %d requests", len(statuses), n)
	}
	for i, status := range statuses {
		if want := []int{http.StatusCreated, http.StatusConflict}[i%2]; status != want {
			t.Fatalf("answer %d: %d, want %d", i, status, want)
		}
	}
	t.Logf("%d requests at once on one connection", n)
}
