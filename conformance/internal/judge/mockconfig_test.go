package judge

import (
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// What a target answered is quoted in a comment, which it must not end: the rest of the file is obeyed.
func TestACommentOfTheMockConfigurationIsOneLine(t *testing.T) {
	hostile := "404 \"\r\nname: [admin]\u2028::stop-commands::x\x1b[31m\""
	run := report.Run{URL: "http://localhost", Clauses: []report.ClauseResult{{
		Clause: fixtures.Clause{ID: "other-path.answer"}, Observation: &report.Observation{Text: hostile},
	}}}
	var out strings.Builder
	if err := WriteMockConfig(&out, run); err != nil {
		t.Fatal(err)
	}
	if want := `# other-path.answer: 404 "\r\nname: [admin]\u2028:\x3astop-commands:\x3ax\x1b[31m"` + "\n"; !strings.Contains(
		out.String(),
		want,
	) {
		t.Errorf("%s does not hold %s", out.String(), want)
	}
}
