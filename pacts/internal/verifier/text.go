package verifier

import (
	"fmt"
	"io"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// Text writes a line for each interaction, what was wrong with those that failed, and a summary.
func Text(w io.Writer, run Run) error {
	var out strings.Builder
	for _, interaction := range run.Interactions {
		fmt.Fprintf(&out, "%-7s %s\n", interaction.result(),
			untrusted.Line(interaction.Consumer+": "+interaction.title()))
		for _, line := range interaction.reasons() {
			fmt.Fprintf(&out, "        %s\n", line)
		}
	}
	for _, note := range run.Notes {
		fmt.Fprintf(&out, "note    %s\n", untrusted.Line(note))
	}
	fmt.Fprintf(&out, "\n%s\n", run.summary())
	_, err := io.WriteString(w, out.String())
	return err
}

func (r Run) summary() string {
	summary := fmt.Sprintf("%s: %d ok, %d failed", count(len(r.Interactions), "interaction"), r.count(ok),
		r.count(failed))
	if pending := r.count(pending); pending > 0 {
		summary += fmt.Sprintf(", %d pending and failed, which does not count", pending)
	}
	return summary + ", of " + r.Provider
}

// title tells the interaction from every other of its consumer.
func (i Interaction) title() string {
	title := i.Description
	if len(i.States) > 0 {
		title += fmt.Sprintf(" (given %s)", strings.Join(i.States, " and "))
	}
	return fmt.Sprintf("%s [%s]", title, i.Origin)
}

// reasons says what was wrong, in lines that are safe to print; none when nothing was.
func (i Interaction) reasons() []string {
	var lines []string
	if i.Problem != "" {
		lines = append(lines, untrusted.Line(i.Problem))
	}
	for _, mismatch := range i.Mismatches {
		lines = append(lines, fmt.Sprintf("%s: expected %s, was %s",
			untrusted.Line(mismatch.Where), shown(mismatch.Expected), shown(mismatch.Actual)))
		// A status or header says no more than that; a body may break a matching rule, or lack members.
		if strings.HasPrefix(mismatch.Where, "body") && mismatch.Rule != "" {
			lines = append(lines, "    "+shown(mismatch.Rule))
		}
	}
	return lines
}

func shown(text string) string {
	if text == "" {
		return "nothing"
	}
	const most = 300
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return untrusted.Line(text)
}

func count(number int, thing string) string {
	if number == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", number, thing)
}
