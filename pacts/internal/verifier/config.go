// Package verifier verifies a provider against pact files, or against the pacts of a Pact Broker.
//
// The judging is done by Pact's native library, libpact_ffi, in a process of its own; this package decides what it is
// given, brings the provider into the states it asks for, and makes a result of what it says for each interaction.
// pact-go's verifier has only one result for a whole run, and prints the rest; that is why the library is called
// directly.
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
	// InProcess says that URL is a mock server that the caller serves itself. Its results are not published.
	InProcess bool
	// Pacts are pact files, folders of pact files, and http(s) URLs of pact files.
	Pacts []string
	// Broker is where to get more pacts, if any. When Pacts holds the URL of a pact in the broker, as a webhook gives
	// it, the broker is not asked for others.
	Broker Broker
	// IgnoreNoPacts makes a run that finds nothing to verify a success.
	IgnoreNoPacts bool
	Filter        Filter
	// FailFast ends the verification at the first failure.
	FailFast bool
	// Provider is the provider's name in the pacts.
	Provider string
	// ProviderVersion, ProviderBranch and ProviderTags say which build of the provider runs at URL; a broker wants to
	// know.
	ProviderVersion, ProviderBranch string
	ProviderTags                    []string
	// BuildURL is the page of the CI job; a broker shows it beside the results.
	BuildURL string
	// Publish sends the results to the broker.
	Publish bool
	// Header goes with every request to the provider, and to StatesURL when it is on the same host.
	Header http.Header
	// StatesURL is the provider's provider-state endpoint. Left out, that of the mock server is found; without one, the
	// states that the documented endpoint can bring about are set up, and the others fail.
	StatesURL string
	// StatesAsQuery sends state changes to StatesURL in the query and not in the body.
	StatesAsQuery bool
	// NoTeardown sends no teardown to StatesURL.
	NoTeardown bool
	// Timeout is how long one request may take; at least a millisecond.
	Timeout time.Duration
	// Insecure accepts any certificate of the provider.
	Insecure bool
	// LogLevel is how much of the native library's log goes to Log; one of [LogLevels].
	LogLevel string
	// Log gets warnings and the native library's log.
	Log io.Writer
	// Worker is the command that runs [Worker]; it must have been built with the tag pact.
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
		invalid := func(value string) bool { return !httpguts.ValidHeaderFieldValue(value) }
		// A value may be a secret, and is not repeated.
		switch canonical := http.CanonicalHeaderKey(name); {
		case !httpguts.ValidHeaderFieldName(name):
			add("--header: %q is no name of a header", name)
		case canonical == fixtures.UsernameHeader, canonical == fixtures.PrivacyHeader:
			add("--header: %s is what the interactions send; a header of this name would change what is verified", name)
		case slices.ContainsFunc(values, invalid):
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
	if c.StatesURL == "" && (c.StatesAsQuery || c.NoTeardown) {
		add("--state-change-as-query and --no-state-change-teardown need --states-url")
	}
	c.Filter.validate(add)
	c.validatePublication(add)
	c.Broker.validate(add)
	return errors.Join(wrong...)
}

func (c Config) validatePublication(add func(format string, args ...any)) {
	urls, _ := split(c.Pacts)
	elsewhere := func(from string) bool { return !sameHost(urls[0], from) }
	if c.Broker.URL == "" && c.Broker.Token+c.Broker.Username != "" && slices.ContainsFunc(urls, elsewhere) {
		add("the pacts are on several hosts; give --broker-url to say which of them gets the credentials")
	}
	if c.fromWebhook() && len(c.Broker.Selectors)+len(c.Broker.ConsumerTags) > 0 {
		add("the URL of a pact in the broker is verified alone; leave out the selectors or the URL")
	}
	if !c.Publish {
		return
	}
	if c.InProcess {
		add("--publish: needs --url; results of the mock server in this process say nothing about a provider")
	}
	if c.ProviderVersion == "" || c.Broker.URL == "" && len(urls) == 0 {
		add("--publish: needs --provider-version, and --broker-url or the URL of a pact in a broker")
	}
	if c.Filter.partial() {
		add("--publish: a pact of which only some interactions are verified has no result; leave out the filters " +
			"(also PACT_DESCRIPTION, PACT_PROVIDER_STATE and PACT_PROVIDER_NO_STATE)")
	}
}

// fromWebhook reports whether the URL of a pact in the broker is among the pacts, as a webhook gives it.
func (c Config) fromWebhook() bool {
	urls, _ := split(c.Pacts)
	return slices.ContainsFunc(urls, func(from string) bool { return sameHost(c.Broker.URL, from) })
}

// checkURL never repeats a URL, which may hold a password or a token.
func checkURL(raw string) error {
	if raw == "" {
		return errors.New("it is empty; give the base URL, such as https://staging.example/connectmypairs")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return errors.New("not a URL such as https://staging.example/connectmypairs")
	case u.User != nil:
		return errors.New("a URL with a user name or password in it; give them as a header or with their own flags")
	case u.RawQuery != "" || u.Fragment != "":
		return errors.New("a URL with a query or fragment in it; give it without")
	}
	return nil
}
