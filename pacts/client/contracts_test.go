package client_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	Interactions []struct {
		Description    string `json:"description"`
		ProviderStates []struct {
			Name   string         `json:"name"`
			Params map[string]any `json:"params"`
		} `json:"providerStates"`
		Request struct {
			Headers http.Header `json:"headers"`
			Rules   rules       `json:"matchingRules"`
		} `json:"request"`
		Response struct {
			Status int `json:"status"`
			Body   struct {
				Content json.RawMessage `json:"content"`
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
		if !strings.HasPrefix(interaction.Description, "a request to ") {
			t.Errorf("%q does not complete “upon receiving …”", interaction.Description)
		}
		delete(named, interaction.Description)
	}
	for description := range named {
		t.Errorf("no interaction is called: %s", description)
	}
}

// That the states and their parameters are known, the mock server tells, which refuses others.
func TestProviderStatesAreAboutTheRequest(t *testing.T) {
	for _, interaction := range committed(t).Interactions {
		if len(interaction.ProviderStates) == 0 {
			t.Errorf("%s: no provider state, so it depends on what ran before", interaction.Description)
		}
		for _, used := range interaction.ProviderStates {
			if name, user := used.Params["name"],
				interaction.Request.Headers.Get(fixtures.UsernameHeader); name != nil && name != user {
				t.Errorf("%s: %q is about %q, the request about %q", interaction.Description, used.Name, name, user)
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
