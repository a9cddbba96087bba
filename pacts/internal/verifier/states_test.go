package verifier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// provider answers every request alike and keeps what it was asked.
type provider struct {
	*httptest.Server
	asked []string
}

func answering(t *testing.T, status int, contentType, body string) *provider {
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		p.asked = append(p.asked, fmt.Sprintf("%s %s %q %q %s", r.Method, r.URL, r.Header.Get("Username"),
			r.Header["Privacy"], content))
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(p.Close)
	return p
}

// post makes a request of the provider-state protocol.
func post(t *testing.T, handler *stateHandler, body string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder,
		httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body)))
	return recorder
}

func setup(state string, params map[string]any) stateChange {
	return stateChange{State: state, Params: params, Action: "setup"}
}

func TestHandlerPassesChangesToTheEndpointAndValuesToTheGenerators(t *testing.T) {
	const values = `{"id":9007199254740993,"name":"generated"}` // the number is none that a float64 can hold
	p := answering(t, 200, "application/json", values)
	handler := &stateHandler{setter: remoteStates{URL: p.URL + "/states", Client: p.Client()}}
	recorder := post(t, handler, `{"state":"an account exists","params":{"name":"alice"},"action":"setup"}`)
	if got := recorder.Body.String(); recorder.Code != 200 || got != values+"\n" {
		t.Errorf("got %d %s", recorder.Code, got)
	}
	want := `POST /states "" [] {"state":"an account exists","params":{"name":"alice"},"action":"setup"}`
	if p.asked[0] != want {
		t.Errorf("asked %s, want %s", p.asked[0], want)
	}
}

// Whoever reads the query can read what is no text, too.
func TestParametersThatAreNoTextAreJSONInTheQuery(t *testing.T) {
	p := answering(t, 200, "text/plain", "")
	handler := &stateHandler{setter: remoteStates{URL: p.URL, Client: p.Client(), AsQuery: true}}
	post(t, handler, `{"state":"s","action":"setup","params":{"a":[1,"b"],"b":true,"n":null,"o":{"c":1},"t":"a \"b"}}`)
	want := `POST /?a=%5B1%2C%22b%22%5D&action=setup&b=true&n=null&o=%7B%22c%22%3A1%7D&state=s&t=a+%22b "" [] `
	if p.asked[0] != want {
		t.Errorf("asked %s, want %s", p.asked[0], want)
	}
}

func TestRemoteSaysWhyAChangeWasRefused(t *testing.T) {
	for _, c := range []struct {
		contentType, body, state, says string
		lists                          bool
	}{
		{"application/problem+json", `{"detail":"the name is 7"}`, "an account exists",
			"400 Bad Request: the name is 7", false},
		{"text/plain", "no such thing\n", "an account exists", "400 Bad Request: no such thing", false},
		{"text/plain", "", "the moon is full", `400 Bad Request; unknown provider state "the moon is full"`, true},
	} {
		p := answering(t, 400, c.contentType, c.body)
		_, err := remoteStates{URL: p.URL, Client: p.Client()}.Set(t.Context(), setup(c.state, nil))
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(),
			"no account exists") != c.lists {
			t.Errorf("got %v, want %q", err, c.says)
		}
	}
}

func TestEndpointCreatesTheAccount(t *testing.T) {
	for _, status := range []int{201, 409} {
		p := answering(t, status, "application/json", `{}`)
		endpoint := endpointStates{URL: p.URL, Client: p.Client()}
		for _, params := range []map[string]any{{"name": "alice"}, {"name": "alice", "privacy": "Private"}} {
			if _, err := endpoint.Set(t.Context(), setup("an account exists", params)); err != nil {
				t.Errorf("%d: %v", status, err)
			}
		}
		if _, err := endpoint.Set(t.Context(), stateChange{State: "an account exists",
			Action: "teardown"}); err != nil {
			t.Errorf("teardown: %v", err)
		}
		if want := `[POST /users/ "alice" []  POST /users/ "alice" ["Private"] ]`; fmt.Sprint(p.asked) != want {
			t.Errorf("asked %v, want %s", p.asked, want)
		}
	}
}

func TestEndpointSaysWhatItCannotDo(t *testing.T) {
	p := answering(t, 503, "text/plain", "")
	endpoint := endpointStates{URL: p.URL, Client: p.Client()}
	for _, c := range []struct {
		change stateChange
		says   string
	}{
		{setup("an account exists", map[string]any{"name": "alice"}), "answered 503 Service Unavailable"},
		{setup("an account exists", nil), `needs the parameter "name"`},
		{setup("an account exists", map[string]any{"name": 7}), "must be a text, not 7"},
		{setup("no account exists", map[string]any{"name": "alice"}), "give --states-url"},
		{setup("the caller's IP address is blocked", nil), "give --states-url"},
		{setup("the caller's IP address is not blocked", nil), "give --states-url"},
		{setup("An account exists", nil),
			`unknown provider state "An account exists"; known are "an account exists", "no account exists"`},
	} {
		if _, err := endpoint.Set(t.Context(), c.change); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: got %v, want %q", c.change, err, c.says)
		}
	}
	if len(p.asked) != 1 {
		t.Errorf("asked %v", p.asked)
	}
}

func TestHandlerRemembersOutcomes(t *testing.T) {
	p := answering(t, 201, "application/json", `{}`)
	handler := &stateHandler{setter: endpointStates{URL: p.URL, Client: p.Client()}}
	for body, status := range map[string]int{
		// An interaction without states.
		`{"state":"","params":{},"action":"setup"}`:                                200,
		`{"state":"an account exists","params":{"name":"alice"},"action":"setup"}`: 200,
		`no JSON`: 400,
	} {
		if recorder := post(t, handler, body); recorder.Code != status {
			t.Errorf("%s: got %d %s", body, recorder.Code, recorder.Body)
		}
	}
	for _, outcome := range handler.Outcomes() {
		if outcome.Reason != "" {
			t.Errorf("got %v", outcome)
		}
	}
	recorder := post(t, handler, `{"state":"the moon is full","params":{},"action":"setup"}`)
	outcomes := handler.Outcomes()
	last := outcomes[len(outcomes)-1]
	if recorder.Code != 400 || len(outcomes) != 3 || last.Change.State != "the moon is full" ||
		!strings.Contains(last.Reason, "unknown") {
		t.Errorf("got %d, %v", recorder.Code, outcomes)
	}
}

// journal is a setter that writes down what it did; it does not know the state "bad".
type journal []string

func (j *journal) Set(_ context.Context, change stateChange) (map[string]any, error) {
	if change.State == "bad" {
		return nil, errors.New("bad")
	}
	*j = append(*j, fmt.Sprintf("%s %s %v", change.Action, change.State, change.Params["n"]))
	return nil, nil
}

// The verifier forgets to tear down the states of an interaction that lacks one of them.
func TestHandlerTearsDownWhatTheVerifierLeaves(t *testing.T) {
	var done journal
	handler := &stateHandler{setter: &done}
	for _, body := range []string{
		`{"state":"a","params":{"n":1},"action":"setup"}`, `{"state":"a","params":{"n":2},"action":"setup"}`,
		`{"state":"a","params":{"n":1},"action":"teardown"}`, `{"state":"b","action":"setup"}`,
		`{"state":"bad","action":"setup"}`,
		`{"state":"c","action":"setup"}`,
	} {
		post(t, handler, body)
	}
	handler.TearDown(t.Context())
	handler.TearDown(t.Context())
	want := "setup a 1, setup a 2, teardown a 1, setup b <nil>, teardown b <nil>, teardown a 2, " +
		"setup c <nil>, teardown c <nil>"
	if got := strings.Join(done, ", "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
