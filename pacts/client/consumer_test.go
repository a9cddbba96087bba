//go:build pact

package client_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/pact-foundation/pact-go/v2/consumer"
	"github.com/pact-foundation/pact-go/v2/log"
	"github.com/pact-foundation/pact-go/v2/matchers"
	"github.com/pact-foundation/pact-go/v2/models"

	"github.com/clicksminuteper/connectmypairs-contract/pacts/client"
)

var update = flag.Bool("update", false, "write the contracts anew instead of comparing them")

// want is what the client must make of the answer: an account, or one of its errors.
type want struct {
	account client.Account
	err     error
}

// interactions are what the client and its provider agree on. Every name is another, so that an interaction verifies
// whatever ran before it.
var interactions = []struct {
	description string
	states      []models.ProviderState
	name        string
	privacy     string
	status      int
	body        matchers.MapMatcher
	want        want
}{
	{
		description: "a request to create an account without a privacy setting",
		states:      []models.ProviderState{free("pact-default")},
		name:        "pact-default",
		status:      http.StatusCreated,
		body:        exactly("name", "pact-default", "privacy", "Public"),
		want:        want{account: client.Account{Name: "pact-default", Privacy: "Public"}},
	},
	{
		description: "a request to create a public account",
		states:      []models.ProviderState{free("pact-public")},
		name:        "pact-public",
		privacy:     "Public",
		status:      http.StatusCreated,
		body:        exactly("name", "pact-public", "privacy", "Public"),
		want:        want{account: client.Account{Name: "pact-public", Privacy: "Public"}},
	},
	{
		description: "a request to create a private account",
		states:      []models.ProviderState{free("pact-private")},
		name:        "pact-private",
		privacy:     "Private",
		status:      http.StatusCreated,
		body:        exactly("name", "pact-private", "privacy", "Private"),
		want:        want{account: client.Account{Name: "pact-private", Privacy: "Private"}},
	},
	{
		description: "a request to create an account with an invalid privacy setting",
		states:      []models.ProviderState{free("pact-invalid")},
		name:        "pact-invalid",
		privacy:     "pact-no-such-setting",
		status:      http.StatusBadRequest,
		body: exactly("name", "pact-invalid", "privacy", "pact-no-such-setting", "code", "400",
			"description", "Privacy was invalid"),
		want: want{err: &client.InvalidError{
			Name: "pact-invalid", Privacy: "pact-no-such-setting", Description: "Privacy was invalid",
		}},
	},
	{
		description: "a request to create an account from a blocked IP address",
		states:      []models.ProviderState{{Name: "the caller's IP address is blocked"}, free("pact-blocked")},
		name:        "pact-blocked",
		status:      http.StatusForbidden,
		body:        exactly("description", "Your IP address was blocked.", "code", "403"),
		want:        want{err: &client.BlockedError{Description: "Your IP address was blocked."}},
	},
	{
		description: "a request to create an account whose name is in use",
		states:      []models.ProviderState{used("pact-used", "Public")},
		name:        "pact-used",
		status:      http.StatusConflict,
		body:        exactly("name", "pact-used", "code", "409"),
		want:        want{err: &client.ConflictError{Name: "pact-used"}},
	},
	{
		description: "a request to create an account whose name is in use with another privacy setting",
		states:      []models.ProviderState{used("pact-used-publicly", "Public")},
		name:        "pact-used-publicly",
		privacy:     "Private",
		status:      http.StatusConflict,
		body:        exactly("name", "pact-used-publicly", "code", "409"),
		want:        want{err: &client.ConflictError{Name: "pact-used-publicly"}},
	},
}

func free(name string) models.ProviderState {
	return models.ProviderState{Name: "no account exists", Parameters: map[string]any{"name": name}}
}

func used(name, privacy string) models.ProviderState {
	return models.ProviderState{Name: "an account exists", Parameters: map[string]any{"name": name, "privacy": privacy}}
}

// exactly takes members and their values in turns. Echoes are as exact as constants: the client relies on both.
func exactly(members ...string) matchers.MapMatcher {
	body := matchers.MapMatcher{}
	for i := 0; i < len(members); i += 2 {
		body[members[i]] = matchers.String(members[i+1])
	}
	return body
}

func TestClientUnderstandsEveryDocumentedAnswer(t *testing.T) {
	if err := log.SetLogLevel("ERROR"); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, interaction := range interactions {
		provider, err := consumer.NewV4Pact(consumer.MockHTTPProviderConfig{Consumer: consumerName,
			Provider: providerName, PactDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		unconfigured := provider.AddInteraction()
		for _, state := range interaction.states {
			unconfigured = unconfigured.GivenWithParameter(state)
		}
		err = unconfigured.
			UponReceiving(interaction.description).
			WithRequest(http.MethodPost, "/users/", func(request *consumer.V4RequestBuilder) {
				request.Header("Username", matchers.String(interaction.name))
				if interaction.privacy != "" {
					request.Header("Privacy", matchers.String(interaction.privacy))
				}
			}).
			WillRespondWith(interaction.status, func(response *consumer.V4ResponseBuilder) {
				// Clause answer.content-type: parameters are allowed, and media types have no letter case (RFC 9110,
				// 8.3.1).
				response.Header("Content-Type", matchers.Regex("application/json",
					`^(?i:application/json)[ \t]*(;.*)?$`))
				response.JSONBody(interaction.body)
			}).
			ExecuteTest(t, func(server consumer.MockServerConfig) error {
				c, err := client.New(fmt.Sprintf("http://%s:%d", server.Host, server.Port), nil)
				if err != nil {
					return err
				}
				account, err := c.CreateAccount(t.Context(), interaction.name, interaction.privacy)
				return interaction.want.compare(account, err)
			})
		if err != nil {
			t.Errorf("%s: %v", interaction.description, err)
		}
	}
	if t.Failed() {
		return
	}
	written, err := normalised(filepath.Join(dir, contractFile))
	if err != nil {
		t.Fatal(err)
	}
	committed := filepath.Join("..", contractFile)
	if *update {
		if err := os.WriteFile(committed, written, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	present, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(present, written) {
		t.Errorf("%s is not what the consumer tests write now; see what changed with: make pact-update && git diff",
			committed)
	}
}

func (w want) compare(account client.Account, err error) error {
	if account != w.account {
		return fmt.Errorf("got account %v, want %v", account, w.account)
	}
	if w.err == nil {
		return err
	}
	if !reflect.DeepEqual(errors.Unwrap(err), w.err) {
		return fmt.Errorf("got error %w, want %w", err, w.err)
	}
	return nil
}

// normalised returns a pact file without the versions of the libraries that wrote it: they are no part of what consumer
// and provider agree on, and would make every update of a library a change of the contract.
func normalised(file string) ([]byte, error) {
	written, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var pact map[string]any
	if err := json.Unmarshal(written, &pact); err != nil {
		return nil, err
	}
	metadata, ok := pact["metadata"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s has no metadata", file)
	}
	pact["metadata"] = map[string]any{"pactSpecification": metadata["pactSpecification"]}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(pact)
	return out.Bytes(), err
}
