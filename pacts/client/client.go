// Package client is a Go client of the Create Account endpoint. It is the consumer of the contracts in the folder
// above: the contracts say what this client sends and which answers it understands.
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
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"golang.org/x/net/http/httpguts"

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

// Returned for a name or a setting that would not arrive as it is. Nothing was sent then.
var (
	ErrUsername = errors.New("the name cannot be sent as it is")
	ErrPrivacy  = errors.New("the privacy setting cannot be sent as it is")
)

// unsendable says why HTTP would change a header's value, or could not carry it; "" when it would not.
func unsendable(value string) string {
	switch {
	case value == "":
		return "it is empty"
	case !utf8.ValidString(value):
		return "it is not UTF-8"
	case strings.Trim(value, " \t") != value:
		return "it begins or ends with a space or tab, which HTTP takes away"
	case !httpguts.ValidHeaderFieldValue(value):
		return "it has a control character in it"
	}
	return ""
}

// Client creates accounts. It can be used from several goroutines at once.
type Client struct {
	users string
	http  http.Client
}

// New returns a client of the API at baseURL, which may end in a slash, for example [fixtures.ProductionURL]. It makes
// its requests as httpClient does, but follows no redirect; nil is [http.DefaultClient].
func New(baseURL string, httpClient *http.Client) (*Client, error) {
	base, err := url.Parse(baseURL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" ||
		base.Fragment != "" {
		return nil, fmt.Errorf("the base URL is not one such as %s", fixtures.ProductionURL) // it may hold a password
	}
	if httpClient == nil {
		httpClient = http.DefaultClient
	}
	client := &Client{users: strings.TrimSuffix(baseURL, "/") + fixtures.UsersPath, http: *httpClient}
	// No answer is a documented redirect, and a followed one could create the account twice.
	client.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client, nil
}

// CreateAccount creates an account. With an empty privacy none is sent, and the server's default applies. A documented
// refusal is an [*InvalidError], a [*BlockedError] or a [*ConflictError]; an undocumented answer is an
// [*UnexpectedError]. [ErrUsername] and [ErrPrivacy] mean that nothing was sent. After any other error it is unknown
// whether the account was created.
func (c *Client) CreateAccount(ctx context.Context, name, privacy string) (Account, error) {
	if reason := unsendable(name); reason != "" {
		return Account{}, fmt.Errorf("create account: %w: %s", ErrUsername, reason)
	}
	if reason := unsendable(privacy); privacy != "" && reason != "" {
		return Account{}, fmt.Errorf("create account: %w: %s", ErrPrivacy, reason)
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
	account, err := understand(response, body, name)
	if err != nil {
		return Account{}, fmt.Errorf("create account: %w", err)
	}
	return account, nil
}

// understand reads an answer about name by its status, strictly: the members that are documented, all of them, and no
// others.
func understand(response *http.Response, body []byte, name string) (Account, error) {
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
		value, ok := members[member.Name]
		if !ok {
			return Account{}, wrong(fmt.Sprintf("the body has no member %q", member.Name))
		}
		if member.Source == fixtures.EchoesUsername && value != name {
			return Account{}, wrong(fmt.Sprintf("it is about %q, not %q", value, name))
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
