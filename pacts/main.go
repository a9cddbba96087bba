// Command pacts verifies an implementation of the Create Account endpoint against Pact contracts: those in this folder,
// anybody else's pact files, or those of a Pact Broker. It needs Pact's native library, so only a build with the tag
// pact verifies.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
	"github.com/clicksminuteper/connectmypairs-contract/pacts/internal/verifier"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// Exit codes.
const (
	exitVerified  = 0 // every interaction was verified
	exitFailed    = 1 // an interaction failed, or asks for a provider state that nobody knows
	exitUsage     = 2 // a wrong flag; a pact file that is missing or cannot be read
	exitNotJudged = 3 // nothing to verify, a provider or broker that cannot be reached, results that were not published
)

// workerArgument makes this program the process that the native library runs in.
const workerArgument = "__worker"

// options are the flags. Each is an environment variable as well, PACTS_ and its name.
type options struct {
	Pacts []string `arg:"" optional:"" name:"pacts" help:"Pact files, folders of pact files, URLs of pact files."`

	URL       *string `placeholder:"URL" help:"Base URL of the provider, without /users/. Default: a mock of its own."`
	Insecure  bool    `help:"Accept any certificate of the provider."`
	StatesURL string  `placeholder:"URL" help:"Provider-state endpoint of the provider. A mock server's is found."`

	Header   []string      `sep:"none" placeholder:"'K: V'" help:"Header for every request (repeatable)."`
	Timeout  time.Duration `default:"10s" help:"How long one request may take (${default})."`
	AsQuery  bool          `name:"state-change-as-query" help:"Send state changes in the query, not the body."`
	Teardown bool          `name:"state-change-teardown" default:"true" negatable:"" help:"Send teardowns (default)."`

	// The second variable of each is that of Pact's own tools.
	FilterDescription string `env:"PACTS_FILTER_DESCRIPTION,PACT_DESCRIPTION" help:"A regular expression."`
	FilterState       string `env:"PACTS_FILTER_STATE,PACT_PROVIDER_STATE" help:"A regular expression."`
	FilterNoState     bool   `env:"PACTS_FILTER_NO_STATE,PACT_PROVIDER_NO_STATE" help:"Only those without state."`

	FilterConsumer []string `placeholder:"NAME" help:"Verify pacts of this consumer only (repeatable)."`
	FailFast       bool     `help:"Stop at the first failure."`
	IgnoreNoPacts  bool     `name:"ignore-no-pacts-error" help:"Exit with 0 when there is nothing to verify."`

	BrokerURL          string `placeholder:"URL" help:"Pact Broker to get pacts from."`
	BrokerToken        string `placeholder:"TOKEN" help:"Bearer token; PACT_BROKER_TOKEN with --broker-url."`
	BrokerTokenFile    string `placeholder:"FILE" help:"File that holds the token."`
	BrokerUsername     string `placeholder:"NAME" help:"User name; PACT_BROKER_USERNAME with --broker-url."`
	BrokerPassword     string `placeholder:"PASSWORD" help:"Password; PACT_BROKER_PASSWORD with --broker-url."`
	BrokerPasswordFile string `placeholder:"FILE" help:"File that holds the password."`
	BrokerRetries      int    `default:"3" placeholder:"N" help:"Repetitions after a 5xx, 408 or 429 (${default})."`

	ConsumerVersionSelector []string `sep:"none" placeholder:"JSON" help:"Such as {\"mainBranch\":true} (repeatable)."`
	ConsumerVersionTags     []string `placeholder:"TAG,…" help:"Verify the latest pacts of these consumer tags."`
	EnablePending           bool     `help:"Report failures of pending pacts, but do not fail for them."`
	IncludeWIPSince         string   `name:"include-wip-since" placeholder:"DATE" help:"Work in progress since then."`

	Publish         bool     `help:"Publish the results to the broker."`
	Provider        string   `default:"connectmypairs" placeholder:"NAME" help:"Its name in the pacts (${default})."`
	ProviderVersion string   `placeholder:"VERSION" help:"Version of the provider that runs at the URL."`
	ProviderBranch  string   `placeholder:"BRANCH" help:"Branch of the provider that runs at the URL."`
	ProviderTags    []string `placeholder:"TAG,…" help:"Tags of that version, published with the results."`
	BuildURL        string   `name:"build-url" placeholder:"URL" help:"Page of the CI job, published as well."`

	JUnit    string `name:"junit" placeholder:"FILE" help:"Write the results as JUnit XML too."`
	JSON     string `name:"json" placeholder:"FILE" help:"Write the results as JSON too."`
	HTML     string `name:"html" placeholder:"FILE" help:"Write the results as an HTML page too."`
	LogLevel string `default:"off" enum:"${log_levels}" help:"Log of Pact's library, on standard error: ${enum}."`

	Version kong.VersionFlag `env:"-" help:"Print the version and stop."`
}

const description = `Verifies an implementation of the Create Account endpoint against Pact contracts.

Exit codes: 0 every interaction was verified; 1 one failed, or asks for an unknown provider state; 2 wrong usage, or a
pact file that is missing or cannot be read; 3 nothing could be judged, or the results could not be published.

Every flag can be given as an environment variable too: --broker-url as PACTS_BROKER_URL. An empty variable counts as
unset, except for PACTS_URL: an empty URL is an error.`

// run is the whole program; stdout gets the result, stderr everything else.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 1 && args[0] == workerArgument {
		return verifier.Worker(os.Stdin, stderr)
	}
	var opts options
	var parser *kong.Kong
	var err error
	exit := -1
	parser, err = kong.New(&opts, kong.Name("pacts"), kong.Description(description), kong.DefaultEnvars("PACTS"),
		kong.Vars{"log_levels": strings.Join(verifier.LogLevels, ","), "version": version()},
		kong.Writers(stdout, stderr),
		// --help and --version end here, but kong parses on and would print the next of them as well.
		kong.Exit(func(code int) { exit, parser.Stdout = code, io.Discard }))
	if err != nil {
		panic(err) // the struct above is wrong
	}
	for _, flag := range parser.Model.Flags {
		if flag.Name != "url" {
			flag.Tag.Envs = untrusted.NotEmpty(flag.Tag.Envs)
		}
	}
	_, err = parser.Parse(args)
	switch {
	case exit >= 0:
		return exit
	case err != nil:
		fmt.Fprintf(stderr, "pacts: %s; see pacts --help\n", untrusted.Line(err.Error()))
		return exitUsage
	case !verifier.Available:
		fmt.Fprint(stderr, withoutLibrary)
		return exitNotJudged
	}
	reports, err := opts.openReports()
	if err != nil {
		fmt.Fprintf(stderr, "pacts: %s\n", untrusted.Line(err.Error()))
		return exitUsage
	}
	verified, err := verify(ctx, opts, stderr)
	outcome := verifier.Outcome{Run: verified, ExitCode: exitCode(verified, err), Problem: err}
	return write(outcome, stdout, stderr, reports)
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "pacts (unknown version)"
	}
	return "pacts " + info.Main.Version
}

const withoutLibrary = `pacts: this program was built without Pact's native library, so it cannot verify anything.
Build one that can, in the repository (it takes Go, a C compiler, and npm or a network):
  make pact-build
or, without make:
  .ci/pact-lib go build -tags pact -o .bin/ ./pacts
`

// report is a file that gets the result.
type report struct {
	file   *os.File
	render func(io.Writer, verifier.Outcome) error
}

// openReports opens the files before anything is verified, so that one that cannot be written is no surprise at the
// end. If one cannot, none of those that it made stays behind.
func (o options) openReports() (reports []report, err error) {
	var made []*os.File
	defer func() {
		if err != nil {
			for _, file := range made {
				_ = file.Close()
				_ = os.Remove(file.Name())
			}
		}
	}()
	for _, one := range []struct {
		flag, path string
		render     func(io.Writer, verifier.Outcome) error
	}{{"junit", o.JUnit, verifier.JUnit}, {"json", o.JSON, verifier.JSON}, {"html", o.HTML, verifier.HTML}} {
		if one.path == "" {
			continue
		}
		_, missing := os.Lstat(one.path)
		file, err := os.OpenFile(one.path, os.O_WRONLY|os.O_CREATE, 0o644)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", one.flag, err)
		}
		if missing != nil {
			made = append(made, file)
		}
		if slices.ContainsFunc(reports, func(r report) bool { return sameFile(r.file, file) }) {
			return nil, fmt.Errorf("--%s: another report is written to %s; give each a file of its own",
				one.flag, one.path)
		}
		reports = append(reports, report{file, one.render})
	}
	return reports, nil
}

// sameFile reports whether two open files are one, which only a device such as /dev/null may be.
func sameFile(a, b *os.File) bool {
	one, errOne := a.Stat()
	other, errOther := b.Stat()
	return errOne == nil && errOther == nil && one.Mode().IsRegular() && os.SameFile(one, other)
}

// write renders the outcome for people, and to the files, and returns the exit code. What cannot be written is a
// problem that the files after it tell. JUnit is the last of them, for it may be all that a CI server reads.
func write(outcome verifier.Outcome, stdout, stderr io.Writer, reports []report) int {
	note := func(err error) {
		if err != nil {
			outcome.ExitCode, outcome.Problem = exitNotJudged, errors.Join(outcome.Problem, err)
		}
	}
	if len(outcome.Interactions)+len(outcome.Notes) > 0 || outcome.ExitCode == exitVerified {
		note(verifier.Text(stdout, outcome.Run))
	}
	for _, report := range slices.Backward(reports) {
		note(report.write(outcome))
	}
	if outcome.Problem != nil {
		for line := range strings.Lines(outcome.Problem.Error()) {
			fmt.Fprintf(stderr, "pacts: %s\n", untrusted.Line(strings.TrimSuffix(line, "\n")))
		}
	}
	return outcome.ExitCode
}

func (r report) write(outcome verifier.Outcome) error {
	var content bytes.Buffer
	if err := r.render(&content, outcome); err != nil {
		return err
	}
	if info, err := r.file.Stat(); err == nil && info.Mode().IsRegular() { // a device or pipe has no size
		if err := r.file.Truncate(0); err != nil {
			return err
		}
	}
	_, err := r.file.Write(content.Bytes())
	return errors.Join(err, r.file.Close())
}

func exitCode(run verifier.Run, err error) int {
	_, usage := errors.AsType[*verifier.UsageError](err)
	switch {
	case usage:
		return exitUsage
	case run.Failed() > 0:
		return exitFailed
	case err != nil:
		return exitNotJudged
	}
	return exitVerified
}

func verify(ctx context.Context, opts options, log io.Writer) (verifier.Run, error) {
	config, err := opts.config(log)
	if err != nil {
		return verifier.Run{}, &verifier.UsageError{Err: err}
	}
	if config.InProcess {
		url, stop, err := serveMock()
		if err != nil {
			return verifier.Run{}, err
		}
		defer stop()
		config.URL = url
	}
	return verifier.Verify(ctx, config)
}

func (o options) config(log io.Writer) (verifier.Config, error) {
	if err := untrusted.CheckProxies(); err != nil {
		return verifier.Config{}, err
	}
	header, err := headers(o.Header)
	if err != nil {
		return verifier.Config{}, err
	}
	broker, err := o.broker()
	if err != nil {
		return verifier.Config{}, err
	}
	program, err := os.Executable()
	if err != nil {
		return verifier.Config{}, err
	}
	config := verifier.Config{
		InProcess: o.URL == nil,
		Pacts:     o.Pacts, Broker: broker, IgnoreNoPacts: o.IgnoreNoPacts,
		Filter: verifier.Filter{
			Consumers: o.FilterConsumer, Description: o.FilterDescription, State: o.FilterState,
			NoState: o.FilterNoState,
		},
		FailFast: o.FailFast,
		Provider: o.Provider, ProviderVersion: o.ProviderVersion, ProviderBranch: o.ProviderBranch,
		ProviderTags: o.ProviderTags,
		BuildURL:     o.BuildURL, Publish: o.Publish,
		Header: header, StatesURL: o.StatesURL, StatesAsQuery: o.AsQuery, NoTeardown: !o.Teardown,
		Timeout: o.Timeout, Insecure: o.Insecure,
		LogLevel: o.LogLevel, Log: log, Worker: []string{program, workerArgument},
	}
	if o.URL != nil {
		config.URL = *o.URL
	}
	return config, nil
}

// broker reads PACT_BROKER_TOKEN, PACT_BROKER_USERNAME and PACT_BROKER_PASSWORD as well, which Pact's own tools share,
// but only when this run is to use a broker and has no other credentials.
func (o options) broker() (verifier.Broker, error) {
	token, err := secret("broker-token", o.BrokerToken, o.BrokerTokenFile)
	if err != nil {
		return verifier.Broker{}, err
	}
	password, err := secret("broker-password", o.BrokerPassword, o.BrokerPasswordFile)
	if err != nil {
		return verifier.Broker{}, err
	}
	username := o.BrokerUsername
	if o.BrokerURL != "" && token == "" && username == "" && password == "" {
		if token = os.Getenv("PACT_BROKER_TOKEN"); token == "" {
			username, password = os.Getenv("PACT_BROKER_USERNAME"), os.Getenv("PACT_BROKER_PASSWORD")
		}
	}
	return verifier.Broker{
		URL: o.BrokerURL, Token: token, Username: username, Password: password, Retries: o.BrokerRetries,
		Selectors: o.ConsumerVersionSelector, ConsumerTags: o.ConsumerVersionTags,
		EnablePending: o.EnablePending, IncludeWIPSince: o.IncludeWIPSince,
	}, nil
}

// headers reads "K: V"; a value may be a secret, so no error repeats it.
func headers(lines []string) (http.Header, error) {
	header := http.Header{}
	for _, line := range lines {
		name, value, found := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if !found || name == "" || strings.ContainsAny(name, " \t\r\n") {
			return nil, errors.New("--header: not of the form 'Name: value'")
		}
		header.Add(name, strings.TrimSpace(value))
	}
	return header, nil
}

// maxSecret is more bytes than a token or password has.
const maxSecret = 64 << 10

func secret(flag, value, file string) (string, error) {
	switch {
	case file == "":
		return value, nil
	case value != "":
		return "", fmt.Errorf("--%s and --%s-file: give one of them", flag, flag)
	}
	content, err := untrusted.ReadText(file, maxSecret)
	if err != nil {
		return "", fmt.Errorf("--%s-file: %w", flag, err)
	}
	return strings.TrimSpace(string(content)), nil
}

// serveMock runs the mock server on a free port of this machine and returns its base URL.
func serveMock() (url string, stop func(), err error) {
	set, err := mock.New(mock.Config{})
	if err != nil {
		return "", nil, err
	}
	root, stop, err := verifier.Serve(set)
	return root + fixtures.BasePath, stop, err
}
