package endpoint

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Headers are the header fields of a request, in one text, so that ten thousand requests that a journal keeps give the
// garbage collector nothing to follow. JSON has them as an object of arrays, by name. The zero value is none.
type Headers struct{ text string }

// Bounds on what is kept of a request, in bytes.
const (
	// maxValue is what is kept of one text; Cut adds how much is missing.
	maxValue = 1 << 10
	// maxHeaders is what is kept of all headers together.
	maxHeaders = 4 << 10
)

// Cut returns what a journal keeps of a text: the whole of it, or its first KiB and how many bytes are missing.
func Cut(text string) string {
	if len(text) <= maxValue {
		return text
	}
	end := maxValue
	for end > 0 && text[end]&0xc0 == 0x80 {
		end-- // not within a character
	}
	return strings.Clone(text[:end]) + fmt.Sprintf("... (%d more bytes)", len(text)-end)
}

// omitted stands for the value of a header that holds a secret.
const omitted = "(not kept)"

// The characters that end a name, and a value; no request over HTTP has them in either.
const endName, endValue = "\x00", "\x01"

// HeadersOf returns the headers of a request as they are kept: without the values that are secret, and long ones cut.
func HeadersOf(r *http.Request) Headers {
	var text []byte
	left := 0
	add := func(name, value string) {
		if secret(name) {
			value = omitted
		}
		if len(text)+len(name)+len(value) > maxHeaders {
			if name, value = Cut(name), Cut(value); len(text)+len(name)+len(value) > maxHeaders {
				left++
				return
			}
		}
		text = append(append(append(append(text, name...), endName...), Cut(value)...), endValue...)
	}
	if text = make([]byte, 0, 256); r.Host != "" {
		add("Host", r.Host)
	}
	for name, values := range r.Header {
		for _, value := range values {
			add(name, value)
		}
	}
	if left > 0 {
		text = append(text, fmt.Sprintf("...%s%d more headers%s", endName, left, endValue)...)
	}
	return Headers{string(text)}
}

// secret reports whether the values of a header are kept from the journal.
func secret(name string) bool {
	switch name { // those that most requests have, fast
	case "Username", "Privacy", "Host", "Accept", "Accept-Encoding", "Accept-Language", "Connection", "Content-Length",
		"Content-Type", "Origin", "Referer", "User-Agent":
		return false
	case "Cookie", "Authorization", "Proxy-Authorization":
		return true
	}
	name = strings.ToLower(name)
	words := []string{"auth", "cookie", "credential", "key", "pass", "secret", "session", "signature", "token"}
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(name, word) })
}

// MarshalJSONTo implements json.MarshalerTo.
func (h Headers) MarshalJSONTo(to *jsontext.Encoder) error {
	all := map[string][]string{}
	for field := range strings.SplitSeq(h.text, endValue) {
		if name, value, ok := strings.Cut(field, endName); ok {
			all[name] = append(all[name], value)
		}
	}
	return json.MarshalEncode(to, all, json.Deterministic(true))
}

// Bytes is the memory that they take.
func (h Headers) Bytes() int { return len(h.text) }
