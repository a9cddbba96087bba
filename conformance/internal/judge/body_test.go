package judge

import (
	"slices"
	"testing"
)

func TestReadObject(t *testing.T) {
	for _, c := range []struct {
		name, body string
		wrong      []string
	}{
		{"compact", `{"name":"a","privacy":"Public"}`, nil},
		{"spacious", " {\r\n\t\"name\" : \"a\" } \n", nil},
		{"escapes", `{"n\u0061me":"\u00e9\/"}`, nil},
		{"empty object", `{}`, nil},
		{"the page's missing comma", "{\n \"code\": \"400\"\n \"description\": \"x\"}",
			[]string{"the body must be well-formed JSON: invalid character '\"' after object value " +
				"(expecting ',' or '}'), at offset 18"}},
		{"byte order mark", "\uFEFF{}", []string{"the body must not start with a byte order mark"}},
		{"not UTF-8", "{\"name\":\"Zo\xEB\"}", []string{"the body must be UTF-8, which byte 0xEB at offset 11 is not"}},
		{"twice", `{"code":"409","code":"409"}`, []string{"the member `code` stands in the body twice"}},
		{"twice by an escape", `{"code":"409","c\u006fde":"409"}`,
			[]string{"the member `code` stands in the body twice"}},
		{"more after it", `{"a":"b"}{}`, []string{"nothing may follow the JSON object, but {} does"}},
		{"a NUL after it", "{}\x00", []string{`nothing may follow the JSON object, but "\x00" does`}},
		{"a form feed after it", "{}\f;", []string{`nothing may follow the JSON object, but ; does`}},
		{"empty", "", []string{"the body must be a JSON object, was empty"}},
		{"array", `["a"]`, []string{"the body must be a JSON object, was an array"}},
		{"string", `"a"`, []string{`the body must be a JSON object, was the string "a"`}},
		{"words", `Created`, []string{`the body must be a JSON object, was Created`}},
		{"single quotes", `{'a':'b'}`,
			[]string{`the body must be well-formed JSON: invalid character '\'' at start of value, at offset 1`}},
		{"cut", `{"a":"b"`, []string{`the body must be well-formed JSON: unexpected EOF, at offset 8`}},
		{"two faults", "\uFEFF{\"a\":\"b\",\"a\":\"b\"};",
			[]string{"the body must not start with a byte order mark", "the member `a` stands in the body twice",
				"nothing may follow the JSON object, but ; does"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, found := readObject([]byte(c.body))
			var wrong []string
			for _, m := range found {
				wrong = append(wrong, m.text)
			}
			if !slices.Equal(wrong, c.wrong) {
				t.Errorf("got  %q\nwant %q", wrong, c.wrong)
			}
		})
	}
}

func FuzzReadObject(f *testing.F) {
	f.Add([]byte(`{"name":"a","code":409}`))
	f.Add([]byte("\uFEFF{\"a\":\xff}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		members, found := readObject(body)
		if members == nil && len(found) == 0 {
			t.Errorf("%q is no object, and nothing is wrong with it", body)
		}
		for name := range members {
			members.text(name)
			_ = describe(members[name])
		}
	})
}
