package faults

import "testing"

// A latency that is read can be drawn from, and says itself what reads as the same.
func FuzzParseLatency(f *testing.F) {
	for _, seed := range []string{
		"", "20ms", "10ms..50ms", "50ms..10ms", "..", "1h", "9223372036854775807ns..1h", "-1s", "1e3s", "0s..0.5us",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		latency, err := ParseLatency(text)
		if err != nil {
			return
		}
		if again, err := ParseLatency(latency.String()); err != nil || again != latency {
			t.Errorf("%q is %v, which reads as %v, %v", text, latency, again, err)
		}
		plan, err := New(Config{Latency: latency})
		if err != nil {
			t.Fatal(err)
		}
		if drawn := plan.Draw().Latency; drawn < latency.Min || drawn > latency.Max || drawn > maxLatency {
			t.Errorf("%q: drew %v", text, drawn)
		}
	})
}

// A fault that is read is one of those there are, at a rate that can be.
func FuzzParseSpec(f *testing.F) {
	for _, seed := range []string{
		"reset", "reset=0.1", "truncate=1e-300", "slow-body=NaN", "malformed=+Inf", "unavailable=0x1p-2",
		"reset=", "=1", "reset=0.1=2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := ParseSpec(text)
		if err == nil && (spec.Validate() != nil || !(spec.Rate > 0 && spec.Rate <= 1)) {
			t.Errorf("%q is %+v", text, spec)
		}
	})
}
