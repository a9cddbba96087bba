package client_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// The names of the two parties, and the file of what they agreed on.
const (
	consumerName = "connectmypairs-go-client"
	providerName = "connectmypairs"
	contractFile = consumerName + "-" + providerName + ".json"
)

// contract is the committed pact file, as far as these tests look into it.
type contract struct {
	Consumer, Provider struct{ Name string }
	Metadata           struct {
		Specification struct{ Version string } `json:"pactSpecification"`
	}
	Interactions []struct {
		Description    string `json:"description"`
		ProviderStates []struct {
			Name   string         `json:"name"`
			Params map[string]any `json:"params"`
		} `json:"providerStates"`
		Request struct {
			Method  string      `json:"method"`
			Path    string      `json:"path"`
			Headers http.Header `json:"headers"`
			Rules   rules       `json:"matchingRules"`
		} `json:"request"`
		Response struct {
			Status  int         `json:"status"`
			Headers http.Header `json:"headers"`
			Body    struct {
				ContentType string          `json:"contentType"`
				Content     json.RawMessage `json:"content"`
			} `json:"body"`
			Rules rules `json:"matchingRules"`
		} `json:"response"`
	} `json:"interactions"`
}

// rules are the matching rules of a request or response: for each part of it, what is not compared as it is.
type rules map[string]map[string]any

func committed(t *testing.T) contract {
	content, err := os.ReadFile(filepath.Join("..", contractFile))
	if err != nil {
		t.Fatal(err)
	}
	var read contract
	if err := json.Unmarshal(content, &read); err != nil {
		t.Fatal(err)
	}
	if len(read.Interactions) == 0 {
		t.Fatal("the contract has no interaction")
	}
	return read
}

func TestOnlyTheContractIsCommitted(t *testing.T) {
	files, err := filepath.Glob("../*.json")
	if want := filepath.Join("..", contractFile); err != nil || len(files) != 1 || files[0] != want {
		t.Errorf("found %v, %v, want %s alone", files, err, want)
	}
	read := committed(t)
	if version := read.Metadata.Specification.Version; version != "4.0" {
		t.Errorf("the contract is of Pact specification %q, want 4.0", version)
	}
	if consumer, provider := read.Consumer.Name, read.Provider.Name; consumer != consumerName ||
		provider != providerName {
		t.Errorf("the contract is between %q and %q", consumer, provider)
	}
}

// The clauses name every interaction, and no other: an interaction that its consumer test no longer writes is stale.
func TestInteractionsAreThoseOfTheClauses(t *testing.T) {
	named := map[string]bool{}
	for _, clause := range fixtures.Clauses() {
		for _, description := range clause.Interactions {
			named[description] = true
		}
	}
	for _, interaction := range committed(t).Interactions {
		if !named[interaction.Description] {
			t.Errorf("no clause in fixtures/clauses.json names this interaction: %s", interaction.Description)
		}
		delete(named, interaction.Description)
	}
	for description := range named {
		t.Errorf("no interaction is called: %s", description)
	}
}

func TestProviderStatesAreKnown(t *testing.T) {
	known := map[string]fixtures.ProviderState{}
	for _, state := range fixtures.ProviderStates() {
		known[state.Name] = state
	}
	for _, interaction := range committed(t).Interactions {
		if len(interaction.ProviderStates) == 0 {
			t.Errorf("%s: no provider state, so it depends on what ran before", interaction.Description)
		}
		for _, used := range interaction.ProviderStates {
			state, ok := known[used.Name]
			if !ok {
				t.Errorf("%s: unknown provider state %q", interaction.Description, used.Name)
				continue
			}
			if name, user := used.Params["name"],
				interaction.Request.Headers.Get(fixtures.UsernameHeader); name != nil && name != user {
				t.Errorf("%s: %q is about %q, the request about %q", interaction.Description, used.Name, name, user)
			}
			for _, param := range state.Params {
				if _, ok := used.Params[param.Name]; param.Required && !ok {
					t.Errorf("%s: %q lacks %q", interaction.Description, used.Name, param.Name)
				}
				delete(used.Params, param.Name)
			}
			if len(used.Params) > 0 {
				t.Errorf("%s: %q knows no parameters %v", interaction.Description, used.Name, used.Params)
			}
		}
	}
}

// What is documented as a constant, or as an echo of the request, is compared as it is: a matching rule would let
// another value pass. The content type alone may have parameters.
func TestConstantsAndEchoesAreExact(t *testing.T) {
	for _, interaction := range committed(t).Interactions {
		if rules := interaction.Request.Rules; len(rules) > 0 {
			t.Errorf("%s: the request has matching rules: %v", interaction.Description, rules)
		}
		for part, rules := range interaction.Response.Rules {
			for what := range rules {
				if part != "header" || what != "Content-Type" {
					t.Errorf("%s: the response has a matching rule for %s %s", interaction.Description, part, what)
				}
			}
		}
	}
}

// Every documented answer is in the contract, with the documented members and no others, echoing the request.
func TestBodiesAreTheDocumentedOnes(t *testing.T) {
	met := map[int]bool{}
	for _, interaction := range committed(t).Interactions {
		request, response := interaction.Request, interaction.Response
		met[response.Status] = true
		answer, ok := fixtures.AnswerOf(response.Status)
		if !ok {
			t.Errorf("%s: status %d is not documented", interaction.Description, response.Status)
			continue
		}
		privacy := request.Headers.Get(fixtures.PrivacyHeader)
		if privacy == "" {
			privacy = fixtures.DefaultPrivacy
		}
		want := map[string]string{}
		for _, member := range answer.Members {
			want[member.Name] = map[fixtures.Source]string{
				fixtures.EchoesUsername: request.Headers.Get(fixtures.UsernameHeader),
				fixtures.EchoesPrivacy:  privacy,
				fixtures.Constant:       member.Value,
			}[member.Source]
		}
		var got map[string]string
		if err := json.Unmarshal(response.Body.Content, &got); err != nil {
			t.Errorf("%s: %v", interaction.Description, err)
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: the body is %q, want %q", interaction.Description, got, want)
		}
	}
	for _, answer := range fixtures.Answers() {
		if !met[answer.Status] {
			t.Errorf("no interaction is answered with %d", answer.Status)
		}
	}
}

func TestInteractionsAgreeWithTheOpenAPIDocument(t *testing.T) {
	document, err := openapi3.NewLoader().LoadFromData(fixtures.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, interaction := range committed(t).Interactions {
		request, err := http.NewRequestWithContext(t.Context(), interaction.Request.Method,
			fixtures.ProductionURL+interaction.Request.Path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.Header = interaction.Request.Headers
		if err := agrees(t, router, request, interaction.Response.Status, interaction.Response.Headers,
			interaction.Response.Body.Content); err != nil {
			t.Errorf("%s: %v", interaction.Description, err)
		}
	}
}

func agrees(t *testing.T, router routers.Router, request *http.Request, status int, header http.Header,
	body []byte) error {
	route, params, err := router.FindRoute(request)
	if err != nil {
		return err
	}
	input := &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route}
	if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil {
		return err
	}
	return openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 status,
		Header:                 header,
		Body:                   io.NopCloser(bytes.NewReader(body)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	})
}

// A description completes “upon receiving …”, and tells its interaction from every other.
func TestDescriptionsReadAsRequests(t *testing.T) {
	var seen []string
	for _, interaction := range committed(t).Interactions {
		if !strings.HasPrefix(interaction.Description, "a request to ") || slices.Contains(seen,
			interaction.Description) {
			t.Errorf("%q is no description of its own that completes “upon receiving …”", interaction.Description)
		}
		seen = append(seen, interaction.Description)
	}
}
