package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Skipped  int           `xml:"skipped,attr"`
	Time     string        `xml:"time,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Cases      []junitCase     `xml:"testcase"`

	duration time.Duration
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// junitCase has one of Failure, Error and Skipped, or none when the clause holds. Skipped is JUnit's word for what does not fail a
// run: its detail says whether the clause was checked.
type junitCase struct {
	Name      string       `xml:"name,attr"`
	Classname string       `xml:"classname,attr"`
	Time      string       `xml:"time,attr"`
	Failure   *junitDetail `xml:"failure,omitempty"`
	Error     *junitDetail `xml:"error,omitempty"`
	Skipped   *junitDetail `xml:"skipped,omitempty"`
	SystemOut string       `xml:"system-out,omitempty"`
}

type junitDetail struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",cdata"` // which a person can read, unlike escaped line feeds
}

// JUnit writes a run as JUnit XML: a suite for each section and a case for each clause. A case fails or is in error if and only if
// it makes the run fail, so that a CI server and the exit code agree.
func JUnit(w io.Writer, run Run) error {
	root := junitSuites{Name: "Create Account conformance", Time: seconds(run.Duration)}
	for _, c := range run.Clauses {
		root.suite(c.Clause.Section, run).add(junitCaseOf(run, c), c.Duration)
	}
	if run.Verdict == NotJudged {
		root.suite("run", run).add(junitCase{
			Name: "the target can be judged", Classname: "run", Time: seconds(0),
			Error: &junitDetail{Message: visible(run.Reason, textLine), Type: string(NotJudged)},
		}, 0)
	}
	for _, suite := range root.Suites {
		suite.Time = seconds(suite.duration)
		root.Tests += suite.Tests
		root.Failures += suite.Failures
		root.Errors += suite.Errors
		root.Skipped += suite.Skipped
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(root); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// suite returns the suite of a section, which is new when the section is.
func (s *junitSuites) suite(section string, run Run) *junitSuite {
	for _, suite := range s.Suites {
		if suite.Name == section {
			return suite
		}
	}
	suite := &junitSuite{
		Name: section, Timestamp: run.Started.UTC().Format("2006-01-02T15:04:05"),
		Properties: []junitProperty{
			{"url", visible(run.URL, textLine)},
			{"run_id", visible(run.ID, textLine)},
			{"version", visible(run.Version, textLine)},
			{"verdict", string(run.Verdict)},
		},
	}
	s.Suites = append(s.Suites, suite)
	return suite
}

func (s *junitSuite) add(c junitCase, took time.Duration) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	s.duration += took
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func junitCaseOf(run Run, c ClauseResult) junitCase {
	binds := Binds(c.Clause.Level, run.Level)
	result := junitCase{
		Name: c.Clause.ID + ": " + visible(c.Clause.Text, textLine), Classname: c.Clause.Section, Time: seconds(c.Duration),
	}
	detail := &junitDetail{Type: string(c.Outcome), Message: firstSummary(c)}
	switch {
	case c.Outcome == Failed && binds:
		result.Failure, detail.Text = detail, evidence(c)
	case c.Outcome == Failed:
		detail.Message = fmt.Sprintf("violated, but does not fail a run of level %s: %s", run.Level, detail.Message)
		result.Skipped, detail.Text = detail, evidence(c)
	case c.Outcome == FixedKnown:
		detail.Message = "passes now: take it off the list of known failures"
		result.Failure = detail
	case c.Outcome == Errored && binds:
		result.Error, detail.Text = detail, evidence(c)
	case c.Outcome == Errored:
		result.Skipped, detail.Text = detail, evidence(c)
	case c.Outcome == KnownFailing:
		detail.Message = "known failure: " + detail.Message
		result.Skipped, detail.Text = detail, evidence(c)
	case c.Outcome == Unchecked && run.RequireAll && binds:
		detail.Message = "every clause is required: " + visible(c.Reason, textLine)
		result.Error = detail
	case c.Outcome == Unchecked:
		detail.Message = visible(c.Reason, textLine)
		result.Skipped = detail
	case c.Observation != nil:
		result.SystemOut = visible(c.Observation.Text, textLine)
	}
	return result
}

func firstSummary(c ClauseResult) string {
	if len(c.Failures) == 0 {
		return string(c.Outcome)
	}
	return visible(c.Failures[0].Summary, textLine)
}

// evidence is what the terminal shows of a clause that does not hold. Every character that XML 1.0 cannot hold is an escape in it.
func evidence(c ClauseResult) string {
	t := &textPrinter{TextOptions: TextOptions{Width: 100}}
	t.evidence(c)
	return "\n" + strings.TrimRight(t.out.String(), "\n") + "\n"
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
