package suite

import (
	"fmt"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// section is a part of the page: its checks, and the probes that gather evidence for them.
type section struct {
	title  string
	checks []*check
	probes []probe
}

// phase is when a probe runs.
type phase int

const (
	// together is at the same time as all the others, so that a slow target is judged as fast as a quick one.
	together phase = iota
	// alone is with nothing else in flight, because the probe holds connections open, which some servers serve one after another,
	// or changes how the target treats this machine.
	alone
	// last is when all others are over.
	last
)

// probe sends requests for the sake of some clauses.
type probe struct {
	phase   phase
	run     func(*trial)
	clauses []string
}

// check adds a check of a clause. There is one for each clause of the catalogue in fixtures.
func (s *section) check(id, title string) {
	clause, ok := fixtures.ClauseOf(id)
	if !ok {
		panic(fmt.Sprintf("suite: there is no clause %q", id)) // a mistake in this package, which its tests find
	}
	s.checks = append(s.checks, &check{clause: clause, title: title})
}

// probe adds a probe for the sake of these clauses.
func (s *section) probe(run func(*trial), clauses ...string) {
	s.probes = append(s.probes, probe{together, run, clauses})
}

// probeIn is probe in a phase of its own.
func (s *section) probeIn(p phase, run func(*trial), clauses ...string) {
	s.probes = append(s.probes, probe{p, run, clauses})
}

// catalogue returns every section, without any evidence yet.
func catalogue() []*section {
	var sections []*section
	add := func(title string, fill func(*section)) {
		s := &section{title: title}
		fill(s)
		sections = append(sections, s)
	}
	add("The request", requestSection)
	add("The answer 201", createdSection)
	add("The answer 400 to an invalid Privacy", invalidPrivacySection)
	add("The answer 400 to a missing Username", missingUsernameSection)
	add("The answer 403", blockedSection)
	add("The answer 409", conflictSection)
	add("Every answer", answerSection)
	add("Privacy settings, on which the page is silent", privacySettingsSection)
	add("Names, on which the page is silent", namesSection)
	add("Other requests, on which the page is silent", elsewhereSection)
	return sections
}

// Checks returns, for each clause id, the titles of its checks.
func Checks() map[string][]string {
	titles := map[string][]string{}
	for _, s := range catalogue() {
		for _, c := range s.checks {
			titles[c.clause.ID] = append(titles[c.clause.ID], c.title)
		}
	}
	return titles
}
