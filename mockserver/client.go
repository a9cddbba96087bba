package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/config"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
)

// clientTimeout bounds a question to a server; one that needs longer is not ready.
const clientTimeout = 5 * time.Second

// healthCommand asks a server whether it is ready.
type healthCommand struct {
	URL string `arg:"" optional:"" help:"Base URL, or any URL of the server. By default what these flags, the environment and the configuration file would make the server listen on."`
	config.Flags
}

func (c *healthCommand) run(ctx context.Context, parsed *kong.Context, stdout, stderr io.Writer) int {
	target, own := c.URL, c.URL == ""
	if own {
		var err error
		if target, err = config.Locate(parsed, &c.Flags); err != nil {
			return usage(stderr, err)
		}
	}
	api, err := controlURL(target)
	if err != nil {
		return usage(stderr, err)
	}
	var health struct {
		Service string `json:"service"`
		Status  string `json:"status"`
		BaseURL string `json:"base_url"`
	}
	// The server next door is asked for its state only, so any certificate will do.
	anyCertificate := own || c.TLSSelfSigned
	switch status, err := get(ctx, api.JoinPath("health").String(), "", anyCertificate, &health); {
	case err != nil:
		say(stderr, "mockserver: not ready: %v", err)
	case health.Service != "mockserver":
		say(stderr, "mockserver: not ready: what answers at %s is no mockserver (status %d)", api, status)
	case status != http.StatusOK || health.Status != "ready":
		say(stderr, "mockserver: not ready: %s says that it is %s", api, health.Status)
	default:
		say(stdout, "ready: %s", health.BaseURL)
		return exitOK
	}
	return exitFailed
}

// coverageCommand asks a server which answers its clients have met.
type coverageCommand struct {
	Require  []int  `placeholder:"STATUS" help:"Documented statuses that must have been met, such as 201,400,403,409."`
	Insecure bool   `help:"Accept any certificate."`
	URL      string `arg:"" optional:"" help:"Base URL; one with a space is about that space. Found as health does by default."`
	config.Flags
}

func (c *coverageCommand) run(ctx context.Context, parsed *kong.Context, stdout, stderr io.Writer) int {
	for _, status := range c.Require {
		if _, ok := fixtures.AnswerOf(status); !ok {
			return usage(stderr, fmt.Errorf("--require: %d is not documented; use some of 201, 400, 403 and 409", status))
		}
	}
	target, own := c.URL, c.URL == ""
	if own {
		var err error
		if target, err = config.Locate(parsed, &c.Flags); err != nil {
			return usage(stderr, err)
		}
	}
	token, err := config.Token(parsed, &c.Flags)
	if err != nil {
		return usage(stderr, err)
	}
	api, err := controlURL(target)
	if err != nil {
		return usage(stderr, err)
	}
	var report control.Coverage
	status, err := get(ctx, api.JoinPath("coverage").String(), token, own || c.Insecure || c.TLSSelfSigned, &report)
	switch {
	case err != nil:
		return usage(stderr, err)
	case status == http.StatusUnauthorized:
		return usage(stderr, fmt.Errorf("%s needs its token; give it with --control-token", api))
	case status != http.StatusOK || report.Answers == nil:
		return usage(stderr, fmt.Errorf("what answers at %s is no mockserver (status %d)", api, status))
	}
	var missing []string
	for _, documented := range fixtures.Answers() {
		name, note := strconv.Itoa(documented.Status), ""
		if report.Answers[name] == 0 && slices.Contains(c.Require, documented.Status) {
			missing = append(missing, name)
			note = "  missing"
		}
		fmt.Fprintf(stdout, "%s  %8d%s\n", name, report.Answers[name], note)
	}
	if len(missing) > 0 {
		fmt.Fprintf(stderr, "mockserver: never met: %s\n", strings.Join(missing, ", "))
		return exitFailed
	}
	return exitOK
}

// controlURL returns where the control API of a server is, given its base URL, or that of one of its spaces.
func controlURL(base string) (*url.URL, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is not a URL such as http://localhost:8080/connectmypairs", base)
	}
	root := &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}
	if space, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); strings.HasPrefix(space, "~") {
		root = root.JoinPath(space)
	}
	return root.JoinPath("__mock/"), nil
}

// get reads JSON from a URL into value, which stays as it is when the answer is something else.
func get(ctx context.Context, target, token string, anyCertificate bool, value any) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, clientTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return 0, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: anyCertificate}, //nolint:gosec // as the caller says
	}
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // it would name the URL twice
		}
		return 0, fmt.Errorf("%s does not answer: %w", target, err)
	}
	defer response.Body.Close()
	// Anything else than JSON leaves value empty, which the caller notices.
	_ = json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(value)
	return response.StatusCode, nil
}
