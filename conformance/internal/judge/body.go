package judge

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// object is the JSON object of a body: its members with their values as they stand there.
type object map[string]jsontext.Value

// readObject reads a body strictly and returns everything that is wrong with its form. It reads on past what does not
// hinder it, so that one fault does not hide the next; the object is nil when there is none to speak of.
func readObject(body []byte) (object, []mismatch) {
	var wrong collector
	if rest, marked := bytes.CutPrefix(body, []byte("\uFEFF")); marked { // RFC 8259, section 8.1
		wrong.add(aboutUTF8, "the body must not start with a byte order mark")
		body = rest
	}
	if i := invalidUTF8(body); i >= 0 {
		wrong.add(aboutUTF8, "the body must be UTF-8, which byte 0x%02X at offset %d is not", body[i], i)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		wrong.add(aboutJSON, "the body must be a JSON object, was empty")
		return nil, wrong.found
	}

	decoder := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true),
		jsontext.AllowInvalidUTF8(true))
	if kind := decoder.PeekKind(); kind != jsontext.KindBeginObject {
		value, err := decoder.ReadValue()
		if err != nil {
			wrong.add(aboutJSON, "the body must be a JSON object, was %s", excerpt(body))
		} else {
			wrong.add(aboutJSON, "the body must be a JSON object, was %s", describe(value))
		}
		return nil, wrong.found
	}
	members, repeated, err := readMembers(decoder)
	if err != nil {
		wrong.add(aboutJSON, "the body must be well-formed JSON: %s", plain(err))
		return nil, wrong.found
	}
	for _, name := range repeated[:min(len(repeated), mostMembers)] {
		wrong.add(aboutUnique, "the member `%s` stands in the body twice", excerpt([]byte(name)))
	}
	if more := len(repeated) - mostMembers; more > 0 {
		wrong.add(aboutUnique, "%d more members stand in the body twice", more)
	}
	// White space may follow (RFC 8259, section 2).
	if rest := bytes.TrimLeft(body[decoder.InputOffset():], " \t\r\n"); len(rest) > 0 {
		wrong.add(aboutRest, "nothing may follow the JSON object, but %s does", excerpt(rest))
	}
	return members, wrong.found
}

// readMembers reads one object. Of a member that stands there twice the last counts, as in most programs that will
// read it.
func readMembers(decoder *jsontext.Decoder) (members object, repeated []string, err error) {
	members = object{}
	times := map[string]int{}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, nil, err
	}
	for decoder.PeekKind() != jsontext.KindEndObject {
		token, err := decoder.ReadToken()
		if err != nil {
			return nil, nil, err
		}
		name := token.String()
		value, err := decoder.ReadValue()
		if err != nil {
			return nil, nil, err
		}
		if times[name]++; times[name] == 2 {
			repeated = append(repeated, name)
		}
		members[name] = value.Clone()
	}
	_, err = decoder.ReadToken()
	return members, repeated, err
}

// text returns the value of a member that is a JSON string.
func (o object) text(name string) (value string, ok bool) {
	raw, known := o[name]
	if !known || raw.Kind() != jsontext.KindString {
		return "", false
	}
	unquoted, err := jsontext.AppendUnquote(nil, raw)
	// Bytes that are not UTF-8 were reported already, and were replaced here.
	return string(unquoted), err == nil || utf8.Valid(unquoted)
}

// describe names a JSON value as a sentence does.
func describe(value jsontext.Value) string {
	switch value.Kind() {
	case jsontext.KindString:
		return "the string " + excerpt(value)
	case jsontext.KindNumber:
		return "the number " + excerpt(value)
	case jsontext.KindBeginObject:
		return "an object"
	case jsontext.KindBeginArray:
		return "an array"
	default:
		return string(value) // null, true, false
	}
}

// excerpt shows the beginning of bytes that may be long, or no text at all.
func excerpt(text []byte) string {
	const most = 120
	shown := strings.TrimSpace(string(text))
	if len(shown) > most {
		shown = strings.ToValidUTF8(shown[:most], "") + "…"
	}
	if utf8.ValidString(shown) && !strings.ContainsFunc(shown, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return shown
	}
	return strconv.Quote(shown)
}

func invalidUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// plain is a decoder's error without the decoder's name.
func plain(err error) string {
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Sprintf("%v, at offset %d", syntax.Err, syntax.ByteOffset)
	}
	return err.Error()
}
