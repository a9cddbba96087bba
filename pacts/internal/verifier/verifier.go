package verifier

import (
	"context"
	"errors"
	"fmt"
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

// Verify verifies the provider. Interactions that failed are no error but part of the result. A [*UsageError] names
// what cannot be read, and the result has what could be verified beside it; another error says what could not be judged
// or published.
func Verify(ctx context.Context, config Config) (Run, error) {
	if err := config.Validate(); err != nil {
		return Run{}, &UsageError{err}
	}
	run := Run{Provider: config.URL}
	urls, paths := split(config.Pacts)
	broker := newHAL(config, urls)
	found, err := gather(ctx, broker, urls, paths)
	run.Notes = found.notes
	if err != nil {
		return run, err
	}
	if config.IgnoreNoPacts {
		found.errors = slices.DeleteFunc(found.errors, func(err error) bool { return errors.Is(err, errNoPacts) })
	}
	var unread error
	if len(found.errors) > 0 {
		unread = &UsageError{errors.Join(found.errors...)}
	}
	if !slices.ContainsFunc(found.pacts, func(p pact) bool { return len(p.interactions) > 0 }) {
		if unread == nil && !config.IgnoreNoPacts {
			return run, fmt.Errorf("no interaction to verify in %s", strings.Join(config.asked(), " "))
		}
		return run, unread
	}
	target, err := reach(ctx, config)
	if err != nil {
		return run, errors.Join(unread, err)
	}
	dir, err := os.MkdirTemp("", "pacts-")
	if err != nil {
		return run, err
	}
	defer os.RemoveAll(dir)
	v := verification{config: config, target: target, dir: dir, broker: broker, run: &run}
	err = v.pacts(ctx, found.pacts) // adds to the run
	return run, errors.Join(unread, err)
}

// asked names where pacts were looked for, without what may be secret in a URL.
func (c Config) asked() []string {
	urls, places := split(c.Pacts)
	if c.Broker.URL != "" {
		urls = append(urls, c.Broker.URL)
	}
	for _, from := range urls {
		places = append(places, redacted(from))
	}
	return places
}

// gather reads all pacts. An error is a broker that could not be asked.
func gather(ctx context.Context, broker *hal, urls, paths []string) (sources, error) {
	var found sources
	config := broker.config
	for _, path := range paths {
		found.path(path, config.Provider)
	}
	for _, from := range urls {
		read, err := broker.pact(ctx, from)
		if err == nil {
			err = read.isOf(config.Provider)
		}
		found.add(read, err)
	}
	if config.Broker.URL != "" && !config.fromWebhook() {
		if err := broker.pacts(ctx, &found); err != nil {
			return found, err
		}
	}
	config.Filter.apply(&found)
	return found, nil
}

// verification verifies pacts one after the other against a target.
type verification struct {
	config Config
	target target
	// dir is a folder for files that the worker reads and writes.
	dir    string
	broker *hal
	run    *Run
}

func (v verification) pacts(ctx context.Context, pacts []pact) error {
	var wrong []error
	for i, p := range pacts {
		if len(p.interactions) == 0 {
			continue
		}
		results, err := v.pact(ctx, p)
		v.run.Interactions = append(v.run.Interactions, results...)
		wrong = append(wrong, err, v.conclude(ctx, p, results, err == nil))
		if ctx.Err() != nil {
			break
		}
		if v.config.FailFast && v.run.Failed() > 0 {
			left := len(p.interactions) - len(results)
			for _, rest := range pacts[i+1:] {
				left += len(rest.interactions)
			}
			v.run.Notes = append(v.run.Notes,
				fmt.Sprintf("stopped at the first failure; %s not verified", count(left, "interaction")))
			break
		}
	}
	return errors.Join(wrong...)
}

// conclude publishes the results of a pact, if that is asked for and they are complete, and notes what the broker has
// to say about them.
func (v verification) conclude(ctx context.Context, p pact, results []Interaction, complete bool) error {
	publish := v.config.Publish && complete && p.links != nil
	var err error
	if publish {
		if err = v.broker.publish(ctx, p, results); err != nil {
			err = fmt.Errorf("pact %s: the results could not be published: %w", p.origin, err)
		}
	}
	success := !slices.ContainsFunc(results, func(i Interaction) bool { return !i.OK() })
	for _, notice := range p.notices {
		if notice.Text != "" && notice.applies(success, publish && err == nil) {
			v.run.Notes = append(v.run.Notes, fmt.Sprintf("%s [%s]: %s", p.consumer, p.origin, notice.Text))
		}
	}
	return err
}

// pact verifies the interactions of a pact: together, which is faster, or one by one when the first failure ends it,
// and when the native library cannot read one of them and loses the others.
func (v verification) pact(ctx context.Context, p pact) ([]Interaction, error) {
	if v.config.StatesURL == "" {
		var leave func(context.Context)
		v.target, leave = v.target.ownSpace(ctx)
		defer leave(context.WithoutCancel(ctx)) // after an interruption too; each request has its own time limit
	}
	base := v.target.base.EscapedPath()
	for _, written := range []string{base, "/" + afterSpace(base)} {
		if p.below(written) {
			base = strings.TrimSuffix(base, written)
			v.run.Notes = append(v.run.Notes,
				fmt.Sprintf("%s: its paths hold the base path %s, and are taken from the root of the host",
					p.origin, written))
			break
		}
	}
	if !v.config.FailFast {
		results, err := v.interactions(ctx, p, base, p.interactions)
		if _, unreadable := errors.AsType[*unreadableError](err); !unreadable {
			return results, err
		}
	}
	var results []Interaction
	var wrong []error
	for _, one := range p.interactions {
		result, err := v.interactions(ctx, p, base, []interaction{one})
		if _, unreadable := errors.AsType[*unreadableError](err); unreadable {
			err = &UsageError{fmt.Errorf("pact file %s: %s: %w", p.origin, one.pointer, err)}
		}
		results, wrong = append(results, result...), append(wrong, err)
		if ctx.Err() != nil || v.config.FailFast && (err != nil || (Run{Interactions: result}).Failed() > 0) {
			break
		}
	}
	return results, errors.Join(wrong...)
}

// afterSpace is a path without the first segment, when that names a space of the mock server, and without the slash.
func afterSpace(path string) string {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if strings.HasPrefix(first, "~") {
		return rest
	}
	return strings.TrimPrefix(path, "/")
}

// interactions verifies these interactions of a pact below the base path.
func (v verification) interactions(
	ctx context.Context, p pact, base string, asked []interaction,
) ([]Interaction, error) {
	ctx, progress, unwatch := watched(ctx, v.config.patience())
	defer unwatch()
	handler := &stateHandler{setter: v.target.setter(v.config)}
	statesURL, stop, err := Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		progress() // each interaction begins and ends with such a request, even one without states
		handler.ServeHTTP(w, r)
	}))
	if err != nil {
		return nil, err
	}
	defer stop()
	defer handler.TearDown(context.WithoutCancel(ctx))

	j := v.config.job(v.target, base, statesURL)
	j.File, j.ResultFile = filepath.Join(v.dir, "pact.json"), filepath.Join(v.dir, "result.json")
	content, err := p.content(asked)
	if err == nil {
		err = os.WriteFile(j.File, content, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("pact file %s: %w", p.origin, err)
	}
	result, errorLog, err := runWorker(ctx, v.config.Worker, workerEnvironment(v.target.base), j, v.config.Log)
	if err != nil {
		return nil, fmt.Errorf("pact file %s: %w", p.origin, err)
	}
	found, err := v.config.judge(p, asked, result, errorLog)
	explain(found, handler.Outcomes(), v.config.Log)
	return found, err
}

// split tells URLs from paths. The scheme of a URL may be in any letter case (RFC 3986, section 3.1).
func split(pacts []string) (urls, paths []string) {
	for _, pact := range pacts {
		scheme, _, isURL := strings.Cut(pact, "://")
		if isURL && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")) {
			urls = append(urls, pact)
		} else {
			paths = append(paths, pact)
		}
	}
	return urls, paths
}

// Serve makes the handler reachable for processes on this machine, at a free port of it.
func Serve(handler http.Handler) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with stop
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

func (c Config) job(t target, path, statesURL string) job {
	port := map[string]uint16{"http": 80, "https": 443}[t.base.Scheme]
	if number, err := strconv.ParseUint(t.base.Port(), 10, 16); err == nil {
		port = uint16(number)
	}
	host := t.base.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	j := job{
		Provider: c.Provider, Scheme: t.base.Scheme, Host: host, Port: port, Path: path,
		StatesURL: statesURL, Insecure: c.Insecure, TimeoutMS: uint64(c.Timeout.Milliseconds()),
		LogLevel: slices.Index(LogLevels, c.LogLevel), Headers: map[string]string{},
	}
	for name, values := range c.Header {
		// The native library would send the last of several.
		j.Headers[name] = strings.Join(values, ", ")
	}
	return j
}
