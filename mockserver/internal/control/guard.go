package control

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// cookieName holds what proves that this browser has shown the token, for pages cannot set Authorization on an EventSource.
const cookieName = "mockserver-control"

// guard keeps everybody's web pages but our own away from the control API. A page that a developer happens to have open can
// send requests to localhost; it must neither change the mock nor read what it holds.
type guard struct {
	token string
	hosts map[string]bool // lower case, without port
	cross *http.CrossOriginProtection
}

func newGuard(config Config) *guard {
	g := &guard{token: config.Token, hosts: map[string]bool{}, cross: http.NewCrossOriginProtection()}
	for _, host := range append(config.BoundHosts, config.AllowHosts...) {
		g.hosts[hostname(host)] = true
	}
	return g
}

// checkPage returns nil unless the request may be that of somebody else's page.
func (g *guard) checkPage(r *http.Request) *problem {
	if !g.allowsHost(r) {
		return newProblem(http.StatusForbidden, fmt.Sprintf("the control API does not answer to the host %q, for that may be "+
			"another's page with a name pointed here; call it as localhost, or start with --allow-host %s",
			r.Host, hostname(r.Host)))
	}
	if err := g.checkOrigin(r); err != nil {
		return newProblem(http.StatusForbidden, "the control API is closed to pages of other origins ("+err.Error()+
			"); call it from the dashboard, from outside the browser, or from a test's own process")
	}
	return nil
}

// checkToken returns nil when no token is needed, or the request has it.
func (g *guard) checkToken(r *http.Request) *problem {
	if g.token == "" || g.knowsToken(r) {
		return nil
	}
	return newProblem(http.StatusUnauthorized, "the control API needs its token: send Authorization: Bearer TOKEN, or open "+
		"/__mock/?token=TOKEN in a browser; the token is the one of --control-token, or else in the log")
}

// allowsHost defends against DNS rebinding: a page's own name, pointed at this machine, makes it the same origin to a browser.
// Loopback names cannot be pointed elsewhere, and neither can the address that the connection came in on.
func (g *guard) allowsHost(r *http.Request) bool {
	name := hostname(r.Host)
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || g.hosts[name] {
		return true
	}
	addr, err := netip.ParseAddr(name)
	if err != nil {
		return false
	}
	if addr.IsLoopback() {
		return true
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil {
		return false
	}
	bound, err := netip.ParseAddrPort(local.String())
	return err == nil && bound.Addr().Unmap() == addr.Unmap()
}

// checkOrigin treats reads like writes, for a page of another origin must not even count accounts; the one exception is
// following a link to the dashboard, whose page holds no state and cannot be framed.
func (g *guard) checkOrigin(r *http.Request) error {
	if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, Prefix) &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" {
		return nil
	}
	write := *r
	write.Method = http.MethodPost
	return g.cross.Check(&write)
}

func (g *guard) knowsToken(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") { // RFC 9110, section 11.1: in any letter case
		return equal(strings.TrimLeft(token, " "), g.token)
	}
	cookie, err := r.Cookie(cookieName)
	return err == nil && equal(cookie.Value, g.cookieValue())
}

// signIn answers a request that brings the token in its query: it leaves a cookie, and the query goes from the address bar.
func (g *guard) signIn(w http.ResponseWriter, r *http.Request) *problem {
	if !equal(r.URL.Query().Get("token"), g.token) {
		return newProblem(http.StatusUnauthorized, "this is not the token of the control API; it is the one of --control-token, "+
			"or else in the log")
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure where there is TLS; on plain loopback a browser would drop it
		Name: cookieName, Value: g.cookieValue(), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "./", http.StatusSeeOther)
	return nil
}

// cookieValue is derived from the token, for a browser shows a cookie to every port of a host.
func (g *guard) cookieValue() string {
	mac := hmac.New(sha256.New, []byte(g.token))
	mac.Write([]byte(cookieName))
	return hex.EncodeToString(mac.Sum(nil))
}

// equal takes the same time whether texts differ early, late, or in length.
func equal(a, b string) bool {
	hashA, hashB := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(hashA[:], hashB[:]) == 1
}

// CheckAllowHost reports what is wrong with a value of Config.AllowHosts: one that no request can have as its host.
func CheckAllowHost(host string) error {
	name := hostname(host)
	_, err := netip.ParseAddr(name)
	strange := func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_'
	}
	if strings.Contains(host, "/") || err != nil && (name == "" || strings.ContainsFunc(name, strange)) {
		return fmt.Errorf("the host %q can be in no request; use a name or an address alone, such as mock or mock.example", host)
	}
	return nil
}

// hostname is a Host header's name or address in lower case, without port, brackets and the final dot of DNS.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
