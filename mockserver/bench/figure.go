package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is one thing that was measured.
type figure struct {
	Name string `json:"name"`
	// Value is the mock's, a median, in Unit: "/s", "s", "B", "n" (a count) or "".
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Against names what the mock is compared with, and Reference is that one's value; Ratio is the median of all rounds' ratios,
	// which lie between Low and High. All are left out of a figure that stands alone.
	Against   string  `json:"against,omitempty"`
	Reference float64 `json:"reference,omitempty"`
	Ratio     float64 `json:"ratio,omitempty"`
	Low       float64 `json:"low,omitempty"`
	High      float64 `json:"high,omitempty"`
	// Target is what the ratio, or else the value, should be; nil for a figure that is for the record.
	Target *target `json:"target,omitempty"`
	Met    bool    `json:"met"`
}

// target is a bound.
type target struct {
	Limit   float64 `json:"limit"`
	AtLeast bool    `json:"at_least"`
}

func atLeast(limit float64) *target { return &target{limit, true} }
func atMost(limit float64) *target  { return &target{limit, false} }

func (t *target) met(value float64) bool {
	switch {
	case t == nil:
		return true
	case t.AtLeast:
		return value >= t.Limit
	default:
		return value <= t.Limit
	}
}

// compared is the figure of a comparison: a value of each for every round.
func compared(name, unit string, mock []float64, against string, reference []float64, target *target) figure {
	ratios := make([]float64, len(mock))
	for i := range mock {
		ratios[i] = mock[i] / reference[i]
	}
	f := figure{
		Name: name, Value: median(mock), Unit: unit, Against: against, Reference: median(reference),
		Ratio: median(ratios), Low: slices.Min(ratios), High: slices.Max(ratios), Target: target,
	}
	f.Met = target.met(f.Ratio)
	return f
}

// alone is a figure without comparison.
func alone(name, unit string, value float64, target *target) figure {
	return figure{Name: name, Value: value, Unit: unit, Target: target, Met: target.met(value)}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return math.NaN()
	}
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// table prints figures in columns.
func table(w io.Writer, title string, figures []figure) {
	fmt.Fprintf(w, "\n%s\n", title)
	var text strings.Builder
	columns := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, f := range figures {
		fmt.Fprintf(columns, "  %s\t%s\t", f.Name, amount(f.Value, f.Unit))
		unit := f.Unit
		if f.Against != "" {
			fmt.Fprintf(columns, "%s %s\tratio %.2f (%.2f to %.2f)\t", f.Against, amount(f.Reference, f.Unit), f.Ratio, f.Low, f.High)
			unit = "" // a ratio is what is judged
		}
		fmt.Fprintf(columns, "%s\n", f.verdict(unit))
	}
	_ = columns.Flush() // a strings.Builder takes everything
	for line := range strings.Lines(text.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
}

// verdict says what should be, in unit, and whether it is; nothing when there is no target.
func (f figure) verdict(unit string) string {
	if f.Target == nil {
		return ""
	}
	bound := "target at most "
	if f.Target.AtLeast {
		bound = "target at least "
	}
	if f.Met {
		return bound + amount(f.Target.Limit, unit) + ": met"
	}
	return bound + amount(f.Target.Limit, unit) + ": NOT MET"
}

// amount writes a value as a person reads it.
func amount(value float64, unit string) string {
	switch unit {
	case "s":
		return precise(time.Duration(value * float64(time.Second))).String()
	case "/s":
		return fmt.Sprintf("%.0f/s", value)
	case "B":
		switch {
		case value >= 10<<20:
			return fmt.Sprintf("%.1f MiB", value/(1<<20))
		case value >= 10<<10:
			return fmt.Sprintf("%.1f KiB", value/(1<<10))
		}
		return fmt.Sprintf("%.0f B", value)
	case "n":
		return fmt.Sprintf("%.0f", value)
	default:
		return fmt.Sprintf("%.2f", value)
	}
}

// precise rounds to three digits.
func precise(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

// writeJSON writes what was measured, and where, to a file.
func writeJSON(file string, figures []figure) error {
	written, err := json.MarshalIndent(struct {
		Machine string   `json:"machine"`
		Figures []figure `json:"figures"`
	}{machine(), figures}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(written, '\n'), 0o644)
}

// machine describes where this runs.
func machine() string {
	parts := []string{fmt.Sprintf("%s/%s, %d CPUs", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil { // where there is one
		for line := range strings.Lines(string(info)) {
			if model, ok := strings.CutPrefix(line, "model name\t: "); ok {
				parts = append(parts, strings.TrimSpace(model))
				break
			}
		}
	}
	return strings.Join(append(parts, runtime.Version()), ", ")
}
