package verifier

import (
	"fmt"
	"strings"
	"time"
)

// Run is the result of a verification.
type Run struct {
	// Provider is the base URL that was verified.
	Provider     string
	Interactions []Interaction
	// Notes say what was left out and why, and what a broker wants people to read.
	Notes []string
}

// Failed says how many interactions failed, those of pending pacts left out.
func (r Run) Failed() int { return r.count(failed) }

func (r Run) count(result string) int {
	found := 0
	for _, interaction := range r.Interactions {
		if interaction.result() == result {
			found++
		}
	}
	return found
}

// Interaction is the result of one interaction.
type Interaction struct {
	Consumer string `json:"consumer"`
	// Origin is the file or URL of the pact, or the consumer's version in the broker.
	Origin      string `json:"origin"`
	Description string `json:"description"`
	// States are the names of the provider states it asked for.
	States   []string      `json:"states"`
	Duration time.Duration `json:"-"`
	// Pending interactions are reported, and fail nothing: no consumer was promised them yet.
	Pending bool `json:"pending"`
	// Problem is why no answer could be judged; "" when one was.
	Problem string `json:"problem,omitempty"`
	// Mismatches are the differences between the answer and what the consumer expects.
	Mismatches []Mismatch `json:"mismatches,omitempty"`
}

// The results of an interaction, as reports name them.
const (
	ok      = "ok"
	failed  = "failed"
	pending = "pending"
)

func (i Interaction) result() string {
	switch {
	case i.OK():
		return ok
	case i.Pending:
		return pending
	default:
		return failed
	}
}

// OK reports whether the interaction was verified.
func (i Interaction) OK() bool { return i.Problem == "" && len(i.Mismatches) == 0 }

// Mismatch is one difference between an answer and what a consumer expects.
type Mismatch struct {
	// Where is the part of the answer: "status", "header Content-Type", "body $.code".
	Where string `json:"where"`
	// Expected and Actual are the two values, as JSON where they are of the body.
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	// Rule is what the value breaks, in the native library's words.
	Rule string `json:"rule"`
}

// nativeResult is the JSON that libpact_ffi gives.
type nativeResult struct {
	Errors             []nativeError       `json:"errors"`
	PendingErrors      []nativeError       `json:"pendingErrors"`
	InteractionResults []nativeInteraction `json:"interactionResults"`
}

type nativeError struct {
	Interaction string         `json:"interaction"`
	Mismatch    nativeMismatch `json:"mismatch"`
}

type nativeInteraction struct {
	Duration string          `json:"duration"`
	Pending  bool            `json:"pending"`
	Result   string          `json:"result"`
	Mismatch *nativeMismatch `json:"mismatch"`
}

type nativeMismatch struct {
	Message    string       `json:"message"`
	Mismatches []difference `json:"mismatches"`
}

type difference struct {
	Type     string `json:"type"`
	Path     string `json:"path"`
	Key      string `json:"key"`
	Expected any    `json:"expected"`
	Actual   any    `json:"actual"`
	Mismatch string `json:"mismatch"`
}

// loadErrors are the errors that belong to no interaction: pacts that could not be had.
func (r nativeResult) loadErrors() []string {
	var messages []string
	for _, failure := range append(r.Errors, r.PendingErrors...) {
		if !strings.HasPrefix(failure.Interaction, "Verifying a pact between") {
			messages = append(messages, failure.Mismatch.Message)
		}
	}
	return messages
}

// complete adds what the native library found to what is known of the interaction.
func (i nativeInteraction) complete(found Interaction) Interaction {
	found.Duration, _ = time.ParseDuration(i.Duration)
	found.Pending = found.Pending || i.Pending
	switch {
	case i.Result == "OK":
	case i.Mismatch == nil:
		found.Problem = "it failed, and the native library does not say why"
	case len(i.Mismatch.Mismatches) == 0:
		found.Problem = i.Mismatch.Message
	default:
		for _, difference := range i.Mismatch.Mismatches {
			found.Mismatches = append(found.Mismatches, difference.mismatch())
		}
	}
	return found
}

func (d difference) mismatch() Mismatch {
	part := strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(d.Type, "Mismatch"), "Type"))
	where := strings.TrimSpace(part + " " + d.Key + d.Path)
	return Mismatch{Where: where, Expected: printed(d.Expected), Actual: printed(d.Actual), Rule: d.Mismatch}
}

func printed(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}
