package selftest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"
)

// blockedCaller is the address that every implementation blocks when X-Forwarded-For names it (RFC 5737:
// documentation).
const blockedCaller = "192.0.2.1"

// throughProxy reports whether a request came through the blocked proxy. Every implementation is that proxy too: a
// request to a proxy holds the whole URL of what it is for (RFC 9112, section 3.2.2).
func throughProxy(r *http.Request) bool { return strings.HasPrefix(r.RequestURI, "http://") }

// app is the endpoint as a small team would write it from the page alone. It shares no code with the mock server, so
// it is also a second opinion on the contract. An implementation is an app with one thing changed.
type app struct {
	// serves says whether a request is for the endpoint; others go elsewhere.
	serves    func(*http.Request) bool
	elsewhere http.HandlerFunc
	// read takes from a request what the page gives a meaning.
	read func(*http.Request) request
	// checks run in this order, before the name is claimed; the first that returns a kind decides.
	checks []func(request) kind
	names  *names
	// claim makes the name the caller's: created, or conflict when it is in use.
	claim func(request) kind
	// edits change an answer before it is sent.
	edits []edit
	send  func(http.ResponseWriter, request, *answer)
	// front is what requests pass before the endpoint, such as a proxy or a limit. Closers end what it started.
	front   func(http.Handler) http.Handler
	closers []func()
	// listen, secure, http1 and idle change the server below the endpoint: the bytes of a connection, TLS, which
	// versions of HTTP it offers then, and how long an unused connection is kept.
	listen        func(net.Listener) net.Listener
	secure, http1 bool
	idle          time.Duration

	requests atomic.Int64
}

// kind is one way in which a request can end. Kinds can be joined with |.
type kind uint

const (
	created kind = 1 << iota
	invalidPrivacy
	missingUsername
	emptyUsername
	// refusedUsername is the end of a name that an implementation does not like; the base likes all.
	refusedUsername
	blocked
	conflict
	// crashed is an unhandled exception.
	crashed

	noUsername = missingUsername | emptyUsername
	everything = ^kind(0)
	refusals   = everything &^ created
)

// request is what the endpoint reads from an HTTP request.
type request struct {
	*http.Request
	name, privacy string
	// named and asked say whether the headers Username and Privacy were there at all.
	named, asked bool
	// number counts the requests to this app, from 1.
	number int64
}

// answer is what the endpoint sends: members until they are encoded, then body.
type answer struct {
	kind    kind
	status  int
	header  http.Header
	members []member
	body    []byte
}

// member is one member of a JSON object; value is anything that encoding/json can encode.
type member struct {
	name  string
	value any
}

// The places of the base's checks.
const (
	addressCheck = iota
	usernameCheck
	privacyCheck
)

func newApp() *app {
	a := &app{
		serves: func(r *http.Request) bool { return r.Method == http.MethodPost && isUsers(r) },
		read:   readHeaders,
		checks: []func(request) kind{checkBlocked, checkUsername, checkPrivacy("Public", "Private")},
		names:  newNames(),
		send:   sendWhole,
		front:  func(endpoint http.Handler) http.Handler { return endpoint },
	}
	a.claim = a.names.claim
	elsewhere(http.StatusNotFound, `{"code":"404","description":"Not found"}`)(a)
	return a
}

func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !a.serves(r) {
		a.elsewhere(w, r)
		return
	}
	q := a.request(r)
	answer := answerTo(q, a.decide(q))
	for _, edit := range a.edits {
		edit(q, answer)
	}
	answer.encode(encodeCompact)
	a.send(w, q, answer)
}

// isUsers reports whether a request is for the path of the endpoint.
func isUsers(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/users/") }

// work takes the time that an implementation needs for what it does. Slowness, and what comes meanwhile, is what the
// suite is to bear or to find, so there is nothing else that this could wait for.
func work(takes time.Duration) { time.Sleep(takes) }

func (a *app) request(r *http.Request) request {
	q := a.read(r)
	q.Request, q.number = r, a.requests.Add(1)
	return q
}

func (a *app) decide(q request) kind {
	for _, check := range a.checks {
		if end := check(q); end != 0 {
			return end
		}
	}
	return a.claim(q)
}

func readHeaders(r *http.Request) request {
	names, settings := r.Header.Values("Username"), r.Header.Values("Privacy")
	q := request{named: len(names) > 0, asked: len(settings) > 0, privacy: "Public"}
	if q.named {
		q.name = text(names[0])
	}
	if q.asked {
		q.privacy = text(settings[0])
	}
	return q
}

// text reads the bytes of a header as UTF-8, or as ISO-8859-1 when they are not UTF-8: a body must be UTF-8 (clause
// answer.utf-8), and an echo is the same characters.
func text(value string) string {
	if utf8.ValidString(value) {
		return value
	}
	return latin1(value)
}

func latin1(value string) string {
	runes := make([]rune, len(value))
	for i := range len(value) {
		runes[i] = rune(value[i])
	}
	return string(runes)
}

func checkBlocked(q request) kind {
	if throughProxy(q.Request) || strings.Contains(q.Header.Get("X-Forwarded-For"), blockedCaller) {
		return blocked
	}
	return 0
}

func checkUsername(q request) kind {
	switch {
	case !q.named:
		return missingUsername
	case q.name == "":
		return emptyUsername
	}
	return 0
}

func checkPrivacy(settings ...string) func(request) kind {
	return func(q request) kind {
		if !slices.Contains(settings, q.privacy) {
			return invalidPrivacy
		}
		return 0
	}
}

func answerTo(q request, end kind) *answer {
	a := &answer{kind: end, header: http.Header{"Content-Type": {"application/json"}}}
	switch end {
	case created:
		a.status = http.StatusCreated
		a.members = []member{{"name", q.name}, {"privacy", q.privacy}}
	case invalidPrivacy, missingUsername, emptyUsername, refusedUsername:
		a.status = http.StatusBadRequest
		description := "Username was invalid"
		if end == invalidPrivacy {
			description = "Privacy was invalid"
		}
		a.members = []member{{"name", q.name}, {"privacy", q.privacy}, {"code", "400"}, {"description", description}}
	case blocked:
		a.status = http.StatusForbidden
		a.members = []member{{"description", "Your IP address was blocked."}, {"code", "403"}}
	case conflict:
		a.status = http.StatusConflict
		a.members = []member{{"name", q.name}, {"code", "409"}}
	default:
		a.status = http.StatusInternalServerError
		a.members = []member{{"code", "500"}, {"description", "Internal server error"}}
	}
	return a
}

// encode makes the body of the members, unless an edit has made it already.
func (a *answer) encode(encoder func([]member) []byte) {
	if a.body == nil {
		a.body = encoder(a.members)
	}
}

func encodeCompact(members []member) []byte {
	var body bytes.Buffer
	body.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			body.WriteByte(',')
		}
		body.Write(encodeValue(m.name))
		body.WriteByte(':')
		body.Write(encodeValue(m.value))
	}
	body.WriteByte('}')
	return body.Bytes()
}

func encodeValue(value any) []byte {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err) // the tables hold nothing that cannot be encoded
	}
	return bytes.TrimSuffix(encoded.Bytes(), []byte("\n"))
}

func sendWhole(w http.ResponseWriter, _ request, a *answer) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the caller may be gone
}

// names are the names in use, by key.
type names struct {
	key  func(request) string
	mu   sync.Mutex
	used map[string]bool
}

func newNames() *names {
	return &names{key: func(q request) string { return q.name }, used: map[string]bool{}}
}

// claim is atomic: of simultaneous claims of one name one is created.
func (n *names) claim(q request) kind {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := n.key(q)
	if n.used[key] {
		return conflict
	}
	n.used[key] = true
	return created
}

// check is a check for the order of checks: it looks whether the name is in use and claims nothing.
func (n *names) check(q request) kind {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.used[n.key(q)] {
		return conflict
	}
	return 0
}

func (n *names) forget(q request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.used, n.key(q))
}
