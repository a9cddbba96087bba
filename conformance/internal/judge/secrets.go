package judge

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// shortestSecret is the fewest characters that are looked for everywhere; less would be found in innocent text. In
// its own header even a shorter one is hidden.
const shortestSecret = 6

// plainHeaders are those of which a value is shown; any other header of a configuration is a secret. None of them
// carries one, and they are needed to understand a report.
var plainHeaders = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Length", "Content-Type", "Forwarded",
	"Host", "Origin", "User-Agent", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip",
}

func isPlainHeader(name string) bool {
	return slices.ContainsFunc(plainHeaders, func(plain string) bool { return strings.EqualFold(name, plain) })
}

// secrets are all texts that must not appear in any report: header values and passwords, whole and in their parts.
func (c Config) secrets() []string {
	var secrets []string
	add := func(texts ...string) {
		for _, text := range texts {
			if len(text) >= shortestSecret {
				secrets = append(secrets, text)
			}
		}
	}
	addHeader := func(name string, values ...string) {
		if isPlainHeader(name) {
			return
		}
		for _, value := range values {
			add(value)
			add(parts(value)...)
		}
	}
	for name, values := range c.Header {
		addHeader(name, values...)
	}
	kind, value := parseBlockedVia(c.BlockedVia)
	if kind == viaHeader {
		name, headerValue, _ := strings.Cut(value, ":")
		addHeader(strings.TrimSpace(name), strings.TrimSpace(headerValue))
	}
	proxy := c.Proxy
	if base, err := parseBaseURL(c.URL); err == nil && proxy == "" {
		if found, err := c.proxyTo(base); err == nil && found != nil {
			proxy = found.String()
		}
	}
	for _, text := range []string{c.URL, proxy, value} {
		if parsed, err := url.Parse(text); err == nil && parsed.User != nil {
			password, _ := parsed.User.Password()
			add(password, parsed.User.String(),
				base64.StdEncoding.EncodeToString([]byte(parsed.User.Username()+":"+password)))
		}
	}
	return secrets
}

// parts returns what may be secret in a header value: the token after a scheme, the values of cookies, a Basic
// password.
func parts(value string) []string {
	var found []string
	for _, field := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(" \t;,", r) }) {
		if strings.EqualFold(field, "Bearer") || strings.EqualFold(field, "Digest") {
			continue
		}
		found = append(found, field)
		if _, after, ok := strings.Cut(field, "="); ok {
			found = append(found, strings.Trim(after, `"`))
		}
		if decoded, err := base64.StdEncoding.DecodeString(field); err == nil {
			if _, password, ok := strings.Cut(string(decoded), ":"); ok {
				found = append(found, password)
			}
		}
	}
	return found
}

// display is the URL as reports show it, without a password.
func (c Config) display() string {
	parsed, err := url.Parse(c.URL)
	if err != nil {
		return ""
	}
	parsed.User = nil
	return parsed.String()
}
