package config

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a configuration file. The YAML library takes hundreds of bytes for each item, and time that grows with the
// square of the nesting, of the number of keys and of that of items without a value. So they are checked before it
// builds anything. A configuration needs two levels and a few dozen keys.
const (
	maxFileBytes = 2 << 20
	maxNesting   = 20
	maxItems     = 200_000 // lines and commas
	maxKeys      = 1000    // keys, anchors, aliases, tags, and items of a list without a value
)

// scan splits YAML into tokens. It stops as soon as a bound is passed, and says at which line.
func scan(content string) (tokens token.Tokens, line int, err error) {
	if strings.Count(content, "\n")+strings.Count(content, ",") > maxItems {
		return nil, 1, fmt.Errorf(
			"more than %d lines and commas; put long lists in names-file or blocked-file", maxItems)
	}
	var from scanner.Scanner
	from.Init(content)
	var seen nesting
	for {
		// An error other than io.EOF is in a token too, which the parser reports.
		found, err := from.Scan()
		if len(found) == 0 && err != nil {
			return tokens, 0, nil
		}
		for _, next := range found {
			if err := seen.add(next); err != nil {
				return nil, next.Position.Line, err
			}
		}
		tokens.Add(found...)
	}
}

// nesting keeps count of what a YAML document has so far.
type nesting struct {
	keys int
	// flow are the brackets that are open: SequenceStart or MappingStart.
	flow []token.Type
	// block are the columns of the block collections that are open.
	block    []int
	previous *token.Token // comments do not count
}

// add counts a token.
func (n *nesting) add(next *token.Token) error {
	switch next.Type {
	case token.CommentType:
		return nil
	case token.SequenceStartType, token.MappingStartType:
		n.flow = append(n.flow, next.Type)
	case token.SequenceEndType, token.MappingEndType:
		n.flow = n.flow[:max(0, len(n.flow)-1)]
	case token.SequenceEntryType:
		if n.previous != nil && n.previous.Type == token.SequenceEntryType {
			n.keys++ // the item before has no value
		}
		n.open(next.Position.Column)
	case token.MappingKeyType, token.AnchorType, token.AliasType, token.TagType:
		n.keys++
		n.open(next.Position.Column)
	case token.MappingValueType:
		n.keys++
		if n.previous != nil {
			n.open(n.previous.Position.Column)
		}
	case token.CollectEntryType:
		if len(n.flow) > 0 && n.flow[len(n.flow)-1] == token.MappingStartType {
			n.keys++ // it may have no value: {a, b}
		}
	}
	n.previous = next
	if len(n.flow)+len(n.block) > maxNesting {
		return fmt.Errorf("nested more than %d deep", maxNesting)
	}
	if n.keys > maxKeys {
		return fmt.Errorf("more than %d keys, anchors, aliases, tags and empty items", maxKeys)
	}
	return nil
}

// open notes that a block collection is at this column, and ends those further right.
func (n *nesting) open(column int) {
	if len(n.flow) > 0 {
		return // columns mean nothing within brackets
	}
	for len(n.block) > 0 && n.block[len(n.block)-1] >= column {
		n.block = n.block[:len(n.block)-1]
	}
	n.block = append(n.block, column)
}
