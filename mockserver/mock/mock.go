// Package mock is the whole mock server as an http.Handler: the endpoint and, around it, spaces, CORS, faults, a journal,
// coverage, metrics, the control API and the dashboard. A Go test starts one in a few lines; see the examples.
package mock

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/dashboard"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/metrics"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/spaces"
)

// Mock is safe for use by any number of goroutines.
type Mock struct {
	config   Config // as New got it; what can change lives in spaces
	spaces   *spaces.Set
	control  *control.API
	endpoint http.Handler // CORS and the reading of bodies, around the main mock and the spaces
}

// New returns a mock, or an error that says what is wrong with the configuration.
func New(config Config) (*Mock, error) {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	m := &Mock{config: config}
	var counted *metrics.Metrics
	var err error
	m.spaces, err = config.newSpaces(func(o spaces.Observation) {
		counted.Observe(metrics.Answer{Status: o.Status, Rule: string(o.Rule)}, string(o.Fault), o.Took)
	})
	if err != nil {
		return nil, err
	}
	counted = metrics.New(metrics.Config{
		Version: config.Version, Known: knownAnswers(), Faults: faultNames(),
		Accounts: m.spaces.Accounts, JournalBytes: m.spaces.JournalBytes, Spaces: m.spaces.Len,
	})
	m.control = control.New(control.Config{
		Spaces: m.spaces, Token: config.Control.Token,
		BoundHosts: config.Control.BoundHosts, AllowHosts: config.Control.AllowHosts,
		Version: config.Version, BaseURL: config.BaseURL, Separate: config.Control.Separate,
		Dashboard: dashboard.Handler(), Metrics: counted.Handler(),
	})
	cors, err := endpoint.CORS(config.Server.CORSOrigins)
	if err != nil {
		return nil, err
	}
	m.endpoint = cors(endpoint.IgnoreBody(http.HandlerFunc(m.serveEndpoint)))
	return m, nil
}

// Handler serves the endpoint, the spaces, and the control API unless that is off or separate.
func (m *Mock) Handler() http.Handler {
	if m.config.Control.Off || m.config.Control.Separate {
		return m.endpoint
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isControl(r.URL.Path) {
			m.control.ServeHTTP(w, r) // outside CORS: no page of another origin may read it
			return
		}
		m.endpoint.ServeHTTP(w, r)
	})
}

// ControlHandler serves the control API alone, and 404 when it is off.
func (m *Mock) ControlHandler() http.Handler {
	if m.config.Control.Off {
		return http.NotFoundHandler()
	}
	return m.control
}

// Reconfigure takes a new configuration while the mock runs. In the main mock, what differs from the configuration before takes
// effect at once; the rest stays as it is, and so do accounts that were created. Spaces take it when they are made or reset.
// Server, Latency, Faults and Seed can change; the rest is refused. Nothing changes on an error.
func (m *Mock) Reconfigure(config Config) error {
	switch before := m.config; {
	case config.JournalBytes != before.JournalBytes:
		return errors.New("the budget of the journal cannot change while the server runs; restart it")
	case config.MaxSpaces != before.MaxSpaces:
		return errors.New("the bound on spaces cannot change while the server runs; restart it")
	case config.Control.Off != before.Control.Off, config.Control.Separate != before.Control.Separate,
		config.Control.Token != before.Control.Token, !slices.Equal(config.Control.AllowHosts, before.Control.AllowHosts):
		return errors.New("who reaches the control API, and where, cannot change while the server runs; restart it")
	}
	behaviour, err := config.faults()
	if err != nil {
		return err
	}
	return m.spaces.Reconfigure(config.Server, behaviour)
}

// Drain prepares for the end: health says that the server is draining, with 503, and event streams end. The endpoint goes on.
func (m *Mock) Drain() { m.control.Drain() }

// serveEndpoint finds the mock that a request is for. One for a space that cannot be is the main mock's.
func (m *Mock) serveEndpoint(w http.ResponseWriter, r *http.Request) {
	name, _, _ := cutSpace(r.URL.Path)
	space, err := m.spaces.Get(name)
	if err != nil {
		m.spaces.Main().ServeNoSpace(w, r, err)
		return
	}
	space.ServeHTTP(w, r)
}

// isControl reports whether a path is /__mock or /~{space}/__mock, or below.
func isControl(path string) bool {
	if _, rest, ok := cutSpace(path); ok {
		path = rest
	}
	return strings.HasPrefix(path, control.Prefix) || path+"/" == control.Prefix
}

// cutSpace cuts the path "/~name/rest" in "name" and "/rest".
func cutSpace(path string) (name, rest string, ok bool) {
	after, ok := strings.CutPrefix(path, spaces.Prefix)
	if !ok {
		return "", "", false
	}
	slash := strings.IndexByte(after, '/')
	if slash <= 0 {
		return "", "", false
	}
	return after[:slash], after[slash:], true
}

// knownAnswers are the ones that are worth counting fast.
func knownAnswers() []metrics.Answer {
	known := []metrics.Answer{
		{Status: http.StatusCreated, Rule: string(endpoint.RuleCreated)},
		{Status: http.StatusBadRequest, Rule: string(endpoint.RuleInvalidPrivacy)},
		{Status: http.StatusBadRequest, Rule: string(endpoint.RuleInvalidUsername)},
		{Status: http.StatusForbidden, Rule: string(endpoint.RuleBlocked)},
		{Status: http.StatusConflict, Rule: string(endpoint.RuleConflict)},
	}
	for _, documented := range fixtures.Answers() {
		known = append(known, metrics.Answer{Status: documented.Status, Rule: string(endpoint.RuleForced)})
	}
	return known
}

func faultNames() (names []string) {
	for _, fault := range faults.All() {
		names = append(names, string(fault))
	}
	return names
}
