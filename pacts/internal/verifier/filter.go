package verifier

import (
	"regexp"
	"slices"
	"strings"
)

// Filter says which interactions are verified; the zero value says all.
type Filter struct {
	// Consumers are names of consumers.
	Consumers []string
	// Description and State are regular expressions that match a part of the description, and of one of the provider
	// states.
	Description, State string
	// NoState takes the interactions without provider states.
	NoState bool
}

func (f Filter) validate(add func(format string, args ...any)) {
	for _, one := range []struct{ flag, expression string }{
		{"--filter-description", f.Description}, {"--filter-state", f.State},
	} {
		if _, err := regexp.Compile(one.expression); err != nil {
			add("%s: %w", one.flag, err)
		}
	}
	if f.State != "" && f.NoState {
		add("--filter-state and --filter-no-state exclude each other")
	}
}

// partial reports whether the filter takes some interactions of a pact and leaves others.
func (f Filter) partial() bool { return f.Description != "" || f.State != "" || f.NoState }

// apply leaves out what the filter does not take, and notes what it did.
func (f Filter) apply(found *sources) {
	if len(f.Consumers) > 0 {
		found.pacts = slices.DeleteFunc(found.pacts,
			func(p pact) bool { return !slices.Contains(f.Consumers, p.consumer) })
		found.note("only pacts of %s are verified", strings.Join(f.Consumers, ", "))
	}
	if !f.partial() {
		return
	}
	description, state := regexp.MustCompile(f.Description), regexp.MustCompile(f.State) // validate has compiled both
	all, taken := 0, 0
	for i := range found.pacts {
		p := &found.pacts[i]
		all += len(p.interactions)
		p.interactions = slices.DeleteFunc(p.interactions, func(one interaction) bool {
			wanted := !f.NoState || len(one.states) == 0
			if f.State != "" {
				wanted = slices.ContainsFunc(one.states, state.MatchString)
			}
			return !wanted || !description.MatchString(one.description)
		})
		taken += len(p.interactions)
	}
	found.note("the filters take %d of %s", taken, count(all, "interaction"))
}
