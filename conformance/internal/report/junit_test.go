package report

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// What a reader of JUnit looks at.
type (
	junitSuites struct {
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name  string      `xml:"name,attr"`
		Cases []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string  `xml:"name,attr"`
		Classname string  `xml:"classname,attr"`
		Failure   *string `xml:"failure"`
		Error     *string `xml:"error"`
		Skipped   *string `xml:"skipped"`
	}
)

func readJUnit(t *testing.T, run Run) (root junitSuites) {
	t.Helper()
	raw := rendered(t, JUnit, run)
	if err := xml.Unmarshal([]byte(raw), &root); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return root
}

func TestJUnitGolden(t *testing.T) {
	golden(t, "violated.junit.xml", rendered(t, JUnit, violated()))
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
		root := readJUnit(t, run)
		red := root.Failures+root.Errors > 0
		if red != (run.ExitCode() != 0) {
			t.Errorf("%s: %d failures and %d errors, but exit code %d", name, root.Failures, root.Errors,
				run.ExitCode())
		}
	}
}

// GitLab takes two cases of one class and name for the same.
func TestJUnitNamesEachCaseOnce(t *testing.T) {
	for name, run := range samples() {
		root := readJUnit(t, run)
		named := map[string]bool{}
		for _, suite := range root.Suites {
			for _, c := range suite.Cases {
				if c.Classname != suite.Name || named[c.Name] {
					t.Errorf("%s: case %s of class %s in suite %s", name, c.Name, c.Classname, suite.Name)
				}
				named[c.Name] = true
			}
		}
	}
}

func TestJUnitTellsFailureErrorAndSkippedApart(t *testing.T) {
	root := readJUnit(t, violated())
	want := map[string]string{
		"conflict.code":        "failure",
		"conflict.any-privacy": "failure",
		"request.header-case":  "error",
		"blocked.status":       "skipped",
		"conflict.concurrent":  "skipped",
		"created.name":         "passed",
		"names.length":         "passed",
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
