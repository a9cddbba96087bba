package control

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/jub0bs/cors"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// guard keeps everybody's web pages but our own away from the control API. A page that a developer happens to have open
// can send requests to localhost; it must neither change the mock nor read what it holds.
type guard struct {
	token string
	// session is what the dashboard sends in place of the token. It is random, so it is worth nothing to another
	// server, nor to this one after a restart. The browser keeps it in the storage of the page's origin, which other
	// ports do not reach; a cookie would be sent to all of them.
	session string
	hosts   map[string]bool // lower case, without port
	cross   *http.CrossOriginProtection
	cors    func(http.Handler) http.Handler // nil unless there are origins
}

func newGuard(config Config) (*guard, error) {
	g := &guard{
		token: config.Token, session: rand.Text(), hosts: map[string]bool{}, cross: http.NewCrossOriginProtection(),
	}
	for _, host := range slices.Concat(config.BoundHosts, config.AllowHosts) {
		g.hosts[hostname(host)] = true
	}
	if len(config.Origins) == 0 {
		return g, nil
	}
	for _, origin := range config.Origins {
		err := g.cross.AddTrustedOrigin(origin)
		if err == nil && strings.Contains(origin, "*") {
			err = errors.New("a pattern names no origin")
		}
		if err != nil {
			return nil, fmt.Errorf("the origin %s is not one such as http://localhost:6006: %w",
				untrusted.Quote(origin), err)
		}
	}
	middleware, err := cors.NewMiddleware(cors.Config{
		Origins:         config.Origins,
		Methods:         []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete},
		RequestHeaders:  []string{"Authorization", "Content-Type"},
		ResponseHeaders: []string{"Allow", "Mock-Total", "WWW-Authenticate"},
	})
	if err != nil {
		return nil, err // it says "cors: " and which origin is wrong
	}
	g.cors = middleware.Wrap
	return g, nil
}

// wrap returns a handler that other people's pages do not reach, but for those of the configured origins.
func (g *guard) wrap(handler http.Handler) http.Handler {
	own := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := g.checkOrigin(r); err != nil {
			newProblem(http.StatusForbidden, "the control API is closed to pages of other origins ("+err.Error()+
				"); call it from the dashboard, from outside the browser, from a test's own process, or start with "+
				"--control-origin").write(w)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	if g.cors != nil {
		own = g.cors(own)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.allowsHost(r) {
			detail := fmt.Sprintf("the control API does not answer to the host %q, for that may be another's page "+
				"with a name pointed here; call it as localhost", r.Host)
			if name := hostname(r.Host); CheckAllowHost(name) == nil {
				detail += ", or start with --allow-host " + name
			}
			newProblem(http.StatusForbidden, detail).write(w)
			return
		}
		own.ServeHTTP(w, r)
	})
}

// checkToken returns nil when no token is needed, or the request has it.
func (g *guard) checkToken(r *http.Request) *problem {
	if g.token == "" || g.knowsToken(r) {
		return nil
	}
	said := "needs its token"
	if r.Header.Get("Authorization") != "" {
		said = "has another token"
	}
	return newProblem(http.StatusUnauthorized,
		"the control API "+said+": send Authorization: Bearer TOKEN, or open "+
			"/__mock/?token=TOKEN in a browser; the token is the one of --control-token, or else in the log")
}

// allowsHost defends against DNS rebinding: a page's own name, pointed at this machine, makes it the same origin to a
// browser. Loopback names cannot be pointed elsewhere, and neither can addresses. Yet without a token only health
// answers to any address, as a probe of Kubernetes calls it, and the rest to the address that the connection came in
// on.
func (g *guard) allowsHost(r *http.Request) bool {
	name := hostname(r.Host)
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	health := reads && strings.HasSuffix(r.URL.Path, Prefix+"health") // and not an account of such a name
	if name == "" {
		return health // a probe that speaks HTTP/1.0; browsers name the host
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || g.hosts[name] {
		return true
	}
	addr, err := netip.ParseAddr(name)
	if err != nil {
		return false
	}
	if addr.IsLoopback() || g.token != "" || health {
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
	scheme, credentials, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") { // RFC 9110, section 11.1: in any letter case
		return false
	}
	credentials = strings.TrimLeft(credentials, " ")
	return equal(credentials, g.token) || equal(credentials, g.session)
}

// signIn redirects a request for the dashboard that has the token in its query, and reports whether it did. The page
// takes the session from the fragment, which browsers send to no server, and the token leaves the address bar.
func (g *guard) signIn(w http.ResponseWriter, r *http.Request) bool {
	if g.token == "" || !equal(r.URL.Query().Get("token"), g.token) {
		return false
	}
	header := w.Header()
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	header.Set("Location", "./#session="+g.session) // relative, because the mock may be mounted below a path
	w.WriteHeader(http.StatusSeeOther)
	return true
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
		return fmt.Errorf("the host %q can be in no request; use a name or an address alone, such as mock or "+
			"mock.example", host)
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
