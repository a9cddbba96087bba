package verifier

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const pact = `{"consumer":{"name":"web"},"provider":{"name":"api"},"interactions":[%s],"metadata":{%s}}`

func TestStatesOfEverySpecification(t *testing.T) {
	for _, c := range []struct {
		interaction, metadata string
		version               int
		states                string
	}{
		{`{"description":"d"}`, ``, 2, `[]`},
		{`{"description":"d","providerState":"s"}`, `"pactSpecification":{"version":"2.0.0"}`, 2, `[{s map[]}]`},
		{`{"description":"d","provider_state":"s"}`, `"pact-specification":{"version":"1.0.0"}`, 2, `[{s map[]}]`},
		{`{"description":"d","providerStates":[{"name":"s","params":{"a":"b"}},{"name":"t"}]}`,
			`"pactSpecification":{"version":"3.0.0"}`, 3, `[{s map[a:b]} {t map[]}]`},
		{`{"type":"Synchronous/HTTP","description":"d","providerStates":[{"name":"s"}]}`,
			`"pactSpecification":{"version":"4.0"}`, 4, `[{s map[]}]`},
	} {
		file, err := parsePact("p.json", fmt.Appendf(nil, pact, c.interaction, c.metadata))
		if err != nil || file.Consumer != "web" || file.Provider != "api" || file.Version != c.version || len(file.Interactions) != 1 ||
			file.Interactions[0].Description != "d" || fmt.Sprint(file.Interactions[0].States) != c.states {
			t.Errorf("%s: got %+v, %v", c.interaction, file, err)
		}
	}
}

func TestErrorsNameTheFileAndWhatIsWrong(t *testing.T) {
	many := strings.Repeat(`{"description":"d"},`, maxInteractions) + `{"description":"one too many"}`
	for content, says := range map[string]string{
		``:                            "pact file p.json: not JSON, at byte 0",
		`{"consumer":`:                "pact file p.json: not JSON, at byte 12",
		`[]`:                          "not a pact file: it has no consumer and provider",
		`"pact"`:                      "not a pact file: it has no consumer and provider",
		`{}`:                          "not a pact file: it has no consumer and provider",
		`{"consumer":{"name":"web"}}`: "not a pact file: it has no consumer and provider",
		`{"consumer":"web","provider":{"name":"api"}}`:                        "not a pact file: its consumer cannot be a JSON string",
		fmt.Sprintf(pact, ``, `"pactSpecification":{"version":"5.0"}`):        `of Pact specification "5.0"; known are 2, 3 and 4`,
		fmt.Sprintf(pact, ``, `"pactSpecification":{"version":"latest"}`):     `of Pact specification "latest"`,
		fmt.Sprintf(pact, many, `"pactSpecification":{"version":"4.0"}`):      "it has 5001 interactions, more than 5000; split it",
		fmt.Sprintf(pact, `{"description":7}`, ``):                            "its interactions.description cannot be a JSON number",
		fmt.Sprintf(pact, `{"providerStates":[{"name":"s","params":7}]}`, ``): "its interactions.providerStates.params cannot be a JSON number",
		fmt.Sprintf(pact, ``, `"pactSpecification":{"version":3}`):            "its metadata.pactSpecification.version cannot be a JSON number",
		fmt.Sprintf(pact, `{"type":"Asynchronous/Messages","description":"d"}`, `"pactSpecification":{"version":"4.0"}`): `p.json: "d" is of type ` +
			`"Asynchronous/Messages"; only "Synchronous/HTTP" can be verified here`,
		`{"consumer":{"name":"web"},"provider":{"name":"api"},"messages":[{"description":"d"}]}`: `p.json: "d" is a message`,
		fmt.Sprintf(pact, ``, `"plugins":[{"name":"protobuf","version":"0.3.0"}]`):               `p.json: it needs the Pact plugin "protobuf"`,
	} {
		if _, err := parsePact("p.json", []byte(content)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.80s: got %v, want %q", content, err, says)
		}
	}
}

func TestFolderStandsForThePactFilesInIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [strange] *folder")
	write(t, filepath.Join(dir, "b.json"), fmt.Sprintf(pact, ``, ``))
	write(t, filepath.Join(dir, "a.json"), fmt.Sprintf(pact, ``, ``))
	write(t, filepath.Join(dir, "package.json"), `{"name":"no pact"}`)
	write(t, filepath.Join(dir, "texts.json"), `{"messages":{"hello":"Hello"}}`)
	write(t, filepath.Join(dir, "notes.txt"), `no JSON`)
	write(t, filepath.Join(dir, "deeper", "c.json"), fmt.Sprintf(pact, ``, ``))
	files, err := findPacts([]string{dir})
	if err != nil || len(files) != 2 || filepath.Base(files[0].Path) != "a.json" || filepath.Base(files[1].Path) != "b.json" {
		t.Errorf("got %v, %v", files, err)
	}

	write(t, filepath.Join(dir, "broken.json"), `{`)
	if _, err := findPacts([]string{dir}); err == nil || !strings.Contains(err.Error(), "broken.json") {
		t.Errorf("got %v for a folder with a broken file", err)
	}
	if _, err := findPacts([]string{t.TempDir()}); err == nil || !strings.Contains(err.Error(), "there is no pact file in it") {
		t.Errorf("got %v for an empty folder", err)
	}
	if _, err := findPacts([]string{filepath.Join(dir, "missing.json")}); err == nil || !strings.Contains(err.Error(), "missing.json") {
		t.Errorf("got %v for a missing file", err)
	}
}

func TestHugeFileIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge.json")
	write(t, path, "")
	if err := os.Truncate(path, maxPactBytes+1); err != nil {
		t.Fatal(err)
	}
	if _, err := findPacts([]string{path}); err == nil || !strings.Contains(err.Error(), "split it") {
		t.Errorf("got %v", err)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
