package verifier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// maxBody is the most bytes that a provider-state request or answer may have.
const maxBody = 1 << 20

// stateChange is one request of the provider-state protocol.
type stateChange struct {
	// State is the name of the state, as in the pact file; the verifier sends an empty one for an interaction without
	// states.
	State  string         `json:"state"`
	Params map[string]any `json:"params"`
	// Action is "setup" or "teardown".
	Action string `json:"action"`
}

// stateSetter carries out a change. It returns values for the pact file's generators, or an error that says why it
// cannot.
type stateSetter interface {
	Set(ctx context.Context, change stateChange) (map[string]any, error)
}

// stateOutcome is a change that was asked for, and why it could not be carried out; "" when it was.
type stateOutcome struct {
	Change stateChange
	Reason string
}

// stateHandler speaks the provider-state protocol, and remembers what it was asked and how it went.
type stateHandler struct {
	setter stateSetter

	mu       sync.Mutex
	outcomes []stateOutcome
	// standing are the states that were set up and not torn down.
	standing []stateChange
}

// Outcomes returns what was asked for, in that order.
func (h *stateHandler) Outcomes() []stateOutcome {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.outcomes)
}

// ServeHTTP answers 200 with values for generators, or 400 with the reason in plain text: the verifier would ask again,
// for two minutes, after a 5xx.
func (h *stateHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var change stateChange
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.UseNumber() // parameters are passed on as they are
	if err := decoder.Decode(&change); err != nil {
		http.Error(w, "not a provider-state request: "+err.Error(), http.StatusBadRequest)
		return
	}
	values, err := h.set(r.Context(), change)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(values)
}

// set carries out a change. A verifier asks for one after the other.
func (h *stateHandler) set(ctx context.Context, change stateChange) (map[string]any, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	values := map[string]any{}
	var err error
	if change.State != "" {
		values, err = h.setter.Set(ctx, change)
	}
	outcome := stateOutcome{Change: change}
	switch {
	case err != nil:
		outcome.Reason = err.Error()
	case change.State == "":
	case change.Action == teardown:
		h.standing = slices.DeleteFunc(h.standing, change.undoes)
	default:
		h.standing = append(h.standing, change)
	}
	h.outcomes = append(h.outcomes, outcome)
	if err != nil && change.Action != teardown {
		h.tearDown(ctx)
	}
	return values, err
}

// TearDown undoes what was set up and not undone: the verifier tears nothing down for an interaction one of whose
// states could not be set up.
func (h *stateHandler) TearDown(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tearDown(ctx)
}

func (h *stateHandler) tearDown(ctx context.Context) {
	for _, change := range slices.Backward(h.standing) {
		change.Action = teardown
		if _, err := h.setter.Set(ctx, change); err != nil {
			h.outcomes = append(h.outcomes, stateOutcome{change, err.Error()})
		}
	}
	h.standing = nil
}

const teardown = "teardown"

// undoes reports whether c is the teardown of the set-up.
func (c stateChange) undoes(setUp stateChange) bool {
	return c.State == setUp.State && reflect.DeepEqual(c.Params, setUp.Params)
}

// remoteStates lets a provider-state endpoint carry out changes: the mock server's, or a provider's own.
type remoteStates struct {
	URL    string
	Client *http.Client
	// AsQuery sends changes in the query, as state, action and each of the parameters.
	AsQuery bool
	// NoTeardown sends no teardowns: each set-up ends the one before.
	NoTeardown bool
}

// Set forwards the change. An answer other than 2xx is an error with what the endpoint said about it.
func (s remoteStates) Set(ctx context.Context, change stateChange) (map[string]any, error) {
	if s.NoTeardown && change.Action == teardown {
		return nil, nil
	}
	request, err := s.request(ctx, change)
	if err != nil {
		return nil, err
	}
	answer, err := s.Client.Do(request) //nolint:gosec // to the URL that the user gave
	if err != nil {
		return nil, fmt.Errorf("cannot reach the provider-state endpoint: %w", err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("the provider-state endpoint broke off its answer: %w", err)
	}
	if answer.StatusCode/100 != 2 {
		return nil, refusal(change, answer, said)
	}
	values := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(said))
	decoder.UseNumber()         // values are passed on as they are
	_ = decoder.Decode(&values) // an answer that is no object has no values
	return values, nil
}

func (s remoteStates) request(ctx context.Context, change stateChange) (*http.Request, error) {
	if s.AsQuery {
		query := url.Values{"state": {change.State}, "action": {change.Action}}
		for name, value := range change.Params {
			text, isText := value.(string)
			if !isText { // is written as JSON, as by Pact's own verifier
				encoded, err := json.Marshal(value)
				if err != nil {
					return nil, err
				}
				text = string(encoded)
			}
			query.Set(name, text)
		}
		return http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"?"+query.Encode(), http.NoBody)
	}
	if change.Params == nil {
		change.Params = map[string]any{}
	}
	body, err := json.Marshal(change)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err == nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, err
}

func refusal(change stateChange, answer *http.Response, said []byte) error {
	reason := strings.TrimSpace(string(said[:min(len(said), 500)]))
	var problem struct {
		Detail string `json:"detail"`
	}
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if strings.HasSuffix(media, "json") && json.Unmarshal(said, &problem) == nil && problem.Detail != "" {
		reason = problem.Detail
	}
	err := fmt.Errorf("the provider-state endpoint answered %s", answer.Status)
	if reason != "" {
		err = fmt.Errorf("%w: %s", err, reason)
	}
	if !known(change.State) && !strings.Contains(reason, fixtures.AccountExists) { // unless it has listed them itself
		err = fmt.Errorf("%w; %w", err, unknown(change.State))
	}
	return err
}

// endpointStates brings about what the documented endpoint itself can: an account can be created, nothing else can be
// done.
type endpointStates struct {
	// URL is the base URL, without the final slash.
	URL    string
	Client *http.Client
}

// Set creates the account of "an account exists"; one that was there before is as good. The endpoint cannot delete
// accounts, so a teardown leaves it.
func (s endpointStates) Set(ctx context.Context, change stateChange) (map[string]any, error) {
	switch {
	case !known(change.State):
		return nil, unknown(change.State)
	case change.Action == teardown:
		return nil, nil
	case change.State != fixtures.AccountExists:
		return nil, errors.New("the endpoint alone cannot do that: " +
			"give --states-url, or verify against the mock server")
	}
	name, err := text(change, "name")
	if err != nil {
		return nil, err
	}
	privacy, err := text(change, "privacy")
	if err != nil {
		return nil, err
	}
	return nil, s.create(ctx, name, privacy)
}

func (s endpointStates) create(ctx context.Context, name, privacy string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+fixtures.UsersPath, http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set(fixtures.UsernameHeader, name)
	if privacy != "" {
		request.Header.Set(fixtures.PrivacyHeader, privacy)
	}
	answer, err := s.Client.Do(request)
	if err != nil {
		return fmt.Errorf("cannot create the account: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated && answer.StatusCode != http.StatusConflict {
		return fmt.Errorf("cannot create the account: the endpoint answered %s, which is neither 201 (made) "+
			"nor 409 (there already)", answer.Status)
	}
	return nil
}

// text returns a parameter of a state. Without a required one there is no telling what is meant.
func text(change stateChange, param string) (string, error) {
	value, ok := change.Params[param]
	if !ok {
		if param == "name" {
			return "", fmt.Errorf("the state %q needs the parameter %q", change.State, param)
		}
		return "", nil
	}
	text, ok := value.(string)
	if !ok || text == "" {
		return "", fmt.Errorf("the parameter %q of the state %q must be a text, not %v", param, change.State, value)
	}
	return text, nil
}

func known(state string) bool {
	return slices.ContainsFunc(fixtures.ProviderStates(),
		func(s fixtures.ProviderState) bool { return s.Name == state })
}

func unknown(state string) error {
	var names []string
	for _, state := range fixtures.ProviderStates() {
		names = append(names, fmt.Sprintf("%q", state.Name))
	}
	return fmt.Errorf("unknown provider state %q; known are %s", state, strings.Join(names, ", "))
}
