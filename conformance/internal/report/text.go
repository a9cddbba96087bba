package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// TextOptions says how [Text] renders. The zero value is 100 columns without colour.
type TextOptions struct {
	// Color turns on ANSI colours.
	Color bool
	// Width is the number of columns that prose is wrapped at; 0 means 100, and less than 40 is taken as 40. Commands
	// and answers are never wrapped.
	Width int
	// Report is where the reader finds what is left out here, such as the path of the HTML page; empty when nowhere.
	Report string
}

// What Text shows of the parts that a target can make as large as it likes. The JSON report holds more.
const (
	textBody       = 4 << 10 // bytes of a body
	textLine       = 600     // bytes of a mismatch or a header value
	textMismatches = 50      // of one answer
	textExchanges  = 3       // of one failure
	textFailures   = 5       // of one clause
	textAccounts   = 12      // all are listed up to this many
)

// Text writes a run for the terminal: the verdict and the violated clauses first, then each failure with its evidence,
// then what was not checked and why, what was observed, and the accounts made.
func Text(w io.Writer, run Run, options TextOptions) error {
	t := newTextPrinter(options)
	t.run(overviewOf(run))
	_, err := io.WriteString(w, t.out.String())
	return err
}

// textPrinter gathers the text; its methods print from top to bottom.
type textPrinter struct {
	TextOptions
	out strings.Builder
}

func newTextPrinter(options TextOptions) *textPrinter {
	options.Width = max(cmp.Or(options.Width, 100), 40)
	return &textPrinter{TextOptions: options}
}

// ANSI styles.
const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	green  = "1;32"
	yellow = "1;33"
	cyan   = "36"
)

func (t *textPrinter) style(style, text string) string {
	if !t.Color || text == "" {
		return text
	}
	return "\x1b[" + style + "m" + text + "\x1b[0m"
}

func (t *textPrinter) line(format string, args ...any) { fmt.Fprintf(&t.out, format+"\n", args...) }

// column is where text after a label starts.
const column = 14

// prose prints the kit's own words, wrapped, after a label: every line starts at the column.
func (t *textPrinter) prose(column int, label, text string) {
	for i, line := range wrap(visible(text, textBody), t.Width-column) {
		if i > 0 {
			label = ""
		}
		t.line("%-*s%s", column, label, line)
	}
}

// exact prints what came from outside after a label, on one line, so that every space of it can be trusted.
func (t *textPrinter) exact(style, label, text string) {
	t.line("%s%s", t.style(style, fmt.Sprintf("%-*s", column, label)), visible(text, textLine))
}

func (t *textPrinter) heading(style, text string) { t.line("\n%s", t.style(style, text)) }

func (t *textPrinter) run(o overview) {
	t.verdict(o)
	t.failures("Violated", red, o.Violated)
	t.failures("Error", yellow, o.Errored)
	if len(o.Fixed) > 0 {
		t.heading(red, "Known failures that pass now: take them off the list")
		t.clauses(o.Fixed)
	}
	t.failures(fmt.Sprintf("Violated, but does not fail a run of level %s", o.Level), yellow, o.Tolerated)
	if len(o.Known) > 0 {
		t.heading(yellow, "Known failures")
		t.clauses(o.Known)
	}
	t.unchecked(o)
	t.observed(o)
	t.latency(o)
	t.accounts(o)
	if len(o.Violated) > 0 {
		// Long evidence has pushed the verdict off the screen.
		t.line("\n%s %s", t.style(red, "VIOLATED"), ids(o.Violated))
	}
}

func (t *textPrinter) verdict(o overview) {
	style := map[Verdict]string{Conformant: green, Partial: yellow, Violated: red, NotJudged: yellow}[o.Verdict]
	t.line("%s  %s", t.style(style, strings.ToUpper(string(o.Verdict))), t.style(bold, visible(o.URL, textLine)))
	t.prose(0, "", o.Headline)
	if o.Failing != "" {
		t.prose(0, "", o.Failing)
	}
	facts := fmt.Sprintf("%s in %s, level %s, run %s", plural(o.Requests, "request"), roundDuration(o.Duration),
		o.Level, visible(o.ID, textLine))
	for _, line := range wrap(facts, t.Width) {
		t.line("%s", t.style(dim, line))
	}
	if len(o.Violated) > 0 {
		t.line("")
		t.clauses(o.Violated)
	}
}

// clauses lists clauses in two columns: id and text.
func (t *textPrinter) clauses(clauses []ClauseResult) {
	widest := 0
	for _, c := range clauses {
		widest = max(widest, len(c.Clause.ID))
	}
	for _, c := range clauses {
		t.prose(widest+4, "  "+c.Clause.ID, c.Clause.Text)
	}
}

// failures prints everything about clauses that do not hold.
func (t *textPrinter) failures(title, style string, clauses []ClauseResult) {
	for i, c := range clauses {
		t.heading(style, fmt.Sprintf("%s (%d of %d): %s", title, i+1, len(clauses), c.Clause.ID))
		t.evidence(c)
	}
}

// clause prints what a clause demands.
func (t *textPrinter) clause(c ClauseResult) {
	t.prose(column, "  "+string(c.Clause.Level), c.Clause.Text)
	if c.Clause.Quote != "" {
		label := "  the page"
		for line := range strings.Lines(c.Clause.Quote) {
			t.line("%-*s%s", column, label, strings.TrimRight(line, " \n"))
			label = ""
		}
	}
}

// evidence prints what a clause demands, and what was wrong.
func (t *textPrinter) evidence(c ClauseResult) {
	t.clause(c)
	for i, failure := range c.Failures {
		if i == textFailures {
			t.line("\n  %s", t.more(plural(len(c.Failures)-i, "more failure")))
			break
		}
		t.failure(c.Outcome, failure)
	}
}

func (t *textPrinter) failure(outcome Outcome, f Failure) {
	label := "  wrong"
	if outcome == Errored {
		label = "  error"
	}
	t.line("")
	for i, sentence := range f.sentences() {
		if i == textMismatches {
			t.line("  %s", t.more(fmt.Sprintf("%d more of them", len(f.sentences())-i)))
			break
		}
		t.exact(red, label, sentence)
		label = ""
	}
	for i, e := range f.Exchanges {
		if i == textExchanges {
			t.line("\n  %s", t.more(plural(len(f.Exchanges)-i, "more exchange")))
			break
		}
		t.exchange(e)
	}
}

func (t *textPrinter) exchange(e Exchange) {
	t.line("")
	t.command(e.Request.Curl)
	if e.Response == nil {
		t.line("    %s %s", t.style(red, "no answer:"), visible(e.Error, textLine))
		return
	}
	status, headers := head(*e.Response)
	t.line("    %s", t.style(bold, visible(status, textLine)))
	for _, header := range headers {
		t.line("    %s", t.style(dim, visible(header, textLine)))
	}
	body, cut := clip(e.Response.Body, textBody)
	if len(body) == 0 {
		t.line("\n    %s", t.style(dim, "(no body)"))
	} else {
		t.line("")
		for line := range strings.SplitSeq(strings.TrimSuffix(untrusted.Text(body), "\n"), "\n") {
			t.line("    %s", line)
		}
	}
	if note := cutNote(cut, e.Response.Truncated); note != "" {
		t.line("    %s", t.style(dim, "("+note+")"))
	}
	if e.Error != "" {
		t.line("    %s %s", t.style(red, "then:"), visible(e.Error, textLine))
	}
}

func (t *textPrinter) unchecked(o overview) {
	if len(o.Unchecked) == 0 {
		return
	}
	t.heading(yellow, "Not checked")
	for _, group := range o.Unchecked {
		t.prose(2, "", ids(group.Clauses))
		t.prose(4, "", group.Reason)
	}
}

func (t *textPrinter) observed(o overview) {
	other, same := o.differing()
	if len(other)+len(same) == 0 {
		return
	}
	t.heading(bold, "Observed where the page is silent")
	for _, c := range other {
		t.line("  %s", c.Clause.ID)
		t.prose(column, "    target", c.Observation.Text)
		t.prose(column, "    mock", c.Observation.Reference)
		for _, choice := range c.Observation.Choices {
			t.exact("", "    setting", choice.Assumption+": "+choice.Value)
		}
	}
	if len(same) > 0 {
		t.prose(2, "", fmt.Sprintf("As the mock by default (%d): %s", len(same), ids(same)))
	}
}

func (t *textPrinter) latency(o overview) {
	slowest := slowestOf(o.Latency)
	if slowest == nil {
		return
	}
	t.heading(bold, "Latency")
	row := func(style string, columns [len(latencyHead)]string) {
		line := fmt.Sprintf("  %-*s", column-2, columns[0])
		for _, c := range columns[1:] {
			line += fmt.Sprintf("%10s", c)
		}
		t.line("%s", t.style(style, line))
	}
	row(dim, latencyHead)
	for _, l := range o.Latency {
		row("", l.columns())
	}
	t.exact("", "  slowest", fmt.Sprintf("%s, for %s", roundDuration(slowest.Longest), slowest.Clause))
	t.command(slowest.Curl)
}

// command prints a command that sends a request again.
func (t *textPrinter) command(curl string) {
	shown, _ := clip([]byte(curl), textBody)
	for line := range strings.SplitSeq(untrusted.Text(shown), "\n") {
		t.line("    %s", t.style(cyan, line))
	}
}

func (t *textPrinter) accounts(o overview) {
	if len(o.Accounts) == 0 {
		return
	}
	t.heading(bold, fmt.Sprintf("%s created", plural(len(o.Accounts), "account")))
	if len(o.Accounts) > textAccounts {
		where := "--report-dir, --html or --json lists them."
		if t.Report != "" {
			where = "All are listed in " + t.Report + "."
		}
		t.prose(2, "", "Their names hold the run id "+o.ID+". "+where)
		return
	}
	for _, a := range o.Accounts {
		note := ""
		if !a.Certain {
			note = "  (perhaps: the answer was not a 201)"
		}
		t.line("  %s%s", visible(a.Name, textLine), t.style(dim, note))
	}
}

// more says what was left out, and where it is.
func (t *textPrinter) more(what string) string {
	text := "and " + what
	if t.Report != "" {
		text += ": see " + t.Report
	}
	return t.style(dim, text)
}

// head returns the status line and the header fields of an answer, sorted by name: their order was not kept.
func head(r Response) (status string, headers []string) {
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			headers = append(headers, name+": "+value)
		}
	}
	return strings.TrimSpace(fmt.Sprintf("%s %d %s", r.Proto, r.Status, http.StatusText(r.Status))), headers
}

// cutNote says what of a body is not shown; empty when all of it is.
func cutNote(cut int, truncated bool) string {
	switch {
	case truncated && cut > 0:
		return byteCount(cut) + " more were kept, and the rest was not"
	case truncated:
		return "the rest was not kept"
	case cut > 0:
		return byteCount(cut) + " more"
	default:
		return ""
	}
}

// wrap breaks text at spaces into lines of at most width characters; a longer word has a line of its own.
func wrap(text string, width int) []string {
	var lines []string
	line, used := "", 0
	for i, word := range strings.Split(text, " ") {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
			line, used = word, length
		case used+1+length <= width:
			line, used = line+" "+word, used+1+length
		default:
			lines = append(lines, line)
			line, used = word, length
		}
	}
	return append(lines, line)
}
