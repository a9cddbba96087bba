package verifier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Broker is a Pact Broker, and which of its pacts are verified.
type Broker struct {
	URL string
	// Token, or Username and Password, is how to log in, if need be.
	Token, Username, Password string
	// Selectors are consumer version selectors, each a JSON object; without any, the broker chooses.
	Selectors []string
	// ConsumerTags select the latest pact of each of these tags.
	ConsumerTags []string
	// EnablePending reports failures of pending pacts without failing for them.
	EnablePending bool
	// IncludeWIPSince is a date, 2006-01-02: work in progress since then is verified as pending. "" is none.
	IncludeWIPSince string
	// Retries is how often a request is repeated that the broker answers with 5xx, 408 or 429.
	Retries int
}

const maxRetries = 10

func (b Broker) validate(add func(format string, args ...any)) {
	if b.URL != "" {
		if err := checkURL(b.URL); err != nil {
			add("--broker-url: %w", err)
		}
	} else if len(b.Selectors)+len(b.ConsumerTags) > 0 || b.EnablePending || b.IncludeWIPSince != "" {
		add("consumer version selectors, consumer tags, pending and WIP pacts need --broker-url")
	}
	if (b.Username == "") != (b.Password == "") {
		add("--broker-username and --broker-password go together")
	}
	if b.Token != "" && b.Username != "" {
		add("give --broker-token, or --broker-username and --broker-password, not both")
	}
	for _, one := range b.Selectors {
		var read selector
		if err := json.Unmarshal([]byte(one), &read, json.RejectUnknownMembers(true)); err != nil {
			add(`--consumer-version-selector: %s is no selector such as {"mainBranch":true} or `+
				`{"deployedOrReleased":true}; its members can be consumer, mainBranch, matchingBranch, branch, `+
				"fallbackBranch, tag, fallbackTag, latest, deployedOrReleased, deployed, released, environment", one)
		}
	}
	if b.IncludeWIPSince != "" {
		if _, err := time.Parse(time.DateOnly, b.IncludeWIPSince); err != nil {
			add("--include-wip-since: %q is no date such as 2026-01-31", b.IncludeWIPSince)
		}
	}
	if b.Retries < 0 || b.Retries > maxRetries {
		add("--broker-retries: %d is not between 0 and %d", b.Retries, maxRetries)
	}
}

// selector is a consumer version selector. A broker ignores members that it does not know, so that a slip would select
// every pact.
type selector struct {
	Consumer           string `json:"consumer"`
	MainBranch         bool   `json:"mainBranch"`
	MatchingBranch     bool   `json:"matchingBranch"`
	Branch             string `json:"branch"`
	FallbackBranch     string `json:"fallbackBranch"`
	Tag                string `json:"tag"`
	FallbackTag        string `json:"fallbackTag"`
	Latest             bool   `json:"latest"`
	DeployedOrReleased bool   `json:"deployedOrReleased"`
	Deployed           bool   `json:"deployed"`
	Released           bool   `json:"released"`
	Environment        string `json:"environment"`
}

// sameHost reports whether two URLs lie on one host.
func sameHost(one, other string) bool {
	a, errOne := url.Parse(one)
	b, errOther := url.Parse(other)
	return errOne == nil && errOther == nil && a.Scheme == b.Scheme && a.Host == b.Host
}

// hal is a client of what a broker serves, HAL documents over HTTP.
type hal struct {
	config Config
	client *http.Client
	// host is the one that gets the credentials.
	host string
	// patience is how long the pacts of a broker may take, all together.
	patience time.Duration
}

// newHAL returns a client that sends credentials to the broker, or without one to the host of the only URLs that there
// are.
func newHAL(config Config, urls []string) *hal {
	client := &http.Client{Timeout: config.Timeout, Transport: newTransport(nil)}
	h := &hal{config: config, client: client, patience: 10 * time.Minute}
	for _, from := range append([]string{config.Broker.URL}, urls...) {
		if u, err := url.Parse(from); err == nil && h.host == "" {
			h.host = u.Host
		}
	}
	return h
}

// answerError is an answer other than 2xx.
type answerError struct {
	status int
	text   string
	tries  int
	// wait is how long the broker asks to wait before the request is repeated.
	wait time.Duration
}

func (e *answerError) Error() string {
	if e.tries > 1 {
		return fmt.Sprintf("the answer was %s, %d times", e.text, e.tries)
	}
	return "the answer was " + e.text
}

// is reports whether the error is an answer with this status.
func is(err error, status int) bool {
	answer, ok := errors.AsType[*answerError](err)
	return ok && answer.status == status
}

// backoff is the pause before the first repetition; it doubles with each.
const backoff = 500 * time.Millisecond

// do makes a request, with a JSON body unless that is nil, and repeats it when the answer says that it may help.
func (h *hal) do(ctx context.Context, method, to string, body any) ([]byte, error) {
	var encoded []byte
	if body != nil {
		var err error
		if encoded, err = json.Marshal(body, json.Deterministic(true)); err != nil {
			return nil, err
		}
	}
	for try := 0; ; try++ {
		content, err := h.once(ctx, method, to, encoded)
		answer, ok := errors.AsType[*answerError](err)
		if !ok {
			return content, err
		}
		answer.tries = try + 1
		repeat := answer.status >= 500 || answer.status == http.StatusRequestTimeout ||
			answer.status == http.StatusTooManyRequests
		if !repeat || try == h.config.Broker.Retries {
			return nil, err
		}
		pause := time.NewTimer(max(answer.wait, backoff<<try)) // a broker that is overloaded gets time
		select {
		case <-pause.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// maxRetryAfter bounds what a broker can make us wait.
const maxRetryAfter = 30 * time.Second

func (h *hal) once(ctx context.Context, method, to string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("not a URL")
	}
	request.Header.Set("Accept", "application/hal+json, application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if request.URL.Host == h.host {
		h.config.Broker.logIn(request)
	}
	answer, err := h.client.Do(request)
	if err != nil {
		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err // the outer one repeats the URL, which may hold a secret
		}
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		wait := retryAfter(answer.Header.Get("Retry-After"), time.Now())
		return nil, &answerError{status: answer.StatusCode, text: answer.Status, wait: wait}
	}
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxPactBytes+1))
	if err == nil && len(content) > maxPactBytes {
		err = fmt.Errorf("it has more than %d bytes; split it", maxPactBytes)
	}
	return content, err
}

// retryAfter is how long a broker wants us to wait: seconds, or until a date (RFC 9110, section 10.2.3). It is at most
// maxRetryAfter, and 0 for what is neither.
func retryAfter(text string, now time.Time) time.Duration {
	seconds, _ := strconv.ParseUint(text, 10, 31)
	wait := time.Duration(seconds) * time.Second
	if date, err := http.ParseTime(text); err == nil {
		wait = date.Sub(now)
	}
	return min(max(0, wait), maxRetryAfter)
}

func (b Broker) logIn(request *http.Request) {
	switch {
	case b.Token != "":
		request.Header.Set("Authorization", "Bearer "+b.Token)
	case b.Username != "":
		request.SetBasicAuth(b.Username, b.Password)
	}
}

type link struct {
	Href string `json:"href"`
	Name string `json:"name"`
}

// linkOf reads one of the links of a document; a relation with several has none.
func linkOf(links map[string]jsontext.Value, relation string) link {
	var found link
	_ = json.Unmarshal(links[relation], &found, lenient)
	return found
}

// expand fills in a template such as https://broker.example/{provider}.
func expand(template string, values ...string) string {
	for i := 0; i+1 < len(values); i += 2 {
		template = strings.ReplaceAll(template, "{"+values[i]+"}", url.PathEscape(values[i+1]))
	}
	return template
}

// pact fetches the pact at a URL.
func (h *hal) pact(ctx context.Context, from string) (pact, error) {
	content, err := h.do(ctx, http.MethodGet, from, nil)
	if err != nil {
		return pact{}, fmt.Errorf("pact file %s: %w", redacted(from), err)
	}
	read, err := parsePact(redacted(from), content)
	if version := linkOf(read.links, "pb:consumer-version").Name; version != "" {
		read.origin = version
	}
	return read, err
}

// redacted is a URL without what may be secret in it: a password, or a token in the query.
func redacted(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "URL"
	}
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	return u.Redacted()
}

// notice is what a broker wants people to read: When is "before_verification", or names the outcome after which they
// should, as in "after_verification:success_false_published_true".
type notice struct {
	When string `json:"when"`
	Text string `json:"text"`
}

func (n notice) applies(success, published bool) bool {
	outcome, after := strings.CutPrefix(n.When, "after_verification:")
	return !after || outcome == fmt.Sprintf("success_%t_published_%t", success, published)
}

// maxBrokerPacts is how many pacts of a broker are verified in one run.
const maxBrokerPacts = 1000

// pacts adds the pacts that the broker selects for the provider.
func (h *hal) pacts(ctx context.Context, found *sources) error {
	b := h.config.Broker
	where := "the Pact Broker at " + b.URL
	ctx, cancel := context.WithTimeoutCause(ctx, h.patience,
		fmt.Errorf("%s: its pacts were not here in %v", where, h.patience))
	defer cancel()
	content, err := h.do(ctx, http.MethodGet, b.URL, nil)
	switch _, answered := errors.AsType[*answerError](err); {
	case is(err, http.StatusUnauthorized), is(err, http.StatusForbidden):
		return fmt.Errorf("%s: %w; check --broker-token, or --broker-username and --broker-password", where, err)
	case answered:
		return fmt.Errorf("%s: %w, not its index", where, err)
	case err != nil:
		return fmt.Errorf("the Pact Broker at %s cannot be reached: %w", b.URL, err)
	}
	var index struct {
		Links map[string]jsontext.Value `json:"_links"`
	}
	const relation = "pb:provider-pacts-for-verification"
	if err := json.Unmarshal(content, &index, lenient); err != nil || linkOf(index.Links, relation).Href == "" {
		return fmt.Errorf("%s: its index has no link %s; is that the URL of a Pact Broker of version 2.65 or later?",
			where, relation)
	}
	content, err = h.do(ctx, http.MethodPost, expand(linkOf(index.Links, relation).Href, "provider", h.config.Provider),
		h.config.selection())
	if is(err, http.StatusNotFound) {
		found.note("%s has no provider %q", where, h.config.Provider)
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: pacts for verification: %w", where, err)
	}
	var selected struct {
		Embedded struct {
			Pacts []selectedPact `json:"pacts"`
		} `json:"_embedded"`
	}
	if err := json.Unmarshal(content, &selected, lenient); err != nil {
		return fmt.Errorf("%s: pacts for verification: %w", where, err)
	}
	if count := len(selected.Embedded.Pacts); count > maxBrokerPacts {
		return fmt.Errorf("%s: it selects %d pacts, and at most %d are verified; narrow the selectors", where, count,
			maxBrokerPacts)
	}
	for _, one := range selected.Embedded.Pacts {
		read, err := h.selected(ctx, one)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		found.add(read, err)
	}
	return nil
}

type selectedPact struct {
	Description string `json:"shortDescription"`
	Properties  struct {
		Pending bool     `json:"pending"`
		Notices []notice `json:"notices"`
	} `json:"verificationProperties"`
	Links map[string]jsontext.Value `json:"_links"`
}

func (h *hal) selected(ctx context.Context, one selectedPact) (pact, error) {
	read, err := h.pact(ctx, linkOf(one.Links, "self").Href)
	if one.Description != "" {
		read.origin += ", " + one.Description
	}
	read.pending, read.notices = one.Properties.Pending, one.Properties.Notices
	return read, err
}

// selection is the request for pacts to verify.
type selection struct {
	Selectors []any    `json:"consumerVersionSelectors,omitempty"`
	Pending   bool     `json:"includePendingStatus,omitzero"`
	WIPSince  string   `json:"includeWipPactsSince,omitzero"`
	Branch    string   `json:"providerVersionBranch,omitzero"`
	Tags      []string `json:"providerVersionTags,omitempty"`
}

func (c Config) selection() selection {
	var selectors []any
	for _, one := range c.Broker.Selectors {
		selectors = append(selectors, jsontext.Value(one))
	}
	for _, tag := range c.Broker.ConsumerTags {
		selectors = append(selectors, map[string]any{"tag": tag, "latest": true})
	}
	return selection{selectors, c.Broker.EnablePending, c.Broker.IncludeWIPSince, c.ProviderBranch, c.ProviderTags}
}

// publish tells the broker of a pact how the provider did.
func (h *hal) publish(ctx context.Context, p pact, results []Interaction) error {
	to := linkOf(p.links, "pb:publish-verification-results").Href
	if to == "" {
		return errors.New("it has no link pb:publish-verification-results, so it does not come from a Pact Broker")
	}
	if err := h.describeVersion(ctx, linkOf(p.links, "pb:provider").Href); err != nil {
		return err
	}
	_, err := h.do(ctx, http.MethodPost, to, h.results(p, results))
	return err
}

// describeVersion tells the broker the branch and the tags of the provider's version.
func (h *hal) describeVersion(ctx context.Context, provider string) error {
	if h.config.ProviderBranch == "" && len(h.config.ProviderTags) == 0 {
		return nil
	}
	content, err := h.do(ctx, http.MethodGet, provider, nil)
	if err != nil {
		return fmt.Errorf("provider: %w", err)
	}
	var document struct {
		Links map[string]jsontext.Value `json:"_links"`
	}
	if err := json.Unmarshal(content, &document, lenient); err != nil {
		return fmt.Errorf("provider: %w", err)
	}
	put := func(relation, name, value string) error {
		href := linkOf(document.Links, relation).Href
		if href == "" {
			return fmt.Errorf("the broker offers no %s", relation)
		}
		_, err := h.do(ctx, http.MethodPut, expand(href, "version", h.config.ProviderVersion, name, value), struct{}{})
		if err != nil {
			return fmt.Errorf("%s %s: %w", name, value, err)
		}
		return nil
	}
	if branch := h.config.ProviderBranch; branch != "" {
		if err := put("pb:branch-version", "branch", branch); err != nil {
			return err
		}
	}
	for _, tag := range h.config.ProviderTags {
		if err := put("pb:version-tag", "tag", tag); err != nil {
			return err
		}
	}
	return nil
}

// results is the body that a broker wants, with a test result for each interaction that it has given an id.
func (h *hal) results(p pact, results []Interaction) map[string]any {
	success := true
	tests := []map[string]any{}
	for i, result := range results {
		success = success && result.OK()
		if p.interactions[i].id == "" {
			continue
		}
		test := map[string]any{"interactionId": p.interactions[i].id, "success": result.OK()}
		if result.Problem != "" {
			test["exceptions"] = []map[string]string{{"message": result.Problem}}
		}
		var mismatches []map[string]string
		for _, mismatch := range result.Mismatches {
			attribute, identifier, _ := strings.Cut(mismatch.Where, " ")
			mismatches = append(mismatches, map[string]string{
				"attribute": attribute, "identifier": identifier, "description": mismatch.Rule,
			})
		}
		if mismatches != nil {
			test["mismatches"] = mismatches
		}
		tests = append(tests, test)
	}
	body := map[string]any{
		"success":                    success && len(results) == len(p.interactions),
		"providerApplicationVersion": h.config.ProviderVersion,
		"verifiedBy":                 map[string]string{"implementation": "connectmypairs-contract"},
		"testResults":                tests,
	}
	if h.config.BuildURL != "" {
		body["buildUrl"] = h.config.BuildURL
	}
	return body
}
