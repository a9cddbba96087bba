// Package report shows the result of a verification: to people, and to CI systems as JUnit XML.
package verifier

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Text writes a line for each interaction, what was wrong with those that failed, and a summary.
func Text(w io.Writer, run Run) error {
	var out strings.Builder
	var ok, pending int
	for _, interaction := range run.Interactions {
		word := "failed "
		switch {
		case interaction.OK():
			word, ok = "ok     ", ok+1
		case interaction.Pending:
			word, pending = "pending", pending+1
		}
		fmt.Fprintf(&out, "%s %s\n", word, printable(title(interaction)))
		for line := range strings.Lines(reasons(interaction)) {
			fmt.Fprintf(&out, "        %s", line)
		}
	}
	for _, notice := range run.Notices {
		fmt.Fprintf(&out, "note    %s\n", printable(notice))
	}
	fmt.Fprintf(&out, "\n%s: %d ok, %d failed", count(len(run.Interactions), "interaction"), ok, run.Failed())
	if pending > 0 {
		fmt.Fprintf(&out, ", %d pending and failed, which does not count", pending)
	}
	fmt.Fprintf(&out, ", of %s\n", run.Provider)
	_, err := io.WriteString(w, out.String())
	return err
}

func title(interaction Interaction) string {
	return interaction.Consumer + ": " + name(interaction)
}

func name(interaction Interaction) string {
	if len(interaction.States) == 0 {
		return interaction.Description
	}
	return fmt.Sprintf("%s (given %s)", interaction.Description, strings.Join(interaction.States, " and "))
}

// reasons says what was wrong, in whole lines; "" when nothing was.
func reasons(interaction Interaction) string {
	var out strings.Builder
	if interaction.Problem != "" {
		fmt.Fprintf(&out, "%s\n", printable(interaction.Problem))
	}
	for _, mismatch := range interaction.Mismatches {
		fmt.Fprintf(&out, "%s: expected %s, was %s\n", printable(mismatch.Where), value(mismatch.Expected), value(mismatch.Actual))
		// A status or header says no more than that; a body may break a matching rule, or lack members.
		if strings.HasPrefix(mismatch.Where, "body") && mismatch.Rule != "" {
			fmt.Fprintf(&out, "    %s\n", value(mismatch.Rule))
		}
	}
	return out.String()
}

func value(text string) string {
	if text == "" {
		return "nothing"
	}
	const most = 300
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return printable(text)
}

// printable keeps what a pact file or a provider says from steering the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

func count(number int, thing string) string {
	if number == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", number, thing)
}

type testSuite struct {
	XMLName  xml.Name   `xml:"testsuite"`
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Skipped  int        `xml:"skipped,attr"`
	Cases    []testCase `xml:"testcase"`
}

type testCase struct {
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Time    string   `xml:"time,attr"`
	Failure *outcome `xml:"failure,omitempty"`
	Error   *outcome `xml:"error,omitempty"`
	Skipped *outcome `xml:"skipped,omitempty"`
}

type outcome struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes a test case for each interaction; a pending one that failed counts as skipped. With a problem that kept the
// verification from judging, there is one more case, which is an error: a run that judged nothing never looks green.
func JUnit(w io.Writer, run Run, problem error) error {
	suite := testSuite{Name: "pacts"}
	for _, interaction := range run.Interactions {
		one := testCase{
			Class: interaction.Consumer, Name: name(interaction), Time: fmt.Sprintf("%.3f", interaction.Duration.Seconds()),
		}
		if !interaction.OK() {
			first, _, _ := strings.Cut(reasons(interaction), "\n")
			wrong := &outcome{Message: first, Text: reasons(interaction)}
			if interaction.Pending {
				one.Skipped, suite.Skipped = &outcome{Message: "pending: " + first, Text: wrong.Text}, suite.Skipped+1
			} else {
				one.Failure, suite.Failures = wrong, suite.Failures+1
			}
		}
		suite.Cases = append(suite.Cases, one)
	}
	if problem != nil {
		suite.Errors = 1
		suite.Cases = append(suite.Cases, testCase{
			Class: "pacts", Name: "verification", Time: "0.000", Error: &outcome{Message: problem.Error()},
		})
	}
	suite.Tests = len(suite.Cases)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
