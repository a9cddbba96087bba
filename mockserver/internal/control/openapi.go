package control

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

//go:embed control-openapi.yaml
var controlOpenAPI []byte

// server is one of the servers in an OpenAPI document.
type server struct {
	URL         string              `json:"url"`
	Description string              `json:"description"`
	Variables   map[string]variable `json:"variables,omitempty"`
}

type variable struct {
	Default     string `json:"default"`
	Description string `json:"description"`
}

// endpointOpenAPI sends the document of the endpoint, which names the mock that sends it and never production: accounts
// that a tool makes there cannot be deleted.
func (a *API) endpointOpenAPI(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	sendOpenAPI(w, fixtures.OpenAPI(), []server{{URL: a.baseURL(r, mock), Description: described(mock)}})
	return nil
}

// controlOpenAPI sends the document of this API, as it is for the mock that sends it and for any space.
func (a *API) controlOpenAPI(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	root := ""
	if r.Host != "" { // HTTP/1.0 does without; the URLs are relative then
		root = (&url.URL{Scheme: scheme(r), Host: r.Host}).String()
	}
	sendOpenAPI(w, controlOpenAPI, []server{
		{URL: root + strings.TrimSuffix(r.URL.Path, "/control-openapi.yaml"), Description: described(mock)},
		{
			URL: root + "/~{space}" + strings.TrimSuffix(Prefix, "/"), Description: "a space",
			Variables: map[string]variable{"space": {
				Default:     "worker-1",
				Description: "1 to 64 letters, digits, dots, underscores and hyphens, not dots alone",
			}},
		},
	})
	return nil
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

func described(mock Mock) string {
	if mock.Name() == "" {
		return "this mock server"
	}
	return fmt.Sprintf("the space %s of this mock server", mock.Name())
}

// sendOpenAPI sends a document with these servers in place of its own. JSON is YAML too.
func sendOpenAPI(w http.ResponseWriter, document []byte, servers []server) {
	before, rest, found := bytes.Cut(document, []byte("\nservers:\n"))
	end := bytes.Index(rest, []byte("\nsecurity:")) // which comes next
	own, err := json.Marshal(servers)
	if !found || end < 0 || err != nil {
		panic("control: the OpenAPI document lacks servers, followed by security") // a fact of the build, held by tests
	}
	w.Header().Set("Content-Type", "application/yaml") // RFC 9512
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(slices.Concat(before, []byte("\nservers: "), own, rest[end:]))
}
