package judge

import (
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
)

// TestClientCertificateIsAskedFor holds that a missing client certificate is named whether the target's refusal
// arrives before the first request is written or after, which is up to chance.
func TestClientCertificateIsAskedFor(t *testing.T) {
	for name, said := range map[string]string{
		"before the request": unreachable("https://localhost", "remote error: tls: certificate required"),
		"after the request": unansweredHint(&answer{exchange: &report.Exchange{
			Error: "readLoopPeekFailLocked: remote error: tls: certificate required"}}),
	} {
		if !strings.Contains(said, clientCertificateHint) {
			t.Errorf("%s: %q does not say that %s", name, said, clientCertificateHint)
		}
	}
}
