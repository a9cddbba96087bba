package verifier

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A pact file is read within its bounds, or refused with an error that names it. What is read can be written again, and
// is the same then.
func FuzzParsePact(f *testing.F) {
	contract, err := os.ReadFile("../../connectmypairs-go-client-connectmypairs.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(contract)
	for _, seed := range []string{
		interactionWith(`"providerState":"s"`, ``), interactionWith(`"provider_state":"s"`, ``),
		fmt.Sprintf(pactFormat, `null`, ``),
		`{"consumer":{},"provider":{},"metadata":{"pactSpecification":{"version":"4.0"}}}`, `{"consumer":1}`, `[]`,
		`null`, "\xff",
		interactionWith(``, `"pact-specification":{"version":"-9999999999999999999"}`),
		strings.Repeat("[", 20_000),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		read, err := parsePact("a.json", content)
		if err != nil {
			if !strings.Contains(err.Error(), "a.json") {
				t.Errorf("%q: the error %q does not name the file", content, err)
			}
			return
		}
		if len(read.interactions) > maxInteractions {
			t.Errorf("%d interactions", len(read.interactions))
		}
		again, err := read.content(read.interactions)
		if err != nil {
			t.Fatalf("%q: %v", content, err)
		}
		if copied, err := parsePact("a.json", again); err != nil || len(copied.interactions) != len(read.interactions) {
			t.Errorf("%q is written as %q: %v", content, again, err)
		}
	})
}
