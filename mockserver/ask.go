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
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/config"
)

// target is the server that a command asks.
type target struct {
	// root is its URL without a path, and space the name of the space that was given with it, or "".
	root  *url.URL
	space string
	token string
	// anyCertificate is whether its certificate does not matter.
	anyCertificate bool
}

// findTarget reads the URL that a command was given. Without one it is the server that the same flags, environment and
// configuration file start; that one's certificate does not matter.
func findTarget(given string, parsed *kong.Context, flags *config.Flags) (*target, error) {
	found, own := given, given == ""
	if own {
		var err error
		if found, err = config.Locate(parsed, flags); err != nil {
			return nil, err
		}
	}
	u, err := url.Parse(found)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q is not a URL such as http://localhost:8080/connectmypairs", found)
	}
	t := &target{root: &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, anyCertificate: own || flags.TLSSelfSigned}
	first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if name, ok := strings.CutPrefix(first, "~"); ok {
		t.space = name
	}
	return t, nil
}

// control returns the URL of a call to the control API.
func (t *target) control(call string, query url.Values) *url.URL {
	u := t.root.JoinPath("__mock", call)
	u.RawQuery = query.Encode()
	return u
}

// How long a server may take to answer, and how much it may say. One that needs longer is not ready.
const (
	answerTimeout  = 5 * time.Second
	maxAnswerBytes = 1 << 20
)

// get reads JSON from a URL into value, which stays as it is when the answer is something else.
func (t *target) get(ctx context.Context, from *url.URL, value any) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from.String(), nil)
	if err != nil {
		return 0, err
	}
	if t.token != "" {
		request.Header.Set("Authorization", "Bearer "+t.token)
	}
	client := &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: t.anyCertificate}, //nolint:gosec // as the caller says
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		if named, ok := errors.AsType[*url.Error](err); ok {
			err = named.Err // it would name the URL twice
		}
		return 0, fmt.Errorf("%s does not answer: %w", from, err)
	}
	defer response.Body.Close()
	// Anything else than JSON leaves value empty, which the caller notices.
	_ = json.NewDecoder(io.LimitReader(response.Body, maxAnswerBytes)).Decode(value)
	return response.StatusCode, nil
}
