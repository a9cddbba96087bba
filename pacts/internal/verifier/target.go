package verifier

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
)

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
	tlsConfig := &tls.Config{InsecureSkipVerify: config.Insecure} //nolint:gosec // asked for with --insecure
	headers := &headerTransport{hosts: []string{base.Host}, header: config.Header, next: newTransport(tlsConfig)}
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
	if _, wrong := errors.AsType[*tls.CertificateVerificationError](err); wrong {
		err = fmt.Errorf("%w; --insecure accepts any certificate", err)
	}
	if err != nil {
		return target{}, fmt.Errorf("the provider cannot be reached: %w", err)
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

// headerTransport adds the configured headers to every request to the provider's hosts, and to no others: they may be
// secrets.
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

func (t target) setter(config Config) stateSetter {
	switch {
	case config.StatesURL != "":
		return remoteStates{
			URL: config.StatesURL, Client: t.client, AsQuery: config.StatesAsQuery, NoTeardown: config.NoTeardown,
		}
	case t.mock:
		return remoteStates{URL: t.control("provider-states"), Client: t.client}
	default:
		return endpointStates{URL: t.base.String(), Client: t.client}
	}
}

// ownSpace moves a mock server's target to a space that behaves as the mock does now. So verifying leaves the mock as
// it was, and no pact meets the accounts of another. A base URL that names a space is used as it is, and so is a mock
// that refuses.
func (t target) ownSpace(ctx context.Context) (moved target, leave func(context.Context)) {
	if !t.mock || strings.HasPrefix(t.base.Path, "/~") {
		return t, func(context.Context) {}
	}
	name := "pacts-" + rand.Text()
	base := *t.base
	base.Path = "/~" + name + base.Path
	moved = target{base: &base, mock: true, client: t.client}
	leave = func(ctx context.Context) {
		_, _ = t.call(ctx, http.MethodDelete, t.control("spaces/"+name), nil) // the mock itself ends spaces in the end
	}
	for _, state := range []string{"behaviour", "blocked"} {
		now, err := t.call(ctx, http.MethodGet, t.control(state), nil)
		if err == nil {
			_, err = t.call(ctx, http.MethodPut, moved.control(state), now)
		}
		if err != nil {
			leave(ctx)
			return t, func(context.Context) {}
		}
	}
	return moved, leave
}

// call makes a call of the control API.
func (t target) call(ctx context.Context, method, to string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	answer, err := t.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return nil, fmt.Errorf("the control API answered %s", answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, maxPactBytes))
}
