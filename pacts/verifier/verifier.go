package verifier

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/pacts/pactfile"
	"github.com/clicksminuteper/connectmypairs-contract/pacts/states"
)

// UsageError is a mistake of whoever asked for the verification, such as a pact file that is not there.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the mistake itself.
func (e *UsageError) Unwrap() error { return e.Err }

// Reasons why nothing could be judged.
var (
	ErrUnreachable   = errors.New("the provider cannot be reached")
	ErrNoInteraction = errors.New("there is no interaction to verify")
)

// Verify verifies the provider. It returns a *UsageError, or another error when nothing could be judged; interactions that
// failed are no error but part of the result.
func Verify(ctx context.Context, config Config) (Run, error) {
	if err := config.Validate(); err != nil {
		return Run{}, &UsageError{err}
	}
	if config.Log == nil {
		config.Log = io.Discard
	}
	urls, paths := split(config.Pacts)
	files, err := pactfile.Find(paths)
	if err != nil {
		return Run{}, &UsageError{err}
	}
	dir, err := os.MkdirTemp("", "pacts-")
	if err != nil {
		return Run{}, err
	}
	defer os.RemoveAll(dir)
	fetched, err := config.fetch(ctx, urls, dir)
	if err != nil {
		return Run{}, &UsageError{err}
	}
	files = append(files, fetched...)
	expected := 0
	for _, file := range files {
		expected += len(file.Interactions)
	}
	if expected == 0 && config.Broker.URL == "" {
		return Run{}, fmt.Errorf("%w in %s", ErrNoInteraction, strings.Join(config.Pacts, ", "))
	}

	if err := config.greet(ctx); err != nil {
		return Run{}, err
	}
	target, err := reach(ctx, config)
	if err != nil {
		return Run{}, err
	}
	handler := states.NewHandler(target.setter(config))
	statesURL, stop, err := serve(handler)
	if err != nil {
		return Run{}, err
	}
	defer stop()
	// After an interruption too; each request has its own time limit.
	defer handler.TearDown(context.WithoutCancel(ctx))

	j := config.job(target, statesURL)
	j.ResultFile = filepath.Join(dir, "result.json")
	for _, file := range files {
		j.Files = append(j.Files, file.Path)
	}
	raw, errorLog, err := runWorker(ctx, config.Worker, j, config.Log)
	if err != nil {
		return Run{}, err
	}
	result, err := decodeResult(raw)
	if err != nil {
		return Run{}, err
	}
	run, err := config.judge(result, expected, errorLog)
	explain(run.Interactions, handler.Outcomes(), config.Log)
	if err == nil && config.Publish {
		err = publication(errorLog)
	}
	return run, err
}

// publication finds in the native library's log that the results could not be published; its result does not say so.
func publication(errorLog string) error {
	const failed = "Publishing of verification results failed with an error: "
	if _, reason, found := strings.Cut(errorLog, failed); found {
		reason, _, _ = strings.Cut(reason, "\n")
		return fmt.Errorf("the results could not be published: %s", reason)
	}
	return nil
}

// split tells URLs from paths.
func split(pacts []string) (urls, paths []string) {
	for _, pact := range pacts {
		if strings.HasPrefix(pact, "http://") || strings.HasPrefix(pact, "https://") {
			urls = append(urls, pact)
		} else {
			paths = append(paths, pact)
		}
	}
	return urls, paths
}

// target is the provider as it was found.
type target struct {
	base *url.URL
	// mock says whether it is the mock server of this kit.
	mock   bool
	client *http.Client
}

// mockPath is where the mock server's control API lies, below the base URL's host.
const mockPath = "/__mock/"

// reach asks the provider whether it is the mock server; any answer at all shows that it can be reached.
func reach(ctx context.Context, config Config) (target, error) {
	base, err := url.Parse(strings.TrimSuffix(config.URL, "/"))
	if err != nil {
		return target{}, &UsageError{err}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: config.Insecure} // asked for with --insecure
	headers := &headerTransport{hosts: []string{base.Host}, header: config.Header, next: transport}
	found := target{base: base, client: &http.Client{
		Transport: headers,
		Timeout:   config.Timeout,
		// An answer is judged as it is (clause answer.no-redirect).
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}

	var address net.Addr
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { address = info.Conn.RemoteAddr() },
	})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, found.control("health"), http.NoBody)
	if err != nil {
		return target{}, err
	}
	answer, err := found.client.Do(request)
	if wrong := (*tls.CertificateVerificationError)(nil); errors.As(err, &wrong) {
		return target{}, fmt.Errorf("%w: %w; --insecure accepts any certificate", ErrUnreachable, err)
	}
	if err != nil {
		return target{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer answer.Body.Close()
	var health struct {
		Service string `json:"service"`
	}
	_ = json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&health) // anything else is not the mock
	found.mock = health.Service == "mockserver"

	// "localhost" is two addresses, and a provider that blocks one must not be asked from the other.
	if address, ok := address.(*net.TCPAddr); ok && base.Scheme == "http" && base.Hostname() == "localhost" {
		base.Host = address.String()
		headers.hosts = append(headers.hosts, base.Host)
	}
	return found, nil
}

// headerTransport adds the configured headers to every request to the provider's hosts, and to no others: they may be secrets.
type headerTransport struct {
	hosts  []string
	header http.Header
	next   http.RoundTripper
}

func (t *headerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if slices.Contains(t.hosts, r.URL.Host) {
		r = r.Clone(r.Context())
		for name, values := range t.header {
			if r.Header.Get(name) == "" {
				r.Header[name] = values
			}
		}
		if host := t.header.Get("Host"); host != "" {
			r.Host = host // net/http takes it from here alone
		}
	}
	return t.next.RoundTrip(r)
}

// control returns the URL of a call of the mock server's control API, in the space of the base URL if that names one.
func (t target) control(call string) string {
	control := *t.base
	space, _, _ := strings.Cut(strings.TrimPrefix(t.base.Path, "/"), "/")
	control.Path = mockPath + call
	if strings.HasPrefix(space, "~") {
		control.Path = "/" + space + control.Path
	}
	return control.String()
}

func (t target) setter(config Config) states.Setter {
	switch {
	case config.StatesURL != "":
		return states.Remote{URL: config.StatesURL, Client: t.client}
	case t.mock:
		return states.Remote{URL: t.control("provider-states"), Client: t.client}
	default:
		return states.Endpoint{URL: t.base.String(), Client: t.client}
	}
}

// serve makes the handler reachable for the worker process, and for nobody on another machine.
func serve(handler http.Handler) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(listener) }() // ends with stop
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

func (c Config) job(t target, statesURL string) job {
	port := map[string]uint16{"http": 80, "https": 443}[t.base.Scheme]
	if number, err := strconv.ParseUint(t.base.Port(), 10, 16); err == nil {
		port = uint16(number)
	}
	host := t.base.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	j := job{
		Provider: c.Provider, Scheme: t.base.Scheme, Host: host, Port: port, Path: t.base.EscapedPath(),
		StatesURL: statesURL, Insecure: c.Insecure, TimeoutMS: uint64(c.Timeout.Milliseconds()),
		LogLevel:  max(0, slices.Index(LogLevels, c.LogLevel)),
		BrokerURL: c.Broker.URL, Token: c.Broker.Token, Username: c.Broker.Username, Password: c.Broker.Password,
		Pending: c.Broker.EnablePending, WIPSince: c.Broker.IncludeWIPSince, Selectors: c.Broker.Selectors,
		ProviderVersion: c.ProviderVersion, ProviderBranch: c.ProviderBranch, Publish: c.Publish,
	}
	for name, values := range c.Header {
		// The native library would send the last of several.
		j.Headers = append(j.Headers, header{name, strings.Join(values, ", ")})
	}
	return j
}

// judge turns the native result into ours, and makes sure that what was asked for was verified. The native library's log may say
// why it was not.
func (c Config) judge(result nativeResult, expected int, errorLog string) (Run, error) {
	run := Run{Provider: c.URL}
	for _, native := range result.InteractionResults {
		interaction := native.interaction()
		if strings.HasPrefix(interaction.Problem, nativeNoAnswer) {
			interaction.Problem += fmt.Sprintf(": the connection broke, or there was no answer in %s (--timeout)", c.Timeout)
		}
		run.Interactions = append(run.Interactions, interaction)
	}
	for _, notice := range result.Notices {
		if notice.Text != "" && notice.applies(run, c.Publish) {
			run.Notices = append(run.Notices, notice.Text)
		}
	}
	if problems := result.loadErrors(); len(problems) > 0 {
		return run, errors.New(strings.Join(problems, "; "))
	}
	var err error
	switch verified := len(run.Interactions); {
	case verified < expected:
		err = fmt.Errorf("the pact files hold %d interactions, but only %d were verified", expected, verified)
	case verified == 0:
		err = ErrNoInteraction
	}
	if said := loggedErrors(errorLog); err != nil && said != "" {
		err = fmt.Errorf("%w; the native library says: %s", err, said)
	}
	return run, err
}

// loggedErrors are the errors in the native library's log, without time, thread and place in its sources.
func loggedErrors(log string) string {
	var found []string
	for line := range strings.Lines(log) {
		if _, said, isError := strings.Cut(line, " ERROR "); isError {
			if _, message, named := strings.Cut(said, ": "); named {
				said = message
			}
			found = append(found, strings.TrimSpace(said))
		}
	}
	return strings.Join(found, "; ")
}

// explain puts the reason why a provider state could not be set up where the native library only says that it could not.
// Interactions are verified one after the other, and each asks for its states in their order, for "" when it has none.
func explain(interactions []Interaction, outcomes []states.Outcome, log io.Writer) {
	var setUps []states.Outcome
	for _, outcome := range outcomes {
		switch {
		case outcome.Change.Action != "teardown":
			setUps = append(setUps, outcome)
		case outcome.Reason != "":
			fmt.Fprintf(log, "warning: teardown of provider state %q: %s\n", outcome.Change.State, outcome.Reason)
		}
	}
	for i := range interactions {
		interaction := &interactions[i]
		names := interaction.States
		if len(names) == 0 {
			names = []string{""}
		}
		var reasons []string
		for _, name := range names {
			if len(setUps) == 0 || setUps[0].Change.State != name {
				return // not the order we know: no reason is better than that of another interaction
			}
			if reason := setUps[0].Reason; reason != "" {
				reasons = append(reasons, fmt.Sprintf("provider state %q: %s", name, reason))
			}
			setUps = setUps[1:]
		}
		if len(reasons) > 0 {
			interaction.Problem = strings.Join(reasons, "; ")
		}
	}
}

// nativeNoAnswer is how the native library begins to say that there was no answer; it does not say why.
const nativeNoAnswer = "error sending request"
