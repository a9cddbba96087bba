package config

import (
	"errors"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// document is a parsed YAML document, whose aliases are followed only where a value is wanted: what they could multiply
// to does not matter.
type document struct {
	anchors map[string]ast.Node         // while the document is walked
	aliases map[*ast.AliasNode]ast.Node // what each stands for: the last anchor of its name before it
	merges  int                         // how many mappings were merged into others so far, at most maxMerges
}

func newDocument(body ast.Node) *document {
	d := &document{anchors: map[string]ast.Node{}, aliases: map[*ast.AliasNode]ast.Node{}}
	ast.Walk(d, body)
	return d
}

// Visit finds out what aliases stand for. It implements [ast.Visitor].
func (d *document) Visit(node ast.Node) ast.Visitor {
	switch node := node.(type) {
	case *ast.AnchorNode:
		d.anchors[node.Name.GetToken().Value] = node.Value
	case *ast.AliasNode:
		d.aliases[node] = d.anchors[node.Value.GetToken().Value]
	}
	return d
}

// plainTags say of a value what it is anyway.
var plainTags = []string{"!!str", "!!int", "!!float", "!!bool", "!!null", "!!seq", "!!map"}

// resolve returns the value that a node with anchors, tags or aliases stands for; nil when an alias stands for nothing.
func (d *document) resolve(node ast.Node) ast.Node {
	for range maxNesting {
		switch wrapped := node.(type) {
		case *ast.AnchorNode:
			node = wrapped.Value
		case *ast.TagNode:
			if !slices.Contains(plainTags, wrapped.Start.Value) {
				return node
			}
			node = wrapped.Value
		case *ast.MappingKeyNode:
			node = wrapped.Value
		case *ast.AliasNode:
			node = d.aliases[wrapped]
		default:
			return node
		}
	}
	return nil
}

// pair is a key of a mapping and its value.
type pair struct {
	key   string
	line  int
	value ast.Node
}

// maxMerges bounds the mappings that are merged into others. Twenty levels of a few aliases each would be more of them
// than anybody waits for.
const maxMerges = 1000

var errMerges = fmt.Errorf("more than %d mappings are merged", maxMerges)

// pairs returns what is in a mapping: its own keys, and then those of mappings that are merged in with "<<".
func (d *document) pairs(node ast.Node) ([]pair, error) { return d.merged(node, maxNesting) }

func (d *document) merged(node ast.Node, depth int) (own []pair, err error) {
	node = d.resolve(node)
	body, ok := node.(ast.MapNode)
	if !ok || depth == 0 {
		return nil, errors.New("this is something else")
	}
	var others []ast.Node
	for pairs := body.MapRange(); pairs.Next(); {
		key := pairs.Key()
		if key.IsMergeKey() {
			if several, ok := d.resolve(pairs.Value()).(*ast.SequenceNode); ok {
				others = append(others, several.Values...)
			} else {
				others = append(others, pairs.Value())
			}
			continue
		}
		text, err := d.scalarText(key)
		if err != nil {
			return nil, fmt.Errorf("line %d has a key that %w", lineOf(key), err)
		}
		if has(own, text) {
			return nil, fmt.Errorf("line %d has the key %s once more", lineOf(key), untrusted.Quote(text))
		}
		own = append(own, pair{text, lineOf(key), pairs.Value()})
	}
	for _, other := range others {
		if d.merges++; d.merges > maxMerges {
			return nil, errMerges
		}
		pairs, err := d.merged(other, depth-1)
		if errors.Is(err, errMerges) {
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("line %d merges what is no mapping: %w", lineOf(other), err)
		}
		for _, next := range pairs {
			if !has(own, next.key) {
				own = append(own, next)
			}
		}
	}
	return own, nil
}

func has(pairs []pair, key string) bool {
	return slices.ContainsFunc(pairs, func(p pair) bool { return p.key == key })
}

var errNoValue = errors.New("has no value; give it one or remove the line")

// read returns the values of a key; an error continues a sentence that begins with the key.
func (d *document) read(file string, node ast.Node, what kind) ([]value, error) {
	line := lineOf(node)
	node = d.resolve(node)
	switch body := node.(type) {
	case *ast.NullNode:
		if what == scalar || what == filled {
			return nil, errNoValue
		}
		return []value{}, nil // every line below it is commented out
	case *ast.SequenceNode:
		if what != list && what != filled {
			return nil, fmt.Errorf("takes %s, not a list", what)
		}
		if what == filled && len(body.Values) == 0 {
			return nil, errNoValue
		}
		all := make([]value, 0, len(body.Values))
		for _, item := range body.Values {
			text, err := d.scalarText(item)
			if err != nil {
				return nil, fmt.Errorf("takes plain values in its list; line %d %w", lineOf(item), err)
			}
			all = append(all, value{text, at(file, lineOf(item))})
		}
		return all, nil
	case ast.MapNode:
		if what != mapping {
			return nil, fmt.Errorf("takes %s, not a mapping", what)
		}
		pairs, err := d.pairs(node)
		if err != nil {
			return nil, fmt.Errorf("takes a mapping: %w", err)
		}
		all := make([]value, 0, len(pairs))
		for _, pair := range pairs {
			text, err := d.scalarText(pair.value)
			if err != nil {
				return nil, fmt.Errorf("takes plain values in its mapping; line %d %w", pair.line, err)
			}
			all = append(all, value{pair.key + "=" + text, at(file, pair.line)})
		}
		return all, nil
	}
	text, err := d.scalarText(node)
	switch {
	case err != nil:
		return nil, err
	case what == mapping:
		return nil, fmt.Errorf("takes %s, not a plain value", what)
	}
	return []value{{text, at(file, line)}}, nil
}

// maxValueBytes bounds a plain value. A request's headers, and so names, are smaller by default.
const maxValueBytes = 64 << 10

// scalarText is what a plain value says, without quotes, but otherwise as it is written. An error continues a sentence
// about it.
func (d *document) scalarText(node ast.Node) (text string, err error) {
	switch node := d.resolve(node).(type) {
	case nil:
		return "", errors.New("has an alias without an anchor before it")
	case *ast.StringNode:
		text = node.Value
	case *ast.LiteralNode:
		text = node.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		text = node.GetToken().Value
	case *ast.TagNode:
		return "", fmt.Errorf("has the tag %s; leave it out", untrusted.Quote(node.Start.Value))
	default:
		return "", errors.New("is none")
	}
	if len(text) > maxValueBytes {
		return "", fmt.Errorf("has %d bytes, more than %d", len(text), maxValueBytes)
	}
	return text, nil
}

// lineOf is where a node begins.
func lineOf(node ast.Node) int {
	if node == nil {
		return 1
	}
	if token := node.GetToken(); token != nil && token.Position != nil {
		return token.Position.Line
	}
	return 1
}

// syntaxError puts a parser's error, which draws the lines around it, into one line of text.
func syntaxError(err error) (line int, _ error) {
	syntax, ok := errors.AsType[yaml.Error](err)
	if !ok || syntax.GetToken() == nil {
		return 1, fmt.Errorf("not YAML: %s", short(err.Error()))
	}
	return syntax.GetToken().Position.Line, fmt.Errorf("not YAML: %s", short(syntax.GetMessage()))
}
