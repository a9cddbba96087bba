package verifier

import (
	"fmt"
	"io"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// judge turns the native result into ours, and makes sure that what was asked for was verified. The native library
// reports the interactions of a pact in their order. Its log may say why it did not verify them.
func (c Config) judge(p pact, asked []interaction, result nativeResult, errorLog string) ([]Interaction, error) {
	var found []Interaction
	for i, native := range result.InteractionResults[:min(len(asked), len(result.InteractionResults))] {
		one := native.complete(Interaction{
			Consumer: p.consumer, Origin: p.origin, Description: asked[i].description, States: asked[i].states,
			Pending: p.pending,
		})
		if strings.HasPrefix(one.Problem, nativeNoAnswer) {
			one.Problem += fmt.Sprintf(": the connection broke, or there was no answer in %s (--timeout)", c.Timeout)
			if strings.Contains(one.Problem, "(https:") && !c.Insecure { // the others were refused before
				one.Problem += "; or the certificate signs itself: the native library takes such only with --insecure"
			}
		}
		found = append(found, one)
	}
	errs := result.loadErrors()
	if len(errs) == 0 {
		errs = loggedErrors(errorLog)
	}
	said := strings.Join(errs, "; ")
	switch {
	case len(found) == 0:
		return nil, &unreadableError{said}
	case len(found) < len(asked):
		return found, fmt.Errorf("pact file %s: %d of %s were verified; Pact's native library says: %s",
			p.origin, len(found), count(len(asked), "interaction"), said)
	}
	return found, nil
}

// unreadableError says that the native library has verified nothing, with what it has said about that.
type unreadableError struct{ said string }

func (e *unreadableError) Error() string { return "Pact's native library cannot verify it: " + e.said }

// loggedErrors are the errors in the native library's log, without time, thread and place in its sources.
func loggedErrors(log string) []string {
	var found []string
	for line := range strings.Lines(log) {
		if _, said, isError := strings.Cut(line, " ERROR "); isError {
			if _, message, named := strings.Cut(said, ": "); named {
				said = message
			}
			found = append(found, strings.TrimSpace(said))
		}
	}
	return found
}

// explain puts the reason why a provider state could not be set up where the native library only says that it could
// not. Interactions are verified one after the other, and each asks for its states in their order, for "" when it has
// none.
func explain(interactions []Interaction, outcomes []stateOutcome, log io.Writer) {
	var setUps []stateOutcome
	for _, outcome := range outcomes {
		switch {
		case outcome.Change.Action != teardown:
			setUps = append(setUps, outcome)
		case outcome.Reason != "":
			warning := fmt.Sprintf(`warning: teardown of provider state "%s": %s`, outcome.Change.State, outcome.Reason)
			fmt.Fprintln(log, untrusted.Line(warning))
		}
	}
	for i := range interactions {
		interaction := &interactions[i]
		names := interaction.States
		if len(names) == 0 {
			names = []string{""}
		}
		var reasons []string
		for _, name := range names {
			if len(setUps) == 0 || setUps[0].Change.State != name {
				return // not the order we know: no reason is better than that of another interaction
			}
			if reason := setUps[0].Reason; reason != "" {
				reasons = append(reasons, fmt.Sprintf("provider state %q: %s", name, reason))
			}
			setUps = setUps[1:]
		}
		if len(reasons) > 0 {
			interaction.Problem = strings.Join(reasons, "; ")
		}
	}
}

// nativeNoAnswer is how the native library begins to say that there was no answer; it does not say why.
const nativeNoAnswer = "error sending request"
