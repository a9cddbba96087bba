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

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// Print writes the configuration as a configuration file that does the same, each value with where it was given.
// Secrets are left out.
func (c *Config) Print(w io.Writer) error {
	var out bytes.Buffer
	fmt.Fprintln(&out, "# The configuration in force, and where each value came from. It can be used as a "+
		"configuration file.")
	for _, flag := range c.fields {
		c.print(&out, flag)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func (c *Config) print(out *bytes.Buffer, flag *kong.Flag) {
	key, origin := flag.Name, c.origin(flag.Name, 0)
	switch set := flag.Target.Interface().(type) {
	case Assumptions:
		fmt.Fprintf(out, "%s:\n", key)
		for _, assumption := range fixtures.Assumptions() {
			text, given := set[assumption.ID]
			if !given {
				text = assumption.Default
			}
			fmt.Fprintf(out, "  %s: %s  # %s\n", assumption.ID, yamlText(text), c.origin(key+"."+assumption.ID, 0))
		}
	case []string:
		if len(set) == 0 && key == "privacy" {
			set = endpoint.DefaultPrivacy()
		}
		if len(set) == 0 {
			fmt.Fprintf(out, "%s: []  # %s\n", key, origin)
			return
		}
		fmt.Fprintf(out, "%s:\n", key)
		for i, text := range set {
			fmt.Fprintf(out, "  - %s  # %s\n", yamlText(text), c.origin(key, i))
		}
	default:
		text := fmt.Sprint(set)
		switch {
		case flag.Tag.Has("secret") && text != "":
			fmt.Fprintf(out, "# %s: not shown  # %s\n", key, origin)
		case key == "config" && text != "":
			fmt.Fprintf(out, "# config: %s  # %s\n", yamlText(text), origin)
		case key == "config", flag.Tag.Has("secret"):
		case flag.Tag.Has("path") && text != "":
			if path, err := filepath.Abs(text); err == nil {
				text = path // this output may end up in another folder
			}
			fallthrough
		default:
			fmt.Fprintf(out, "%s: %s  # %s\n", key, yamlText(text), origin)
		}
	}
}

// origin is where a value was given, for a comment: it has the path of a file, which somebody else may have named.
func (c *Config) origin(key string, i int) string { return untrusted.Line(c.given.of(key, i)) }

// plain texts need no quotes in YAML.
var plain = regexp.MustCompile(`^[a-zA-Z0-9/.][a-zA-Z0-9/.,_@+-]*(:[0-9]+)?$`)

// yamlText writes a text for YAML, to which a JSON string is one too. What a terminal would hide or obey is escaped.
func yamlText(text string) string {
	if plain.MatchString(text) && !slices.Contains([]string{"null", "yes", "no", "on", "off", "y", "n"},
		strings.ToLower(text)) {
		return text
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string can always be encoded
	return string(untrusted.JSON(bytes.TrimSuffix(out.Bytes(), []byte("\n"))))
}
