// Package control is the control API: what a test or a developer does to the mock beyond the endpoint itself. It is
// described in control-openapi.yaml.
package control

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// Prefix is where the control API of the main mock is; that of a space has the space's own prefix before it.
const Prefix = "/__mock/"

// Config is what the control API needs.
type Config struct {
	// Mocks are those that are controlled.
	Mocks Mocks
	// Token must come with every request but for health; empty when none is needed.
	Token string
	// BoundHosts are the hosts that the server was told to listen on, AllowHosts the others that it may be called by.
	BoundHosts, AllowHosts []string
	// Version and BaseURL are told by health. BaseURL is that of the main mock; unless the API is on a listener of its
	// own (Separate), callers are told the host that they themselves have called, which port mappings change.
	Version, BaseURL string
	Separate         bool
	// Origins are those of other people's pages that may call the API; none when empty.
	Origins []string
	// Dashboard serves the page at / and its files, Metrics the metrics.
	Dashboard, Metrics http.Handler
}

// API is the control API of the main mock and all spaces, as an http.Handler for the paths /__mock/ and
// /~{space}/__mock/.
type API struct {
	config   Config
	guard    *guard
	handler  http.Handler // with the guard before it
	routes   []route
	started  time.Time
	draining chan struct{}
	drain    sync.Once
}

// call answers a request to one mock. A problem that it returns is sent for it.
type call func(w http.ResponseWriter, r *http.Request, mock Mock) *problem

// route is one call under the prefix.
type route struct {
	method, path string
	call         call
	// query are the parameters that the call knows. What changes something refuses all others, so that a misspelt one
	// cannot make it change more than was meant; so does what reads by parameters.
	query []string
	// open routes need no token.
	open bool
	// makes is whether the call makes its space when there is none. Of those that read, only the event stream does, for
	// it shows what comes; HEAD never does.
	makes bool
}

// New returns the API, or an error that says what is wrong with the origins.
func New(config Config) (*API, error) {
	guard, err := newGuard(config)
	if err != nil {
		return nil, err
	}
	a := &API{
		config:   config,
		guard:    guard,
		started:  time.Now(),
		draining: make(chan struct{}),
	}
	a.routes = []route{
		{method: "GET", path: "{$}", call: a.dashboard, open: true},
		{method: "GET", path: "health", call: a.health, open: true},
		{method: "GET", path: "metrics", call: a.metrics},
		{method: "GET", path: "openapi.yaml", call: a.endpointOpenAPI},
		{method: "GET", path: "control-openapi.yaml", call: a.controlOpenAPI},
		{method: "POST", path: "reset", call: reset, makes: true},
		{method: "GET", path: "accounts", call: listAccounts, query: []string{"limit", "offset"}},
		{method: "POST", path: "accounts", call: addAccounts, makes: true},
		{method: "DELETE", path: "accounts", call: clearAccounts, query: []string{"name"}, makes: true},
		{method: "DELETE", path: "accounts/{name...}", call: removeAccount, makes: true},
		{method: "GET", path: "blocked", call: listBlocked},
		{method: "PUT", path: "blocked", call: replaceBlocked, makes: true},
		{method: "POST", path: "blocked", call: addBlocked, makes: true},
		{method: "DELETE", path: "blocked", call: clearBlocked, makes: true},
		{method: "GET", path: "behaviour", call: showBehaviour},
		{method: "PUT", path: "behaviour", call: changeBehaviour, makes: true},
		{method: "GET", path: "requests", call: listRequests,
			query: []string{"name", "contains", "status", "since", "limit"}},
		{method: "DELETE", path: "requests", call: clearRequests, makes: true},
		{method: "GET", path: "events", call: a.events, makes: true},
		{method: "GET", path: "coverage", call: a.showCoverage, query: []string{"space"}},
		{method: "DELETE", path: "coverage", call: a.clearCoverage, query: []string{"space"}},
		{method: "POST", path: "provider-states", call: providerState, makes: true},
		{method: "GET", path: "spaces", call: a.listSpaces},
		{method: "DELETE", path: "spaces/{name}", call: a.deleteSpace},
	}
	byPath := map[string][]route{
		"{file}": {{method: "GET", call: a.dashboardFile, open: true}}, // of the page, and no call
	}
	for _, route := range a.routes {
		byPath[route.path] = append(byPath[route.path], route)
	}
	mux := http.NewServeMux()
	for path, routes := range byPath {
		mux.Handle(Prefix+path, a.at(routes))
		mux.Handle("/{space}"+Prefix+path, a.at(routes))
	}
	mux.Handle("/", a.at([]route{{call: a.notFound}}))
	a.handler = guard.wrap(mux)
	return a, nil
}

// Routes returns every call as its method and its path under the prefix, as control-openapi.yaml has them.
func (a *API) Routes() []string {
	routes := make([]string, len(a.routes))
	for i, route := range a.routes {
		path := strings.NewReplacer("{$}", "", "...", "").Replace(route.path)
		routes[i] = route.method + " /" + path
	}
	return routes
}

// ServeHTTP implements http.Handler. Other people's pages get no further than this, not even to a redirect.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// Drain makes health say that the server is draining, and ends the event streams.
func (a *API) Drain() { a.drain.Do(func() { close(a.draining) }) }

// at answers requests for one path, which has a route for each method. Nobody without the token makes a space, or
// learns which paths there are.
func (a *API) at(routes []route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if problem := a.serve(w, r, routes); problem != nil {
			if problem.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", challenge)
			}
			problem.write(w)
		}
	})
}

func (a *API) serve(w http.ResponseWriter, r *http.Request, routes []route) *problem {
	i := slices.IndexFunc(routes, func(route route) bool {
		return route.method == "" || route.method == r.Method || route.method == http.MethodGet &&
			r.Method == http.MethodHead
	})
	if i < 0 && routes[0].path == "" { // there is a file of the page at most, and no call
		return a.notFound(w, r, nil)
	}
	if i < 0 || !routes[i].open {
		if problem := a.guard.checkToken(r); problem != nil {
			return problem
		}
	}
	if i < 0 {
		var allowed []string
		for _, route := range routes {
			allowed = append(allowed, route.method)
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return newProblem(http.StatusMethodNotAllowed,
			fmt.Sprintf("%s does not exist for %s; use %s", r.Method, r.URL.Path, strings.Join(allowed, " or ")))
	}
	if route := routes[i]; len(route.query) > 0 || route.method != http.MethodGet && route.method != "" {
		if problem := checkQuery(r, route.query); problem != nil {
			return problem
		}
	}
	name, isSpace := strings.CutPrefix(r.PathValue("space"), "~")
	if !isSpace && r.PathValue("space") != "" {
		return a.notFound(w, r, nil)
	}
	find := a.config.Mocks.Look
	if routes[i].makes && r.Method != http.MethodHead {
		find = a.config.Mocks.Get
	}
	mock, err := find(name)
	if errors.Is(err, ErrNoRoom) {
		return newProblem(http.StatusServiceUnavailable, err.Error())
	}
	if err != nil {
		return newProblem(http.StatusNotFound, err.Error())
	}
	return routes[i].call(w, r, mock)
}

func (a *API) notFound(_ http.ResponseWriter, r *http.Request, _ Mock) *problem {
	return newProblem(http.StatusNotFound, fmt.Sprintf("nothing is at %s; the calls under %s and /~SPACE%s are %s",
		r.URL.Path, Prefix, Prefix, strings.Join(a.Routes(), ", ")))
}

// dashboard serves the page, which holds no state. Without the token it is the body of a 401, and says how to bring it.
func (a *API) dashboard(w http.ResponseWriter, r *http.Request, _ Mock) *problem {
	if a.guard.signIn(w, r) {
		return nil
	}
	if a.guard.checkToken(r) != nil {
		w.Header().Set("WWW-Authenticate", challenge)
		w = &unauthorized{ResponseWriter: w}
	}
	return a.serveDashboard(w, r, "/")
}

// challenge is the WWW-Authenticate of a 401.
const challenge = `Bearer realm="mock server control API"`

// unauthorized makes a 401 of whatever is written to it.
type unauthorized struct {
	http.ResponseWriter
	begun bool
}

func (u *unauthorized) WriteHeader(int) {
	if !u.begun {
		u.begun = true
		u.ResponseWriter.WriteHeader(http.StatusUnauthorized)
	}
}

func (u *unauthorized) Write(body []byte) (int, error) {
	u.WriteHeader(0)
	return u.ResponseWriter.Write(body)
}

func (a *API) dashboardFile(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	file, found := r.PathValue("file"), &foundFile{ResponseWriter: w}
	if path.Ext(file) != "" && !strings.Contains(file, "/") {
		_ = a.serveDashboard(found, r, "/"+file)
	} else {
		found.missing = true
	}
	if found.missing { // no file of the page, but a call misspelt
		return a.notFound(w, r, mock)
	}
	return nil
}

// foundFile keeps back the 404 of a file server, which says nothing of the calls that there are.
type foundFile struct {
	http.ResponseWriter
	missing bool
}

func (f *foundFile) WriteHeader(status int) {
	if f.missing = status == http.StatusNotFound; !f.missing {
		f.ResponseWriter.WriteHeader(status)
	}
}

func (f *foundFile) Write(body []byte) (int, error) {
	if f.missing {
		return len(body), nil
	}
	return f.ResponseWriter.Write(body)
}

func (a *API) serveDashboard(w http.ResponseWriter, r *http.Request, path string) *problem {
	inner := r.Clone(r.Context())
	inner.URL.Path, inner.URL.RawPath = path, ""
	a.config.Dashboard.ServeHTTP(w, inner)
	return nil
}

func (a *API) metrics(w http.ResponseWriter, r *http.Request, _ Mock) *problem {
	a.config.Metrics.ServeHTTP(w, r)
	return nil
}

type health struct {
	Service string    `json:"service"`
	Status  string    `json:"status"`
	Version string    `json:"version"`
	BaseURL string    `json:"base_url"`
	Space   string    `json:"space"`
	Started time.Time `json:"started"`
}

// stuckAfter is how long a change of a mock may take until health says that the API is stuck.
const stuckAfter = time.Second

func (a *API) health(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	told := health{
		Service: "mockserver", Status: "ready", Version: a.config.Version, BaseURL: a.baseURL(r, mock),
		Space: mock.Name(), Started: a.started.UTC().Truncate(time.Second),
	}
	status := http.StatusOK
	select {
	case <-a.draining:
		status, told.Status = http.StatusServiceUnavailable, "draining"
	default:
		if mock.Stuck(stuckAfter) {
			status, told.Status = http.StatusServiceUnavailable, "stuck"
		}
	}
	sendJSON(w, status, told)
	return nil
}

func (a *API) baseURL(r *http.Request, mock Mock) string {
	base, err := url.Parse(a.config.BaseURL)
	if err != nil || base.Host == "" || a.config.Separate {
		return mock.BaseURL(a.config.BaseURL)
	}
	if base.Host = cmp.Or(r.Host, base.Host); r.TLS != nil {
		base.Scheme = "https"
	}
	return mock.BaseURL(base.String())
}

func (a *API) listSpaces(w http.ResponseWriter, _ *http.Request, _ Mock) *problem {
	type listed struct {
		Space    string `json:"space"`
		Accounts int    `json:"accounts"`
		Requests int    `json:"requests"`
	}
	all := []listed{}
	for _, mock := range a.config.Mocks.All() {
		all = append(all, listed{mock.Name(), mock.CountAccounts(), mock.Journal().Len()})
	}
	sendJSON(w, http.StatusOK, all)
	return nil
}

func (a *API) deleteSpace(w http.ResponseWriter, r *http.Request, _ Mock) *problem {
	name := r.PathValue("name")
	if !a.config.Mocks.Delete(name) {
		return newProblem(http.StatusNotFound,
			fmt.Sprintf("there is no space %s; GET %sspaces lists them", untrusted.Quote(name), Prefix))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
