package control_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// target is a control API over HTTP, and the mocks behind it.
type target struct {
	*httptest.Server
	api   http.Handler
	mocks *mock.Set
}

func start(t *testing.T, change ...func(*mock.Config)) *target {
	t.Helper()
	config := mock.Config{
		Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}, Blocked: []string{"192.0.2.0/24"}}},
		Version:  "v1", BaseURL: "http://localhost:8080/connectmypairs",
	}
	for _, change := range change {
		change(&config)
	}
	mocks, err := mock.New(config)
	if err != nil {
		t.Fatal(err)
	}
	served := httptest.NewServer(mocks.ControlHandler())
	t.Cleanup(func() {
		mocks.Drain()
		served.Close()
	})
	return &target{served, mocks.ControlHandler(), mocks}
}

// reply is an answer of the control API.
type reply struct {
	status int
	header http.Header
	body   string
}

// call sends a request; extra is a body, when it does not look like a header, and headers.
func (t *target) call(tb testing.TB, method, path string, extra ...string) reply {
	tb.Helper()
	request, err := http.NewRequest(method, t.URL+path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	for _, text := range extra {
		if name, value, isHeader := strings.Cut(text, ": "); !isHeader {
			request.Body = io.NopCloser(strings.NewReader(text))
		} else if name == "Host" {
			request.Host = value
		} else {
			request.Header.Set(name, value)
		}
	}
	client := t.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, strings.TrimSuffix(string(body), "\n")}
}

// create asks a mock for an account, as its client would.
func (t *target) create(tb testing.TB, space, name string) int {
	tb.Helper()
	path := "/connectmypairs/users/"
	if space != "" {
		path = "/~" + space + path
	}
	request := httptest.NewRequest(http.MethodPost, path, nil)
	request.RemoteAddr = "127.0.0.1:1234"
	request.Header.Set("Username", name)
	recorder := httptest.NewRecorder()
	t.mocks.ServeHTTP(recorder, request)
	return recorder.Code
}

func TestCalls(t *testing.T) {
	const defaults = `"privacy":["Public","Private"],"assumptions":{"check-order":"403,400,409",` +
		`"empty-privacy":"refuse","max-name-length":"0","missing-slash":"404","name-comparison":"exact",` +
		`"non-ascii-names":"utf-8","other-method":"405","privacy-comparison":"exact","repeated-privacy":"refuse",` +
		`"repeated-username":"refuse","username-description":"Username was invalid",` +
		`"username-refusal-members":"name,privacy,code,description"}}`
	for _, test := range []struct {
		what   string
		calls  []string // each METHOD PATH BODY; all but the last prepare
		status int
		body   string // the whole JSON body; of a problem, a part of its detail
	}{
		{"accounts", []string{"GET /accounts"}, 200, `[{"name":"alice","privacy":"Public"}]`},
		{"an added account", []string{`POST /accounts [{"name":"bob"}]`}, 201, `[{"name":"bob","privacy":"Public"}]`},
		{"added accounts, newest first",
			[]string{`POST /accounts [{"name":"bob"},{"name":"zoe","privacy":"Private"}]`, "GET /accounts"}, 200,
			`[{"name":"zoe","privacy":"Private"},{"name":"bob","privacy":"Public"},` +
				`{"name":"alice","privacy":"Public"}]`},
		{"a page of accounts",
			[]string{`POST /accounts [{"name":"bob"},{"name":"zoe"}]`, "GET /accounts?limit=1&offset=1"}, 200,
			`[{"name":"bob","privacy":"Public"}]`},
		{"no account", []string{"DELETE /accounts", "GET /accounts"}, 200, `[]`},
		{"no added account", []string{"POST /accounts []"}, 201, `[]`},
		{"a used name", []string{`POST /accounts [{"name":"bob"},{"name":"alice"}]`}, 409,
			`"alice"; nothing was added`},
		{"a used name adds none", []string{`POST /accounts [{"name":"bob"},{"name":"alice"}]`, "GET /accounts"}, 200,
			`[{"name":"alice","privacy":"Public"}]`},
		{"an invalid name", []string{`POST /accounts [{"name":""}]`}, 400, `the name "" is empty`},
		{"an invalid privacy", []string{`POST /accounts [{"name":"bob","privacy":"x"}]`}, 400,
			`use one of ["Public" "Private"]`},
		{"an unknown member", []string{`POST /accounts [{"name":"bob","colour":"red"}]`}, 400,
			`unknown member /0/colour; send an object with the members name, privacy`},
		{"a member twice", []string{`POST /accounts [{"name":"bob","name":"bob"}]`}, 400,
			`/0/name is in the body twice`},
		{"a member of another case", []string{`POST /accounts [{"Name":"bob"}]`}, 400, `unknown member /0/Name`},
		{"no JSON", []string{`POST /accounts alice`}, 400, `not JSON`},
		{"no body", []string{`POST /accounts`}, 400, `not JSON`},
		{"two bodies", []string{`POST /accounts [][]`}, 400, `not JSON`},
		{"an object for an array", []string{`POST /accounts {"name":"bob"}`}, 400,
			`cannot be a JSON object; send an array`},
		{"a number for a text", []string{`POST /accounts [{"name":1}]`}, 400,
			`/0/name cannot be a JSON number; send a string`},
		{"nothing for accounts", []string{"POST /accounts null"}, 400, `the body cannot be null; send an array`},
		{"nothing for a name", []string{`POST /accounts [{"name":null}]`}, 400,
			`/0/name cannot be null; send a string`},
		{"a removed account", []string{"DELETE /accounts/alice"}, 204, ``},
		{"a removed account that no path can name",
			[]string{`POST /accounts [{"name":".."}]`, "DELETE /accounts?name=..", "GET /accounts"}, 200,
			`[{"name":"alice","privacy":"Public"}]`},
		{"an account that is not there", []string{"DELETE /accounts?name="}, 404, `no account is called ""`},
		{"a misspelt parameter clears nothing", []string{"DELETE /accounts?nam=alice"}, 400, `unknown parameter "nam"`},
		{"a parameter of another call clears nothing", []string{"DELETE /requests?name=alice"}, 400,
			`unknown parameter "name"; this call takes none`},
		{"a parameter of no call changes nothing", []string{"DELETE /blocked?address=192.0.2.1"}, 400,
			`unknown parameter "address"`},
		{"a misspelt call", []string{"POST /rest"}, 404, `/__mock/rest; the calls under`},
		{"a removed account is free", []string{"DELETE /accounts/alice", "GET /accounts"}, 200, `[]`},
		{"an unknown account", []string{"DELETE /accounts/bob"}, 404, `no account is called "bob"`},
		{"a name with a slash",
			[]string{`POST /accounts [{"name":"a/b ü%"}]`, "DELETE /accounts/a%2Fb%20%C3%BC%25"}, 204, ``},
		{"a wrong limit", []string{"GET /accounts?limit=0"}, 400, `use a whole number, 1 or more`},
		{"a wrong offset", []string{"GET /accounts?offset=x"}, 400, `use a whole number, 0 or more`},
		{"an unknown parameter", []string{"GET /accounts?max=3"}, 400, `use one of limit, offset`},
		{"a parameter twice", []string{"GET /accounts?limit=1&limit=2"}, 400, `given 2 times`},

		{"blocked", []string{"GET /blocked"}, 200, `["192.0.2.0/24"]`},
		{"replaced", []string{`PUT /blocked ["::ffff:203.0.113.9","2001:db8::/32"]`, "GET /blocked"}, 200,
			`["203.0.113.9","2001:db8::/32"]`},
		{"added", []string{`POST /blocked ["203.0.113.9","192.0.2.0/24"]`}, 200, `["192.0.2.0/24","203.0.113.9"]`},
		{"the caller", []string{`PUT /blocked ["caller"]`}, 200, `["127.0.0.1","::1"]`},
		{"nobody", []string{"DELETE /blocked", "GET /blocked"}, 200, `[]`},
		{"nobody, by replacing", []string{"PUT /blocked []"}, 200, `[]`},
		{"no address", []string{`POST /blocked ["203.0.113.9","me"]`}, 400,
			`"me" is not an IP address or a CIDR such as 192.0.2.7`},
		{"no address adds none", []string{`POST /blocked ["203.0.113.9","me"]`, "GET /blocked"}, 200,
			`["192.0.2.0/24"]`},

		{"behaviour", []string{"GET /behaviour"}, 200, `{"latency":"0s","faults":[],"forced":[],"seed":0,` + defaults},
		{"changed behaviour", []string{
			`PUT /behaviour {"latency":"1ms..2ms","seed":5,` +
				`"faults":[{"fault":"reset","rate":0.5},{"fault":"truncate","next":3}]}`,
			`PUT /behaviour {"forced":[{"status":409,"next":1}]}`,
		}, 200, `{"latency":"1ms..2ms","faults":[{"fault":"reset","rate":0.5},{"fault":"truncate","next":3}],` +
			`"forced":[{"status":409,"next":1}],"seed":5,` + defaults},
		{"a wrong fault", []string{`PUT /behaviour {"faults":[{"fault":"x","rate":1}]}`}, 400,
			`use one of reset, drop-after-commit`},
		{"a wrong fault and a right latency",
			[]string{`PUT /behaviour {"latency":"1s","faults":[{"fault":"x","rate":1}]}`, "GET /behaviour"}, 200,
			`{"latency":"0s","faults":[],"forced":[],"seed":0,` + defaults},
		{"a wrong assumption", []string{`PUT /behaviour {"assumptions":{"name-comparison":"x"}}`}, 400,
			`use exact or fold`},
		{"an unknown assumption", []string{`PUT /behaviour {"assumptions":{"x":"y"}}`}, 400, `use some of check-order`},
		{"an unknown part of behaviour", []string{`PUT /behaviour {"delay":"1s"}`}, 400,
			`unknown member /delay; send an object with the members ` +
				`latency, faults, forced, seed, privacy, assumptions`},

		{"an empty journal", []string{"GET /requests"}, 200, `{"complete":true,"total":0,"requests":[]}`},
		{"a wrong status", []string{"GET /requests?status=ok"}, 400, `use a whole number`},
		{"a wrong since", []string{"GET /requests?since=yesterday"}, 400,
			`use the id of a request or a time such as 2026-`},
		{"coverage", []string{"POST /reset", "GET /coverage"}, 200,
			`{"answers":{"201":0,"400":0,"403":0,"409":0},"missing":[201,400,403,409],"other":{}}`},

		{"a provider state", []string{
			`POST /provider-states {"state":"an account exists","params":{"name":"zoe"},"action":"setup"}`,
			"GET /accounts?limit=1",
		}, 200, `[{"name":"zoe","privacy":"Public"}]`},
		{"a provider state torn down", []string{`POST /provider-states {"state":"no account exists","params":{}}`,
			`POST /provider-states {"state":"no account exists","action":"teardown"}`, "GET /accounts"}, 200,
			`[{"name":"alice","privacy":"Public"}]`},
		{"the caller blocked",
			[]string{`POST /provider-states {"state":"the caller's IP address is blocked"}`, "GET /blocked"}, 200,
			`["192.0.2.0/24","127.0.0.1","::1"]`},
		{"a provider state of an older verifier", []string{`POST /provider-states ` +
			`{"consumer":"web","state":"no account exists","states":["no account exists"],"params":{}}`}, 200, `{}`},
		{"an interaction without a state", []string{`POST /provider-states {"state":"","params":{},"action":"setup"}`,
			`POST /provider-states {"state":"","params":{},"action":"teardown"}`}, 200, `{}`},
		{"no member state", []string{`POST /provider-states {"action":"setup"}`}, 400, `the member state is missing`},
		{"an unknown state", []string{`POST /provider-states {"state":"rain"}`}, 400, `use one of "an account exists"`},
		{"an unknown action", []string{`POST /provider-states {"state":"no account exists","action":"undo"}`}, 400,
			`use setup or teardown`},
		{"a lacking parameter", []string{`POST /provider-states {"state":"an account exists"}`}, 400,
			`lacks its parameter name`},
		{"no parameters",
			[]string{`POST /provider-states {"state":"no account exists","params":null,"consumer":null}`}, 200, `{}`},

		{"reset", []string{"DELETE /accounts", "DELETE /blocked", `PUT /behaviour {"seed":3}`, "POST /reset",
			"GET /accounts"}, 200, `[{"name":"alice","privacy":"Public"}]`},
		{"an unknown space", []string{"DELETE /spaces/nobody"}, 404, `no space "nobody"`},

		{"another path", []string{"GET /account"}, 404, `GET /accounts`},
		{"another path below", []string{"GET /blocked/all"}, 404, `GET /blocked`},
		{"another method", []string{"PATCH /accounts"}, 405, `use GET or POST or DELETE`},
		{"coverage of everything", []string{"GET /coverage?space=*"}, 200,
			`{"answers":{"201":0,"400":0,"403":0,"409":0},"missing":[201,400,403,409],"other":{}}`},
		{"cleared coverage", []string{"POST /reset", "DELETE /coverage"}, 204, ``},
		{"coverage of nothing", []string{"GET /coverage?space=nobody-*"}, 404, `no space called "nobody-*"`},
		{"a pattern that cannot be read", []string{"DELETE /coverage?space=["}, 400, `use one such as`},
		{"another method on a read", []string{"POST /coverage"}, 405, `use GET or DELETE`},
	} {
		for _, prefix := range []string{"/__mock", "/~worker-1/__mock"} {
			target := start(t)
			var got reply
			for _, call := range test.calls {
				method, rest, _ := strings.Cut(call, " ")
				path, body, hasBody := strings.Cut(rest, " ")
				if hasBody {
					got = target.call(t, method, prefix+path, strings.ReplaceAll(body, ": ", ":"))
				} else {
					got = target.call(t, method, prefix+path)
				}
			}
			if got.status != test.status {
				t.Errorf("%s: %s: %d, want %d: %s", prefix, test.what, got.status, test.status, got.body)
				continue
			}
			if got.status < 400 {
				if !sameJSON(got.body, test.body) {
					t.Errorf("%s: %s: got %s, want %s", prefix, test.what, got.body, test.body)
				}
				continue
			}
			var problem struct {
				Title  string `json:"title"`
				Status int    `json:"status"`
				Detail string `json:"detail"`
			}
			if err := json.Unmarshal([]byte(got.body), &problem, json.RejectUnknownMembers(true)); err != nil {
				t.Errorf("%s: %s: no problem: %v", prefix, test.what, err)
			}
			if got.header.Get("Content-Type") != "application/problem+json" || problem.Status != got.status ||
				problem.Title != http.StatusText(got.status) || !strings.Contains(problem.Detail, test.body) {
				t.Errorf("%s: %s: got %s (%s), want a problem whose detail says %q", prefix, test.what, got.body,
					got.header.Get("Content-Type"), test.body)
			}
			if (got.status == 405) != (got.header.Get("Allow") != "") {
				t.Errorf("%s: %s: status %d with Allow %q", prefix, test.what, got.status, got.header.Get("Allow"))
			}
		}
	}
}

func sameJSON(a, b string) bool {
	if a == "" || b == "" {
		return a == b
	}
	var left, right any
	return json.Unmarshal([]byte(a), &left) == nil && json.Unmarshal([]byte(b), &right) == nil && cmp.Equal(left, right)
}

func TestAccountsSayHowManyThereAre(t *testing.T) {
	target := start(t)
	target.call(t, "POST", "/__mock/accounts", `[{"name":"bob"},{"name":"carol"}]`)
	if got := target.call(t, "GET", "/__mock/accounts?limit=1").header.Get("Mock-Total"); got != "3" {
		t.Errorf("Mock-Total is %q, want 3", got)
	}
}

func TestBodiesAreBounded(t *testing.T) {
	target := start(t)
	got := target.call(t, "POST", "/__mock/accounts", `["`+strings.Repeat("x", control.MaxBody)+`"]`)
	if got.status != http.StatusRequestEntityTooLarge || !strings.Contains(got.body, "several requests") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestTheJournalIsFiltered(t *testing.T) {
	target := start(t)
	for _, name := range []string{"alice", "bob", "bob", "carol"} {
		target.create(t, "", name)
	}
	type journal struct {
		Complete bool `json:"complete"`
		Total    int  `json:"total"`
		Requests []struct {
			ID     int       `json:"id"`
			Time   time.Time `json:"time"`
			Name   string    `json:"name"`
			Status int       `json:"status"`
			Rule   string    `json:"rule"`
			Caller string    `json:"caller"`
		} `json:"requests"`
	}
	read := func(query string) (journal, []int) {
		t.Helper()
		var page journal
		if got := target.call(t, "GET", "/__mock/requests?"+query); json.Unmarshal([]byte(got.body), &page) != nil {
			t.Fatalf("%s: %s", query, got.body)
		}
		ids := []int{}
		for _, request := range page.Requests {
			ids = append(ids, request.ID)
		}
		return page, ids
	}
	all, _ := read("")
	third := url.QueryEscape(all.Requests[2].Time.Format(time.RFC3339Nano))
	for query, want := range map[string][]int{
		"":                    {1, 2, 3, 4},
		"name=bob":            {2, 3},
		"contains=BO":         {2, 3},
		"name=bob&status=409": {3},
		"name=nobody":         {},
		"status=201":          {2, 4},
		"since=2":             {3, 4},
		"since=" + third:      {4},
		"limit=2":             {3, 4},
		"status=201&limit=1":  {4},
	} {
		if page, ids := read(query); !cmp.Equal(ids, want) || !page.Complete {
			t.Errorf("%q: ids %v, complete %v; want %v, true", query, ids, page.Complete, want)
		}
	}
	if page, _ := read("limit=1"); page.Total != 4 {
		t.Errorf("with a limit of 1 the total is %d, want 4", page.Total)
	}
	if first := all.Requests[0]; first.Rule != "conflict" || first.Caller != "127.0.0.1" || first.Status != 409 {
		t.Errorf("the first request is %+v", first)
	}
	target.call(t, "DELETE", "/__mock/requests")
	if page, _ := read(""); page.Total != 0 || !page.Complete {
		t.Errorf("after DELETE: %+v", page)
	}
}

func TestSpacesAreListedAndDeleted(t *testing.T) {
	target := start(t)
	target.create(t, "b", "bob")
	target.call(t, "POST", "/~a/__mock/reset")
	want := `[{"space":"a","accounts":1,"requests":0},{"space":"b","accounts":2,"requests":1}]`
	if got := target.call(t, "GET", "/__mock/spaces"); !sameJSON(got.body, want) {
		t.Errorf("spaces are %s, want %s", got.body, want)
	}
	if got := target.call(t, "DELETE", "/__mock/spaces/b"); got.status != 204 || len(target.mocks.All()) != 1 {
		t.Errorf("deleting is answered with %d and leaves %d", got.status, len(target.mocks.All()))
	}
	if got := target.call(t, "GET", "/~"+strings.Repeat("x", 65)+"/__mock/health"); got.status != 404 ||
		!strings.Contains(got.body, "letters") {
		t.Errorf("a name that cannot be: %d %s", got.status, got.body)
	}
	if got := target.call(t, "GET", "/other/__mock/health"); got.status != 404 {
		t.Errorf("a path that is no space's: %d %s", got.status, got.body)
	}
}

func TestHealth(t *testing.T) {
	target := start(t)
	var health map[string]string
	read := func(path string) int {
		t.Helper()
		got := target.call(t, "GET", path)
		if err := json.Unmarshal([]byte(got.body), &health); err != nil {
			t.Fatalf("%s: %v", got.body, err)
		}
		if _, err := time.Parse(time.RFC3339, health["started"]); err != nil {
			t.Errorf("started: %v", err)
		}
		delete(health, "started")
		return got.status
	}
	status := read("/__mock/health")
	want := map[string]string{
		"service": "mockserver", "status": "ready", "version": "v1",
		"base_url": target.URL + "/connectmypairs", "space": "",
	}
	if diff := cmp.Diff(want, health); status != 200 || diff != "" {
		t.Errorf("%d\n%s", status, diff)
	}
	status = read("/~w1/__mock/health")
	want["space"], want["base_url"] = "w1", target.URL+"/~w1/connectmypairs"
	if diff := cmp.Diff(want, health); status != 200 || diff != "" {
		t.Errorf("in a space: %d\n%s", status, diff)
	}
	target.mocks.Drain()
	status = read("/~w1/__mock/health")
	want["status"] = "draining"
	if diff := cmp.Diff(want, health); status != 503 || diff != "" {
		t.Errorf("while draining: %d\n%s", status, diff)
	}
}

func TestHealthOnItsOwnListenerTellsTheEndpoints(t *testing.T) {
	target := start(t, func(config *mock.Config) { config.Control.Separate = true })
	for path, want := range map[string]string{
		"/__mock/health":     `"base_url":"http://localhost:8080/connectmypairs"`,
		"/~w1/__mock/health": `"base_url":"http://localhost:8080/~w1/connectmypairs"`,
	} {
		if got := target.call(t, "GET", path); !strings.Contains(got.body, want) {
			t.Errorf("%s: %s", path, got.body)
		}
	}
}

func TestDocumentsPageAndMetrics(t *testing.T) {
	target := start(t)
	for path, want := range map[string]string{
		"/__mock/":                         "<!doctype html>",
		"/~w1/__mock/":                     "<!doctype html>",
		"/__mock/icon.svg":                 "<svg ",
		"/~w1/__mock/icon.svg":             "<svg ",
		"/__mock/metrics":                  "# HELP ",
		"/__mock/openapi.yaml":             "openapi: 3.1.0",
		"/~w1/__mock/control-openapi.yaml": "openapi: 3.1.0",
	} {
		if got := target.call(t, "GET", path); got.status != 200 || !strings.HasPrefix(got.body+"\n", want) {
			t.Errorf("%s: %d %.100s", path, got.status, got.body)
		}
	}
	for path, want := range map[string]string{
		"/__mock/openapi.json": "GET /openapi.yaml", "/__mock/%2F%2Ficon.svg": "GET /openapi.yaml",
		"/~a%20b/__mock/accounts": "use 1 to 64 letters",
	} {
		if got := target.call(t, "GET", path); got.status != 404 || !strings.Contains(got.body, want) ||
			got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %.100s", path, got.status, got.header, got.body)
		}
	}
	if got := target.call(t, "GET", "/__mock"); got.header.Get("Location") != "/__mock/" {
		t.Errorf("without its final slash the dashboard is %d %s", got.status, got.header)
	}
	if got := target.call(t, "HEAD", "/__mock/health"); got.status != 200 || got.body != "" {
		t.Errorf("HEAD of health: %d %s", got.status, got.body)
	}
	recorder := httptest.NewRecorder() // which has no client that leaves: the stream must end by itself
	target.api.ServeHTTP(recorder, httptest.NewRequest(http.MethodHead, "http://localhost/__mock/events", nil))
	if got := recorder.Header().Get("Content-Type"); recorder.Code != 200 || got != "text/event-stream" {
		t.Errorf("HEAD of events: %d %s", recorder.Code, got)
	}
}

// listener is a client of the event stream.
type listener struct {
	lines *bufio.Scanner
}

func (t *target) listen(tb testing.TB, path string) *listener {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.URL+path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	response, err := t.Client().Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		cancel()
		_ = response.Body.Close()
	})
	if got := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || got != "text/event-stream" {
		tb.Fatalf("%s: %d, %s", path, response.StatusCode, got)
	}
	l := &listener{bufio.NewScanner(response.Body)}
	l.lines.Scan() // the comment, after which nothing is missed
	l.lines.Scan()
	return l
}

// next returns an event's lines; ok is false at the end of the stream.
func (l *listener) next() (event string, ok bool) {
	var lines []string
	for l.lines.Scan() {
		if l.lines.Text() == "" {
			return strings.Join(lines, "\n"), true
		}
		lines = append(lines, l.lines.Text())
	}
	return "", false
}

func TestEventsShowRequestsAndChanges(t *testing.T) {
	target := start(t)
	target.create(t, "w1", "before")
	events := target.listen(t, "/~w1/__mock/events")
	target.create(t, "", "elsewhere")
	target.create(t, "w1", "bob")
	event, _ := events.next()
	for _, want := range []string{"event: request\n", "id: 2\n", `data: {"id":2,`, `"name":"bob"`, `"status":201`} {
		if !strings.Contains(event, want) {
			t.Errorf("the first event is\n%s\nwant %q in it", event, want)
		}
	}
	for _, change := range []string{"PUT blocked", "DELETE requests", "DELETE coverage"} {
		method, path, _ := strings.Cut(change, " ")
		target.call(t, method, "/~w1/__mock/"+path, map[string]string{"PUT": `["caller"]`}[method])
		if event, _ := events.next(); event != "event: state\ndata: {}" {
			t.Errorf("after %s the event is\n%s", change, event)
		}
	}
	if !target.mocks.Delete("w1") {
		t.Fatal("there is no space w1")
	}
	if event, ok := events.next(); ok {
		t.Errorf("the space has gone, but its stream goes on with\n%s", event)
	}
}

func TestEventsSkipWhatIsTooMuch(t *testing.T) {
	const requests = 5000
	target := start(t)
	events := target.listen(t, "/__mock/events")
	for i := range requests {
		target.create(t, "", fmt.Sprint("name-", i))
	}
	shown, skipped := 0, 0
	for shown+skipped < requests {
		event, ok := events.next()
		if !ok {
			t.Fatalf("the stream ended after %d shown, %d skipped", shown, skipped)
		}
		var count int
		if _, err := fmt.Sscanf(event, "event: skipped\ndata: {\"count\":%d}", &count); err == nil {
			skipped += count
		} else if strings.HasPrefix(event, "event: request\n") {
			shown++
		} else {
			t.Fatalf("unexpected event\n%s", event)
		}
	}
	if shown+skipped != requests || skipped == 0 || shown == 0 {
		t.Errorf("%d shown and %d skipped of %d", shown, skipped, requests)
	}
}

func TestEventsEndWhenDraining(t *testing.T) {
	target := start(t)
	events := target.listen(t, "/__mock/events")
	target.mocks.Drain()
	target.mocks.Drain() // twice does not hurt
	if event, ok := events.next(); ok {
		t.Errorf("draining, but the stream goes on with\n%s", event)
	}
}

func TestListenersAreBounded(t *testing.T) {
	target := start(t)
	for range 32 {
		target.listen(t, "/__mock/events")
	}
	if got := target.call(t, "GET", "/__mock/events"); got.status != 503 || !strings.Contains(got.body, "close one") {
		t.Errorf("one too many: %d %s", got.status, got.body)
	}
}
