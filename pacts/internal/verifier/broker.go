package verifier

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
)

// Broker is a Pact Broker.
type Broker struct {
	URL string
	// Token, or Username and Password, is how to log in, if need be.
	Token, Username, Password string
	// Selectors are consumer version selectors, each a JSON object; without any, the broker's own choice.
	Selectors []string
	// EnablePending reports failures of pending pacts without failing for them.
	EnablePending bool
	// IncludeWIPSince is a date, 2006-01-02: work in progress since then is verified as pending. "" is none.
	IncludeWIPSince string
}

func (b Broker) validate() []error {
	var wrong []error
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if b.URL != "" {
		if err := checkURL(b.URL); err != nil {
			add("--broker-url: %w", err)
		}
	} else if len(b.Selectors) > 0 || b.EnablePending || b.IncludeWIPSince != "" {
		add("consumer version selectors, pending and WIP pacts need --broker-url")
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
			add(`--consumer-version-selector: %s is no selector such as {"mainBranch":true} or {"deployedOrReleased":true}; there are `+
				"consumer, mainBranch, matchingBranch, branch, fallbackBranch, tag, fallbackTag, latest, deployedOrReleased, deployed, "+
				"released, environment", one)
		}
	}
	if b.IncludeWIPSince != "" {
		if _, err := time.Parse(time.DateOnly, b.IncludeWIPSince); err != nil {
			add("--include-wip-since: %q is no date such as 2026-01-31", b.IncludeWIPSince)
		}
	}
	return wrong
}

// selector is a consumer version selector, as far as the native library knows them: it takes no notice of other members, so that
// a slip would choose every pact there is.
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

// greet asks a broker for its index. The native library would wait without end for a broker that does not answer, ask again for
// two minutes after a 5xx, and call every failure "no pacts found".
func (c Config) greet(ctx context.Context) error {
	if c.Broker.URL == "" {
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Broker.URL, http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/hal+json, application/json")
	c.Broker.logIn(request)
	client := &http.Client{Timeout: c.Timeout}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the Pact Broker cannot be reached: %w", err)
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden:
		return fmt.Errorf("the Pact Broker at %s answered %s: it wants --broker-token, or --broker-username and --broker-password, "+
			"of somebody whom it knows", c.Broker.URL, answer.Status)
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("the Pact Broker at %s answered %s, not its index", c.Broker.URL, answer.Status)
	}
	return nil
}

// logIn adds the broker's credentials, but sends them to no other host than the broker's when that is known.
func (b Broker) logIn(request *http.Request) {
	if broker, err := url.Parse(b.URL); b.URL != "" && (err != nil || broker.Host != request.URL.Host) {
		return
	}
	switch {
	case b.Token != "":
		request.Header.Set("Authorization", "Bearer "+b.Token)
	case b.Username != "":
		request.SetBasicAuth(b.Username, b.Password)
	}
}
