package verifier

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var run = Run{
	Provider: "https://staging.example/connectmypairs",
	Interactions: []Interaction{
		{Consumer: "web", Description: "one", States: []string{"a", "b"}, Duration: 12 * time.Millisecond},
		{Consumer: "web", Description: "two", Problem: "the state \x1b[31mcannot be"},
		{Consumer: "app", Description: "three <&>", Mismatches: []Mismatch{
			{Where: "status", Expected: "201", Actual: "500", Rule: "expected 201 but was 500"},
			{Where: "body $.name", Expected: `"alice"`, Rule: "Expected 'alice' to be there"},
		}},
		{Consumer: "app", Description: "four", Pending: true, Mismatches: []Mismatch{{Where: "status", Expected: "201", Actual: "500"}}},
	},
	Notices: []string{"read\nthis"},
}

func TestText(t *testing.T) {
	var out strings.Builder
	if err := Text(&out, run); err != nil {
		t.Fatal(err)
	}
	want := `ok      web: one (given a and b)
failed  web: two
        the state  [31mcannot be
failed  app: three <&>
        status: expected 201, was 500
        body $.name: expected "alice", was nothing
            Expected 'alice' to be there
pending app: four
        status: expected 201, was 500
note    read this

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
	if err := JUnit(&out, run, errors.New("the broker is gone")); err != nil {
		t.Fatal(err)
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="pacts" tests="5" failures="2" errors="1" skipped="1">
  <testcase classname="web" name="one (given a and b)" time="0.012"></testcase>
  <testcase classname="web" name="two" time="0.000">
    <failure message="the state  [31mcannot be">the state  [31mcannot be&#xA;</failure>
  </testcase>
  <testcase classname="app" name="three &lt;&amp;&gt;" time="0.000">
    <failure message="status: expected 201, was 500">status: expected 201, was 500&#xA;body $.name: expected &#34;alice&#34;, was nothing&#xA;    Expected &#39;alice&#39; to be there&#xA;</failure>
  </testcase>
  <testcase classname="app" name="four" time="0.000">
    <skipped message="pending: status: expected 201, was 500">status: expected 201, was 500&#xA;</skipped>
  </testcase>
  <testcase classname="pacts" name="verification" time="0.000">
    <error message="the broker is gone"></error>
  </testcase>
</testsuite>
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
