package faults

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

var created = endpoint.Exchange{Status: http.StatusCreated, Body: []byte(`{"name":"alice","privacy":"Public"}`)}

// outcome is what a client sees.
type outcome struct {
	status int
	header http.Header
	body   string
	err    error // of the connection, or of reading the body
	took   time.Duration
}

// try lets a server answer with a fault, over what the protocol says.
func try(t *testing.T, protocol string, fault Fault, exchange endpoint.Exchange) outcome {
	t.Helper()
	target := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		end, _ := Write(w, r, fault, &exchange)
		end()
	}))
	target.EnableHTTP2 = protocol == "HTTP/2"
	if protocol == "HTTP/1.1" {
		target.Start()
	} else {
		target.StartTLS()
	}
	defer target.Close()
	start := time.Now()
	response, err := target.Client().Post(target.URL, "", nil)
	if err != nil {
		return outcome{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	if want := 1 + strings.Count(protocol, "2"); response.ProtoMajor != want {
		t.Fatalf("the answer came over %s, want %s", response.Proto, protocol)
	}
	body, err := io.ReadAll(response.Body)
	return outcome{response.StatusCode, response.Header, string(body), err, time.Since(start)}
}

func TestFaultsAsTheClientSeesThem(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTPS/1.1", "HTTP/2"} {
		t.Run(strings.ReplaceAll(protocol, "/", " "), func(t *testing.T) {
			whole := string(created.Body)
			if got := try(t, protocol, "", created); got.err != nil || got.status != 201 || got.body != whole {
				t.Errorf("no fault: %+v", got)
			}
			switch got := try(t, protocol, Reset, created); {
			case got.err == nil:
				t.Errorf("reset: answered %+v", got)
			case protocol != "HTTP/2" && !errors.Is(got.err, syscall.ECONNRESET):
				t.Errorf("reset: %v, want a reset connection", got.err)
			}
			if got := try(t, protocol, DropAfterCommit, created); got.err == nil {
				t.Errorf("drop-after-commit: answered %+v", got)
			} else if protocol != "HTTP/2" && !errors.Is(got.err, io.EOF) {
				t.Errorf("drop-after-commit: %v, want a closed connection", got.err)
			}
			if got := try(t, protocol, Truncate, created); got.status != 201 || got.err == nil ||
				got.body != whole[:len(whole)/2] {
				t.Errorf("truncate: %+v, want half the body and an error", got)
			}
			if got := try(t, protocol, Malformed, created); got.status != 201 || got.err != nil ||
				json.Valid([]byte(got.body)) {
				t.Errorf("malformed: %+v, want 201 with a whole body that is not JSON", got)
			}
		})
	}
}

func TestSlowBodyComesInPieces(t *testing.T) {
	got := try(t, "HTTP/1.1", SlowBody, created)
	if got.err != nil || got.status != 201 || got.body != string(created.Body) {
		t.Errorf("%+v, want the whole body", got)
	}
	if least := (slowPieces - 1) * slowPause; got.took < least {
		t.Errorf("it took %v, want %v or more", got.took, least)
	}
}

func TestUnavailableSaysWhenToRetry(t *testing.T) {
	got := try(t, "HTTP/1.1", Unavailable, MakeUnavailable(endpoint.Exchange{}))
	var body map[string]string
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || got.status != 503 || body["code"] != "503" {
		t.Errorf("%+v, %v; want a JSON 503", got, err)
	}
	if got.header.Get("Retry-After") == "" {
		t.Error("the 503 has no Retry-After")
	}
}

// A recorder, as unit tests use, has no connection to break; faults must not break the test instead.
func TestWithoutAConnectionTheHandlerIsAborted(t *testing.T) {
	for _, fault := range []Fault{Reset, DropAfterCommit, Truncate} {
		end, _ := Write(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil), fault, &created)
		func() {
			defer func() {
				if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
					t.Errorf("%s does not abort", fault)
				}
			}()
			end()
		}()
	}
}

// A client that has seen the end of an exchange finds it in the journal.
func TestTheEndComesWhenTheCallerSaysSo(t *testing.T) {
	t.Parallel()
	for _, fault := range append(All(), "") {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			var noted atomic.Bool
			target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				end, _ := Write(w, r, fault, &created)
				<-time.After(20 * time.Millisecond)
				noted.Store(true)
				end()
			}))
			defer target.Close()
			if response, err := target.Client().Post(target.URL, "", nil); err == nil {
				_, _ = io.ReadAll(response.Body)
				_ = response.Body.Close()
			}
			if !noted.Load() {
				t.Error("the client has seen the end before")
			}
		})
	}
}
