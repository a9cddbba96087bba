// Command pacts verifies an implementation of the Create Account endpoint against Pact contracts: those in this folder, anybody
// else's pact files, or those of a Pact Broker. It needs Pact's native library, so only a build with the tag pact verifies.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
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
	exitUsage     = 2 // a wrong flag; a pact file that is missing or broken
	exitNotJudged = 3 // nothing to verify, a provider or broker that cannot be reached, a build without the native library
)

// workerArgument makes this program the process that the native library runs in.
const workerArgument = "__worker"

type options struct {
	Pacts []string `arg:"" optional:"" name:"pacts" help:"Pact files, folders of pact files, URLs of pact files."`

	URL       string        `placeholder:"URL" help:"Base URL of the provider, without /users/. Left out: the mock server, in this process."`
	Header    []string      `sep:"none" placeholder:"'K: V'" help:"Header for every request to the provider (repeatable)."`
	StatesURL string        `placeholder:"URL" help:"Provider-state endpoint of the provider. The mock server's is found by itself."`
	Timeout   time.Duration `default:"10s" help:"How long one request may take (${default})."`
	Insecure  bool          `help:"Accept any certificate of the provider."`

	BrokerURL               string   `env:"PACTS_BROKER_URL,PACT_BROKER_BASE_URL" placeholder:"URL" help:"Pact Broker to get pacts from."`
	BrokerToken             string   `env:"PACTS_BROKER_TOKEN,PACT_BROKER_TOKEN" placeholder:"TOKEN" help:"Bearer token for the broker."`
	BrokerTokenFile         string   `placeholder:"FILE" help:"File that holds the token."`
	BrokerUsername          string   `env:"PACTS_BROKER_USERNAME,PACT_BROKER_USERNAME" placeholder:"NAME" help:"User name for the broker."`
	BrokerPassword          string   `env:"PACTS_BROKER_PASSWORD,PACT_BROKER_PASSWORD" placeholder:"PASSWORD" help:"Password for the broker."`
	BrokerPasswordFile      string   `placeholder:"FILE" help:"File that holds the password."`
	ConsumerVersionSelector []string `sep:"none" placeholder:"JSON" help:"Which consumer versions to verify, such as {\"mainBranch\":true} (repeatable)."`
	EnablePending           bool     `help:"Report failures of pending pacts, but do not fail for them."`
	IncludeWIPSince         string   `name:"include-wip-since" placeholder:"DATE" help:"Verify work in progress since this date too, as pending."`
	Provider                string   `default:"connectmypairs" placeholder:"NAME" help:"Name of the provider in the broker (${default})."`
	ProviderVersion         string   `placeholder:"VERSION" help:"Version of the provider that runs at the URL."`
	ProviderBranch          string   `placeholder:"BRANCH" help:"Branch of the provider that runs at the URL."`
	Publish                 bool     `help:"Publish the results to the broker."`

	JUnit    string `name:"junit" placeholder:"FILE" help:"Write the results as JUnit XML too."`
	LogLevel string `default:"off" enum:"${log_levels}" help:"Log of Pact's native library, on standard error: ${enum}."`
}

const description = `Verifies an implementation of the Create Account endpoint against Pact contracts.

Exit codes: 0 every interaction was verified; 1 one failed, or asks for an unknown provider state; 2 wrong usage, or a pact file
that is missing or broken; 3 nothing could be judged.

Every flag can be given as an environment variable too: --broker-url as PACTS_BROKER_URL.`

// run is the whole program; stdout gets the result, stderr everything else.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 1 && args[0] == workerArgument {
		return verifier.Worker(os.Stdin, stderr)
	}
	var opts options
	exit := -1
	parser, err := kong.New(&opts, kong.Name("pacts"), kong.Description(description), kong.DefaultEnvars("PACTS"),
		kong.Vars{"log_levels": strings.Join(verifier.LogLevels, ",")}, kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }))
	if err != nil {
		panic(err) // the struct above is wrong
	}
	_, err = parser.Parse(args)
	switch {
	case exit >= 0:
		return exit
	case err != nil:
		fmt.Fprintf(stderr, "pacts: %v; see pacts --help\n", err)
		return exitUsage
	case !verifier.Available:
		fmt.Fprint(stderr, withoutLibrary)
		return exitNotJudged
	}

	verified, err := verify(ctx, opts, stderr)
	code := exitCode(verified, err)
	if len(verified.Interactions) > 0 {
		if err := verifier.Text(stdout, verified); err != nil {
			fmt.Fprintf(stderr, "pacts: %v\n", err)
			return exitNotJudged
		}
	}
	if err != nil {
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintf(stderr, "pacts: %s\n", strings.TrimSuffix(line, "\n"))
		}
	}
	if opts.JUnit != "" {
		if err := writeJUnit(opts.JUnit, verified, err); err != nil {
			fmt.Fprintf(stderr, "pacts: --junit: %v\n", err)
			return exitUsage
		}
	}
	return code
}

const withoutLibrary = `pacts: this program was built without Pact's native library, so it cannot verify anything.
Build one that can, in the repository (it takes Go, a C compiler, and npm or a network):
  make pact-build
or, without make:
  .ci/pact-lib go build -tags pact -o .bin/ ./pacts
`

func exitCode(run verifier.Run, err error) int {
	usage := (*verifier.UsageError)(nil)
	switch {
	case errors.As(err, &usage):
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
	if config.URL == "" {
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
	header, err := headers(o.Header)
	if err != nil {
		return verifier.Config{}, err
	}
	token, err := secret("broker-token", o.BrokerToken, o.BrokerTokenFile)
	if err != nil {
		return verifier.Config{}, err
	}
	password, err := secret("broker-password", o.BrokerPassword, o.BrokerPasswordFile)
	if err != nil {
		return verifier.Config{}, err
	}
	program, err := os.Executable()
	if err != nil {
		return verifier.Config{}, err
	}
	return verifier.Config{
		URL:   o.URL,
		Pacts: o.Pacts,
		Broker: verifier.Broker{
			URL: o.BrokerURL, Token: token, Username: o.BrokerUsername, Password: password,
			Selectors: o.ConsumerVersionSelector, EnablePending: o.EnablePending, IncludeWIPSince: o.IncludeWIPSince,
		},
		Provider: o.Provider, ProviderVersion: o.ProviderVersion, ProviderBranch: o.ProviderBranch, Publish: o.Publish,
		Header: header, StatesURL: o.StatesURL, Timeout: o.Timeout, Insecure: o.Insecure,
		LogLevel: o.LogLevel, Log: log, Worker: []string{program, workerArgument},
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

func secret(flag, value, file string) (string, error) {
	switch {
	case file == "":
		return value, nil
	case value != "":
		return "", fmt.Errorf("--%s and --%s-file: give one of them", flag, flag)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--%s-file: %w", flag, err)
	}
	return strings.TrimSpace(string(content)), nil
}

// serveMock runs the mock server on a free port of this machine and returns its base URL.
func serveMock() (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	root := "http://" + listener.Addr().String()
	mock, err := mock.New(mock.Config{BaseURL: root + fixtures.BasePath, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: mock, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with stop
	return root + fixtures.BasePath, func() { _ = server.Close() }, nil
}

func writeJUnit(path string, run verifier.Run, problem error) error {
	var document bytes.Buffer
	if err := verifier.JUnit(&document, run, problem); err != nil {
		return err
	}
	return os.WriteFile(path, document.Bytes(), 0o644)
}
