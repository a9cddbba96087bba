package judge

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
)

// TestNoReportHoldsASecret has a target that repeats every header and the URL in its answers, which is the worst case.
func TestNoReportHoldsASecret(t *testing.T) {
	t.Parallel()
	const token, cookie, password, blockedToken = "tok-3n-of-the-day", "s3ss10n-value", "pa55/word+1", "bl0cked-token"
	secrets := []string{
		token, cookie, password, blockedToken, "pa55%2Fword+1", "pa55%2Fword%2B1",
		base64.StdEncoding.EncodeToString([]byte("someone:" + password)),
	}
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Debug", fmt.Sprint(r.Header))
		w.Header().Set("Location", "https://someone:"+password+"@elsewhere.example/")
		w.WriteHeader(http.StatusTeapot)
		_, _ = fmt.Fprintf(w, "%v %v", r.Header, r.URL)
		user, pass, _ := r.BasicAuth()
		_, _ = io.WriteString(w, user+pass)
		for _, sent := range r.Cookies() {
			_, _ = io.WriteString(w, sent.Value)
		}
	}))
	cfg := Config{
		URL: strings.Replace(url, "http://", "http://someone:pa55%2Fword+1@", 1),
		Header: http.Header{
			"X-Api-Key": {token}, "Cookie": {"session=" + cookie + "; theme=dark"}, "Accept": {"application/json"},
		},
		BlockedVia: "header=X-Test-Block: " + blockedToken,
		Repeat:     1,
		Run:        []string{"*.status", "answer.*", "blocked.*", "names.*"},
	}
	run := judged(t, cfg)
	if run.Verdict != report.Violated || run.Requests == 0 {
		t.Fatalf("the verdict is %s: %s", run.Verdict, run.Reason)
	}
	var text bytes.Buffer
	if err := report.JSON(&text, run); err != nil { // which holds everything that the other reports may show
		t.Fatal(err)
	}
	for _, secret := range secrets {
		if strings.Contains(text.String(), secret) {
			t.Errorf("the report holds %q", secret)
		}
	}
	text.Reset()
	if err := WritePlan(t.Context(), &text, cfg); err != nil || strings.Contains(text.String(), "pa55") {
		t.Errorf("the plan holds a password: %v\n%s", err, text.String())
	}
}

func TestTheBlockedHeaderIsASecretWithoutOtherHeaders(t *testing.T) {
	secrets := Config{BlockedVia: "header=Authorization: Bearer bl0cked-token"}.secrets()
	if !slices.Contains(secrets, "bl0cked-token") {
		t.Errorf("the secrets are %q", secrets)
	}
}

func TestPlainHeadersAreShown(t *testing.T) {
	t.Parallel()
	run := judged(t, Config{
		URL: serve(t, rightTarget()), Header: http.Header{"X-Forwarded-For": {"192.0.2.7"}, "X-Key": {"k"}}, Repeat: 1,
		Run: []string{"created.status"},
	})
	shown := run.Exchanges[0].Request
	if !strings.Contains(shown.Curl, "'X-Forwarded-For: 192.0.2.7'") ||
		!strings.Contains(shown.Curl, "'X-Key: "+report.Redacted+"'") {
		t.Errorf("the command is %s", shown.Curl)
	}
}

func TestAnyOtherHeaderIsASecret(t *testing.T) {
	for _, name := range []string{
		"X-Forwarded-Access-Token", "Content-Secret", "Cache-Control-Key", "Accept-Key", "Origin-Token", "X-Tenant",
		"authorization",
	} {
		secrets := Config{Header: http.Header{name: {"the-value"}}}.secrets()
		if !slices.Contains(secrets, "the-value") || isPlainHeader(name) {
			t.Errorf("%s is shown", name)
		}
	}
	if secrets := (Config{Header: http.Header{"accept": {"application/json"}}}).secrets(); len(secrets) != 0 {
		t.Errorf("secrets %q of a plain header", secrets)
	}
}

func TestCurl(t *testing.T) {
	for _, c := range []struct{ text, quoted string }{
		{"a b", `'a b'`},
		{"it's", `'it'\''s'`},
		{`&<">$HOME`, `'&<">$HOME'`},
		{"Zo\xEB'\\", `$'Zo\xeb\'\\'`},
	} {
		if quoted := shellQuote(c.text); quoted != c.quoted {
			t.Errorf("%q is quoted %s, should be %s", c.text, quoted, c.quoted)
		}
	}
	command := curl(report.Request{Method: "POST", URL: "http://a/b", Header: http.Header{"Username": {""}}}, false)
	if command != "curl -i -X POST -H 'Username;' 'http://a/b'" {
		t.Errorf("an empty header is sent by %s", command)
	}
	command = curl(report.Request{Method: "POST", URL: "http://a/b", Header: http.Header{"Username": {"Zo\xEB"}}},
		false)
	if command != `curl -i -X POST -H $'Username: Zo\xeb' 'http://a/b' # the name is sent as ISO-8859-1` {
		t.Errorf("a name that is not UTF-8 is sent by %s", command)
	}
}

// Curl speaks the version of HTTP that the request was sent over.
func TestCurlTellsHTTP2(t *testing.T) {
	target := httptest.NewUnstartedServer(rightTarget())
	target.EnableHTTP2 = true
	target.StartTLS()
	t.Cleanup(target.Close)
	trusted := x509.NewCertPool()
	trusted.AddCert(target.Certificate())
	run := judged(t,
		Config{URL: target.URL, TLS: &tls.Config{RootCAs: trusted}, Run: []string{"created.status"}, Repeat: 1})
	seen := map[string]bool{}
	for _, e := range run.Exchanges {
		seen[e.Response.Proto] = true
		if told := strings.HasPrefix(e.Request.Curl, "curl -i --http2 "); told != (e.Response.Proto == "HTTP/2.0") {
			t.Errorf("%s was sent by %s", e.Response.Proto, e.Request.Curl)
		}
	}
	if len(seen) != 2 {
		t.Errorf("seen: %v", seen)
	}
}
