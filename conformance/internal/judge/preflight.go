package judge

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// preflight sends one request of each kind that is always possible, and says why the target cannot be judged by what
// comes back. The answers are evidence like any other.
func (r *run) preflight() (reason string) {
	answers := make([]*answer, 3)
	defer func() {
		if reason == "" {
			r.adapt(answers)
		}
	}()
	all(
		func() { answers[0] = r.create("request.endpoint", r.name()) },
		func() { answers[1] = r.refuse("invalid-privacy.status", r.name(), r.invalid(0)) },
		func() {
			answers[2] = r.send(request{clause: "missing-username.status", header: http.Header{}})
			r.expect(answers[2], nil, wantMissing())
		},
	)
	return r.unjudgeable(answers)
}

// unjudgeable says, once and clearly, why a target with these first answers cannot be judged; empty when it can. One
// answer that could be the endpoint's is enough.
func (r *run) unjudgeable(answers []*answer) string {
	every := func(is func(*answer) bool) bool {
		return !slices.ContainsFunc(answers, func(a *answer) bool { return !is(a) })
	}
	first := answers[0]
	at := r.cfg.display()
	switch {
	case r.ctx.Err() != nil:
		return r.ended().Error()
	case every(func(a *answer) bool { return a.unreached }):
		return unreachable(at, first.exchange.Error)
	case every(wantsHTTP2) && r.onlyHTTP2():
		return fmt.Sprintf("%s speaks only HTTP/2, and the judge asks over HTTP/1.1, too; let it serve both, or give "+
			"the URL of a proxy in front of it that does", at)
	case every(func(a *answer) bool { return a.status == 0 && a.exchange.Response == nil }):
		return fmt.Sprintf("%s takes connections but does not answer: %s%s", at, first.exchange.Error,
			unansweredHint(first))
	case every(func(a *answer) bool { return a.is(http.StatusUnauthorized) }):
		return fmt.Sprintf("%s asks for credentials (401); give them with --header, such as --header @FILE with an "+
			"Authorization line", at)
	case every(func(a *answer) bool { return a.is(http.StatusProxyAuthRequired) }):
		return "the proxy asks for credentials (407); put them into the URL of --proxy"
	case every(func(a *answer) bool {
		return a.is(http.StatusForbidden) && len(a.compare([]want{wantBlocked()})) == 0
	}):
		return fmt.Sprintf("%s blocks the IP address of this machine (403); run from one that it does not block", at)
	case every(func(a *answer) bool { return r.elsewhere(a) != "" }):
		location := r.elsewhere(first)
		return fmt.Sprintf("%s only redirects, to %s (status %d); %s", at, excerpt([]byte(location)), first.status,
			redirectHint(location))
	case every(isPage):
		return fmt.Sprintf("%s answers with an HTML page: status %d%s; %s", at, first.status, titleOf(first),
			pageHint(first))
	case every(func(a *answer) bool {
		return a.is(http.StatusBadRequest) && bytes.Contains(a.exchange.Response.Body, []byte("HTTPS server"))
	}):
		return fmt.Sprintf("%s wants HTTPS; start the URL with https://", at)
	}
	return ""
}

// onlyHTTP2 reports whether a target that had no answer to HTTP/1.1, or only that it wants HTTP/2, has one over HTTP/2.
// A URL that starts with http:// cannot offer a choice, so that HTTP/2 is spoken from the first byte there (RFC 9113,
// section 3.3). The request is a safe one.
func (r *run) onlyHTTP2() bool {
	via, err := r.cfg.newRoute(r.cfg.URL, speakHTTP2, func(transport *http.Transport) {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetHTTP2(true)
		transport.Protocols.SetUnencryptedHTTP2(true)
	})
	if err != nil {
		return false
	}
	defer via.close()
	asked := request{clause: "request.endpoint", method: http.MethodGet, via: via, tentative: true, aside: true}
	return r.send(asked).status != 0
}

// wantsHTTP2 reports whether an answer to HTTP/1.1 is none, or is Node's to whoever cannot choose HTTP/2.
func wantsHTTP2(a *answer) bool {
	if a.exchange.Response == nil {
		return !a.timedOut
	}
	return bytes.Contains(a.exchange.Response.Body, []byte("Missing ALPN Protocol"))
}

// clientCertificateHint is for a target that refuses whoever shows no certificate.
const clientCertificateHint = "it wants a client certificate; bring one with --cert and --key"

func unansweredHint(a *answer) string {
	switch {
	// In TLS 1.3 the refusal comes when the client's handshake is over, and so now and then only after its request.
	case strings.Contains(a.exchange.Error, "tls: certificate required"):
		return "; " + clientCertificateHint
	case a.timedOut:
		return "; is it overloaded, or --timeout too short?"
	case strings.Contains(a.exchange.Error, "malformed HTTP"):
		return "; this is not an HTTP server"
	case strings.HasPrefix(a.exchange.Request.URL, "http://"):
		return "; does it want https://?" // not every server that speaks TLS says so to one that does not
	default:
		return ""
	}
}

// unreachable names what to look at first.
func unreachable(at, text string) string {
	hint := "is it running, and is the URL right?"
	switch {
	case strings.Contains(text, "no such host"), strings.Contains(text, "server misbehaving"):
		hint = "the name of the host is not known here; is it spelled right, and is a VPN or --proxy needed?"
	case strings.Contains(text, "server gave HTTP response"), strings.Contains(text, "first record does not look like"):
		hint = "it does not speak TLS; start the URL with http://"
	case strings.Contains(text, "certificate required"):
		hint = clientCertificateHint
	case strings.Contains(text, "x509:"), strings.Contains(text, "certificate"):
		hint = "trust its certificate authority with --ca, bring a client certificate with --cert and --key, " +
			"or give up verifying with --insecure"
	case strings.Contains(text, "tls:"), strings.Contains(text, "remote error"):
		hint = "the TLS handshake failed; does it want a client certificate (--cert and --key)?"
	case strings.Contains(text, "Proxy Authentication Required"):
		hint = "the proxy asks for credentials (407); put them into the URL of --proxy"
	case strings.Contains(text, "proxyconnect"), strings.Contains(text, "socks"):
		hint = "the proxy does not let it through; is --proxy right?"
	case strings.Contains(text, "no complete answer in time"), strings.Contains(text, "i/o timeout"):
		hint = "no connection within --timeout; does a firewall drop it?"
	}
	return fmt.Sprintf("%s cannot be reached: %s; %s", at, text, hint)
}

// adapt lessens the repetitions for a target that serves one request at a time, and not quickly: nothing of it
// happens by chance, and the run would take minutes.
func (r *run) adapt(answers []*answer) {
	const few, quick = 2, 15 * time.Millisecond
	var took []time.Duration
	for _, a := range answers {
		took = append(took, a.exchange.Duration)
	}
	slices.Sort(took)
	one := took[0]
	if r.dry || !r.cfg.adaptive || one < quick || took[1] < one*3/2 || took[2] < one*2 {
		return
	}
	// Others may have been slow for once.
	const together = 4
	began := time.Now()
	each(together, func(int) { r.create("request.endpoint", r.name()) })
	if time.Since(began) > (together-1)*one {
		r.cfg.Repeat = min(r.cfg.Repeat, few)
	}
}

var toLogin = regexp.MustCompile(`(?i)log-?in|sign-?in|sso|saml|oauth|oidc|/auth`)

// elsewhere is where a redirect leads, when that is another origin or a page to log in; empty otherwise. Another path
// of the same origin is the target's own mistake (clause answer.no-redirect).
func (r *run) elsewhere(a *answer) string {
	if a.exchange.Response == nil || a.status < 300 || a.status >= 400 {
		return ""
	}
	text := a.exchange.Response.Header.Get("Location")
	location, err := r.target.base.Parse(text)
	if err != nil || text == "" {
		return ""
	}
	if location.Scheme != r.target.base.Scheme || location.Host != r.target.base.Host ||
		toLogin.MatchString(location.Path) {
		return text
	}
	return ""
}

func redirectHint(location string) string {
	if strings.HasPrefix(location, "https:") && strings.HasSuffix(location, fixtures.UsersPath) {
		return "start the URL as that does"
	}
	return "give the URL that it leads to, or, when it wants a login, the credentials with --header"
}

var inTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)

// titleOf is the title of a page, for a sentence.
func titleOf(a *answer) string {
	found := inTitle.FindSubmatch(a.exchange.Response.Body)
	if found == nil {
		return ""
	}
	return fmt.Sprintf(", title %q", excerpt(bytes.Join(bytes.Fields(found[1]), []byte(" "))))
}

// pageHint says what a page of this status usually is.
func pageHint(a *answer) string {
	switch {
	case a.is(http.StatusServiceUnavailable), a.is(http.StatusBadGateway), a.is(http.StatusGatewayTimeout):
		return "is it under maintenance, or is what stands behind the proxy down?"
	case bytes.Contains(a.exchange.Response.Body, []byte("SSL certificate")): // as nginx says it
		return clientCertificateHint
	case bytes.Contains(bytes.ToLower(a.exchange.Response.Body), []byte("csrf")):
		return "it wants a CSRF token; exempt the endpoint from that check, for its callers have none"
	case a.is(http.StatusBadRequest), a.is(http.StatusMisdirectedRequest):
		return "is the name of the host one that it serves? --header 'Host: NAME' sends another"
	case a.is(http.StatusForbidden):
		return "something in front of it refuses this caller"
	default:
		return "is this the base URL of the API, without /users/?"
	}
}

// isPage reports whether an answer is a page for people, and not JSON after a program's complaint or under a wrong
// label. A page with a status of success is a violation, as is the page that goes with a redirect (clause
// answer.no-redirect).
func isPage(a *answer) bool {
	if a.status < 400 || a.object != nil {
		return false
	}
	body := bytes.TrimSpace(a.exchange.Response.Body)
	html := strings.Contains(a.exchange.Response.Header.Get("Content-Type"), "html") ||
		bytes.HasPrefix(body, []byte("<"))
	return html && !bytes.HasSuffix(body, []byte("}"))
}
