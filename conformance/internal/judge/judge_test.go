package judge

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// A clause that no probe is for would never be checked.
func TestEveryClauseHasAProbe(t *testing.T) {
	asked := map[string]bool{}
	for _, probe := range catalogue() {
		for _, id := range probe.clauses {
			if _, ok := fixtures.ClauseOf(id); !ok {
				t.Errorf("there is no clause %s", id)
			}
			asked[id] = true
		}
	}
	for _, clause := range fixtures.Clauses() {
		if !asked[clause.ID] {
			t.Errorf("no probe is for %s", clause.ID)
		}
	}
}

func TestRightTargetIsConformant(t *testing.T) {
	t.Parallel()
	run := judged(t, Config{URL: serve(t, rightTarget()), BlockedVia: blockedHeader})
	wantConformant(t, run)
	for _, c := range run.Clauses {
		if c.Clause.Level == fixtures.Observed &&
			(c.Observation == nil || c.Observation.Text == "" || c.Observation.Reference == "") {
			t.Errorf("%s was not observed: %+v", c.Clause.ID, c)
		}
	}
	for _, account := range run.Accounts {
		if !strings.Contains(strings.ToLower(account.Name), run.ID) && !strings.Contains(account.Name, phonePrefix) {
			t.Errorf("the account %q does not show the run %s", account.Name, run.ID)
		}
	}
}

// phonePrefix is in names that hold digits only.
const phonePrefix = "2663"

func TestWithoutAWayToBeBlockedTheRunIsPartial(t *testing.T) {
	t.Parallel()
	run := judged(t, Config{URL: serve(t, rightTarget()), Run: []string{"blocked.*", "created.status"}, Repeat: 1})
	if run.Verdict != report.Partial || run.ExitCode() != report.ExitConformant {
		t.Errorf("the verdict is %s, exit code %d", run.Verdict, run.ExitCode())
	}
	for _, id := range blockedClauses {
		if c := clauseOf(t, run, id); c.Outcome != report.Unchecked || !strings.Contains(c.Reason, "--blocked-via") {
			t.Errorf("%s is %s: %s", id, c.Outcome, c.Reason)
		}
	}
	run.RequireAll = true
	if run.ExitCode() != report.ExitNotJudged {
		t.Errorf("with --require-all the exit code is %d", run.ExitCode())
	}
}

// One answer may violate several clauses, of which those that were left out are nobody's business.
func TestProgressCountsTheSelectedClauses(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		var last report.Progress
		cfg := inMemory(t, Config{Run: []string{"answer.json"}, Repeat: 1,
			Progress: func(p report.Progress) { last = p }}, over(http.HandlerFunc(http.NotFound)))
		if run := judged(t, cfg); last.Failed != 1 || len(withOutcome(run, report.Failed)) != 1 {
			t.Errorf("%d clauses are told as violated, and found are %v", last.Failed, withOutcome(run, report.Failed))
		}
	})
}

func TestPlanIsWhatARunDoes(t *testing.T) {
	for _, most := range []int{0, 3, 60} {
		t.Run(fmt.Sprintf("max-accounts %d", most), func(t *testing.T) {
			inBubble(t, func(t *testing.T) { planIsWhatARunDoes(t, most) })
		})
	}
}

func planIsWhatARunDoes(t *testing.T, most int) {
	var asked atomic.Int64
	right := rightTarget()
	cfg := inMemory(t, Config{MaxAccounts: most, BlockedVia: blockedHeader, Repeat: 3},
		over(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			right.ServeHTTP(w, r)
		})))
	var plan bytes.Buffer
	if err := WritePlan(t.Context(), &plan, cfg); err != nil || asked.Load() > 0 {
		t.Fatalf("to plan took %d requests: %v", asked.Load(), err)
	}
	run := judged(t, cfg)
	made := fmt.Sprintf(" checks, %d requests, %d accounts called conf", asked.Load(), len(run.Accounts))
	if !strings.Contains(plan.String(), made) {
		t.Errorf("made were%s…, and the plan is\n%s", made, plan.String())
	}
	_, leftOut, _ := strings.Cut(plan.String(), "Left out to stay within ")
	for _, c := range run.Clauses {
		left := strings.Contains(leftOut, " "+c.Clause.ID+",") || strings.Contains(leftOut, " "+c.Clause.ID+".\n")
		if left != (c.Outcome == report.Unchecked && strings.Contains(c.Reason, "--max-accounts")) {
			t.Errorf("%s: left out by the plan: %t; by the run: %s %s", c.Clause.ID, left, c.Outcome, c.Reason)
		}
	}
	if most > 0 && len(run.Accounts) > most {
		t.Errorf("%d accounts were made, %d allowed", len(run.Accounts), most)
	}
	if failed := withOutcome(run, report.Failed); len(failed) > 0 {
		t.Errorf("violated: %v", failed)
	}
}

func TestWritePlanSpeaksOfSelectedClausesOnly(t *testing.T) {
	var text bytes.Buffer
	cfg := Config{URL: "https://staging.example", MaxAccounts: 5, Run: []string{"created.*"}}
	if err := WritePlan(t.Context(), &text, cfg); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "Left out") || strings.Contains(text.String(), "invalid-privacy.") ||
		strings.Contains(text.String(), "blocked.") {
		t.Errorf("the plan is\n%s", text.String())
	}
}

func TestUnjudgeableTargetsSayWhyOnce(t *testing.T) {
	t.Parallel()
	status := func(code int, contentType, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		})
	}
	secure := httptest.NewUnstartedServer(rightTarget())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshakes that fail here
	secure.StartTLS()
	t.Cleanup(secure.Close)
	plain := serve(t, rightTarget())
	onlyHTTP2 := func(start func(*httptest.Server)) string {
		server := httptest.NewUnstartedServer(rightTarget())
		server.Config.Protocols, server.EnableHTTP2 = new(http.Protocols), true
		server.Config.Protocols.SetHTTP2(true)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.TLS = &tls.Config{NextProtos: []string{"h2"}}
		start(server)
		t.Cleanup(server.Close)
		return server.URL
	}
	anyCertificate := &tls.Config{InsecureSkipVerify: true}
	for name, c := range map[string]struct {
		cfg Config
		say string
	}{
		"refused":      {Config{URL: "http://" + closedAddress}, "is it running"},
		"no such host": {Config{URL: "http://no-such-host.invalid"}, "cannot be reached"},
		"TLS to plain": {Config{URL: strings.Replace(plain, "http:", "https:", 1)}, "http://"},
		"plain to TLS": {Config{URL: strings.Replace(secure.URL, "https:", "http:", 1)}, "https://"},
		"HTTP/2 only":  {Config{URL: onlyHTTP2((*httptest.Server).Start)}, "only HTTP/2"},
		"HTTP/2 only, over TLS": {Config{URL: onlyHTTP2((*httptest.Server).StartTLS), TLS: anyCertificate, HTTP1: true},
			"only HTTP/2"},
		"credentials": {Config{URL: serve(t, status(401, "application/json", `{"code":"401"}`))}, "--header"},
		"proxy wants": {Config{URL: serve(t, status(407, "text/plain", "no"))}, "--proxy"},
		"page":        {Config{URL: serve(t, status(404, "text/html", "<html>Not found</html>"))}, "base URL"},
		"client certificate": {Config{URL: serve(t, status(400, "text/html",
			"<title>400 No required SSL certificate was sent</title>"))}, "--cert and --key"},
		"blocked": {Config{URL: serve(t, status(403, "application/json", string(fixtures.Body(403))))},
			"blocks the IP address"},
		"hangs": {Config{URL: serveRaw(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }),
			Timeout: 100 * time.Millisecond}, "--timeout"},
		"garbage": {Config{URL: serveRaw(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "\x00\x01garbage\r\n\r\n")
		})}, "not an HTTP server"},
		"closes at once": {Config{URL: serveRaw(t, func(net.Conn) {})}, "does it want https://"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.cfg.Repeat = 1
			run := judged(t, c.cfg)
			if run.Verdict != report.NotJudged || run.ExitCode() != report.ExitNotJudged ||
				!strings.Contains(run.Reason, c.say) {
				t.Errorf("the verdict is %s, exit code %d, because %q; it should say %q", run.Verdict, run.ExitCode(),
					run.Reason, c.say)
			}
			if len(run.Clauses) != len(fixtures.Clauses()) {
				t.Errorf("the report has %d clauses", len(run.Clauses))
			}
		})
	}
}

// An API answers with JSON where it has nothing, and may be right at another URL.
func TestAnAPIWithNothingAtTheURLIsViolatedAndAskedForTheURL(t *testing.T) {
	t.Parallel()
	nothing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"message":"Not found"}`)
	})
	run := judged(t, Config{URL: serve(t, nothing), Run: []string{"request.endpoint"}})
	endpoint := clauseOf(t, run, "request.endpoint")
	if endpoint.Outcome != report.Failed || !strings.Contains(endpoint.Failures[0].Summary, "base URL") {
		t.Errorf("%s: %+v", endpoint.Outcome, endpoint.Failures)
	}
}

// closedAddress is one where nobody listens: port 1 belongs to tcpmux, which no system runs any more.
const closedAddress = "127.0.0.1:1"

// No more is kept and read of a body than the bounds allow, also when it came packed, and the report says so.
func TestLongBodiesAreMarkedAsCut(t *testing.T) {
	for _, encoding := range []string{"", "gzip"} {
		answerOf := func(length int) *answer {
			url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				var out io.Writer = w
				if encoding == "gzip" {
					w.Header().Set("Content-Encoding", encoding)
					packer := gzip.NewWriter(w)
					defer packer.Close()
					out = packer
				}
				_, _ = io.WriteString(out, strings.Repeat("x", length))
			}))
			cfg := Config{URL: url}.withDefaults()
			via, err := cfg.newRoute(url)
			if err != nil {
				t.Fatal(err)
			}
			return cfg.exchange(t.Context(), request{clause: "created.status"}.withDefaults(via), nil)
		}
		if got := answerOf(maxKept + 1).exchange.Response; len(got.Body) != maxKept || !got.Truncated {
			t.Errorf("encoding %q: %d bytes are kept, marked as cut: %t", encoding, len(got.Body), got.Truncated)
		}
		want := fmt.Sprintf("the body must end; %d bytes came, and more", maxBody)
		form := answerOf(2 * maxBody).form
		if !slices.ContainsFunc(form, func(m mismatch) bool { return m.text == want }) {
			t.Errorf("encoding %q: %+v, want %s", encoding, form, want)
		}
	}
}

func TestAnswersAreNeverAskedForAgain(t *testing.T) {
	var asked atomic.Int64
	right := rightTarget()
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 3 {
			panic(http.ErrAbortHandler) // breaks the connection
		}
		right.ServeHTTP(w, r)
	}))
	run := judged(t, Config{URL: url, Run: []string{"conflict.status"}, Repeat: 3})
	if int64(run.Requests) != asked.Load() {
		t.Errorf("%d requests were reported, %d came", run.Requests, asked.Load())
	}
}

func TestConnectionsAreTriedAgain(t *testing.T) {
	url := serve(t, rightTarget())
	cfg := Config{URL: url}.withDefaults()
	var tries atomic.Int64
	via, err := cfg.newRoute(url, func(transport *http.Transport) {
		dial := transport.DialContext
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			if tries.Add(1) < connectTries {
				return nil, fmt.Errorf("not yet")
			}
			return dial(ctx, network, address)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	a := cfg.exchange(t.Context(), request{clause: "created.status", header: headers("a-name")}.withDefaults(via), nil)
	if !a.is(http.StatusCreated) || tries.Load() != connectTries {
		t.Errorf("the status is %d after %d tries: %s", a.status, tries.Load(), a.exchange.Error)
	}
}

func TestInterruptedRunJudgesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	right := rightTarget()
	var asked atomic.Int64
	cfg := Config{URL: serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 50 {
			cancel()
		}
		right.ServeHTTP(w, r)
	}))}
	run, err := Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if run.Verdict != report.NotJudged || run.ExitCode() != report.ExitNotJudged ||
		!strings.Contains(run.Reason, "interrupted") {
		t.Errorf("the verdict is %s: %s", run.Verdict, run.Reason)
	}
	if failed := withOutcome(run, report.Failed); len(failed) > 0 {
		t.Errorf("the interrupt was taken for a fault of the target: %v", failed)
	}
	if errored := withOutcome(run, report.Errored); len(errored) > 0 {
		t.Errorf("the interrupt was taken for an error of its own: %v", errored)
	}
	if len(run.Accounts) == 0 {
		t.Error("the accounts that were made are not listed")
	}
}

func TestKnownFailures(t *testing.T) {
	t.Parallel()
	wrong := altered(rightTarget(), func(_ *http.Request, answer *httptest.ResponseRecorder) {
		if answer.Code == http.StatusConflict {
			answer.Code = http.StatusUnprocessableEntity
		}
	})
	failing := []string{"conflict.status", "conflict.any-privacy", "conflict.changes-nothing", "conflict.persists",
		"conflict.concurrent"}
	cfg := Config{URL: serve(t, wrong), BlockedVia: blockedHeader, Run: []string{"created.status", "conflict.*"},
		Repeat: 2}
	if run := judged(t, cfg); run.ExitCode() != report.ExitViolated ||
		!slices.Equal(withOutcome(run, report.Failed), failing) {
		t.Errorf("without a list: exit code %d, failed %v", run.ExitCode(), withOutcome(run, report.Failed))
	}
	cfg.KnownFailing = failing
	if run := judged(t, cfg); run.ExitCode() != report.ExitConformant || run.Verdict != report.Partial {
		t.Errorf("with a list: %s, exit code %d, failed %v", run.Verdict, run.ExitCode(),
			withOutcome(run, report.Failed))
	}
	cfg.KnownFailing = append(slices.Clone(failing), "created.status")
	if run := judged(t, cfg); run.ExitCode() != report.ExitViolated ||
		clauseOf(t, run, "created.status").Outcome != report.FixedKnown {
		t.Errorf("with a list that is out of date: exit code %d, %s", run.ExitCode(),
			clauseOf(t, run, "created.status").Outcome)
	}
	cfg.KnownFailing, cfg.Level = nil, fixtures.Documented
	if run := judged(t, cfg); run.ExitCode() != report.ExitViolated {
		t.Errorf("conflict.status is documented, and the exit code is %d", run.ExitCode())
	}
	cfg.KnownFailing = []string{"conflict.status"}
	if run := judged(t, cfg); run.ExitCode() != report.ExitConformant {
		t.Errorf("at level documented only conflict.status fails, and the exit code is %d", run.ExitCode())
	}
}

func TestSelection(t *testing.T) {
	t.Parallel()
	run := judged(t,
		Config{URL: serve(t, rightTarget()), Run: []string{"conflict.*"}, Skip: []string{"conflict.concurrent"}})
	for _, c := range run.Clauses {
		wanted := strings.HasPrefix(c.Clause.ID, "conflict.") && c.Clause.ID != "conflict.concurrent"
		if checked := c.Outcome == report.Passed; checked != wanted {
			t.Errorf("%s is %s: %s", c.Clause.ID, c.Outcome, c.Reason)
		}
	}
}

func TestFailureShowsEveryMismatchOfTheAnswer(t *testing.T) {
	t.Parallel()
	wrong := altered(rightTarget(), func(_ *http.Request, answer *httptest.ResponseRecorder) {
		if answer.Code == http.StatusConflict {
			answer.Code, answer.Body = http.StatusOK, bytes.NewBufferString(`{"name":null,"code":409,"id":7}`+"\n;")
			answer.Header().Set("Content-Type", "text/plain")
		}
	})
	run := judged(t, Config{URL: serve(t, wrong), Run: []string{"conflict.status"}, Repeat: 1})
	failure := clauseOf(t, run, "conflict.status").Failures[0]
	want := []string{
		"The status must be 409, was 200",
		`The header Content-Type must be application/json, was "text/plain"`,
		"Nothing may follow the JSON object, but ; does",
		"`name` must be the string \"NAME\", was null",
		"`code` must be the string \"409\", was the number 409",
		"The member `id` is not documented",
	}
	for i := range failure.Mismatches {
		for _, e := range failure.Exchanges {
			failure.Mismatches[i] = strings.ReplaceAll(failure.Mismatches[i], e.Request.Header["Username"][0], "NAME")
		}
	}
	if !slices.Equal(failure.Mismatches, want) {
		t.Errorf("the mismatches are\n%s\nand should be\n%s", strings.Join(failure.Mismatches, "\n"),
			strings.Join(want, "\n"))
	}
	if len(failure.Exchanges) != 2 {
		t.Errorf("%d exchanges show it; the one that created the account is needed too", len(failure.Exchanges))
	}
}

// TestSlowTargetIsJudgedInTime holds what late answers add to a run: most of 5 s, which is the bound on the whole that
// make bench measures.
func TestSlowTargetIsJudgedInTime(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		right := rightTarget()
		late := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			pause(r.Context(), 100*time.Millisecond)
			right.ServeHTTP(w, r)
		})
		begin := time.Now()
		wantConformant(t, judged(t, inMemory(t, Config{BlockedVia: blockedHeader}, over(late))))
		if took := time.Since(begin); took > 4600*time.Millisecond {
			t.Errorf("the run took %v", took)
		}
	})
}

// TestATargetWhoseAnswersNeverEndIsGivenUp holds that late breaks cost no more than time-outs do: Node closes a
// connection after five seconds when an answer is shorter than it says.
func TestATargetWhoseAnswersNeverEndIsGivenUp(t *testing.T) {
	const timeout = time.Second
	inBubble(t, func(t *testing.T) {
		run := judged(t, inMemory(t, Config{Timeout: timeout}, raw(func(c net.Conn) {
			_, _ = io.WriteString(c,
				"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{}")
			pause(t.Context(), timeout/2)
		})))
		if c := clauseOf(t, run, "answer.complete"); c.Outcome != report.Failed {
			t.Errorf("answer.complete is %s: %s", c.Outcome, c.Reason)
		}
		// Sixteen answers make eight time-outs; as many again may be under way by then.
		if run.Requests > 16+DefaultSimultaneous {
			t.Errorf("%d requests were sent", run.Requests)
		}
	})
}
