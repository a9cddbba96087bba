package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// kind is what a key of the configuration file takes.
type kind int

const (
	scalar kind = iota
	list
	filled // a list that nobody can want empty
	mapping
)

func (k kind) String() string {
	switch k {
	case scalar:
		return "one plain value"
	case mapping:
		return "a mapping of keys to plain values"
	}
	return "a plain value or a list of them"
}

// value is a setting's value, or one of a list or a mapping, as it was given.
type value struct {
	// text is KEY=VALUE for a mapping.
	text string
	// origin is where it was given: "--listen", "MOCKSERVER_LISTEN", "mock.yaml:7" or "default".
	origin string
}

// invalidLine returns the number of the first line that is not UTF-8; 0 when all are.
func invalidLine(content []byte) int {
	number := 0
	for line := range bytes.Lines(content) {
		number++
		if !utf8.Valid(line) {
			return number
		}
	}
	return 0
}

// parseFile reads a configuration file: any YAML that maps known keys to plain values, lists and mappings of them.
// Values are taken as they are written, so that a name such as 007 or yes stays what it is. Keys that begin with x- are
// for the file's author, to hang anchors on. It reports what is wrong, each with its line. The name is for these
// reports.
func parseFile(name string, content []byte, keys map[string]kind) (map[string][]value, error) {
	wrong := &problems{file: name}
	if line := invalidLine(content); line > 0 {
		wrong.add(line, errors.New("not UTF-8; save the file in that encoding"))
		return nil, wrong.err()
	}
	tokens, line, err := scan(string(content))
	if err != nil {
		wrong.add(line, fmt.Errorf("not a configuration: %w", err))
		return nil, wrong.err()
	}
	parsed, err := parser.Parse(tokens, 0)
	if err != nil {
		wrong.add(syntaxError(err))
		return nil, wrong.err()
	}
	found := map[string][]value{}
	documents := 0
	for _, part := range parsed.Docs {
		switch part.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode, *ast.DirectiveNode: // nothing but comments, or "%YAML 1.2"
			continue
		}
		if documents++; documents > 1 {
			wrong.add(lineOf(part.Body), errors.New("a second document begins here; keep to one"))
			break
		}
		doc := newDocument(part.Body)
		pairs, err := doc.pairs(part.Body)
		if err != nil {
			wrong.add(lineOf(part.Body), fmt.Errorf("not a mapping of keys to values, such as listen: "+
				"localhost:8080 (%w)", err))
			break
		}
		for _, pair := range pairs {
			if strings.HasPrefix(pair.key, "x-") {
				continue
			}
			what, known := keys[pair.key]
			if !known {
				err = unknownKey(pair.key, keys)
			} else {
				found[pair.key], err = doc.read(name, pair.value, what)
				if err != nil {
					err = fmt.Errorf("%s %w", pair.key, err)
				}
			}
			if err != nil && !wrong.add(pair.line, err) {
				break
			}
		}
	}
	return found, wrong.err()
}

func unknownKey(key string, keys map[string]kind) error {
	known := slices.Sorted(maps.Keys(keys))
	if near := didYouMean(key, known); near != "" {
		return fmt.Errorf("unknown key %s%s", untrusted.Quote(key), near)
	}
	return fmt.Errorf("unknown key %s; use one of %s", untrusted.Quote(key), strings.Join(known, ", "))
}
