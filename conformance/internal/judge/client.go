package judge

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Bounds of one exchange.
const (
	// maxBody is the most bytes of a body that are read; the documented ones have a hundred, and the longest names a
	// thousand.
	maxBody = 64 << 10
	// maxKept is the most bytes of a body that are kept as evidence.
	maxKept = 16 << 10
	// maxKeptHeaders is the most lines of a header that are kept as evidence, of maxKept bytes altogether.
	maxKeptHeaders = 100
	// connectTries is how often a connection is tried. A request is sent once.
	connectTries = 3
)

// route is a way to the target: a base URL and how to get there.
type route struct {
	base      *url.URL
	transport http.RoundTripper
	// header is sent with every request.
	header http.Header
	// http2 says that requests go over HTTP/2.
	http2 bool
}

// newRoute returns the way to a base URL that the configuration describes, with changes to the transport for special
// ways.
func (c Config) newRoute(base string, changes ...func(*http.Transport)) (*route, error) {
	parsed, err := parseBaseURL(base)
	if err != nil {
		return nil, err
	}
	parsed.Path = strings.TrimRight(parsed.Path, "/")
	transport := &http.Transport{
		DialContext:            c.dialer(nil),
		TLSClientConfig:        &tls.Config{},
		TLSHandshakeTimeout:    c.Timeout,
		MaxResponseHeaderBytes: 64 << 10,
		// Every request has a connection of its own: a server may close one that is idle at any time (RFC 9112,
		// section 9.5), and a POST that met that could be neither judged nor sent again. This way no header says so.
		MaxIdleConnsPerHost: -1,
		// The suite decodes gzip itself, so that a body under a wrong label is a fault of the body.
		DisableCompression: true,
		// HTTP/1.1 only: header names reach the target as they are written here.
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
	if c.TLS != nil {
		transport.TLSClientConfig = c.TLS.Clone()
	}
	proxy, err := c.proxyTo(parsed)
	if err != nil {
		return nil, err
	}
	transport.Proxy = http.ProxyURL(proxy)
	for _, change := range changes {
		change(transport)
	}
	return &route{base: parsed, transport: transport, header: c.Header}, nil
}

// proxyTo returns the proxy for requests to a URL; nil when there is none.
func (c Config) proxyTo(target *url.URL) (*url.URL, error) {
	switch {
	case c.Proxy != "":
		proxy, err := url.Parse(c.Proxy)
		if err != nil {
			return nil, errors.New("proxy: not a URL") // the error would repeat a password
		}
		return proxy, nil
	case c.ProxyFor != nil:
		proxy, err := c.ProxyFor(target)
		if err != nil {
			const say = "HTTP_PROXY or HTTPS_PROXY is not the URL of a proxy; correct or unset it, or give --proxy"
			return nil, errors.New(say)
		}
		return proxy, nil
	default:
		return nil, nil
	}
}

// close closes the connections that are kept.
func (via *route) close() {
	if closer, ok := via.transport.(*http.Transport); ok {
		closer.CloseIdleConnections()
	}
}

// speakHTTP2 makes a transport speak HTTP/2 and nothing else: a server that offers none sees no request.
func speakHTTP2(transport *http.Transport) {
	transport.ForceAttemptHTTP2, transport.TLSNextProto = true, nil
	transport.MaxIdleConnsPerHost = 1
	transport.TLSClientConfig.NextProtos = []string{"h2"}
	transport.TLSClientConfig.VerifyConnection = func(state tls.ConnectionState) error {
		if state.NegotiatedProtocol != "h2" {
			return errors.New("the target offers no HTTP/2")
		}
		return nil
	}
}

// dialer returns how to connect from a local address; nil means any.
func (c Config) dialer(local net.Addr) func(context.Context, string, string) (net.Conn, error) {
	dial := c.dial
	if dial == nil {
		// No connection is idle for as long as TCP would keep it alive.
		dial = (&net.Dialer{Timeout: c.Timeout, LocalAddr: local, KeepAlive: -1}).DialContext
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &holdable{Conn: conn}, nil
	}
}

// request is one request to send.
type request struct {
	// clause is the id of the clause for which it is sent.
	clause string
	// method is POST and path is /users/ when they are empty.
	method, path, query string
	// header holds names as they are to be written.
	header http.Header
	body   string
	// via is the way to the target; nil means the usual one.
	via *route
	// barrier lets simultaneous requests go at once; nil for others.
	barrier *barrier
	// aside is a request that the page does not describe: another path, another method, an oversized name. The
	// clauses on every answer do not bind its answer.
	aside bool
	// unusual is a request that the HTTP server in front of an implementation may refuse in its own words.
	unusual bool
	// blocked is a request of a blocked caller, whom some targets answer with 429.
	blocked bool
	// tentative is a request that need not reach the target.
	tentative bool
	// shared is a request on a connection that others use too, and that the target may have closed meanwhile.
	shared bool
}

// answer is what came back.
type answer struct {
	exchange *report.Exchange
	// status is 0 when no complete answer came.
	status int
	// object is the body; nil when it is not one.
	object object
	// form is everything that is wrong with the form of the answer.
	form []mismatch
	// compared are the comparisons made.
	compared []compared
	// wants are the answers that would be right; nil when nobody expected one in particular.
	wants []want
	// unreached says that the request did not reach the target, which is nobody's fault but the network's.
	unreached bool
	// timedOut says that no complete answer came in time.
	timedOut bool
	// idle says that the request was not sent, because its connection would have waited for it for too long.
	idle bool
	// reused says that the connection had served another request before, and untouched that nothing of an answer came.
	reused, untouched bool
	// http2 says that the request went over HTTP/2.
	http2 bool
	// cut says that the name came back altered.
	cut bool
	// limited says that the front door refused the request because its callers are too fast: it says nothing about
	// the endpoint.
	limited bool
}

func (a *answer) is(status int) bool { return a.status == status }

// evidence is the exchange, for a report.
func evidence(answers ...*answer) []report.Exchange {
	var exchanges []report.Exchange
	for _, a := range answers {
		exchanges = append(exchanges, *a.exchange)
	}
	return exchanges
}

// errTooLate is that a request took longer than it may. The deadline of the whole run is another one.
var errTooLate = errors.New("no complete answer in time")

// exchange sends a request and reads the answer, within the bounds. It never fails: what went wrong is in the answer.
// Start is called when the connection is open, and returns when the request may go; nil means at once.
func (c Config) exchange(ctx context.Context, q request, start func(context.Context) error) *answer {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	tooLate := time.AfterFunc(c.Timeout, func() { end(errTooLate) })
	defer tooLate.Stop()
	a := &answer{exchange: &report.Exchange{Clause: q.clause, Started: time.Now()}, untouched: true}
	defer func() { a.exchange.Duration = time.Since(a.exchange.Started) }()

	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			a.reused, a.http2 = info.Reused, isHTTP2(info.Conn)
			tooLate.Stop()
			if start != nil {
				if err := start(ctx); err != nil {
					end(err)
				}
			}
			if q.barrier != nil && (a.http2 || !holdLastByte(ctx, info.Conn, q.barrier)) {
				q.barrier.wait(ctx) // a connection of HTTP/2 is one for all of them
			}
			a.exchange.Started = time.Now()
			tooLate.Reset(c.Timeout)
			wrote.Store(true)
		},
		GotFirstResponseByte: func() { a.untouched = false },
	})
	defer q.barrier.leave()

	var response *http.Response
	var err error
	for try := 1; ; try++ {
		req := c.newRequest(ctx, q)
		a.exchange.Request = describeRequest(req, q)
		response, err = q.via.transport.RoundTrip(req)
		if err == nil || wrote.Load() || q.tentative || try == connectTries ||
			!pause(ctx, time.Duration(try)*100*time.Millisecond) {
			break
		}
	}
	if err != nil {
		a.fail(ctx, err, !wrote.Load())
		return a
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	a.exchange.Response = &report.Response{
		Proto:  response.Proto,
		Status: response.StatusCode,
		Header: keptHeader(response.Header),
	}
	a.keep(body)
	if err != nil {
		a.fail(ctx, fmt.Errorf("the answer broke off: %w", err), false)
		return a
	}
	a.read(response, body, q.barrier != nil)
	return a
}

// keep takes the beginning of a body as evidence.
func (a *answer) keep(body []byte) {
	a.exchange.Response.Body, a.exchange.Response.Truncated = body[:min(len(body), maxKept)], len(body) > maxKept
}

// keptHeader is a header as evidence: whole, unless it is larger than any that serves a purpose.
func keptHeader(header http.Header) http.Header {
	kept, lines, left, bytes := http.Header{}, 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			if bytes += len(name) + len(value); lines == maxKeptHeaders || bytes > maxKept {
				left++
				continue
			}
			lines++
			kept[name] = append(kept[name], value)
		}
	}
	if left > 0 {
		kept["(and more)"] = []string{fmt.Sprintf("%d more lines, which are not kept", left)}
	}
	return kept
}

// unzip decodes a body that says it is gzip, which the request allows.
func unzip(header http.Header, body []byte) ([]byte, error) {
	if !strings.EqualFold(header.Get("Content-Encoding"), "gzip") {
		return body, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(reader, maxBody+1))
}

// newRequest builds the request. Header names are set past net/http, which would write them in its own way.
func (c Config) newRequest(ctx context.Context, q request) *http.Request {
	target := *q.via.base
	target.Path += q.path
	target.RawQuery = q.query
	user := target.User
	target.User = nil
	req := (&http.Request{
		Method: q.method, URL: &target, Header: http.Header{}, Host: target.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if q.body != "" {
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(q.body)), int64(len(q.body))
	}
	req.Header.Set("User-Agent", fmt.Sprintf("connectmypairs-conformance/%s (%s)", c.Version, q.clause))
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "gzip")
	if user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	for name, values := range q.via.header {
		if strings.EqualFold(name, "Host") {
			req.Host = values[0]
			continue
		}
		req.Header.Del(name)
		req.Header[name] = values
	}
	maps.Copy(req.Header, q.header)
	return req
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// isHTTP2 reports whether a connection speaks HTTP/2.
func isHTTP2(conn net.Conn) bool {
	secure, ok := conn.(*tls.Conn)
	return ok && secure.ConnectionState().NegotiatedProtocol == "h2"
}

// fail notes that no complete answer came.
func (a *answer) fail(ctx context.Context, err error, unreached bool) {
	a.unreached = unreached
	cause := context.Cause(ctx)
	a.timedOut, a.idle = errors.Is(cause, errTooLate), errors.Is(cause, errIdle)
	text := plainNetwork(err)
	if strings.HasPrefix(text, "remote error: tls:") {
		// TLS 1.3 refuses a client's certificate, or the lack of one, only after the client's last word.
		a.unreached = true
	}
	switch {
	case a.timedOut:
		text = errTooLate.Error()
	case cause != nil:
		text, a.unreached = "the run was interrupted", true
	}
	a.exchange.Error = text
	if !a.unreached {
		a.form = []mismatch{{aboutComplete, "the request must be answered completely: " + text}}
	}
}

// read examines the form of a complete answer (clauses answer.*). Burst says that the request was one of several
// simultaneous ones.
func (a *answer) read(response *http.Response, body []byte, burst bool) {
	a.status = response.StatusCode
	found := collector{}
	if a.status >= 300 && a.status < 400 {
		found.add(aboutRedirect, "the answer must not be a redirect, was %d to %q", a.status,
			response.Header.Get("Location"))
	}
	if a.status >= 500 {
		found.add(aboutServerError, "the status must be below 500, was %d%s", a.status, limiterHint(a.status, burst))
	}
	types := response.Header.Values("Content-Type")
	if len(types) == 0 {
		found.add(aboutContentType, "the header Content-Type must be application/json, was missing")
	}
	for _, text := range types {
		if media, _, err := mime.ParseMediaType(text); err != nil || media != "application/json" {
			found.add(aboutContentType, "the header Content-Type must be application/json, was %q", text)
		}
	}
	body, err := unzip(response.Header, body)
	switch {
	case err != nil:
		found.add(aboutJSON, "the body must be what its Content-Encoding says, gzip: %v", err)
	case len(body) > maxBody:
		found.add(aboutJSON, "the body must end; %d bytes came, and more", len(body)-1)
	default:
		a.keep(body)
		members, problems := readObject(body)
		a.object = members
		found.found = append(found.found, problems...)
	}
	a.form = found.found
}

// limiterHint says what else a 503 may be that says nothing of Retry-After: such a one would have been waited for.
func limiterHint(status int, burst bool) string {
	switch {
	case status != http.StatusServiceUnavailable:
		return ""
	case burst:
		return "; if that is a limiter, which would say so by Retry-After or 429, a smaller --simultaneous avoids it"
	default:
		return "; if that is a limiter, which would say so by Retry-After or 429, --simultaneous or --rate avoids it"
	}
}

// plainNetwork is an error of the network, without what Go wraps around it.
func plainNetwork(err error) string {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed in the middle of the answer"
	case errors.Is(err, io.EOF):
		return "the connection was closed without an answer"
	}
	text := err.Error()
	if strings.Contains(text, "server closed idle connection") {
		return "the connection was closed without an answer"
	}
	for _, prefix := range []string{"net/http: HTTP/1.x transport connection broken: ", "net/http: ", "http: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}

// withDefaults fills in what a request to the endpoint has unless it says otherwise.
func (q request) withDefaults(usual *route) request {
	q.method = cmp.Or(q.method, http.MethodPost)
	q.path = cmp.Or(q.path, fixtures.UsersPath)
	q.via = cmp.Or(q.via, usual)
	return q
}
