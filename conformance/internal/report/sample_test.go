package report

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

var update = flag.Bool("update", false, "write the golden files under testdata instead of comparing with them")

// golden compares got with a file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with go test ./conformance/internal/report -update)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs from what is rendered now; look, and write it with -update\n%s", path,
			firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %q\nwant %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}

// rendered is what a renderer writes.
func rendered[T any](t *testing.T, render func(io.Writer, T) error, what T) string {
	t.Helper()
	var out strings.Builder
	if err := render(&out, what); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// everyRendering is what a run can be shown as.
var everyRendering = map[string]func(io.Writer, Run) error{
	"text":           func(w io.Writer, run Run) error { return Text(w, run, TextOptions{}) },
	"junit":          JUnit,
	"json":           JSON,
	"har":            HAR,
	"github":         GitHub,
	"github summary": GitHubSummary,
	"html":           HTML,
	"accounts":       Accounts,
}

// samples are runs of every verdict, which all renderings are tested with.
func samples() map[string]Run {
	return map[string]Run{
		"conformant": conformant(),
		"partial":    partial(),
		"violated":   violated(),
		"not-judged": notJudged(),
		"hostile":    hostile(),
	}
}

const sampleURL = "https://staging.example/connectmypairs"

var sampleTime = time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC)

// observations are what a target did, by clause; every other observed clause is answered as the reference does.
var observations = map[string]Observation{
	"order.checks": {
		Text: "A blocked caller is refused before the name is looked up, and a used name before the Privacy is " +
			"checked.",
		Reference: "403, then 400, then 409.",
		Choices:   []Choice{{Assumption: "check-order", Value: "403,409,400"}},
	},
	"names.length": {
		Text:      "A name of 32 characters is accepted, one of 33 is refused with 400.",
		Reference: "Any length is accepted.",
		Choices:   []Choice{{Assumption: "max-name-length", Value: "32"}},
	},
	"other-path.answer": {
		Text:      "404 with an HTML page.",
		Reference: "404 with a JSON object that names the right URL.",
	},
	"names.case":       {Text: "Names that differ by letter case only are different accounts.", AsReference: true},
	"privacy.accepted": {Text: "Public and Private are accepted.", AsReference: true},
	"privacy.case":     {Text: "Letter case matters: public is refused.", AsReference: true},
}

func conformant() Run {
	run := Run{
		Schema: SchemaVersion, Version: "1.0.0", ID: "k7q2mf", URL: sampleURL, Level: fixtures.Implied,
		Started: sampleTime, Duration: 312 * time.Millisecond,
	}
	for i, clause := range fixtures.Clauses() {
		result := ClauseResult{Clause: clause, Outcome: Passed}
		if clause.Level == fixtures.Observed {
			observation, known := observations[clause.ID]
			if !known {
				observation = Observation{Text: "Answered with 400.", AsReference: true}
			}
			if observation.AsReference {
				observation.Reference = observation.Text
			}
			observation.Exchanges = []Exchange{
				exchange(
					clause.ID,
					"cmp-k7q2mf-"+clause.ID,
					400,
					`{"name":"cmp-k7q2mf-`+clause.ID+`","privacy":"Public","code":"400",`+
						`"description":"Username was invalid"}`,
				),
			}
			result.Outcome, result.Observation = Observed, &observation
		}
		result.Duration = time.Duration(i+1) * time.Millisecond
		run.Clauses = append(run.Clauses, result)
		name := "cmp-k7q2mf-" + clause.ID
		if i%6 == 0 {
			run.Accounts = append(run.Accounts,
				Account{Name: name, Privacy: "Public", Clause: clause.ID, Certain: true})
			run.Exchanges = append(run.Exchanges,
				exchange(clause.ID, name, 201, `{"name":"`+name+`","privacy":"Public"}`))
		}
	}
	run.Latency = LatencyOf(run.Exchanges)
	run.Requests = 96
	run.Verdict, run.Reason = Judge(run.Level, run.Clauses)
	return run
}

// partial is a run without a way to be a blocked caller, and with a list of known failures.
func partial() Run {
	run := conformant()
	for i := range run.Clauses {
		clause := &run.Clauses[i]
		if len(clause.Clause.Needs) > 0 {
			clause.Outcome, clause.Duration, clause.Observation = Unchecked, 0, nil
			clause.Reason = "no way to be a blocked caller is known: give --blocked-via KIND=VALUE"
		}
	}
	known := clauseOf(&run, "conflict.concurrent")
	known.Outcome = KnownFailing
	known.Failures = []Failure{
		{Summary: "2 of 20 simultaneous requests for one free name were answered with 201, want 1"},
	}
	skipped := clauseOf(&run, "created.concurrent-names")
	skipped.Outcome, skipped.Duration, skipped.Reason = Unchecked, 0, "left out by --skip"
	run.Verdict, run.Reason = Judge(run.Level, run.Clauses)
	return run
}

// violated is a run against a server that is wrong in several ways, one of them a broken connection.
func violated() Run {
	run := partial()

	number := clauseOf(&run, "conflict.code")
	name := "cmp-k7q2mf-conflict.code"
	fail(number, Failure{
		Summary: "`code` must be the string \"409\", was the number 409 (19 more answers were wrong in the same way)",
		Mismatches: []string{
			"`code` must be the string \"409\", was the number 409",
			"The member `description` is not documented",
		},
		Exchanges: []Exchange{
			exchange(number.Clause.ID, name, 409,
				"{\n  \"name\": \""+name+"\",\n  \"code\": 409,\n  \"description\": \"taken\"\n}\n"),
		},
	})

	echo := clauseOf(&run, "created.exact-echo")
	altered := exchange(echo.Clause.ID, "cmp-k7q2mf-a+b&<'\">", 201,
		"\ufeff{\"name\":\"cmp-k7q2mf-a b&amp;\",\"privacy\":\"Public\"}\x00\xe9")
	fail(echo, Failure{
		Summary:    `name must be "cmp-k7q2mf-a+b&<'\">", was "cmp-k7q2mf-a b&amp;"`,
		Mismatches: []string{`name must be "cmp-k7q2mf-a+b&<'\">", was "cmp-k7q2mf-a b&amp;"`},
		Exchanges:  []Exchange{altered},
	})

	broken := clauseOf(&run, "answer.complete")
	lost := exchange(broken.Clause.ID, "cmp-k7q2mf-lost", 0, "")
	lost.Response, lost.Error = nil, "the connection was reset after 0 bytes of the answer"
	fail(broken, Failure{
		Summary:   "1 of 96 requests was not answered: the connection was reset",
		Exchanges: []Exchange{lost},
	})
	run.Accounts = append(run.Accounts, Account{Name: "cmp-k7q2mf-lost", Privacy: "Public", Clause: broken.Clause.ID})

	fixed := clauseOf(&run, "conflict.any-privacy")
	fixed.Outcome = FixedKnown

	errored := clauseOf(&run, "request.header-case")
	errored.Outcome = Errored
	errored.Failures = []Failure{{Summary: "dial tcp 192.0.2.7:443: connect: network is unreachable"}}

	run.Exchanges = append(run.Exchanges, altered, lost)
	run.Verdict, run.Reason = Judge(run.Level, run.Clauses)
	return run
}

// excerpt is a violated run with clauses of every outcome and the last of its exchanges: the whole run would make
// golden files of thousands of lines.
func excerpt() Run {
	run := violated()
	run.Clauses = slices.DeleteFunc(run.Clauses, func(c ClauseResult) bool {
		return !slices.Contains([]string{
			"conflict.code", "created.exact-echo", "answer.complete", // violated
			"conflict.any-privacy", "request.header-case", "conflict.concurrent", // passes now, in error, known
			"blocked.status", "created.concurrent-names", "created.name", // unchecked for two reasons, passed
			"names.length", "names.case", // observed
		}, c.Clause.ID)
	})
	run.Exchanges = run.Exchanges[len(run.Exchanges)-3:]
	run.Accounts = run.Accounts[len(run.Accounts)-2:]
	return run
}

func notJudged() Run {
	run := conformant()
	run.Duration, run.Requests, run.Exchanges, run.Accounts = 4*time.Millisecond, 1, nil, nil
	run.Verdict = NotJudged
	run.Reason = "nothing listens at staging.example:443 (connection refused): is the server running, and the URL " +
		"right?"
	for i := range run.Clauses {
		c := &run.Clauses[i]
		c.Outcome, c.Duration, c.Observation, c.Reason = Unchecked, 0, nil, run.Reason
	}
	return run
}

// markup is what a hostile target sends to break out of each rendering.
const markup = `</script><script>alert(1)</script><img src=x onerror=alert(2)>]]>"'` +
	"`${x}{{.}}%0A::error::\r\n::error::x|\x1b[2J\u202e"

// hostile is a run against a target whose answers attack the reader, in a body of a mebibyte.
func hostile() Run {
	run := conformant()
	c := clauseOf(&run, "created.name")
	e := exchange(c.Clause.ID, markup, 201, markup+strings.Repeat("A", 1<<20-len(markup)))
	e.Response.Header.Set("X-Evil", markup)
	e.Response.Proto = markup
	e.Response.Truncated = true
	fail(
		c,
		Failure{
			Summary:    "name was " + markup,
			Mismatches: []string{markup, strings.Repeat("B", 1<<20)},
			Exchanges:  []Exchange{e, e},
		},
	)
	observed := clauseOf(&run, "names.case").Observation
	observed.Text, observed.AsReference = markup, false
	observed.Choices = []Choice{{Assumption: markup, Value: markup}}
	skipped := clauseOf(&run, "created.status")
	skipped.Outcome, skipped.Reason, skipped.Duration = Unchecked, markup, 0
	run.Accounts = append(run.Accounts, Account{Name: markup, Privacy: markup, Clause: c.Clause.ID})
	run.Exchanges = append(run.Exchanges, e)
	run.URL, run.ID, run.Version = "https://"+markup, markup, markup
	run.Verdict, run.Reason = Judge(run.Level, run.Clauses)
	return run
}

func clauseOf(run *Run, id string) *ClauseResult {
	for i := range run.Clauses {
		if run.Clauses[i].Clause.ID == id {
			return &run.Clauses[i]
		}
	}
	panic("no clause " + id)
}

func fail(c *ClauseResult, failures ...Failure) {
	c.Outcome, c.Duration, c.Failures = Failed, 3*time.Millisecond, failures
}

func exchange(clause, name string, status int, body string) Exchange {
	return Exchange{
		Clause: clause, Started: sampleTime, Duration: 1500 * time.Microsecond,
		Request: Request{
			Method: "POST",
			URL:    sampleURL + "/users/",
			Header: http.Header{"Username": {name}, "User-Agent": {"conformance/1.0.0 (" + clause + ")"}},
			Curl: "curl -i -X POST -H 'Username: " + strings.ReplaceAll(name, "'",
				`'\''`) + "' " + sampleURL + "/users/",
		},
		Response: &Response{
			Proto: "HTTP/1.1", Status: status,
			Header: http.Header{"Content-Type": {"application/json"}, "Date": {"Mon, 04 May 2026 09:30:00 GMT"}},
			Body:   []byte(body),
		},
	}
}
