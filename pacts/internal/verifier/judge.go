package verifier

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// judge turns the native result into ours, and makes sure that what was asked for was verified. The native library's log may say
// why it was not.
func (c Config) judge(result nativeResult, expected int, errorLog string) (Run, error) {
	run := Run{Provider: c.URL}
	for _, native := range result.InteractionResults {
		interaction := native.interaction()
		if strings.HasPrefix(interaction.Problem, nativeNoAnswer) {
			interaction.Problem += fmt.Sprintf(": the connection broke, or there was no answer in %s (--timeout)", c.Timeout)
		}
		run.Interactions = append(run.Interactions, interaction)
	}
	for _, notice := range result.Notices {
		if notice.Text != "" && notice.applies(run, c.Publish) {
			run.Notices = append(run.Notices, notice.Text)
		}
	}
	if problems := result.loadErrors(); len(problems) > 0 {
		return run, errors.New(strings.Join(problems, "; "))
	}
	var err error
	switch verified := len(run.Interactions); {
	case verified < expected:
		err = fmt.Errorf("the pact files hold %d interactions, but only %d were verified", expected, verified)
	case verified == 0:
		err = ErrNoInteraction
	}
	if said := loggedErrors(errorLog); err != nil && said != "" {
		err = fmt.Errorf("%w; the native library says: %s", err, said)
	}
	return run, err
}

// loggedErrors are the errors in the native library's log, without time, thread and place in its sources.
func loggedErrors(log string) string {
	var found []string
	for line := range strings.Lines(log) {
		if _, said, isError := strings.Cut(line, " ERROR "); isError {
			if _, message, named := strings.Cut(said, ": "); named {
				said = message
			}
			found = append(found, strings.TrimSpace(said))
		}
	}
	return strings.Join(found, "; ")
}

// explain puts the reason why a provider state could not be set up where the native library only says that it could not.
// Interactions are verified one after the other, and each asks for its states in their order, for "" when it has none.
func explain(interactions []Interaction, outcomes []stateOutcome, log io.Writer) {
	var setUps []stateOutcome
	for _, outcome := range outcomes {
		switch {
		case outcome.Change.Action != "teardown":
			setUps = append(setUps, outcome)
		case outcome.Reason != "":
			fmt.Fprintf(log, "warning: teardown of provider state %q: %s\n", outcome.Change.State, outcome.Reason)
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

// publication finds in the native library's log that the results could not be published; its result does not say so.
func publication(errorLog string) error {
	const failed = "Publishing of verification results failed with an error: "
	if _, reason, found := strings.Cut(errorLog, failed); found {
		reason, _, _ = strings.Cut(reason, "\n")
		return fmt.Errorf("the results could not be published: %s", reason)
	}
	return nil
}
