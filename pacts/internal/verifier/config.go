// Package verifier verifies a provider against pact files, or against the pacts of a Pact Broker.
//
// The judging is done by Pact's native library, libpact_ffi, in a process of its own; this package decides what it is given,
// brings the provider into the states it asks for, and makes a result of what it says for each interaction. pact-go's verifier
// has only one result for a whole run, and prints the rest; that is why the library is called directly.
package verifier

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/semver"
	"golang.org/x/net/http/httpguts"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// The versions of libpact_ffi that are known to work.
const (
	oldestVersion     = "v0.5.6"
	supportedVersions = "0.5.6 or a later 0.5"
)

func supported(version string) bool {
	version = "v" + version
	return semver.MajorMinor(version) == semver.MajorMinor(oldestVersion) && semver.Compare(version, oldestVersion) >= 0
}

// LogLevels are the levels of the native library's log, quietest first.
var LogLevels = []string{"off", "error", "warn", "info", "debug", "trace"}

// Config says what is verified against what.
type Config struct {
	// URL is the provider's base URL, with or without the final slash.
	URL string
	// Pacts are pact files, folders of pact files, and http(s) URLs of pact files.
	Pacts []string
	// Broker is where to get more pacts, if any.
	Broker Broker
	// Provider is the provider's name in the broker.
	Provider string
	// ProviderVersion and ProviderBranch say which build of the provider runs at URL; a broker wants to know.
	ProviderVersion, ProviderBranch string
	// Publish sends the results to the broker.
	Publish bool
	// Header goes with every request to the provider, and to StatesURL when it is on the same host.
	Header http.Header
	// StatesURL is the provider's provider-state endpoint. Left out, that of the mock server is found by itself; without
	// one, what can be done through the endpoint itself is done, and the rest fails.
	StatesURL string
	// Timeout is how long one request may take; at least a millisecond.
	Timeout time.Duration
	// Insecure accepts any certificate of the provider.
	Insecure bool
	// LogLevel is how much of the native library's log goes to Log; one of LogLevels, "" for "off".
	LogLevel string
	// Log gets warnings and the native library's log; nil for neither.
	Log io.Writer
	// Worker is the command that runs Worker; it must have been built with the tag pact.
	Worker []string
}

// Validate says what is wrong with the configuration, all of it, in the words of the program's flags.
func (c Config) Validate() error {
	var wrong []error
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }

	if err := checkURL(c.URL); err != nil {
		add("--url: %w", err)
	} else if strings.HasSuffix(strings.TrimRight(c.URL, "/"), strings.TrimRight(fixtures.UsersPath, "/")) {
		add("--url: must be the base URL, without %s", fixtures.UsersPath)
	}
	for name, values := range c.Header {
		// A value may be a secret, and is not repeated.
		if !httpguts.ValidHeaderFieldName(name) {
			add("--header: %q is no name of a header", name)
		} else if slices.ContainsFunc(values, func(value string) bool { return !httpguts.ValidHeaderFieldValue(value) }) {
			add("--header: the value of %s has a control character in it", name)
		}
	}
	if c.StatesURL != "" {
		if err := checkURL(c.StatesURL); err != nil {
			add("--states-url: %w", err)
		}
	}
	if len(c.Pacts) == 0 && c.Broker.URL == "" {
		add("nothing to verify: give pact files, folders or URLs, or --broker-url")
	}
	if c.Timeout < time.Millisecond {
		add("--timeout: %s is too short; 10s is usual", c.Timeout)
	}
	if c.LogLevel != "" && !slices.Contains(LogLevels, c.LogLevel) {
		add("--log-level: %q is none of %s", c.LogLevel, strings.Join(LogLevels, ", "))
	}
	if c.Publish && (c.Broker.URL == "" || c.ProviderVersion == "") {
		add("--publish: needs --broker-url, and --provider-version to say what was verified")
	}
	return errors.Join(append(wrong, c.Broker.validate()...)...)
}

// checkURL never repeats a URL that may hold a password.
func checkURL(raw string) error {
	if raw == "" {
		return errors.New("a URL is needed")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return errors.New("not a URL such as https://staging.example/connectmypairs")
	case u.User != nil:
		return errors.New("a URL with a user name or password in it; give them as a header or with their own flags")
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%s has a query or fragment; give it without", u.Redacted())
	}
	return nil
}
