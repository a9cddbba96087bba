package verifier

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

var run = Run{
	Provider: "https://staging.example/connectmypairs",
	Interactions: []Interaction{
		{Consumer: "web", Origin: "a/web.json", Description: "one", States: []string{"a", "b"},
			Duration: 12 * time.Millisecond},
		{Consumer: "web", Origin: "1.2.3, latest of main", Description: "two", Problem: "the state \x1b[31mcannot be"},
		{Consumer: "app", Origin: "app.json", Description: "three <&>\n::error::x", Mismatches: []Mismatch{
			{Where: "status", Expected: "201", Actual: "500", Rule: "expected 201 but was 500"},
			{Where: "body $.name", Expected: `"alice"`, Rule: "Expected 'alice' to be there"},
		}},
		{Consumer: "app", Origin: "app.json", Description: "four", Pending: true,
			Mismatches: []Mismatch{{Where: "status", Expected: "201", Actual: "500"}}},
	},
	Notes: []string{"read\nthis"},
}

var outcomeOfRun = Outcome{Run: run, ExitCode: 1, Problem: errors.New("the broker is gone")}

func TestText(t *testing.T) {
	var out strings.Builder
	if err := Text(&out, run); err != nil {
		t.Fatal(err)
	}
	want := `ok      web: one (given a and b) [a/web.json]
failed  web: two [1.2.3, latest of main]
        the state \x1b[31mcannot be
failed  app: three <&>\n:\x3aerror:\x3ax [app.json]
        status: expected 201, was 500
        body $.name: expected "alice", was nothing
            Expected 'alice' to be there
pending app: four [app.json]
        status: expected 201, was 500
note    read\nthis

4 interactions: 1 ok, 2 failed, 1 pending and failed, which does not count, of https://staging.example/connectmypairs
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestLongValuesAreCut(t *testing.T) {
	var out strings.Builder
	long := Interaction{Mismatches: []Mismatch{{
		Where: "body $", Actual: strings.Repeat("é", 10_000), Rule: strings.Repeat("no ", 10_000),
	}}}
	if err := Text(&out, Run{Interactions: []Interaction{long}}); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 1000 || !strings.Contains(out.String(), "éé…") {
		t.Errorf("got %d bytes: %s", out.Len(), out.String())
	}
}

func TestJUnit(t *testing.T) {
	var out strings.Builder
	if err := JUnit(&out, outcomeOfRun); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`<testsuites name="pacts" tests="5" failures="2" errors="1" time="0.012">`,
		`<testsuite name="pacts" tests="5" failures="2" errors="1" skipped="1"`,
		`<testcase name="one (given a and b) [a/web.json]" classname="web" time="0.012"></testcase>`,
		`<failure message="the state \x1b[31mcannot be">`,
		`<failure message="status: expected 201, was 500"><![CDATA[status: expected 201, was 500` + "\n" +
			`body $.name: expected "alice", was nothing`,
		`<skipped message="pending: status: expected 201, was 500">`,
		`<error message="the broker is gone">`,
	} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("no %s in\n%s", text, out.String())
		}
	}
}

func TestJSON(t *testing.T) {
	var out strings.Builder
	if err := JSON(&out, outcomeOfRun); err != nil {
		t.Fatal(err)
	}
	var report struct {
		Schema       int    `json:"schema"`
		ExitCode     int    `json:"exit_code"`
		Summary      string `json:"summary"`
		Interactions []struct {
			Result      string  `json:"result"`
			Origin      string  `json:"origin"`
			Description string  `json:"description"`
			Seconds     float64 `json:"seconds"`
		} `json:"interactions"`
		Notes, Problems []string
	}
	if err := json.Unmarshal([]byte(out.String()), &report, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	if report.Schema != 1 || report.ExitCode != 1 || len(report.Interactions) != 4 ||
		report.Interactions[0].Seconds != 0.012 || report.Interactions[2].Description != "three <&>\n::error::x" ||
		report.Interactions[3].Result != "pending" || report.Interactions[1].Origin != "1.2.3, latest of main" ||
		len(report.Notes) != 1 || len(report.Problems) != 1 {
		t.Errorf("got %+v of\n%s", report, out.String())
	}
	if text := out.String(); text != untrusted.Text([]byte(text)) {
		t.Errorf("a log that this is printed to obeys a part of it:\n%s", text)
	}
}

func TestHTML(t *testing.T) {
	var out strings.Builder
	if err := HTML(&out, outcomeOfRun); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`<h1 class="failed">Failed</h1>`, `<span class="result pending">pending</span> app: four [app.json]`,
		`three &lt;&amp;&gt;\n:\x3aerror:\x3ax`, `the state \x1b[31mcannot be`, "the broker is gone", `read\nthis`,
	} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("no %s in\n%s", text, out.String())
		}
	}
}
