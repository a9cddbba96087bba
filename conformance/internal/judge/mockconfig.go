package judge

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// WriteMockConfig writes what a run observed as a configuration of the mock server, in YAML: a mock started with it
// behaves like the target where the page is silent. What the mock cannot be configured to do is named in a comment.
func WriteMockConfig(w io.Writer, run report.Run) error {
	config := mockConfig{Assume: map[string]string{}}
	var others []string
	for _, c := range run.Clauses {
		if c.Observation == nil {
			continue
		}
		for _, choice := range c.Observation.Choices {
			switch _, assumed := config.Assume[choice.Assumption]; {
			case choice.Assumption == privacyChoice:
				config.Privacy = strings.Split(choice.Value, ",")
			case choice.Assumption == originChoice:
				config.Origin = choice.Value
			case !assumed:
				config.Assume[choice.Assumption] = choice.Value
			}
		}
		if len(c.Observation.Choices) == 0 && !c.Observation.AsReference {
			others = append(others, fmt.Sprintf("# %s: %s\n", c.Clause.ID, untrusted.Line(c.Observation.Text)))
		}
	}
	header := fmt.Sprintf("# How %s behaves where the page is silent, as observed on %s.\n"+
		"# A mock server that behaves the same way: go run ./mockserver --config THIS-FILE\n",
		untrusted.Line(run.URL), run.Started.UTC().Format("2006-01-02"))
	if len(others) > 0 {
		header += "#\n# The mock server cannot be configured to do these:\n" + strings.Join(others, "")
	}
	content, err := config.marshal()
	if err != nil {
		return fmt.Errorf("write mock configuration: %w", err)
	}
	_, err = io.WriteString(w, header+string(content))
	return err
}

// mockConfig is what the mock server can be configured to do as the target does.
type mockConfig struct {
	Privacy []string          `yaml:"privacy,omitempty"     json:"privacy,omitempty"`
	Origin  string            `yaml:"cors-origin,omitempty" json:"cors-origin,omitempty"`
	Assume  map[string]string `yaml:"assume,omitempty"      json:"assume,omitempty"`
}

// marshal returns YAML. Where that would hold what a terminal or a CI system obeys, it is JSON, which is YAML too and
// can escape any character.
func (c mockConfig) marshal() ([]byte, error) {
	content, err := yaml.Marshal(c)
	if err != nil || untrusted.Text(content) == string(content) {
		return content, err
	}
	content, err = json.MarshalIndent(c, "", "  ")
	return append(untrusted.JSON(content), '\n'), err
}
