package config

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

var updateSchema = flag.Bool("update", false, "write schema.json anew")

// schema.json is what editors complete and check a configuration file with. It is derived from the flags and the
// assumptions: go test ./mockserver/internal/config -run Schema -update
func TestSchemaIsThatOfTheFlags(t *testing.T) {
	want, err := json.MarshalIndent(schema(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *updateSchema {
		if err := os.WriteFile("schema.json", want, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("schema.json is not that of the flags; write it anew with -update (-want +got):\n%s", diff)
	}
}

// object is a JSON object.
type object = map[string]any

func schema(t *testing.T) object {
	t.Helper()
	ctx, _ := parse(t)
	properties := object{}
	for _, flag := range settings(ctx) {
		if flag.Name == "config" { // no file includes another
			continue
		}
		property := object{"description": HelpWithDefault(flag.Value)}
		switch kindOf(flag) {
		case mapping:
			property["type"], property["properties"], property["additionalProperties"] =
				"object", assumptionsSchema(), false
		case scalar:
			property["type"] = scalarTypes(flag.Target.Type())
		case list, filled: // a single value is a list of one
			property["anyOf"] = []object{{"type": anyScalar}, {"type": "array", "items": object{"type": anyScalar}}}
		}
		properties[flag.Name] = property
	}
	properties["<<"] = object{"description": "YAML's merge key."}
	return object{
		"$schema":              "http://json-schema.org/draft-07/schema#",
		"title":                "Configuration of the Create Account mock server",
		"type":                 "object",
		"properties":           properties,
		"patternProperties":    object{"^x-": object{"description": "Ignored: a place for anchors."}},
		"additionalProperties": false,
	}
}

// anyScalar is a value that is taken as it is written, so that the name 007 needs no quotes.
var anyScalar = []string{"string", "number", "boolean"}

func scalarTypes(target reflect.Type) []string {
	switch target {
	case reflect.TypeFor[bool]():
		return []string{"boolean"}
	case reflect.TypeFor[int](), reflect.TypeFor[int64]():
		return []string{"integer"}
	default: // a size and a duration are numbers with a unit
		return anyScalar
	}
}

func assumptionsSchema() object {
	properties := object{}
	for _, assumption := range fixtures.Assumptions() {
		property := object{"description": assumption.Text, "default": assumption.Default}
		if assumption.Kind == fixtures.Choice {
			values := []any{}
			for _, choice := range assumption.Values {
				values = append(values, choice.Value)
				var number int
				if json.Unmarshal([]byte(choice.Value), &number) == nil {
					values = append(values, number) // 404 needs no quotes
				}
			}
			property["enum"] = values
		} else {
			property["type"] = anyScalar
		}
		properties[assumption.ID] = property
	}
	return properties
}

// An editor that knows the schema accepts what the server accepts, and marks the mistakes that the server refuses.
func TestSchemaAcceptsWhatTheServerAccepts(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		text  string
		right bool
	}{
		{string(fixtures.SampleConfig()), true},
		{"name: alice\nlatency: 20ms..80ms", true},
		{"name: [007, bob]\nassume: {missing-slash: 404, max-name-length: 20}", true},
		{`{"listen": "localhost:0", "exit-with-stdin": false}`, true},
		{"names: alice", false},
		{"name: {alice: true}", false},
		{"seed: fast", false},
		{"assume: {name-comparisom: fold}", false},
		{"assume: {name-comparison: folded}", false},
		{"- alice", false},
	} {
		var value any
		if err := yaml.Unmarshal([]byte(test.text), &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != test.right {
			t.Errorf("the schema says of %q: %v", test.text, err)
		}
		if _, err := load(t, "--config", file(t, "mock.yaml", test.text)); (err == nil) != test.right {
			t.Errorf("the server says of %q: %v", test.text, err)
		}
	}
}
