package verifier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
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
	files, err := findPacts(paths)
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
	ctx, progress, unwatch := watched(ctx, config.patience())
	defer unwatch()
	handler := newStateHandler(target.setter(config))
	statesURL, stop, err := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		progress() // each interaction begins and ends with such a request, even one without states
		handler.ServeHTTP(w, r)
	}))
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

// serve makes the handler reachable for the worker process, and for nobody on another machine.
func serve(handler http.Handler) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
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
