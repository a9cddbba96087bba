package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// errUnauthorized is that whoever changes how the target is set up must show credentials, and did not.
var errUnauthorized = errors.New("answered with 401: it wants credentials, which --header can give")

// blockedWay is how to ask as a blocked caller, and as another one for the same accounts.
type blockedWay struct {
	via, free *route
	// states is where to change the provider state that blocks; empty when the way itself is blocked.
	states string
	// space is the URL of what was made for this run only; empty when nothing was.
	space string
}

// blockedWay returns how to be a blocked caller of the target; nil when nobody knows.
func (r *run) blockedWay() (*blockedWay, error) {
	if r.dry {
		return &blockedWay{via: &route{base: r.target.base, transport: dryBlocked{}}, free: r.target}, nil
	}
	kind, value := parseBlockedVia(r.cfg.BlockedVia)
	way := &blockedWay{free: r.target}
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

// noSource says that this machine does not have the address of the blocked caller; empty when it has, or nobody needs
// it. Nothing but an attempt tells: Linux takes all of 127.0.0.0/8, of which it lists one, and may be told to take
// others.
func (r *run) noSource() string {
	kind, address := parseBlockedVia(r.cfg.BlockedVia)
	if kind != viaSource || r.dry {
		return ""
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.ParseIP(address)})
	if err != nil {
		return fmt.Sprintf("blocked-via: source= needs an address of this machine, and %s is none", address)
	}
	_ = listener.Close()
	return ""
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
	root, name := r.root(), "conformance-"+r.id
	space := root.JoinPath("~" + name)
	route, err := r.cfg.newRoute(space.JoinPath(base.Path).String())
	if err != nil {
		return nil, err
	}
	return &blockedWay{
		via: route, free: route,
		states: space.JoinPath("__mock", "provider-states").String(),
		space:  root.JoinPath("__mock", "spaces", name).String(),
	}, nil
}

// root is the URL of the target's host.
func (r *run) root() *url.URL {
	return &url.URL{Scheme: r.target.base.Scheme, User: r.target.base.User, Host: r.target.base.Host}
}

// recogniseMock recognises the kit's own mock server, and returns the base URL that it gives.
func (r *run) recogniseMock() (baseURL string, isMock bool) {
	answer, err := r.control(r.ctx, http.MethodGet, r.root().JoinPath("__mock", "health").String(), nil)
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

// changeState makes the way blocked, which is the action setup, or undoes that, which is teardown.
func (r *run) changeState(way *blockedWay, action string) error {
	if way.states == "" {
		return nil
	}
	change := map[string]any{"state": fixtures.CallerBlocked, "params": map[string]string{}, "action": action}
	body, err := json.Marshal(change)
	if err != nil {
		return err
	}
	if _, err := r.control(r.ctx, http.MethodPost, way.states, body); err != nil {
		return fmt.Errorf("%s of the provider state %q: %w", action, fixtures.CallerBlocked, err)
	}
	return nil
}

// leave removes what was made for this run only.
func (r *run) leave(way *blockedWay) error {
	if way.space == "" {
		return nil
	}
	_, err := r.control(context.WithoutCancel(r.ctx), http.MethodDelete, way.space, nil)
	return err
}

// control sends a request that changes or asks how the target is set up; it is no part of what is judged.
func (r *run) control(ctx context.Context, method, target string, body []byte) ([]byte, error) {
	if err := r.courtesy.start(ctx, 1); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("not a URL")
	}
	maps.Copy(request.Header, r.cfg.Header)
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	if user := request.URL.User; user != nil {
		password, _ := user.Password()
		request.SetBasicAuth(user.Username(), password)
	}
	response, err := r.target.transport.RoundTrip(request)
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
