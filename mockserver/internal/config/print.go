package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Print writes the configuration as a configuration file that does the same, each value with where it came from. Secrets are
// left out.
func (c *Config) Print(w io.Writer) error {
	var out bytes.Buffer
	fmt.Fprintln(&out, "# The configuration in force, and where each value came from. It can be used as a configuration file.")
	for _, s := range c.settings {
		switch values := s.values(); {
		case s.key == "config":
			if values[0].Text != "" {
				fmt.Fprintf(&out, "# config: %s  # %s\n", values[0].Text, values[0].Origin)
			}
		case s.tag.Has("secret"):
			if values[0].Text != "" {
				fmt.Fprintf(&out, "# %s: not shown  # %s\n", s.key, values[0].Origin)
			}
		case s.key == "assume":
			fmt.Fprintln(&out, "assume:")
			for _, assumption := range fixtures.Assumptions() {
				value := assumed(values, assumption)
				fmt.Fprintf(&out, "  %s: %s  # %s\n", assumption.ID, quote(value.Text), value.Origin)
			}
		case len(values) == 0:
			fmt.Fprintf(&out, "%s: []  # default\n", s.key)
		case s.repeatable():
			fmt.Fprintf(&out, "%s:\n", s.key)
			for _, value := range values {
				fmt.Fprintf(&out, "  - %s  # %s\n", quote(value.Text), value.Origin)
			}
		default:
			text := values[0].Text
			if s.tag.Has("path") && text != "" {
				if path, err := filepath.Abs(text); err == nil {
					text = path // this output may end up in another folder
				}
			}
			fmt.Fprintf(&out, "%s: %s  # %s\n", s.key, quote(text), values[0].Origin)
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

func assumed(values []Value, assumption fixtures.Assumption) Value {
	for _, value := range slices.Backward(values) { // the last one given counts
		if id, text, _ := strings.Cut(value.Text, "="); id == assumption.ID {
			return Value{Text: text, Origin: value.Origin}
		}
	}
	return Value{Text: assumption.Default, Origin: "default"}
}

// plain texts need no quotes in YAML.
var plain = regexp.MustCompile(`^[a-zA-Z0-9/.][a-zA-Z0-9/.,_@+-]*(:[0-9]+)?$`)

// quote writes a text for YAML, to which a JSON string is one too.
func quote(text string) string {
	if plain.MatchString(text) && !slices.Contains([]string{"null", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(text)) {
		return text
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string can always be encoded
	return strings.TrimSuffix(out.String(), "\n")
}
