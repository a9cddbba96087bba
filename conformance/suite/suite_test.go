package suite

import (
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
)

// Ginkgo's result is the suite's. A report that says otherwise is not believed.
func TestAReportThatGinkgoContradictsIsNotJudged(t *testing.T) {
	for _, c := range []struct {
		verdict report.Verdict
		passed  bool
		code    int
		fault   bool
	}{
		{report.Conformant, true, report.ExitConformant, false},
		{report.Partial, true, report.ExitConformant, false},
		{report.Violated, false, report.ExitViolated, false},
		{report.NotJudged, false, report.ExitNotJudged, false},
		{report.Conformant, false, report.ExitNotJudged, true},
		{report.Partial, false, report.ExitNotJudged, true},
		{report.Violated, true, report.ExitNotJudged, true},
		{report.NotJudged, true, report.ExitNotJudged, true},
	} {
		got := agreed(Report{Verdict: c.verdict}, c.passed)
		if told := strings.Contains(got.Reason, "a fault of the suite"); got.ExitCode() != c.code || told != c.fault {
			t.Errorf("%s, passed %t: exit code %d, %q", c.verdict, c.passed, got.ExitCode(), got.Reason)
		}
	}
}
