package report

import (
	"io"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// Accounts writes the names of the accounts that a run created or may have created, one a line. What no account can be
// called, such as a line break in the answer of a target that is wrong, is escaped.
func Accounts(w io.Writer, run Run) error {
	var lines strings.Builder
	for _, account := range run.Accounts {
		lines.WriteString(untrusted.Line(account.Name) + "\n")
	}
	_, err := io.WriteString(w, lines.String())
	return err
}
