package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the page
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// The page: its template, its style and its script.
var (
	//go:embed page/report.html.tmpl
	pageTemplate string
	//go:embed page/report.css
	pageStyle []byte
	//go:embed page/report.js
	pageScript []byte
)

// What the page shows of the parts that a target can make as large as it likes. The JSON report holds more.
const (
	htmlBody      = 4 << 10 // bytes of a body
	htmlLine      = 2 << 10 // bytes of a mismatch or a header value
	htmlFailures  = 10      // of one clause
	htmlExchanges = 4       // of one failure or observation
	htmlAccounts  = 2000
	// htmlOpen is how many clauses of a group there may be for the first failure of each to lie open from the start.
	htmlOpen = 5
)

// HTML writes a run as one self-contained page. It loads nothing: its security policy lets only its own style and
// script in, by their hashes, so that nothing a target sent can run or call home.
func HTML(w io.Writer, run Run) error {
	page := template.Must(template.New("report").Parse(pageTemplate))
	view := htmlViewOf(overviewOf(run))
	view.Style, view.Script = template.CSS(pageStyle), template.JS(pageScript) //nolint:gosec // embedded
	view.Policy = "default-src 'none'; style-src " + cspHash(pageStyle) + "; script-src " + cspHash(pageScript) +
		"; base-uri 'none'; form-action 'none'"
	// The whole page first: a template that fails halfway must not leave half a page.
	var out bytes.Buffer
	if err := page.Execute(&out, view); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func cspHash(content []byte) string {
	sum := sha256.Sum256(content)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// htmlView is what the template shows. Everything in it that comes from outside is visible text; the template escapes
// it.
type htmlView struct {
	Style  template.CSS
	Script template.JS
	Policy string

	Verdict, Kind, URL, Headline, Failing string
	Violated                              []string // ids
	Facts                                 []htmlFact
	Sections                              []htmlSection
	Filters                               []htmlFilter
	Total                                 int
	Wrong                                 []htmlWrong
	Unchecked                             []htmlUnchecked
	Other, Same                           []htmlClause
	Latency                               *htmlLatency
	Accounts                              []Account
	AccountsTotal                         int
	Uncertain                             []string // names of accounts that may not exist
}

type htmlFact struct{ Name, Value string }

type htmlFilter struct {
	Kind, Label string
	Count       int
}

type htmlSection struct {
	ID, Title string
	Clauses   []htmlClause
}

// htmlWrong is a group of clauses whose evidence the page shows in full.
type htmlWrong struct {
	ID, Title, Text string
	Clauses         []htmlClause
}

// htmlUnchecked are clauses that were not checked for the same reason.
type htmlUnchecked struct {
	Reason string
	IDs    []string
}

type htmlClause struct {
	fixtures.Clause
	// Kind is the outcome as a CSS class, and Label as a word.
	Kind, Label string
	Reason      string
	Took        string // empty when the clause was not checked
	Failures    []htmlFailure
	More        int
	Observation *htmlObservation
	Evidence    bool // shown in full elsewhere on the page
}

type htmlFailure struct {
	Open      bool
	Sentences [][]untrusted.Piece // an escape here is a word in backticks
	Exchanges []htmlExchange
	More      int
}

type htmlObservation struct {
	Text, Reference string
	AsReference     bool
	Choices         []Choice
	Exchanges       []htmlExchange
}

type htmlExchange struct {
	Curl, Status, Took, Error, Note string
	Answered                        bool
	Headers                         []string
	Body                            []untrusted.Piece
}

type htmlLatency struct {
	Head    []string
	Rows    [][]string
	Bars    []htmlBar
	Slowest string
	Curl    string
}

// htmlBar is a bar of the histogram, in the units of its drawing, which is barHeight high.
type htmlBar struct {
	X, Y, Width, Height, Middle, Top int
	Count                            int
	Label, Title                     string
}

const (
	barWidth  = 60
	barHeight = 80
)

// htmlLatencyOf returns nil when no request was sent.
func htmlLatencyOf(latencies []Latency) *htmlLatency {
	slowest := slowestOf(latencies)
	if slowest == nil {
		return nil
	}
	curl, _ := clip([]byte(slowest.Curl), htmlBody)
	view := &htmlLatency{
		Head:    latencyHead[:],
		Slowest: roundDuration(slowest.Longest) + ", for " + visible(slowest.Clause, htmlLine),
		Curl:    untrusted.Text(curl),
	}
	var bins []Bin // of all statuses
	for _, l := range latencies {
		columns := l.columns()
		view.Rows = append(view.Rows, columns[:])
		for i, bin := range l.Histogram {
			if i == len(bins) {
				bins = append(bins, Bin{UpTo: bin.UpTo})
			}
			bins[i].Count += bin.Count
		}
	}
	most := 1
	for _, bin := range bins {
		most = max(most, bin.Count)
	}
	for i, bin := range bins {
		bar := htmlBar{
			X:      i * barWidth,
			Width:  barWidth - 4,
			Middle: i*barWidth + barWidth/2 - 2,
			Label:  "≤ " + bin.UpTo.String(),
		}
		if bin.UpTo == 0 {
			bar.Label = "more"
		}
		if bin.Count > 0 {
			bar.Height = max(1, bin.Count*barHeight/most)
		}
		bar.Y = barHeight - bar.Height
		bar.Top, bar.Count = bar.Y-3, bin.Count
		bar.Title = bar.Label + ": " + plural(bin.Count, "answer")
		view.Bars = append(view.Bars, bar)
	}
	return view
}

// Size is how wide and high the histogram is, with its labels.
func (l *htmlLatency) Size() string { return fmt.Sprint(len(l.Bars)*barWidth, " ", barHeight+30) }

// outcomeWords are the CSS class for each outcome, and the words for one clause and for a number of them.
var outcomeWords = map[Outcome]struct{ kind, one, many string }{
	Failed:       {"failed", "violated", "violated"},
	Errored:      {"errored", "error", "in error"},
	FixedKnown:   {"fixed", "known failure passes", "known failures that pass"},
	KnownFailing: {"known", "known failure", "known failures"},
	Unchecked:    {"unchecked", "not checked", "not checked"},
	Observed:     {"observed", "observed", "observed"},
	Passed:       {"passed", "holds", "hold"},
}

func htmlViewOf(o overview) htmlView {
	view := htmlView{
		Verdict: string(o.Verdict), Kind: strings.ReplaceAll(string(o.Verdict), " ", "-"),
		URL: visible(o.URL, htmlLine), Headline: visible(o.Headline, htmlLine), Failing: visible(o.Failing, htmlLine),
		Total: len(o.Clauses), AccountsTotal: len(o.Accounts),
		Facts: []htmlFact{
			{"Run", visible(o.ID, htmlLine)},
			{"Started", o.Started.UTC().Format("2 January 2006, 15:04:05 UTC")},
			{"Took", roundDuration(o.Duration)},
			{"Requests", fmt.Sprint(o.Requests)},
			{"Level", string(o.Level)},
			{"Exit code", fmt.Sprint(o.ExitCode())},
			{"Suite", visible(o.Version, htmlLine)},
		},
	}
	count := map[Outcome]int{}
	for _, c := range o.Clauses {
		count[c.Outcome]++
		view.addClause(c)
	}
	for _, outcome := range severity {
		if n := count[outcome]; n > 0 {
			words := outcomeWords[outcome]
			label := words.many
			if n == 1 {
				label = words.one
			}
			view.Filters = append(view.Filters, htmlFilter{words.kind, label, n})
		}
	}
	view.Violated = idsOf(o.Violated)
	view.addWrong("violated", "Violated", "", o.Violated)
	view.addWrong("errors", "Errors", "The tool or the network broke, which says nothing about the target.", o.Errored)
	view.addWrong("fixed", "Known failures that pass now",
		"The list of known failures is out of date: take these off it.", o.Fixed)
	view.addWrong("tolerated", "Violated, without failing the run",
		fmt.Sprintf("A run of level %s reports these clauses and does not fail on them.", o.Level), o.Tolerated)
	view.addWrong("known", "Known failures", "The list of known failures names these.", o.Known)
	for _, group := range o.Unchecked {
		view.Unchecked = append(view.Unchecked, htmlUnchecked{visible(group.Reason, htmlLine), idsOf(group.Clauses)})
	}
	other, same := o.differing()
	for _, c := range other {
		view.Other = append(view.Other, htmlClauseOf(c))
	}
	for _, c := range same {
		view.Same = append(view.Same, htmlClauseOf(c))
	}
	view.Latency = htmlLatencyOf(o.Latency)
	for _, a := range o.Accounts[:min(len(o.Accounts), htmlAccounts)] {
		a.Name, a.Privacy = visible(a.Name, htmlLine), visible(a.Privacy, htmlLine)
		view.Accounts = append(view.Accounts, a)
		if !a.Certain {
			view.Uncertain = append(view.Uncertain, a.Name)
		}
	}
	return view
}

func (v *htmlView) addClause(c ClauseResult) {
	id := c.Clause.Section
	at := slices.IndexFunc(v.Sections, func(s htmlSection) bool { return s.ID == id })
	if at < 0 {
		at = len(v.Sections)
		title := strings.ReplaceAll(id, "-", " ")
		v.Sections = append(v.Sections, htmlSection{ID: id, Title: strings.ToUpper(title[:1]) + title[1:]})
	}
	v.Sections[at].Clauses = append(v.Sections[at].Clauses, htmlClauseOf(c))
}

func (v *htmlView) addWrong(id, title, text string, clauses []ClauseResult) {
	if len(clauses) == 0 {
		return
	}
	group := htmlWrong{ID: id, Title: title, Text: text}
	for _, c := range clauses {
		clause := htmlClauseOf(c)
		if len(clauses) <= htmlOpen && len(clause.Failures) > 0 {
			clause.Failures[0].Open = true
		}
		group.Clauses = append(group.Clauses, clause)
	}
	v.Wrong = append(v.Wrong, group)
}

func htmlClauseOf(c ClauseResult) htmlClause {
	words := outcomeWords[c.Outcome]
	clause := htmlClause{Clause: c.Clause, Kind: words.kind, Label: words.one, Reason: visible(c.Reason, htmlLine)}
	switch c.Outcome {
	case Failed, Errored, FixedKnown, KnownFailing:
		clause.Evidence = true
	}
	if c.Duration > 0 {
		clause.Took = roundDuration(c.Duration)
	}
	shown := min(len(c.Failures), htmlFailures)
	for _, failure := range c.Failures[:shown] {
		clause.Failures = append(clause.Failures, htmlFailureOf(failure))
	}
	clause.More = len(c.Failures) - shown
	if seen := c.Observation; seen != nil {
		clause.Observation = &htmlObservation{
			Text:        visible(seen.Text, htmlLine),
			Reference:   visible(seen.Reference, htmlLine),
			AsReference: seen.AsReference,
			Exchanges:   htmlExchangesOf(seen.Exchanges),
		}
		for _, choice := range seen.Choices {
			clause.Observation.Choices = append(clause.Observation.Choices,
				Choice{visible(choice.Assumption, htmlLine), visible(choice.Value, htmlLine)})
		}
	}
	return clause
}

func htmlFailureOf(f Failure) htmlFailure {
	view := htmlFailure{Exchanges: htmlExchangesOf(f.Exchanges), More: max(0, len(f.Exchanges)-htmlExchanges)}
	sentences := f.sentences()
	for i, sentence := range sentences {
		if i == textMismatches {
			rest := fmt.Sprintf("and %d more, which the JSON report holds", len(sentences)-i)
			view.Sentences = append(view.Sentences, []untrusted.Piece{{Text: rest}})
			break
		}
		view.Sentences = append(view.Sentences, codeWords(visible(sentence, htmlLine)))
	}
	return view
}

var inBackticks = regexp.MustCompile("`[A-Za-z0-9_-]+`")

// codeWords sets the words in backticks apart from the rest of a sentence.
func codeWords(sentence string) []untrusted.Piece {
	var found []untrusted.Piece
	end := 0
	for _, at := range inBackticks.FindAllStringIndex(sentence, -1) {
		found = append(found, untrusted.Piece{Text: sentence[end:at[0]]},
			untrusted.Piece{Text: sentence[at[0]+1 : at[1]-1], Escape: true})
		end = at[1]
	}
	return append(found, untrusted.Piece{Text: sentence[end:]})
}

func htmlExchangesOf(exchanges []Exchange) []htmlExchange {
	var views []htmlExchange
	for _, e := range exchanges[:min(len(exchanges), htmlExchanges)] {
		curl, _ := clip([]byte(e.Request.Curl), htmlBody)
		view := htmlExchange{
			Curl:   untrusted.Text(curl),
			Took:   roundDuration(e.Duration.Round(time.Microsecond)),
			Error:  visible(e.Error, htmlLine),
			Status: "no answer",
		}
		if r := e.Response; r != nil {
			body, cut := clip(r.Body, htmlBody)
			status, headers := head(*r)
			view.Answered, view.Status = true, visible(status, htmlLine)
			view.Body, view.Note = untrusted.Pieces(body), cutNote(cut, r.Truncated)
			for _, header := range headers {
				view.Headers = append(view.Headers, visible(header, htmlLine))
			}
		}
		views = append(views, view)
	}
	return views
}
