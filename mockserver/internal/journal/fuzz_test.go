package journal_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"unicode/utf8"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
)

// Entries come back as they were unless they are long, whatever bytes they hold; they are JSON; and no secret is among
// them.
func FuzzRecord(f *testing.F) {
	f.Add("POST", "/users/", "alice", "User-Agent", "curl")
	f.Add("", "\xff\x00", "\u2028", "X-Api-Key", "s3cret")
	f.Add("", "", "", "Authorization", "\x00\x01")
	f.Fuzz(func(t *testing.T, method, path, name, header, value string) {
		request := &http.Request{Header: http.Header{header: {value}, "Cookie": {"fuzzed-secret"}}}
		entry := endpoint.Exchange{Method: method, Path: path, Name: name, Headers: endpoint.HeadersOf(request)}
		j := journal.New(2, &journal.Budget{})
		j.Record(&endpoint.Exchange{})
		j.Record(&entry)
		j.Record(&endpoint.Exchange{Name: "second"})
		entries := j.Read(journal.Filter{}).Entries
		if len(entries) != 2 || entries[1].Name != "second" {
			t.Fatalf("%d entries", len(entries))
		}
		got := entries[0]
		if got.Method != endpoint.Cut(method) || got.Path != endpoint.Cut(path) || got.Name != endpoint.Cut(name) {
			t.Errorf("%+v came back as %+v", entry, got)
		}
		sent, err := jsonv2.Marshal(got, jsontext.AllowInvalidUTF8(true))
		var read struct{ Headers map[string][]string }
		if err != nil || json.Unmarshal(sent, &read) != nil {
			t.Fatalf("no JSON: %s %v", sent, err)
		}
		if got := read.Headers["Cookie"]; header != "Cookie" && (len(got) != 1 || got[0] == "fuzzed-secret") {
			t.Errorf("the cookie is kept as %q", got)
		}
		plain := utf8.ValidString(header+value) && len(header)+len(value) < 1000
		for _, c := range header + value {
			plain = plain && c > 1
		}
		if header == "User-Agent" && plain && read.Headers[header][0] != value {
			t.Errorf("%s: %q came back as %q", header, value, read.Headers[header])
		}
	})
}
