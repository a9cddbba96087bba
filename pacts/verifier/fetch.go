package verifier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/clicksminuteper/connectmypairs-contract/pacts/pactfile"
)

// fetch puts the pact files at urls into dir. The native library has a source for URLs too, but it panics in the versions that
// there are (libpact_ffi 0.5.6 and 0.5.8, "No rustls crypto provider is configured").
func (c Config) fetch(ctx context.Context, urls []string, dir string) ([]pactfile.File, error) {
	client := &http.Client{Timeout: c.Timeout}
	var fetched []pactfile.File
	for i, from := range urls {
		content, err := c.get(ctx, client, from)
		if err != nil {
			return nil, err
		}
		file, err := pactfile.Parse(redacted(from), content)
		if err != nil {
			return nil, err
		}
		file.Path = filepath.Join(dir, fmt.Sprintf("pact-%d.json", i+1))
		if err := os.WriteFile(file.Path, content, 0o600); err != nil {
			return nil, err
		}
		fetched = append(fetched, file)
	}
	return fetched, nil
}

func (c Config) get(ctx context.Context, client *http.Client, from string) ([]byte, error) {
	wrong := func(err error) error { return fmt.Errorf("pact file %s: %w", redacted(from), err) }
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, http.NoBody)
	if err != nil {
		return nil, wrong(errors.New("not a URL"))
	}
	request.Header.Set("Accept", "application/hal+json, application/json")
	c.Broker.logIn(request)
	answer, err := client.Do(request)
	if err != nil {
		if inner := (*url.Error)(nil); errors.As(err, &inner) {
			err = inner.Err // the outer one repeats the URL
		}
		return nil, wrong(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, wrong(fmt.Errorf("the answer was %s", answer.Status))
	}
	content, err := io.ReadAll(io.LimitReader(answer.Body, pactfile.MaxBytes+1))
	if err == nil && len(content) > pactfile.MaxBytes {
		err = fmt.Errorf("it has more than %d bytes; split it", pactfile.MaxBytes)
	}
	if err != nil {
		return nil, wrong(err)
	}
	return content, nil
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
