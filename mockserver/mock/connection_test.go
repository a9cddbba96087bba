package mock_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// While a fault waits that breaks a connection without an answer, no connection is left on which a browser would repeat
// its request. The dashboard's tests see what Chromium and Firefox make of it.
func TestAWaitingFaultMeetsAFreshConnection(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		for _, fault := range []string{"reset", "drop-after-commit"} {
			t.Run(protocol+" "+fault, func(t *testing.T) {
				target := startServer(t, protocol == "HTTP/2.0")
				target.arm(fault)
				if answer := target.send("OPTIONS", "/connectmypairs/users/", "", preflight...); !answer.reused ||
					answer.status != 204 {
					t.Errorf("the preflight: %+v", answer)
				}
				if answer := target.send("POST", "/connectmypairs/users/", "", browser...); answer.reused ||
					answer.status != 0 {
					t.Errorf("the request after it: %+v", answer)
				}
				target.noneWaits()
				if answer := target.send("GET", "/__mock/health", ""); !answer.reused {
					t.Error("connections are still closed when the fault has happened")
				}
			})
		}
	}
}

func TestABrowserMeetsAWaitingFaultOnAUsedConnection(t *testing.T) {
	for _, fault := range []string{"reset", "drop-after-commit"} {
		t.Run(fault, func(t *testing.T) {
			target := startServer(t, false)
			target.arm(fault)
			if answer := target.send("POST", "/connectmypairs/users/", "", browser...); !answer.reused ||
				answer.status != 0 {
				t.Errorf("the request that the browser repeats: %+v", answer)
			}
			if behaviour := target.send("GET", "/__mock/behaviour", ""); !strings.Contains(behaviour.body, fault) {
				t.Errorf("the fault is over before the page has met it: %s", behaviour.body)
			}
			if answer := target.send("POST", "/connectmypairs/users/", "", browser...); answer.reused ||
				answer.status != 0 {
				t.Errorf("its repetition: %+v", answer)
			}
			target.noneWaits()
			if journal := target.send("GET", "/__mock/requests", ""); !strings.Contains(journal.body, `"total":1,`) {
				t.Errorf("one request of the page is in the journal as %s", journal.body)
			}

			// A program does not repeat it.
			target.arm(fault)
			if answer := target.send("POST", "/connectmypairs/users/", "", "Username: bob"); !answer.reused ||
				answer.status != 0 {
				t.Errorf("a program's request: %+v", answer)
			}
			target.noneWaits()
		})
	}
}

// A browser opens connections in advance, and repeats a request on one of those, too. Firefox does not in the first
// second.
func TestABrowserMeetsAWaitingFaultOnAConnectionFromBefore(t *testing.T) {
	for name, test := range map[string]struct {
		agent  string
		age    time.Duration
		repeat bool
	}{
		"Chromium":          {"Chrome/140.0", time.Millisecond, true},
		"Firefox, young":    {"Firefox/153.0", 949 * time.Millisecond, false},
		"Firefox, a second": {"Firefox/153.0", time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				set, err := mock.New(mock.Config{})
				if err != nil {
					t.Fatal(err)
				}
				behaviour := func(method, body string) string {
					answer := httptest.NewRecorder()
					set.ServeHTTP(answer, httptest.NewRequest(method, "http://localhost/__mock/behaviour",
						strings.NewReader(body)))
					return answer.Body.String()
				}
				connection := mock.ConnContext(t.Context(), nil)
				time.Sleep(test.age) // the bubble's clock alone goes on: age is what the rule is about
				behaviour("PUT", `{"faults":[{"fault":"reset","next":1}]}`)
				request := httptest.NewRequestWithContext(connection, "POST", "/connectmypairs/users/", nil)
				for _, line := range append(browser, "User-Agent: Mozilla/5.0 "+test.agent) {
					name, value, _ := strings.Cut(line, ": ")
					request.Header.Set(name, value)
				}
				func() {
					defer func() {
						if met, _ := recover().(error); !errors.Is(met, http.ErrAbortHandler) {
							t.Errorf("the request met %v", met)
						}
					}()
					set.ServeHTTP(httptest.NewRecorder(), request)
				}()
				if waits := strings.Contains(behaviour("GET", ""), "reset"); waits != test.repeat {
					t.Errorf("the browser repeats its request: %t; the fault waits: %t", test.repeat, waits)
				}
			})
		})
	}
}

var (
	browser   = []string{"Username: alice", "Origin: http://localhost:3000", "Sec-Fetch-Site: same-site"}
	preflight = []string{
		"Origin: http://localhost:3000", "Access-Control-Request-Method: POST",
		"Access-Control-Request-Headers: username",
	}
)

// server is a mock with one client.
type server struct {
	t *testing.T
	*httptest.Server
}

func startServer(t *testing.T, http2 bool) server {
	t.Helper()
	set, err := mock.New(mock.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(set)
	s.Config.ConnContext = mock.ConnContext
	s.EnableHTTP2 = http2
	if http2 {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return server{t, s}
}

// met is the answer to a request; its status is 0 when there was none.
type met struct {
	reused bool // whether the connection had served before
	status int
	body   string
}

func (s server) send(method, path, body string, headers ...string) (answer met) {
	s.t.Helper()
	ctx := httptrace.WithClientTrace(s.t.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { answer.reused = info.Reused },
	})
	request, err := http.NewRequestWithContext(ctx, method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := s.Client().Do(request)
	if err != nil {
		return answer
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Errorf("%s %s: %v", method, path, err)
	}
	answer.status, answer.body = response.StatusCode, string(read)
	return answer
}

// arm makes the fault wait, and leaves a used connection.
func (s server) arm(fault string) {
	s.t.Helper()
	change := fmt.Sprintf(`{"faults":[{"fault":%q,"next":1}]}`, fault)
	if answer := s.send("PUT", "/__mock/behaviour", change); answer.status != http.StatusOK {
		s.t.Fatalf("%+v", answer)
	}
}

func (s server) noneWaits() {
	s.t.Helper()
	if behaviour := s.send("GET", "/__mock/behaviour", ""); !strings.Contains(behaviour.body, `"faults":[]`) {
		s.t.Errorf("after the fault: %s", behaviour.body)
	}
}
