package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// What is done with the provider state that blocks.
const (
	stateSetUp    = "setup"
	stateTearDown = "teardown"
)

// errUnauthorized is that whoever changes how the target is set up must show credentials, and did not.
var errUnauthorized = errors.New("answered with 401: it wants credentials, which --header can give")

// blockedWay is how to ask as a blocked caller, and as another one for the same accounts.
type blockedWay struct {
	via, free *route
	// client and states are how to change a provider state; states is empty when the way itself is blocked.
	client http.RoundTripper
	states string
	header http.Header
	// timeout bounds a request to the client, and start returns when it may go.
	timeout time.Duration
	start   func(ctx context.Context, n int) error
	// space is the URL of what was made for this run only; empty when nothing was.
	space string
}

// newBlockedWay returns a way that nobody is on yet, and that can change a provider state.
func (r *run) newBlockedWay() *blockedWay {
	return &blockedWay{
		client:  r.target.transport,
		header:  r.cfg.Header,
		timeout: r.cfg.Timeout,
		start:   r.courtesy.start,
	}
}

// blockedWay returns how to be a blocked caller of the target; nil when nobody knows.
func (r *run) blockedWay() (*blockedWay, error) {
	if r.dry {
		return &blockedWay{via: &route{base: r.target.base, transport: dryBlocked{}}, free: r.target}, nil
	}
	kind, value := parseBlockedVia(r.cfg.BlockedVia)
	way := r.newBlockedWay()
	way.free = r.target
	var err error
	switch kind {
	case "":
		return r.mockWay()
	case viaSource:
		way.via, err = r.cfg.newRoute(r.cfg.URL, func(transport *http.Transport) {
			transport.DialContext = r.cfg.dialer(&net.TCPAddr{IP: net.ParseIP(value)})
		})
	case viaProxy:
		var proxy *url.URL
		if proxy, err = url.Parse(value); err == nil {
			way.via, err = r.cfg.newRoute(r.cfg.URL,
				func(transport *http.Transport) { transport.Proxy = http.ProxyURL(proxy) })
		}
	case viaHeader:
		name, headerValue, _ := strings.Cut(value, ":")
		header := r.cfg.Header.Clone()
		if header == nil {
			header = http.Header{}
		}
		header[strings.TrimSpace(name)] = []string{strings.TrimSpace(headerValue)}
		way.via = &route{base: r.target.base, transport: r.target.transport, header: header}
	case viaURL:
		way.via, err = r.cfg.newRoute(value)
	case viaStates:
		way.via, way.states = r.target, value
	}
	return way, err
}

// mockWay recognises the kit's own mock server and has a space of it blocked, so that nobody else who uses it is
// disturbed. It returns nil when the target is another server.
func (r *run) mockWay() (*blockedWay, error) {
	baseURL, isMock := r.mock()
	if !isMock {
		return nil, nil //nolint:nilnil // another server
	}
	base, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("the mock server's base URL: %w", err)
	}
	root, way := r.root(), r.newBlockedWay()
	name := "conformance-" + r.id
	space := root.JoinPath("~" + name)
	if way.free, err = r.cfg.newRoute(space.JoinPath(base.Path).String()); err != nil {
		return nil, err
	}
	way.via = way.free
	way.states = space.JoinPath("__mock", "provider-states").String()
	way.space = root.JoinPath("__mock", "spaces", name).String()
	return way, nil
}

// root is the URL of the target's host.
func (r *run) root() *url.URL {
	return &url.URL{Scheme: r.target.base.Scheme, User: r.target.base.User, Host: r.target.base.Host}
}

// recogniseMock recognises the kit's own mock server, and returns the base URL that it gives.
func (r *run) recogniseMock() (baseURL string, isMock bool) {
	answer, err := r.newBlockedWay().control(r.ctx, http.MethodGet, r.root().JoinPath("__mock", "health").String(), nil)
	if err != nil {
		return "", false // another server, which has no such path
	}
	var health struct {
		Service string `json:"service"`
		BaseURL string `json:"base_url"`
	}
	if json.Unmarshal(answer, &health) != nil || health.Service != "mockserver" {
		return "", false // another server, which answers anything there
	}
	return health.BaseURL, true
}

// setUp makes the way blocked.
func (w *blockedWay) setUp(ctx context.Context) error { return w.change(ctx, stateSetUp) }

// tearDown undoes setUp.
func (w *blockedWay) tearDown(ctx context.Context) error { return w.change(ctx, stateTearDown) }

func (w *blockedWay) change(ctx context.Context, action string) error {
	if w.states == "" {
		return nil
	}
	change := map[string]any{"state": fixtures.CallerBlocked, "params": map[string]string{}, "action": action}
	body, err := json.Marshal(change)
	if err != nil {
		return err
	}
	if _, err := w.control(ctx, http.MethodPost, w.states, body); err != nil {
		return fmt.Errorf("%s of the provider state %q: %w", action, fixtures.CallerBlocked, err)
	}
	return nil
}

// close removes what was made for this run only.
func (w *blockedWay) close(ctx context.Context) error {
	if w.space == "" {
		return nil
	}
	_, err := w.control(context.WithoutCancel(ctx), http.MethodDelete, w.space, nil)
	return err
}

// control sends a request that changes or asks how the target is set up; it is no part of what is judged.
func (w *blockedWay) control(ctx context.Context, method, target string, body []byte) ([]byte, error) {
	if err := w.start(ctx, 1); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("not a URL")
	}
	for name, values := range w.header {
		request.Header[name] = values
	}
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	if user := request.URL.User; user != nil {
		password, _ := user.Password()
		request.SetBasicAuth(user.Username(), password)
	}
	response, err := w.client.RoundTrip(request)
	if err != nil {
		return nil, errors.New(plainNetwork(err))
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return nil, errors.New(plainNetwork(err))
	}
	if response.StatusCode == http.StatusUnauthorized {
		return nil, errUnauthorized
	}
	if response.StatusCode >= 300 {
		return nil, fmt.Errorf("answered with %s: %s", response.Status, excerpt(answer))
	}
	return answer, nil
}
