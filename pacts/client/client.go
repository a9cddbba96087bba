// Package client is a Go client of the Create Account endpoint. It is the consumer of the contracts in the folder above: the
// contracts say what this client sends and which answers it understands.
package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// maxBody is the most bytes of an answer that are read; documented bodies have a few hundred.
const maxBody = 64 << 10

// Account is an account that was created.
type Account struct {
	Name    string
	Privacy string
}

// InvalidError is the documented 400: the syntax was not valid.
type InvalidError struct {
	// Name and Privacy are what was sent, as the server understood it.
	Name, Privacy string
	// Description says what was invalid.
	Description string
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("account %q was refused: %s", e.Name, e.Description)
}

// BlockedError is the documented 403: the caller's IP address is blocked.
type BlockedError struct{ Description string }

func (e *BlockedError) Error() string { return "not allowed: " + e.Description }

// ConflictError is the documented 409: the name is already in use.
type ConflictError struct{ Name string }

func (e *ConflictError) Error() string { return fmt.Sprintf("the name %q is already in use", e.Name) }

// UnexpectedError is an answer that the documentation knows nothing of.
type UnexpectedError struct {
	Status int
	// Reason says what is wrong with the answer.
	Reason string
}

func (e *UnexpectedError) Error() string {
	return fmt.Sprintf("unexpected answer %d: %s", e.Status, e.Reason)
}

// ErrUsername is returned for a name that cannot be sent in a header as it is. Nothing was sent then.
var ErrUsername = errors.New("the name is empty, or begins or ends with a space or tab, which HTTP would take away")

// Client creates accounts. It can be used from several goroutines at once.
type Client struct {
	users string
	http  http.Client
}

// New returns a client of the API at baseURL, which may end in a slash, for example fixtures.ProductionURL. It makes its requests
// with transport's transport, jar and timeout; with nil, with those of http.DefaultClient.
func New(baseURL string, transport *http.Client) (*Client, error) {
	base, err := url.Parse(baseURL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("base URL %q is not a URL such as %s", baseURL, fixtures.ProductionURL)
	}
	if transport == nil {
		transport = http.DefaultClient
	}
	client := &Client{users: strings.TrimSuffix(baseURL, "/") + fixtures.UsersPath, http: *transport}
	// No answer is a documented redirect, and a followed one could create the account twice.
	client.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client, nil
}

// CreateAccount creates an account. With an empty privacy none is sent, and the server's default applies. A documented refusal is
// an *InvalidError, a *BlockedError or a *ConflictError; an undocumented answer is an *UnexpectedError. After any other error
// but ErrUsername it is unknown whether the account was created.
func (c *Client) CreateAccount(ctx context.Context, name, privacy string) (Account, error) {
	if trimmed := strings.Trim(name, " \t"); trimmed == "" || trimmed != name {
		return Account{}, ErrUsername
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.users, http.NoBody)
	if err != nil {
		return Account{}, err
	}
	request.Header.Set(fixtures.UsernameHeader, name)
	if privacy != "" {
		request.Header.Set(fixtures.PrivacyHeader, privacy)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return Account{}, fmt.Errorf("create account: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return Account{}, fmt.Errorf("create account: the answer broke off: %w", err)
	}
	account, err := understand(response, body)
	if err == nil && account.Name != name {
		err = &UnexpectedError{response.StatusCode, fmt.Sprintf("it is about %q, not %q", account.Name, name)}
	}
	if err != nil {
		return Account{}, fmt.Errorf("create account: %w", err)
	}
	return account, nil
}

// understand reads an answer by its status, strictly: the members that are documented, all of them, and no others.
func understand(response *http.Response, body []byte) (Account, error) {
	wrong := func(reason string) error { return &UnexpectedError{response.StatusCode, reason} }
	documented, ok := fixtures.AnswerOf(response.StatusCode)
	if !ok {
		return Account{}, wrong("the status is not documented")
	}
	contentType := response.Header.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(contentType); err != nil || media != "application/json" {
		return Account{}, wrong(fmt.Sprintf("the content type is %q, not application/json", contentType))
	}
	var members map[string]string
	if err := json.Unmarshal(body, &members); err != nil { // refuses a member twice, and anything after the object
		return Account{}, wrong(err.Error())
	}
	if len(members) != len(documented.Members) {
		return Account{}, wrong(fmt.Sprintf("the body has %d members, not %d", len(members), len(documented.Members)))
	}
	for _, member := range documented.Members {
		if _, ok := members[member.Name]; !ok {
			return Account{}, wrong(fmt.Sprintf("the body has no member %q", member.Name))
		}
	}
	switch response.StatusCode {
	case http.StatusBadRequest:
		return Account{}, &InvalidError{members["name"], members["privacy"], members["description"]}
	case http.StatusForbidden:
		return Account{}, &BlockedError{members["description"]}
	case http.StatusConflict:
		return Account{}, &ConflictError{members["name"]}
	default:
		return Account{members["name"], members["privacy"]}, nil
	}
}
