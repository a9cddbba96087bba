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
)

// fetch puts the pact files at urls into dir. The native library has a source for URLs too, but it panics in the versions that
// there are (libpact_ffi 0.5.6 and 0.5.8, "No rustls crypto provider is configured").
func (c Config) fetch(ctx context.Context, urls []string, dir string) ([]pactFile, error) {
	client := &http.Client{Timeout: c.Timeout}
	var fetched []pactFile
	for i, from := range urls {
		content, err := c.get(ctx, client, from)
		if err != nil {
			return nil, err
		}
		file, err := parsePact(redacted(from), content)
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
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxPactBytes+1))
	if err == nil && len(content) > maxPactBytes {
		err = fmt.Errorf("it has more than %d bytes; split it", maxPactBytes)
	}
	if err != nil {
		return nil, wrong(err)
	}
	return content, nil
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
