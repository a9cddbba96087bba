package report

import (
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"
)

// The parts of HAR 1.2 that a run has something to say about, and those that the format demands. Sizes are in bytes,
// times in milliseconds; -1 means unknown.
type (
	harLog struct {
		Version string     `json:"version"`
		Creator harCreator `json:"creator"`
		Entries []harEntry `json:"entries"`
		Comment string     `json:"comment,omitempty"`
	}
	harCreator struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	harEntry struct {
		Started  string      `json:"startedDateTime"`
		Time     float64     `json:"time"`
		Request  harRequest  `json:"request"`
		Response harResponse `json:"response"`
		Cache    struct{}    `json:"cache"`
		Timings  harTimings  `json:"timings"`
		Comment  string      `json:"comment,omitempty"`
	}
	harRequest struct {
		Method      string       `json:"method"`
		URL         string       `json:"url"`
		HTTPVersion string       `json:"httpVersion"`
		Cookies     []harPair    `json:"cookies"`
		Headers     []harPair    `json:"headers"`
		QueryString []harPair    `json:"queryString"`
		PostData    *harPostData `json:"postData,omitempty"`
		HeadersSize int          `json:"headersSize"`
		BodySize    int          `json:"bodySize"`
	}
	harPostData struct {
		MimeType string    `json:"mimeType"`
		Params   []harPair `json:"params"`
		Text     string    `json:"text"`
	}
	harResponse struct {
		Status      int        `json:"status"`
		StatusText  string     `json:"statusText"`
		HTTPVersion string     `json:"httpVersion"`
		Cookies     []harPair  `json:"cookies"`
		Headers     []harPair  `json:"headers"`
		Content     harContent `json:"content"`
		RedirectURL string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int        `json:"bodySize"`
		// Error is why no answer came; an underscore marks what HAR does not define.
		Error string `json:"_error,omitempty"`
	}
	harContent struct {
		Size     int    `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text,omitempty"`
		Encoding string `json:"encoding,omitempty"`
		Comment  string `json:"comment,omitempty"`
	}
	harTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
	harPair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// HAR writes the exchanges of a run as an HTTP Archive 1.2, which the network panels of browsers open.
func HAR(w io.Writer, run Run) error {
	run = rewrite(run, utf8Only, func(body []byte, _ bool) []byte { return body })
	log := harLog{
		Version: "1.2", Creator: harCreator{Name: "conformance", Version: run.Version}, Entries: []harEntry{},
		Comment: "run " + run.ID + " against " + run.URL,
	}
	for _, l := range run.Latency {
		log.Comment += fmt.Sprintf("; latency of %s: %s", statusName(l.Status), l.line())
	}
	for _, e := range run.Exchanges {
		log.Entries = append(log.Entries, harEntryOf(e))
	}
	return writeJSON(w, struct {
		Log harLog `json:"log"`
	}{log})
}

func harEntryOf(e Exchange) harEntry {
	duration := float64(e.Duration) / float64(time.Millisecond)
	entry := harEntry{
		Started: e.Started.Format(time.RFC3339Nano), Time: duration, Comment: "clause " + e.Clause,
		// Only the whole is measured; all of it counts as waiting, since the parts must add up to it.
		Timings: harTimings{Wait: duration},
		Request: harRequest{
			Method: e.Request.Method, URL: e.Request.URL, HTTPVersion: "HTTP/1.1",
			Cookies: []harPair{}, Headers: harPairs(e.Request.Header), QueryString: harQuery(e.Request.URL),
			HeadersSize: -1, BodySize: len(e.Request.Body),
		},
		Response: harResponse{
			Cookies: []harPair{}, Headers: []harPair{}, HeadersSize: -1, BodySize: -1, Error: e.Error,
			Content: harContent{MimeType: "x-unknown"},
		},
	}
	if e.Request.Body != "" {
		entry.Request.PostData = &harPostData{
			MimeType: e.Request.Header.Get("Content-Type"), Params: []harPair{}, Text: e.Request.Body,
		}
	}
	if r := e.Response; r != nil {
		entry.Request.HTTPVersion = r.Proto
		response := &entry.Response
		response.Status, response.StatusText, response.HTTPVersion = r.Status, http.StatusText(r.Status), r.Proto
		response.Headers, response.Content = harPairs(r.Header), harContentOf(*r)
		response.RedirectURL = r.Header.Get("Location")
	}
	return entry
}

func harContentOf(r Response) harContent {
	body, cut := clip(r.Body, jsonBody)
	content := harContent{Size: len(r.Body), MimeType: r.Header.Get("Content-Type"), Comment: cutNote(cut, r.Truncated)}
	if utf8.Valid(body) {
		content.Text = string(body)
	} else {
		content.Text, content.Encoding = base64.StdEncoding.EncodeToString(body), "base64"
	}
	return content
}

func harPairs(header http.Header) []harPair {
	pairs := []harPair{}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			pairs = append(pairs, harPair{name, value})
		}
	}
	return pairs
}

func harQuery(raw string) []harPair {
	u, err := url.Parse(raw)
	if err != nil {
		return []harPair{}
	}
	return harPairs(http.Header(u.Query()))
}
