package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// kind is what a key of the configuration file takes.
type kind int

const (
	scalar kind = iota
	list
	// filledList is a list that nobody can want empty.
	filledList
	mapping
)

// parseFile reads a configuration file: its keys with their values as they are written, so that a name such as 007 or yes
// stays what it is. It reports everything that is wrong, each with its line. The name is for these reports.
func parseFile(name string, content []byte, keys map[string]kind) (map[string][]Value, error) {
	document, err := parser.ParseBytes(content, 0)
	if err != nil {
		return nil, syntaxError(name, err)
	}
	found := map[string][]Value{}
	var errs []error
	fail := func(node ast.Node, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: "+format, append([]any{at(name, line(node))}, args...)...))
	}
	documents := 0
	for _, doc := range document.Docs {
		switch body := doc.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode, *ast.DirectiveNode: // nothing but comments, or "%YAML 1.2"
		case ast.MapNode:
			if documents++; documents > 1 {
				fail(doc.Body, "a second document begins here; keep to one")
				continue
			}
			for pairs := body.MapRange(); pairs.Next(); {
				key := pairs.Key().String()
				what, known := keys[key]
				if !known {
					fail(pairs.Key(), "%s", unknownKey(key, keys))
					continue
				}
				values, err := read(pairs.Value(), what)
				if err != nil {
					fail(pairs.KeyValue(), "%s %w", key, err)
					continue
				}
				for _, value := range values {
					found[key] = append(found[key], Value{Text: value.text, Origin: at(name, value.line), Key: key})
				}
				if values == nil { // of a list or a mapping
					found[key] = []Value{} // given, and empty
				}
			}
		default:
			fail(doc.Body, "not a mapping of keys to values, such as listen: localhost:8080")
		}
	}
	return found, errors.Join(errs...)
}

// written is a value as it stands in the file.
type written struct {
	text string
	line int
}

// read returns the values of a key; an error continues a sentence that begins with the key.
func read(node ast.Node, what kind) ([]written, error) {
	switch node := node.(type) {
	case *ast.NullNode:
		if what == scalar || what == filledList {
			return nil, errNoValue
		}
		return nil, nil // every line below it is commented out
	case *ast.SequenceNode:
		if what != list && what != filledList {
			return nil, fmt.Errorf("takes %s, not a list", what)
		}
		if what == filledList && len(node.Values) == 0 {
			return nil, errNoValue
		}
		var all []written
		for _, item := range node.Values {
			text, ok := scalarText(item)
			if !ok {
				return nil, fmt.Errorf("takes plain values in its list; line %d is none", line(item))
			}
			all = append(all, written{text, line(item)})
		}
		return all, nil
	case ast.MapNode:
		if what != mapping {
			return nil, fmt.Errorf("takes %s, not a mapping", what)
		}
		var all []written
		for pairs := node.MapRange(); pairs.Next(); {
			text, ok := scalarText(pairs.Value())
			if !ok {
				return nil, fmt.Errorf("takes plain values in its mapping; line %d has none", line(pairs.Key()))
			}
			key, _ := scalarText(pairs.Key())
			all = append(all, written{key + "=" + text, line(pairs.Key())})
		}
		return all, nil
	}
	text, ok := scalarText(node)
	if !ok || what == mapping {
		return nil, fmt.Errorf("takes %s", what)
	}
	return []written{{text, line(node)}}, nil
}

var errNoValue = errors.New("has no value; give it one or remove the line")

func (k kind) String() string {
	switch k {
	case scalar:
		return "one plain value"
	case mapping:
		return "a mapping of keys to plain values"
	}
	return "a plain value or a list of them"
}

// scalarText is what a plain value says, without quotes, but otherwise as it is written.
func scalarText(node ast.Node) (text string, ok bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, true
	case *ast.LiteralNode:
		return node.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return node.GetToken().Value, true
	}
	return "", false
}

// line is where a node begins.
func line(node ast.Node) int {
	if token := node.GetToken(); token != nil && token.Position != nil {
		return token.Position.Line
	}
	return 1
}

// syntaxError puts a parser's error, which draws the lines around it, into one line.
func syntaxError(name string, err error) error {
	var syntax yaml.Error
	if !errors.As(err, &syntax) || syntax.GetToken() == nil {
		return fmt.Errorf("%s: not YAML: %w", at(name, 1), err)
	}
	return fmt.Errorf("%s: not YAML: %s", at(name, syntax.GetToken().Position.Line), syntax.GetMessage())
}

func unknownKey(key string, keys map[string]kind) string {
	known := make([]string, 0, len(keys))
	for name := range keys {
		known = append(known, name)
	}
	slices.Sort(known)
	if near := nearest(key, known); near != "" {
		return fmt.Sprintf("there is no key %q; did you mean %s?", key, near)
	}
	return fmt.Sprintf("there is no key %q; there are %s", key, strings.Join(known, ", "))
}

// nearest returns the known word that another was probably meant to be, or "".
func nearest(word string, known []string) string {
	best, most := "", 1+len(word)/3
	for _, candidate := range known {
		if d := edits(canonical(word), canonical(candidate)); d <= most {
			best, most = candidate, d-1
		}
	}
	return best
}

func canonical(word string) string { return strings.ReplaceAll(strings.ToLower(word), "_", "-") }

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
