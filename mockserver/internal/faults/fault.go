// Package faults makes a mock misbehave on request: answers late, lost, cut short or broken. What happens to which
// request depends on a seed and on the order of the requests alone, so that a run can be repeated.
package faults

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// Fault is a way to misbehave; "" is none.
type Fault string

// The faults.
const (
	// Reset resets the connection (TCP RST, RST_STREAM in HTTP/2) before the request has any effect.
	Reset Fault = "reset"
	// DropAfterCommit closes the connection after the endpoint has decided, before a byte of the answer is sent: an
	// account is made that the client does not know of, and its retry meets 409.
	DropAfterCommit Fault = "drop-after-commit"
	// Truncate closes the connection in the middle of the body.
	Truncate Fault = "truncate"
	// Malformed sends a body that is not JSON, for its last byte is missing.
	Malformed Fault = "malformed"
	// SlowBody sends the body in pieces, with pauses.
	SlowBody Fault = "slow-body"
	// Unavailable answers 503 with Retry-After; the request has no effect.
	Unavailable Fault = "unavailable"
)

// All returns every fault, in the order in which they are documented.
func All() []Fault {
	return []Fault{Reset, DropAfterCommit, Truncate, Malformed, SlowBody, Unavailable}
}

// insteadOfEndpoint reports whether the fault keeps a request from the endpoint, so that it has no effect.
func (f Fault) insteadOfEndpoint() bool { return f == Reset || f == Unavailable }

// Spec is a fault and which requests it happens to: either a share of all, or the next few.
type Spec struct {
	Fault Fault `json:"fault"`
	// Rate is the share of the requests, above 0 and at most 1.
	Rate float64 `json:"rate,omitzero"`
	// Next is the number of requests.
	Next int `json:"next,omitzero"`
}

// Validate reports what is wrong with a spec, and what would be right.
func (s Spec) Validate() error {
	if !slices.Contains(All(), s.Fault) {
		return fmt.Errorf("unknown fault %s; use one of %s", untrusted.Quote(string(s.Fault)), names())
	}
	switch {
	case s.Rate != 0 && s.Next != 0:
		return fmt.Errorf("the fault %s has a rate and a next; give one of the two", s.Fault)
	case s.Next < 0:
		return fmt.Errorf("the fault %s cannot happen to the next %d requests; use 1 or more", s.Fault, s.Next)
	case s.Next > 0:
		return nil
	case s.Rate == 0: // whether one of the two was given as 0 is not known here
		return fmt.Errorf("the fault %s happens to no request; give a rate above 0 and at most 1, or a next of 1 or "+
			"more", s.Fault)
	case !(s.Rate > 0 && s.Rate <= 1): // NaN is neither
		return fmt.Errorf("the fault %s cannot have the rate %v; use a number above 0 and at most 1", s.Fault, s.Rate)
	}
	return nil
}

// ParseSpec reads "NAME", a fault that happens to every request, or "NAME=RATE".
func ParseSpec(text string) (Spec, error) {
	name, rate, hasRate := strings.Cut(text, "=")
	spec := Spec{Fault: Fault(name), Rate: 1}
	if hasRate {
		var err error
		if spec.Rate, err = strconv.ParseFloat(rate, 64); err != nil || spec.Rate == 0 {
			return Spec{}, fmt.Errorf("the fault %s cannot have the rate %s; use a number above 0 and at most 1",
				untrusted.Quote(name), untrusted.Quote(rate))
		}
	}
	return spec, spec.Validate()
}

func names() string {
	var all []string
	for _, fault := range All() {
		all = append(all, string(fault))
	}
	return strings.Join(all, ", ")
}
