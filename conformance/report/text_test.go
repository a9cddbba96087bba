package report

import (
	"bytes"
	"testing"
)

func TestTextGolden(t *testing.T) {
	for _, name := range []string{"conformant", "partial", "violated", "not-judged"} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := Text(&out, samples()[name], TextOptions{Report: "reports/report.html"}); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", out.Bytes())
		})
	}
}
