package judge

import (
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
)

// rightTarget is the dryTarget as a server: a small target that is right. It blocks callers that X-Blocked names.
func rightTarget() http.Handler {
	right := &dryTarget{accepted: []string{"Public", "Private"}, names: map[string]bool{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var tripper http.RoundTripper = right
		if r.Header.Get("X-Blocked") != "" {
			tripper = dryBlocked{}
		}
		response, err := tripper.RoundTrip(r)
		if err != nil {
			panic(err)
		}
		w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body)
	})
}

// altered serves the answers of a handler, changed.
func altered(right http.Handler, change func(r *http.Request, answer *httptest.ResponseRecorder)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		right.ServeHTTP(answer, r)
		change(r, answer)
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// blockedHeader is the way to be blocked by rightTarget.
const blockedHeader = "header=X-Blocked: yes"

// serve starts a target for the time of a test and returns its base URL.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + "/connectmypairs"
}

// raw serves connections below HTTP: the request's head is read first, and the connection is closed afterwards.
func raw(answer func(net.Conn)) func(net.Listener) error {
	return func(listener net.Listener) error {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return err
			}
			go func() {
				defer conn.Close()
				buffer := make([]byte, 4096)
				if _, err := conn.Read(buffer); err == nil {
					answer(conn)
				}
			}()
		}
	}
}

// serveRaw starts such a target for the time of a test and returns its base URL.
func serveRaw(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() { _ = raw(answer)(listener) }()
	return "http://" + listener.Addr().String()
}

// inBubble runs a test in a time of its own (see [synctest]): waiting takes no time, and what a busy machine does
// changes no measure. Its targets are those of inMemory, since a bubble has no network.
func inBubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

// inMemory starts a target for the time of a test and returns the configuration with the way to it.
func inMemory(t *testing.T, cfg Config, serve func(net.Listener) error) Config {
	t.Helper()
	listener := &memory{accepting: make(chan net.Conn), closed: make(chan struct{})}
	t.Cleanup(func() { close(listener.closed) })
	go func() { _ = serve(listener) }()
	cfg.URL, cfg.dial = "http://api.example/connectmypairs", listener.dial
	return cfg
}

// over serves HTTP.
func over(handler http.Handler) func(net.Listener) error {
	return (&http.Server{Handler: handler}).Serve
}

// memory is a listener whose connections are pipes.
type memory struct {
	accepting chan net.Conn
	closed    chan struct{}
}

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case m.accepting <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements [net.Listener].
func (m *memory) Accept() (net.Conn, error) {
	select {
	case conn := <-m.accepting:
		return conn, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

// Addr implements [net.Listener].
func (m *memory) Addr() net.Addr { return &net.TCPAddr{} }

// Close implements [net.Listener]. The end of the test closes it.
func (m *memory) Close() error { return nil }

// judged makes one run, which does not wait for names to expire unless the configuration says so.
func judged(t *testing.T, cfg Config) report.Run {
	t.Helper()
	if cfg.Settle == 0 {
		cfg.Settle = NoSettle
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a guard only
	defer cancel()
	run, err := Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func wantConformant(t *testing.T, run report.Run) {
	t.Helper()
	if run.Verdict != report.Conformant {
		t.Errorf("the verdict is %s (%s); failed: %v, errors: %v, unchecked: %v", run.Verdict, run.Reason,
			withOutcome(run, report.Failed), withOutcome(run, report.Errored), withOutcome(run, report.Unchecked))
	}
}

// clauseOf returns what became of a clause.
func clauseOf(t *testing.T, run report.Run, id string) report.ClauseResult {
	t.Helper()
	for _, c := range run.Clauses {
		if c.Clause.ID == id {
			return c
		}
	}
	t.Fatalf("the report has no clause %s", id)
	return report.ClauseResult{}
}

func withOutcome(run report.Run, outcome report.Outcome) []string {
	var ids []string
	for _, c := range run.Clauses {
		if c.Outcome == outcome {
			ids = append(ids, c.Clause.ID)
		}
	}
	return ids
}
