package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The script exits with 1 when a target is missed, with 2 when nothing was measured, and judges the median of the
// rounds' ratios.
func TestTheScriptJudgesWhatWasMeasured(t *testing.T) {
	const (
		faster = "creates\tmock\t1\t110\ncreates\tsame-work\t1\t100\n" +
			"creates\tmock\t2\t120\ncreates\tsame-work\t2\t100\n" +
			"creates\tmock\t3\t50\ncreates\tsame-work\t3\t100\n"
		dearer = "cpu\tmock\t1\t12\ncpu\tsame-work\t1\t10\n"
	)
	for _, tt := range []struct {
		name, measured string
		exit           int
		says           []string
	}{
		{"met", faster, 0, []string{"ratio 1.10 (0.50 to 1.20)", "target >= 1: met", "1 of 1 targets met"}},
		{"missed", faster + dearer, 1, []string{"ratio 1.20", "target <= 1: MISSED", "1 of 2 targets met"}},
		{"the million names without those of an empty server", "bytes\tpreloaded\t1\t120\nbytes\tempty\t1\t15\n", 1,
			[]string{"105", "target <= 100: MISSED"}},
		{"beside fewer peers than there are", "peers\tmock\t1\t160\npeers\tmockd\t1\t100\n", 0,
			[]string{"ratio 1.60", "target >= 1.6: met", "1 of 1 targets met"}},
		{"nothing", "", 2, []string{"no figures to judge"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			results, chart := filepath.Join(folder, "results.tsv"), filepath.Join(folder, "a chart.svg")
			table := filepath.Join(folder, "a table.md")
			if err := os.WriteFile(results, []byte(tt.measured), 0o600); err != nil {
				t.Fatal(err)
			}
			script := exec.Command("bash", "bench", "judge", results, chart, table)
			output, _ := script.CombinedOutput() // the exit code is looked at below
			if code := script.ProcessState.ExitCode(); code != tt.exit {
				t.Errorf("exit %d, want %d", code, tt.exit)
			}
			for _, text := range tt.says {
				if !strings.Contains(string(output), text) {
					t.Errorf("the output lacks %q:\n%s", text, output)
				}
			}
			if tt.name != "met" {
				return
			}
			for file, text := range map[string]string{
				chart: ">110</text>",
				table: "| mock 110 | same-work 100 | 1.10 (0.50 to 1.20) | ≥ 1 | met |",
			} {
				if written, _ := os.ReadFile(file); !strings.Contains(string(written), text) {
					t.Errorf("%s lacks %q:\n%s", filepath.Base(file), text, written)
				}
			}
		})
	}
}
