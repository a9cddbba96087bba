package report

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func readJUnit(t *testing.T, run Run) (root junitSuites, raw string) {
	t.Helper()
	var out bytes.Buffer
	if err := JUnit(&out, run); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(out.Bytes(), &root); err != nil {
		t.Fatalf("%v\n%s", err, out.Bytes())
	}
	return root, out.String()
}

func TestJUnitGolden(t *testing.T) {
	_, raw := readJUnit(t, violated())
	golden(t, "violated.junit.xml", []byte(raw))
}

// A CI server that reads the file and one that reads the exit code must not disagree.
func TestJUnitIsRedExactlyWhenTheRunFails(t *testing.T) {
	runs := samples()
	lenient := violated()
	lenient.Level = fixtures.Documented
	*clauseOf(&lenient, "conflict.code") = conformant().Clauses[0]
	*clauseOf(&lenient, "conflict.any-privacy") = conformant().Clauses[0]
	lenient.Verdict, lenient.Reason = Judge(lenient.Level, lenient.Clauses)
	runs["lenient"] = lenient
	strict := partial()
	strict.RequireAll = true
	runs["require-all"] = strict
	fixed := conformant()
	clauseOf(&fixed, "created.name").Outcome = FixedKnown
	runs["fixed"] = fixed

	for name, run := range runs {
		root, _ := readJUnit(t, run)
		red := root.Failures+root.Errors > 0
		if red != (run.ExitCode() != 0) {
			t.Errorf("%s: %d failures and %d errors, but exit code %d", name, root.Failures, root.Errors, run.ExitCode())
		}
	}
}

func TestJUnitCountsWhatItHolds(t *testing.T) {
	for name, run := range samples() {
		root, _ := readJUnit(t, run)
		var tests, failures, errors, skipped int
		for _, suite := range root.Suites {
			if len(suite.Cases) != suite.Tests {
				t.Errorf("%s: suite %s says %d tests and holds %d", name, suite.Name, suite.Tests, len(suite.Cases))
			}
			for _, c := range suite.Cases {
				tests++
				switch {
				case c.Failure != nil:
					failures++
				case c.Error != nil:
					errors++
				case c.Skipped != nil:
					skipped++
				}
				if c.Classname != suite.Name {
					t.Errorf("%s: case %s of suite %s is of class %s", name, c.Name, suite.Name, c.Classname)
				}
			}
		}
		if tests != root.Tests || failures != root.Failures || errors != root.Errors || skipped != root.Skipped {
			t.Errorf("%s: holds %d/%d/%d/%d, says %d/%d/%d/%d", name, tests, failures, errors, skipped,
				root.Tests, root.Failures, root.Errors, root.Skipped)
		}
	}
}

func TestJUnitTellsFailureErrorAndSkippedApart(t *testing.T) {
	root, _ := readJUnit(t, violated())
	want := map[string]string{
		"conflict.code": "failure", "conflict.any-privacy": "failure", "request.header-case": "error",
		"blocked.status": "skipped", "conflict.concurrent": "skipped", "created.name": "passed", "names.length": "passed",
	}
	for _, suite := range root.Suites {
		for _, c := range suite.Cases {
			id, _, _ := strings.Cut(c.Name, ":")
			got := "passed"
			switch {
			case c.Failure != nil:
				got = "failure"
			case c.Error != nil:
				got = "error"
			case c.Skipped != nil:
				got = "skipped"
			}
			if w, asked := want[id]; asked && w != got {
				t.Errorf("%s: %s, want %s", id, got, w)
			}
			delete(want, id)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}
