package endpoint_test

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// call is one request, as a client would send it.
type call struct {
	method, path string
	// headers are sent as they are: name and value by turns, names in canonical form.
	headers []string
	from    string
}

func (c call) request() *http.Request {
	r := httptest.NewRequest(cmp.Or(c.method, http.MethodPost),
		cmp.Or(c.path, fixtures.BasePath+fixtures.UsersPath), strings.NewReader(""))
	r.RemoteAddr = cmp.Or(c.from, "127.0.0.1:4711")
	for i := 0; i < len(c.headers); i += 2 {
		r.Header.Add(c.headers[i], c.headers[i+1])
	}
	return r
}

func (c call) do(s *endpoint.Server) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, c.request())
	return recorder
}

func create(headers ...string) call { return call{headers: headers} }

// failer is a test, a benchmark or a fuzz target, of package testing or of rapid.
type failer interface {
	Helper()
	Fatal(args ...any)
}

func start(t failer, config endpoint.Config) *endpoint.Server {
	t.Helper()
	s, err := endpoint.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func expect(t *testing.T, s *endpoint.Server, c call, status int, body string) *http.Response {
	t.Helper()
	recorder := c.do(s)
	if recorder.Code != status || recorder.Body.String() != body {
		t.Errorf("%v\n got %d %s\nwant %d %s", c, recorder.Code, recorder.Body, status, body)
	}
	return recorder.Result()
}

// The page's own rows (clauses created.*, invalid-privacy.*, blocked.*, conflict.*), byte for byte and in the page's
// order.
func TestDocumentedAnswers(t *testing.T) {
	s := start(t, endpoint.Config{Live: endpoint.Live{Names: []string{"taken"}, Blocked: []string{"192.0.2.0/24"}}})
	for _, row := range []struct {
		name   string
		call   call
		status int
		body   string
	}{
		{"by default", create("Username", "alice"), 201, `{"name":"alice","privacy":"Public"}`},
		{"explicit default", create("Username", "bob", "Privacy", "Public"), 201, `{"name":"bob","privacy":"Public"}`},
		{"other setting", create("Username", "carol", "Privacy", "Private"),
			201, `{"name":"carol","privacy":"Private"}`},
		{"invalid setting", create("Username", "dave", "Privacy", "Secret"),
			400, `{"name":"dave","privacy":"Secret","code":"400","description":"Privacy was invalid"}`},
		{"still free after a 400", create("Username", "dave"), 201, `{"name":"dave","privacy":"Public"}`},
		{"blocked caller", call{headers: []string{"Username", "erin"}, from: "192.0.2.9:1"},
			403, `{"description":"Your IP address was blocked.","code":"403"}`},
		{"still free after a 403", create("Username", "erin"), 201, `{"name":"erin","privacy":"Public"}`},
		{"preloaded name", create("Username", "taken"), 409, `{"name":"taken","code":"409"}`},
		{"created name", create("Username", "alice"), 409, `{"name":"alice","code":"409"}`},
		{"created name with another setting", create("Username", "alice", "Privacy", "Private"),
			409, `{"name":"alice","code":"409"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			response := expect(t, s, row.call, row.status, row.body)
			if got := response.Header.Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type is %q", got)
			}
			if got := response.Header.Get("Access-Control-Allow-Origin"); got != "*" {
				t.Errorf("Access-Control-Allow-Origin is %q", got)
			}
		})
	}
}
