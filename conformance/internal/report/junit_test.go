package report

import (
	"encoding/xml"
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
		Name      string `xml:"name,attr"`
		Classname string `xml:"classname,attr"`
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
	golden(t, "violated.junit.xml", rendered(t, JUnit, excerpt()))
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
