//go:build browser

package dashboard_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// A page of another origin, in a real browser: it gets every documented answer from the endpoint, and nothing from the control
// API, not even what it only wants to read.
func TestPageOfAnotherOrigin(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"taken"}}}})
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, "<!doctype html><title>another origin</title>")
	}))
	t.Cleanup(other.Close)
	// No console is watched: that the browser reports what it refuses is what this test is about.
	ctx, cancel := chromedp.NewContext(chromium)
	t.Cleanup(cancel)
	page := &tab{t: t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	page.do(chromedp.Navigate(other.URL))

	call := func(path, options string) string {
		return eval[string](page, fmt.Sprintf(`(async () => {
			try {
				const answer = await fetch(%q, %s);
				return answer.status + ' ' + await answer.text();
			} catch (error) {
				return 'refused';
			}
		})()`, s.origin+path, options))
	}
	for _, row := range []struct{ path, options, want string }{
		{"/connectmypairs/users/", `{method: 'POST', headers: {Username: 'zoë', Privacy: 'Private'}}`, `201 {"name":"zoë","privacy":"Private"}`},
		{"/connectmypairs/users/", `{method: 'POST', headers: {Username: 'taken'}}`, `409 {"name":"taken","code":"409"}`},
		{"/connectmypairs/users/", `{method: 'POST', headers: {Username: 'x', Privacy: 'y'}}`, `400 {"name":"x","privacy":"y","code":"400","description":"Privacy was invalid"}`},
		{"/connectmypairs/users/", `{method: 'POST', headers: {Prefer: 'code=403'}}`, `403 {"description":"Your IP address was blocked.","code":"403"}`},
		{"/__mock/accounts", `{}`, "refused"},
		{"/__mock/reset", `{method: 'POST', headers: {'Content-Type': 'application/json'}}`, "refused"},
		{"/__mock/reset", `{method: 'POST', mode: 'no-cors'}`, "0 "}, // sent, and refused by the server
	} {
		if got := call(row.path, row.options); got != row.want {
			t.Errorf("%s %s got %q, want %q", row.path, row.options, got, row.want)
		}
	}
	if accounts := read[[]endpoint.Account](s, "accounts"); len(accounts) != 2 {
		t.Errorf("after the attempts there are %v", accounts)
	}
}
