package report

import (
	"io"
	"strings"
)

// Accounts writes the names of the accounts that a run created or may have created, one a line, byte for byte as they
// were sent.
func Accounts(w io.Writer, run Run) error {
	var lines strings.Builder
	for _, account := range run.Accounts {
		lines.WriteString(account.Name + "\n")
	}
	_, err := io.WriteString(w, lines.String())
	return err
}
