package verifier

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Run is the result of a verification.
type Run struct {
	// Provider is the base URL that was verified.
	Provider     string
	Interactions []Interaction
	// Notices are what a broker wants people to read.
	Notices []string
}

// Failed says how many interactions failed, those of pending pacts left out.
func (r Run) Failed() int {
	failed := 0
	for _, interaction := range r.Interactions {
		if !interaction.OK() && !interaction.Pending {
			failed++
		}
	}
	return failed
}

// Interaction is the result of one interaction.
type Interaction struct {
	Consumer, Description string
	// States are the names of the provider states it asked for.
	States   []string
	Duration time.Duration
	// Pending interactions are reported, and fail nothing: no consumer was promised them yet.
	Pending bool
	// Problem is why no answer could be judged; "" when one was.
	Problem string
	// Mismatches are the differences between the answer and what the consumer expects.
	Mismatches []Mismatch
}

// OK says whether the interaction was verified.
func (i Interaction) OK() bool { return i.Problem == "" && len(i.Mismatches) == 0 }

// Mismatch is one difference between an answer and what a consumer expects.
type Mismatch struct {
	// Where is the part of the answer: "status", "header Content-Type", "body $.code".
	Where string
	// Expected and Actual are the two values, as JSON where they are of the body.
	Expected, Actual string
	// Rule is what the value breaks, in the native library's words.
	Rule string
}

// nativeResult is the JSON that libpact_ffi gives.
type nativeResult struct {
	Errors             []nativeError       `json:"errors"`
	PendingErrors      []nativeError       `json:"pendingErrors"`
	InteractionResults []nativeInteraction `json:"interactionResults"`
	Notices            []nativeNotice      `json:"notices"`
}

// nativeNotice is what a broker wants people to read: When is "before_verification", or names the outcome after which they should,
// as in "after_verification:success_false_published_true".
type nativeNotice struct {
	When string `json:"when"`
	Text string `json:"text"`
}

func (n nativeNotice) applies(run Run, published bool) bool {
	success := !slices.ContainsFunc(run.Interactions, func(i Interaction) bool { return !i.OK() })
	outcome, after := strings.CutPrefix(n.When, "after_verification:")
	return !after || outcome == fmt.Sprintf("success_%t_published_%t", success, published)
}

type nativeError struct {
	Interaction string         `json:"interaction"`
	Mismatch    nativeMismatch `json:"mismatch"`
}

type nativeInteraction struct {
	Consumer       string          `json:"consumer"`
	Description    string          `json:"description"`
	Duration       string          `json:"duration"`
	Pending        bool            `json:"pending"`
	ProviderStates []string        `json:"providerStates"`
	Result         string          `json:"result"`
	Mismatch       *nativeMismatch `json:"mismatch"`
}

type nativeMismatch struct {
	Type       string       `json:"type"`
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

func decodeResult(raw []byte) (nativeResult, error) {
	var result nativeResult
	if err := json.Unmarshal(raw, &result); err != nil {
		return result, fmt.Errorf("cannot read the native library's result: %w", err)
	}
	return result, nil
}

func (i nativeInteraction) interaction() Interaction {
	duration, _ := time.ParseDuration(i.Duration)
	found := Interaction{
		Consumer: i.Consumer, Description: i.Description, States: i.ProviderStates, Duration: duration, Pending: i.Pending,
	}
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
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case float64:
		return fmt.Sprintf("%g", value)
	default:
		return fmt.Sprint(value)
	}
}
