package verifier

import (
	"os"
	"strings"
	"testing"
)

// A pact file is read within its bounds, or refused with an error that names it.
func FuzzParse(f *testing.F) {
	contract, err := os.ReadFile("../../connectmypairs-go-client-connectmypairs.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(contract)
	for _, seed := range []string{
		`{"consumer":{"name":"c"},"provider":{"name":"p"},"interactions":[{"providerState":"s"},{"provider_state":"s"},null]}`,
		`{"consumer":{},"provider":{},"metadata":{"pactSpecification":{"version":"4.0"}}}`, `{"consumer":1}`, `[]`, `null`, "\xff",
		`{"consumer":{"name":"c"},"provider":{"name":"p"},"metadata":{"pact-specification":{"version":"-9999999999999999999"}}}`,
		strings.Repeat("[", 20_000),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := parsePact("a.json", content)
		switch {
		case err != nil && !strings.Contains(err.Error(), "a.json"):
			t.Errorf("%q: the error %q does not name the file", content, err)
		case err == nil && (file.Version < 2 || file.Version > 4 || len(file.Interactions) > maxInteractions):
			t.Errorf("%q: version %d, %d interactions", content, file.Version, len(file.Interactions))
		}
	})
}
