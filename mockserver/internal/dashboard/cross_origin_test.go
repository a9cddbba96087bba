//go:build browser

package dashboard_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// A page of another origin, in a real browser: it gets every documented answer from the endpoint, and nothing from
// the control API, not even what it only wants to read.
func TestPageOfAnotherOrigin(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"taken"}}}})
	page, _ := foreignPage(t)
	for _, row := range []struct{ path, options, want string }{
		{"/connectmypairs/users/", `{method: 'POST', headers: {Username: 'zoë', Privacy: 'Private'}}`,
			`201 {"name":"zoë","privacy":"Private"}`},
		{"/connectmypairs/users/", `{method: 'POST', headers: {Username: 'taken'}}`,
			`409 {"name":"taken","code":"409"}`},
		{"/connectmypairs/users/", `{method: 'POST', headers: {Username: 'x', Privacy: 'y'}}`,
			`400 {"name":"x","privacy":"y","code":"400","description":"Privacy was invalid"}`},
		{"/connectmypairs/users/", `{method: 'POST', headers: {Prefer: 'code=403'}}`,
			`403 {"description":"Your IP address was blocked.","code":"403"}`},
		{"/__mock/accounts", `{}`, "refused"},
		{"/__mock/reset", `{method: 'POST', headers: {'Content-Type': 'application/json'}}`, "refused"},
		{"/__mock/reset", `{method: 'POST', mode: 'no-cors'}`, "0 "}, // sent, and refused by the server
	} {
		if got := page.fetch(s.origin+row.path, row.options); got != row.want {
			t.Errorf("%s %s got %q, want %q", row.path, row.options, got, row.want)
		}
	}
	if accounts := read[[]endpoint.Account](s, "accounts"); len(accounts) != 2 {
		t.Errorf("after the attempts there are %v", accounts)
	}
}

// What CORS has refused is no riddle: the browser tells its page nothing, but the dashboard tells why.
func TestARefusedPreflightIsExplained(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{Endpoint: endpoint.Config{CORSOrigins: []string{"http://app.example"}}})
	dashboard := s.openLive("/__mock/")
	page, origin := foreignPage(t)
	if got := page.fetch(s.origin+"/connectmypairs/users/",
		`{method: 'POST', headers: {Username: 'zoe'}}`); got != "refused" {
		t.Fatalf("the page gets %q", got)
	}
	dashboard.see("#requests-list .name", "OPTIONS /connectmypairs/users/")
	dashboard.see("#requests-list .why", "the origin "+origin+" is not one of --cors-origin")
	dashboard.click("#requests-list summary")
	dashboard.see("#requests-list dd", "Origin: "+origin)
	dashboard.see("#requests-list dd", "Access-Control-Request-Headers: username")
}

// A page that opens the dashboard in a window of its own cannot steer that window afterwards. Otherwise it could walk
// it from one space's dashboard to the next, each of which makes its space when it listens to what happens there.
func TestAPageOfAnotherOriginCannotSteerTheDashboard(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{})
	page, _ := foreignPage(t)
	clicked := func(params *runtime.EvaluateParams) { params.UserGesture = new(true) }
	open := fmt.Sprintf("void (window.opened = open(%s))", quote(s.origin+"/~stranger/__mock/"))
	page.do(chromedp.Evaluate[chromedp.Void](open, clicked))
	s.awaitStreams(1) // its script runs
	// Not tab.until, which waits for ever in a tab that is behind another.
	if !eval[bool](page, `(async () => {
		for (let i = 0; i < 50 && !opened.closed; i++) await new Promise((done) => { setTimeout(done, 100); });
		return opened.closed;
	})()`) {
		t.Error("the page still reaches the window that it has opened")
	}
}

// foreignPage is a tab with a page of another origin, whose origin it returns too. No console is watched: that the
// browser reports what it refuses is what these tests are about.
func foreignPage(t *testing.T) (page *tab, origin string) {
	t.Helper()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, "<!doctype html><title>another origin</title>")
	}))
	t.Cleanup(other.Close)
	ctx, cancel := chromedp.NewContext(chromium)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	page = &tab{t: t, ctx: ctx}
	page.do(chromedp.Navigate(other.URL))
	return page, other.URL
}

// fetch calls a URL from the page, and returns the status and body of the answer.
func (b *tab) fetch(url, options string) string {
	b.t.Helper()
	return eval[string](b, fmt.Sprintf(`(async () => {
		try {
			const answer = await fetch(%q, %s);
			return answer.status + ' ' + await answer.text();
		} catch (error) {
			return 'refused';
		}
	})()`, url, options))
}
