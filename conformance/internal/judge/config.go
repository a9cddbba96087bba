package judge

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// Defaults of a [Config].
const (
	// DefaultTimeout bounds one request, from dialling to the last byte of the answer.
	DefaultTimeout = 10 * time.Second
	// DefaultRepeat is how often the core requests are made.
	DefaultRepeat = 12
	// DefaultSettle is how long after the first creation the last look at the names comes.
	DefaultSettle = 2 * time.Second
	// NoSettle is a last look at the names that waits for nothing.
	NoSettle = -time.Nanosecond
)

// mostRepeat is the most repetitions of the core requests: a run has no names for many more (see run.name).
const mostRepeat = 1000

// Config says what to judge and how. The zero value and a URL is enough.
type Config struct {
	// URL is the base URL, without /users/.
	URL string
	// Privacy lists settings that the target accepts besides Public.
	Privacy []string
	// InvalidPrivacy is a setting that the target must refuse; empty means a few that nobody would define.
	InvalidPrivacy string
	// BlockedVia says how to be a caller whose address is blocked, as KIND=VALUE:
	//   - source=ADDR: connect from this local address
	//   - proxy=URL: through this proxy
	//   - header=NAME: VALUE: with this header, such as X-Forwarded-For
	//   - url=BASE-URL: through this other entry of the same target
	//   - states=URL: after asking this Pact provider-state endpoint
	//
	// Empty means that nobody knows, unless the target is the kit's own mock server, which can be asked.
	BlockedVia string

	// Header is sent with every request to the target and to its provider-state endpoint. Its values are secrets, but
	// for headers that never hold one.
	Header http.Header
	// HTTP1 keeps the run from making a part of the requests over HTTP/2 where the target offers it.
	HTTP1 bool
	// TLS is the client's side of TLS; nil means the system's certificate authorities and no client certificate.
	TLS *tls.Config
	// Proxy is the URL of an HTTP, HTTPS or SOCKS5 proxy for every request; empty means what ProxyFor says.
	Proxy string
	// ProxyFor returns the proxy for requests to a URL, nil for none; nil means none for all.
	ProxyFor func(*url.URL) (*url.URL, error)
	// Timeout bounds one request; 0 means [DefaultTimeout].
	Timeout time.Duration
	// Rate is how many requests start in any second at most; 0 means any number.
	Rate float64
	// Simultaneous is how many requests are in flight at most; 0 means [DefaultSimultaneous]. With less than 2 no
	// clause on simultaneous requests can be checked.
	Simultaneous int
	// Patience is how long the run waits, in sum, because the target limits its callers (429, or 503 with
	// Retry-After); 0 means [DefaultPatience].
	Patience time.Duration
	// MaxAccounts is the most accounts that the run creates on a target that is right; 0 means no limit. With less
	// than the plan needs the core requests are made less often, and then checks are left out and say so.
	MaxAccounts int
	// Repeat is how often the core requests are made, which is what finds a target that is wrong now and then; 0 means
	// [DefaultRepeat], and 1000 is the most.
	Repeat int
	// Settle is how long after the first creation the last look comes at whether names are still in use (clause
	// conflict.persists). 0 means [DefaultSettle], but nothing for the kit's own mock server, whose names never expire;
	// [NoSettle] means that the last look is the end of the run.
	Settle time.Duration

	// Level is the lowest level that can fail the run: [fixtures.Documented] or, by default, [fixtures.Implied].
	Level fixtures.Level
	// Run and Skip are patterns of clause ids, as [path.Match] has them (* crosses dots). A clause is checked when it
	// matches one of Run, or Run is empty, and none of Skip.
	Run, Skip []string
	// KnownFailing lists ids of clauses that are known to be violated. One that holds fails the run, so that the list
	// stays true.
	KnownFailing []string
	// RequireAll fails the run when a clause that can fail it was not checked.
	RequireAll bool
	// AllowProduction allows the documented production host, where accounts cannot be deleted.
	AllowProduction bool

	// Version of the tool, for the User-Agent and the report.
	Version string
	// Progress is called after every answer, one call at a time; nil is fine.
	Progress func(report.Progress)

	// adaptive says that the core requests are made less often to a target that serves one request at a time.
	adaptive bool
	// dial connects to what the URL names; nil means over the network. Tests have targets in memory.
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// withDefaults returns the configuration with its zero values filled in.
func (c Config) withDefaults() Config {
	c.URL = strings.TrimRight(c.URL, "/")
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	if c.Repeat == 0 {
		c.Repeat, c.adaptive = DefaultRepeat, c.MaxAccounts == 0
	}
	c.Simultaneous = cmp.Or(c.Simultaneous, DefaultSimultaneous)
	c.Patience = cmp.Or(c.Patience, DefaultPatience)
	c.Level = cmp.Or(c.Level, fixtures.Implied)
	c.Version = cmp.Or(c.Version, "devel")
	return c
}

// Validate returns everything that is wrong with the configuration, one error each, joined.
func (c Config) Validate() error {
	return errors.Join(
		c.validateURL(),
		c.validatePrivacy(),
		validateBlockedVia(c.BlockedVia),
		validateHeader(c.Header),
		validateProxy(c.Proxy),
		c.validateNumbers(),
		c.validateChoice(),
	)
}

func (c Config) validateURL() error {
	base, err := parseBaseURL(c.URL)
	if err != nil {
		return fmt.Errorf("url: %w", err)
	}
	production, _ := url.Parse(fixtures.ProductionURL)
	if strings.EqualFold(strings.TrimSuffix(base.Hostname(), "."), production.Hostname()) && !c.AllowProduction {
		return fmt.Errorf("url: %s is the documented production host, where the run would create accounts that cannot "+
			"be deleted; judge a staging host, or insist with --allow-production", base.Hostname())
	}
	return nil
}

const exampleURL = "https://staging.example/connectmypairs"

// parseBaseURL reads a base URL, which never holds what belongs to one request.
func parseBaseURL(text string) (*url.URL, error) {
	if text == "" {
		return nil, fmt.Errorf("missing; give the base URL without /users/, such as %s", exampleURL)
	}
	base, err := url.Parse(text)
	if err != nil {
		// The error would repeat the URL, and a password in it.
		return nil, fmt.Errorf("not a URL; give one such as %s", exampleURL)
	}
	switch {
	case base.Scheme != "http" && base.Scheme != "https", base.Hostname() == "":
		return nil, fmt.Errorf("must start with http:// or https:// and name a host, such as %s", exampleURL)
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, errors.New("must have no query and no fragment")
	case strings.HasSuffix(strings.TrimRight(base.Path, "/"), "/users"):
		return nil, errors.New("must be the base URL, without /users/")
	}
	return base, untrusted.CheckPort(base)
}

func (c Config) validatePrivacy() error {
	for _, setting := range slices.Concat(c.Privacy, []string{c.InvalidPrivacy}) {
		if !httpguts.ValidHeaderFieldValue(setting) || strings.TrimSpace(setting) != setting {
			return fmt.Errorf("privacy: %q cannot be the value of a header", setting)
		}
	}
	accepted := slices.Concat(c.Privacy, []string{fixtures.DefaultPrivacy})
	switch {
	case slices.Contains(c.Privacy, ""):
		return errors.New("privacy: a setting cannot be empty")
	case c.InvalidPrivacy != "" && slices.Contains(accepted, c.InvalidPrivacy):
		return fmt.Errorf("invalid-privacy: %q is a setting that the target accepts; name one that it must refuse",
			c.InvalidPrivacy)
	}
	return nil
}

func validateHeader(header http.Header) error {
	for name, values := range header {
		if !httpguts.ValidHeaderFieldName(name) {
			return fmt.Errorf("header: %q is not the name of a header", name)
		}
		for _, contract := range []string{fixtures.UsernameHeader, fixtures.PrivacyHeader} {
			if strings.EqualFold(name, contract) {
				return fmt.Errorf("header: %s is what the suite itself varies; it cannot be fixed", contract)
			}
		}
		for _, framing := range []string{"Content-Length", "Transfer-Encoding", "Trailer"} {
			if strings.EqualFold(name, framing) { // net/http never sends it, whatever the curl command would show
				return fmt.Errorf("header: %s says how a request is sent; it cannot be given", framing)
			}
		}
		for _, value := range values {
			if !httpguts.ValidHeaderFieldValue(value) {
				return fmt.Errorf("header: the value of %s holds a line break or another control character", name)
			}
		}
	}
	return nil
}

func validateProxy(text string) error {
	if text == "" {
		return nil
	}
	if err := untrusted.CheckProxy(text); err != nil {
		return fmt.Errorf("proxy: %w", err)
	}
	return nil
}

func (c Config) validateNumbers() error {
	switch {
	case c.Timeout < 0:
		return errors.New("timeout: must be more than 0, such as 10s")
	case c.Rate < 0, math.IsNaN(c.Rate):
		return errors.New("rate: must be requests per second, such as 20, or 0 for no limit")
	case c.Simultaneous < 0:
		return errors.New("simultaneous: must be 1 or more")
	case c.Patience < 0:
		return errors.New("patience: must be 0 or more, such as 2m")
	case c.MaxAccounts < 0:
		return errors.New("max-accounts: must be 1 or more, or 0 for no limit")
	case c.Repeat < 0 || c.Repeat > mostRepeat:
		return fmt.Errorf("repeat: must be 1 to %d, was %d; for more, run again", mostRepeat, c.Repeat)
	case c.Settle < 0 && c.Settle != NoSettle:
		return errors.New("settle: must be 0 or more, such as 30s")
	}
	return nil
}

func (c Config) validateChoice() error {
	if c.Level != "" && c.Level != fixtures.Documented && c.Level != fixtures.Implied {
		return fmt.Errorf("level: %q is neither %s nor %s", c.Level, fixtures.Documented, fixtures.Implied)
	}
	for _, pattern := range c.Run {
		if err := validatePattern("run", pattern); err != nil {
			return err
		}
	}
	for _, pattern := range c.Skip {
		if err := validatePattern("skip", pattern); err != nil {
			return err
		}
	}
	for _, id := range c.KnownFailing {
		switch clause, ok := fixtures.ClauseOf(id); {
		case !ok:
			return fmt.Errorf("known-failing: there is no clause %q; `conformance clauses` lists them", id)
		case clause.Level == fixtures.Observed:
			return fmt.Errorf("known-failing: %s is a question that the page leaves open; it never fails", id)
		}
	}
	return nil
}

// validatePattern refuses a pattern that chooses nothing, because a typing error must not look like a green run.
func validatePattern(flag, pattern string) error {
	for _, clause := range fixtures.Clauses() {
		matched, err := path.Match(pattern, clause.ID)
		if err != nil {
			return fmt.Errorf("%s: %q is not a pattern: use * for any characters, such as conflict.*", flag, pattern)
		}
		if matched {
			return nil
		}
	}
	return fmt.Errorf("%s: %q matches no clause; `conformance clauses` lists them", flag, pattern)
}

// selects reports whether the clause is to be checked.
func (c Config) selects(id string) bool {
	return (len(c.Run) == 0 || Matches(c.Run, id)) && !Matches(c.Skip, id)
}

// Matches reports whether an id matches one of the patterns, as [path.Match] has them.
func Matches(patterns []string, id string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		matched, _ := path.Match(pattern, id)
		return matched
	})
}

// The kinds of Config.BlockedVia.
const (
	viaSource = "source"
	viaProxy  = "proxy"
	viaHeader = "header"
	viaURL    = "url"
	viaStates = "states"
)

// parseBlockedVia splits KIND=VALUE; both are empty when nothing was said.
func parseBlockedVia(text string) (kind, value string) {
	kind, value, _ = strings.Cut(text, "=")
	return kind, strings.TrimSpace(value)
}

func validateBlockedVia(text string) error {
	if text == "" {
		return nil
	}
	kind, value := parseBlockedVia(text)
	var valid bool
	var needs string
	switch kind {
	case viaSource:
		valid, needs = net.ParseIP(value) != nil, "an address of this machine, such as source=192.0.2.10"
	case viaProxy:
		valid = value != "" && validateProxy(value) == nil
		needs = "the URL of a proxy, such as proxy=http://proxy.example:3128"
	case viaHeader:
		name, headerValue, found := strings.Cut(value, ":")
		header := http.Header{strings.TrimSpace(name): {strings.TrimSpace(headerValue)}}
		valid = found && validateHeader(header) == nil
		needs = "a header, such as 'header=X-Forwarded-For: 192.0.2.10'"
	case viaURL:
		_, err := parseBaseURL(value)
		valid, needs = err == nil, "a base URL, such as url=https://blocked.staging.example/connectmypairs"
	case viaStates:
		states, err := url.Parse(value)
		valid = err == nil && (states.Scheme == "http" || states.Scheme == "https") && states.Hostname() != "" &&
			untrusted.CheckPort(states) == nil
		needs = "the URL of a provider-state endpoint, such as states=https://staging.example/provider-states"
	default:
		return errors.New("blocked-via: must be one of source=ADDR, proxy=URL, header=NAME: VALUE, url=BASE-URL, " +
			"states=URL")
	}
	if !valid {
		return fmt.Errorf("blocked-via: %s= needs %s", kind, needs)
	}
	return nil
}
