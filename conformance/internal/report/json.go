package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"unicode/utf8"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// jsonBody is how many bytes of a body the JSON and HAR reports hold.
const jsonBody = 64 << 10

// JSON writes the whole run as one JSON document of schema [SchemaVersion]. Bytes that are not UTF-8 are written as
// \xNN in names and header fields, and as base64 in bodies.
func JSON(w io.Writer, run Run) error {
	run = rewrite(run, utf8Only, func(body []byte, _ bool) []byte { return body })
	return writeJSON(w, struct {
		Run
		ExitCode int `json:"exit_code"` // which fails a run for more than the verdict
	}{run, run.ExitCode()})
}

// writeJSON writes a value as JSON that a terminal and a CI system show and do not obey.
func writeJSON(w io.Writer, value any) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return err
	}
	_, err := w.Write(untrusted.JSON(out.Bytes()))
	return err
}

// ReadJSON reads what [JSON] wrote.
func ReadJSON(r io.Reader) (Run, error) {
	var run Run
	decoder := json.NewDecoder(r)
	if err := decoder.Decode(&run); err != nil {
		return Run{}, fmt.Errorf("read JSON report: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Run{}, errors.New("read JSON report: something comes after it; is it two reports in one file?")
	}
	if run.Schema != SchemaVersion {
		return Run{}, fmt.Errorf("JSON report is of schema %d: this version reads schema %d", run.Schema, SchemaVersion)
	}
	return run, nil
}

// jsonResponse is a Response as the JSON report holds it.
type jsonResponse struct {
	Proto      string      `json:"proto"`
	Status     int         `json:"status"`
	Header     http.Header `json:"header"`
	Body       *string     `json:"body,omitempty"`
	BodyBase64 []byte      `json:"body_base64,omitempty"`
	BodySize   int         `json:"body_size"`
	Truncated  bool        `json:"truncated,omitempty"`
}

// MarshalJSON writes the body as text where it is text.
func (r Response) MarshalJSON() ([]byte, error) {
	body, cut := clip(r.Body, jsonBody)
	shown := jsonResponse{
		Proto: r.Proto, Status: r.Status, Header: r.Header, BodySize: len(r.Body), Truncated: r.Truncated || cut > 0,
	}
	if utf8.Valid(body) {
		shown.Body = new(string(body))
	} else {
		shown.BodyBase64 = body
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // which would make a body of HTML unreadable
	err := encoder.Encode(shown)
	return out.Bytes(), err
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Response) UnmarshalJSON(data []byte) error {
	var shown jsonResponse
	if err := json.Unmarshal(data, &shown); err != nil {
		return err
	}
	*r = Response{
		Proto:     shown.Proto,
		Status:    shown.Status,
		Header:    shown.Header,
		Body:      shown.BodyBase64,
		Truncated: shown.Truncated,
	}
	if shown.Body != nil {
		r.Body = []byte(*shown.Body)
	}
	return nil
}
