package judge

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// dryTarget is a target in memory that is right, so that a run against it shows which requests a real one would get,
// and how many accounts it would make. Nothing is sent.
type dryTarget struct {
	accepted []string
	mu       sync.Mutex
	names    map[string]bool
}

// RoundTrip answers as the page says.
func (r *dryTarget) RoundTrip(request *http.Request) (*http.Response, error) {
	name, privacy := named(request.Header)
	body := map[string]string{"name": name}
	switch {
	case !strings.HasSuffix(request.URL.Path, fixtures.UsersPath):
		return respond(request, http.StatusNotFound, body)
	case request.Method != http.MethodPost:
		return respond(request, http.StatusMethodNotAllowed, body)
	case name == "" || !slices.Contains(r.accepted, privacy):
		body["privacy"], body["code"], body["description"] = privacy, "400", "Privacy was invalid"
		return respond(request, http.StatusBadRequest, body)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.names[name] {
		body["code"] = "409"
		return respond(request, http.StatusConflict, body)
	}
	r.names[name] = true
	body["privacy"] = privacy
	return respond(request, http.StatusCreated, body)
}

// dryBlocked is a dryTarget that blocks its caller.
type dryBlocked struct{}

// RoundTrip answers as the page says.
func (dryBlocked) RoundTrip(request *http.Request) (*http.Response, error) {
	return respond(request, http.StatusForbidden,
		map[string]string{"description": "Your IP address was blocked.", "code": "403"})
}

func respond(request *http.Request, status int, body map[string]string) (*http.Response, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: request,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(encoded)),
	}, nil
}
