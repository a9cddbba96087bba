package judge

import "slices"

// probe sends requests for the sake of some clauses, and binds what comes back to their checks as evidence.
type probe struct {
	clauses []string
	run     func(*run)
	// phase is when the probe runs; together unless it says otherwise.
	phase phase
}

// phase is when a probe runs.
type phase int

const (
	// together is at the same time as all the others, so that a slow target is judged as fast as a quick one.
	together phase = iota
	// alone is with nothing else in flight, because the probe holds connections open, which some servers serve one
	// after another, or changes how the target treats this machine.
	alone
	// last is when all others are over.
	last
)

// catalogue returns every probe. Each clause of the contract is in the list of one probe at least.
func catalogue() []probe {
	return slices.Concat(
		requestProbes(),
		createdProbes(),
		invalidPrivacyProbes(),
		missingUsernameProbes(),
		blockedProbes(),
		conflictProbes(),
		answerProbes(),
		privacySettingsProbes(),
		namesProbes(),
		elsewhereProbes(),
		http2Probes(),
	)
}
