// Package report holds what a conformance run found and renders it: on the terminal, as JUnit, JSON, HAR, HTML and
// GitHub annotations. It knows nothing of how the checks are run.
package report

import (
	"net/http"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// SchemaVersion is the version of the JSON report. It grows when a member changes its meaning or goes. Version 2 has
// one result for each clause, where version 1 had a list of checks with a title each.
const SchemaVersion = 2

// Verdict is the judgement on a target as a whole.
type Verdict string

// The verdicts.
const (
	// Conformant means that every clause that can fail the run was checked and holds.
	Conformant Verdict = "conformant"
	// Partial means that no clause is violated but by known failures, and that some are known failures or unchecked.
	Partial Verdict = "partial"
	// Violated means that at least one clause is violated.
	Violated Verdict = "violated"
	// NotJudged means that the run says nothing about the target.
	NotJudged Verdict = "not judged"
)

// Outcome is what became of one clause.
type Outcome string

// The outcomes, from worst to best.
const (
	// Failed means that the target is wrong.
	Failed Outcome = "failed"
	// Errored means that the tool or the network broke, which says nothing about the target.
	Errored Outcome = "error"
	// FixedKnown means that a case listed as a known failure passes: the list is out of date, which fails the run.
	FixedKnown Outcome = "known failure passes"
	// KnownFailing means that the target is wrong in a way that the list of known failures names.
	KnownFailing Outcome = "known failure"
	// Unchecked means that the clause was not checked; the reason says why and which flag would check it.
	Unchecked Outcome = "not checked"
	// Observed means that the clause is a question, and was answered.
	Observed Outcome = "observed"
	// Passed means that the target is right.
	Passed Outcome = "passed"
)

// Run is everything that one conformance run found. It holds no secret: exchanges are redacted before they get here.
type Run struct {
	Schema  int    `json:"schema"`
	Version string `json:"version"`
	// ID is part of the name of every account that the run created.
	ID  string `json:"run_id"`
	URL string `json:"url"`
	// Level is the lowest level that can fail the run: documented or implied.
	Level    fixtures.Level `json:"level"`
	Started  time.Time      `json:"started"`
	Duration time.Duration  `json:"duration_ns"`
	// RequireAll says that a clause that could not be checked fails the run.
	RequireAll bool `json:"require_all"`
	// Verdict and Reason are what [Judge] says.
	Verdict Verdict `json:"verdict"`
	// Reason says why a run was not judged; empty otherwise.
	Reason string `json:"reason,omitempty"`
	// Clauses are all clauses of the catalogue, in its order.
	Clauses []ClauseResult `json:"clauses"`
	// Accounts are all that the run created or may have created.
	Accounts []Account `json:"accounts"`
	// Latency is how long the answers took, for each status.
	Latency []Latency `json:"latency"`
	// Requests is how many were sent, and Exchanges are those that were kept, in the order in which they were started.
	Requests  int        `json:"requests"`
	Exchanges []Exchange `json:"exchanges,omitempty"`
}

// ClauseResult is the verdict on one clause.
type ClauseResult struct {
	Clause  fixtures.Clause `json:"clause"`
	Outcome Outcome         `json:"outcome"`
	// Reason says why the clause was not checked, and which flag would check it.
	Reason string `json:"reason,omitempty"`
	// Duration is how long the answers took, in sum, that are evidence for or against the clause; 0 when it was not
	// checked.
	Duration time.Duration `json:"duration_ns,omitempty"`
	// Failures are what was wrong, each way once; for Errored, what broke.
	Failures []Failure `json:"failures,omitempty"`
	// Observation is the answer to an observed clause; nil otherwise.
	Observation *Observation `json:"observation,omitempty"`
}

// Failure is what was wrong with one answer, or why a clause could not be checked.
type Failure struct {
	// Summary is one sentence: what was expected and what came.
	Summary string `json:"summary"`
	// Mismatches are all that is wrong with the answer, one sentence each.
	Mismatches []string `json:"mismatches,omitempty"`
	// Exchanges are the requests and answers that show it.
	Exchanges []Exchange `json:"exchanges,omitempty"`
}

// Exchange is one request and what came back.
type Exchange struct {
	// Clause is the id of the clause for which the request was sent.
	Clause   string        `json:"clause"`
	Started  time.Time     `json:"started"`
	Duration time.Duration `json:"duration_ns"`
	Request  Request       `json:"request"`
	// Response is nil when none came; Error then says why.
	Response *Response `json:"response,omitempty"`
	Error    string    `json:"error,omitempty"`
	// Unreached says that the request did not reach the target.
	Unreached bool `json:"unreached,omitempty"`
}

// Request is a request as it was sent.
type Request struct {
	Method string      `json:"method"`
	URL    string      `json:"url"`
	Header http.Header `json:"header"`
	Body   string      `json:"body,omitempty"`
	// Curl is a command that sends the request again; secrets in it are placeholders.
	Curl string `json:"curl"`
}

// Response is an answer as it was received.
type Response struct {
	Proto  string      `json:"proto"`
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	// Body is what was received, of which the suite keeps the first 16 KiB; Truncated says that there was more. In JSON
	// it is the text, or the member body_base64 when it is not UTF-8, of at most 64 KiB; body_size is the length of
	// Body.
	Body      []byte `json:"-"`
	Truncated bool   `json:"truncated,omitempty"`
}

// Account is one that the run created or may have created (when the answer was lost).
type Account struct {
	Name    string `json:"name"`
	Privacy string `json:"privacy"`
	// Clause is the id of the clause for which it was created.
	Clause string `json:"clause"`
	// Certain is false when the answer was not a 201.
	Certain bool `json:"certain"`
}

// Observation is what the target did where the page is silent.
type Observation struct {
	// Text is one sentence: what the target did.
	Text string `json:"text"`
	// Reference is one sentence: what the reference server does by default.
	Reference string `json:"reference"`
	// AsReference says that the mock's default behaves the same way.
	AsReference bool `json:"as_reference"`
	// Choices are the mock server's assumptions that make it behave as the target did; none when it cannot be
	// configured so.
	Choices []Choice `json:"choices,omitempty"`
	// Exchanges show it.
	Exchanges []Exchange `json:"exchanges,omitempty"`
}

// Choice is a value of one of the mock server's assumptions.
type Choice struct {
	// Assumption is its id in [fixtures.Assumptions].
	Assumption string `json:"assumption"`
	Value      string `json:"value"`
}
