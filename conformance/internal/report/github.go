package report

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// GitHub writes workflow commands, which GitHub Actions reads from stdout and shows as annotations: an error for
// everything that fails the run, a warning for what a reader should know besides.
func GitHub(w io.Writer, run Run) error {
	o := overviewOf(run)
	var out bytes.Buffer
	command := func(kind, title, message string) {
		fmt.Fprintf(&out, "::%s title=%s::%s\n", kind, githubProperty(title),
			githubMessage(untrusted.Text([]byte(message))))
	}
	for _, c := range o.Violated {
		command("error", c.Clause.ID+" is violated", sentencesOf(c))
	}
	for _, c := range o.Fixed {
		command("error", c.Clause.ID+" passes now", "Take it off the list of known failures.")
	}
	if o.Verdict == NotJudged {
		command("error", "Target not judged", o.Headline)
	}
	if o.Failing != "" && len(o.Fixed) == 0 {
		command("error", "Not every clause was checked", o.Failing)
	}
	for _, c := range o.Errored {
		command("warning", c.Clause.ID+" could not be checked", sentencesOf(c))
	}
	for _, c := range o.Tolerated {
		command("warning", c.Clause.ID+" is violated, and does not fail this run", sentencesOf(c))
	}
	for _, c := range o.Known {
		command("warning", c.Clause.ID+" is a known failure", sentencesOf(c))
	}
	for _, group := range o.Unchecked {
		command("notice", plural(len(group.Clauses), "clause")+" not checked", group.Reason+"\n"+ids(group.Clauses))
	}
	_, err := w.Write(out.Bytes())
	return err
}

// sentencesOf returns everything that was wrong with a clause, a line for each.
func sentencesOf(c ClauseResult) string {
	lines := []string{c.Clause.Text}
	for _, failure := range c.Failures {
		for _, sentence := range failure.sentences() {
			lines = append(lines, visible(sentence, textLine))
		}
	}
	if len(lines) > textMismatches {
		lines = append(lines[:textMismatches], fmt.Sprintf("and %d more", len(lines)-textMismatches))
	}
	return strings.Join(lines, "\n")
}

// githubMessage escapes the message of a workflow command; githubProperty a property, which a colon or comma would end
// too.
func githubMessage(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func githubProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(githubMessage(s))
}

// summaryLimit keeps the summary well under the mebibyte that GitHub allows a step.
const summaryLimit = 512 << 10

// GitHubSummary writes a run as Markdown for the summary page of a GitHub Actions job, which is the file that the
// program finds in GITHUB_STEP_SUMMARY.
func GitHubSummary(w io.Writer, run Run) error {
	o := overviewOf(run)
	var out bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }

	line("## Create Account conformance: %s\n", o.Verdict)
	line("%s\n", markdown(strings.TrimSpace(o.Headline+" "+o.Failing)))
	line("<code>%s</code> · %s in %s · run <code>%s</code>\n", markdown(o.URL), plural(o.Requests, "request"),
		roundDuration(o.Duration), markdown(o.ID))
	summaryTable(line, o)
	for i, c := range o.Violated {
		if out.Len() > summaryLimit {
			line("…and %d more violated: see the other reports.\n", len(o.Violated)-i)
			break
		}
		summaryFailure(line, c)
	}
	if len(o.Unchecked) > 0 {
		line("### Not checked\n\n| clauses | why |\n| --- | --- |")
		for _, group := range o.Unchecked {
			line("| %s | %s |", ids(group.Clauses), markdown(group.Reason))
		}
		line("")
	}
	if other, same := o.differing(); len(other)+len(same) > 0 {
		line("### Observed where the page is silent\n\n| clause | target | mock by default |\n| --- | --- | --- |")
		for _, c := range other {
			line("| %s | %s | %s |", c.Clause.ID, markdown(c.Observation.Text), markdown(c.Observation.Reference))
		}
		line("| %s | as the mock | |\n", plural(len(same), "other clause"))
	}
	summaryLatency(line, o)
	if len(o.Accounts) > 0 {
		line("%s created; the other reports list them.", plural(len(o.Accounts), "account"))
	}
	_, err := w.Write(out.Bytes())
	return err
}

func summaryTable(line func(string, ...any), o overview) {
	line("| violated | error | not checked | known failures | observed | hold |\n" +
		"| ---: | ---: | ---: | ---: | ---: | ---: |")
	line("| %d | %d | %d | %d | %d | %d |\n", len(o.Violated)+len(o.Tolerated), len(o.Errored), o.UncheckedTotal,
		len(o.Known)+len(o.Fixed), len(o.Observed), len(o.Passed))
}

func summaryLatency(line func(string, ...any), o overview) {
	slowest := slowestOf(o.Latency)
	if slowest == nil {
		return
	}
	line("### Latency\n\n| %s |\n| ---: | ---: | ---: | ---: | ---: | ---: |", strings.Join(latencyHead[:], " | "))
	for _, l := range o.Latency {
		columns := l.columns()
		line("| %s |", strings.Join(columns[:], " | "))
	}
	line("\nThe slowest took %s: <code>%s</code>\n", roundDuration(slowest.Longest), markdown(slowest.Curl))
}

func summaryFailure(line func(string, ...any), c ClauseResult) {
	line("### %s\n\n%s\n", c.Clause.ID, markdown(c.Clause.Text))
	for i, failure := range c.Failures {
		if i == textFailures {
			line("and %d more\n", len(c.Failures)-i)
			break
		}
		for j, sentence := range failure.sentences() {
			if j == textMismatches {
				line("- and %d more", len(failure.sentences())-j)
				break
			}
			line("- %s", markdown(sentence))
		}
		line("")
		for j, e := range failure.Exchanges {
			if j == textExchanges {
				break
			}
			t := newTextPrinter(TextOptions{})
			t.exchange(e)
			// A pre element rather than a fence: nothing in an answer can end it once escaped.
			line("<details><summary>request and answer</summary><pre>%s</pre></details>\n",
				strings.ReplaceAll(html.EscapeString(strings.Trim(t.out.String(), "\n")), "\n", "&#10;"))
		}
	}
}

// markdown escapes text from outside for one line or table cell of Markdown.
func markdown(s string) string {
	var escaped strings.Builder
	for _, r := range visible(s, textLine) {
		if strings.ContainsRune("\\`*_{}[]#|<>&~@:$", r) {
			fmt.Fprintf(&escaped, "&#%d;", r)
			continue
		}
		escaped.WriteRune(r)
	}
	return escaped.String()
}
