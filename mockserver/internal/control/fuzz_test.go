package control_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// Whatever is sent to the control API is carried out or refused with a reason; afterwards the state can be read and
// reset.
func FuzzCalls(f *testing.F) {
	for _, seed := range [][3]string{
		{"POST", "accounts", `[{"name":"a","privacy":"Public"},{"name":"\u0000"}]`},
		{"DELETE", "accounts?name=a%00", ""},
		{"GET", "accounts?limit=-1&offset=99999999999999999999", ""},
		{"PUT", "blocked", `["192.0.2.0/33","caller","::ffff:1.2.3.4/120"]`},
		{"PUT", "behaviour", `{"latency":"1h..0s","faults":[{"fault":"reset","rate":1e999,"next":-1}],` +
			`"forced":[{"status":201,"next":9007199254740993}]}`},
		{"PUT", "behaviour", `{"privacy":[""],"assumptions":{"name-comparison":"fold","x":1}}`},
		{"GET", "requests?since=0000-00-00T00:00:00Z&status=9&name=%ff", ""},
		{"POST", "provider-states",
			`{"state":"an account exists","params":{"name":{"a":[1]},"privacy":null},"action":"teardown"}`},
		{"POST", "provider-states", `{"state":"an account exists","state":"x","params":` + strings.Repeat(`[`, 100)},
		{"DELETE", "spaces/..", ""},
		{"POST", "reset", `{`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		if strings.HasPrefix(path, "events") {
			return // goes on until the client leaves
		}
		mocks, err := mock.New(mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}}})
		if err != nil {
			t.Fatal(err)
		}
		api := mocks.ControlHandler()
		call := func(method, path, body string) *httptest.ResponseRecorder {
			request, err := http.NewRequest(method, "http://localhost/__mock/"+path, strings.NewReader(body))
			if err != nil {
				return nil
			}
			request.RemoteAddr = "127.0.0.1:1"
			recorder := httptest.NewRecorder()
			api.ServeHTTP(recorder, request)
			return recorder
		}
		answer := call(method, path, body)
		if answer == nil {
			return // no client could send this
		}
		if answer.Code >= 500 && answer.Code != http.StatusInsufficientStorage {
			t.Errorf("%s %q %q: %d %s", method, path, body, answer.Code, answer.Body)
		}
		if strings.HasSuffix(answer.Header().Get("Content-Type"), "json") &&
			!jsontext.Value(answer.Body.Bytes()).IsValid() {
			t.Errorf("%s %q %q: the answer is not JSON: %s", method, path, body, answer.Body)
		}
		for _, read := range []string{"accounts", "blocked", "behaviour", "requests", "coverage", "spaces"} {
			if answer := call(http.MethodGet, read, ""); answer.Code != http.StatusOK {
				t.Errorf("%s after %s %q %q: %d %s", read, method, path, body, answer.Code, answer.Body)
			}
		}
		call(http.MethodPost, "reset", "")
		if answer := call(http.MethodGet, "accounts", ""); strings.TrimSpace(answer.Body.String()) !=
			`[{"name":"alice","privacy":"Public"}]` {
			t.Errorf("after %s %q %q a reset leaves %s", method, path, body, answer.Body)
		}
	})
}
