//go:build browser

package dashboard_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

func TestTheFormCallsTheEndpoint(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{})
	page := s.openLive("/__mock/")
	page.see("#base-url", s.origin+"/connectmypairs")

	page.try("201", "username=zoe", "privacy=Private")
	page.see("#try-answer .took", "ms")
	page.see("#try-answer pre", `"privacy":"Private"`)

	page.try("409")

	page.try("400", "privacy=another", "other=Secret")
	page.see("#try-answer pre", "Privacy was invalid")

	page.try("403", "privacy=left out", "prefer=force 403")

	page.see("#requests-list .why", "the name is in use")
	page.see("#requests-list .why", "a Privacy that is not one of Public, Private")
	page.see("#requests-count", "4 requests.")
	page.see("#coverage-answers li", "met 1×")
	page.gone("#coverage-answers li", "not met yet")
	page.see("#accounts-list li", "zoe")
}

func TestTheFormSendsWhatFetchCannot(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{})
	page := s.openLive("/__mock/")
	for _, name := range []string{"Zoë", "名前", "with 'quotes\" and \\"} {
		page.try("201", "username="+name)
		page.see("#accounts-list li", name)
	}
	page.try("400", "username=")
	page.see("#requests-list .name", "no name")
}

func TestSnippetsAreReadyToPaste(t *testing.T) {
	s := newSite(t, mock.Config{})
	page := s.openLive("/__mock/")
	for _, permission := range []string{"clipboard-read", "clipboard-write"} {
		_, err := chromedp.CallBrowser(page.ctx, browser.SetPermission, browser.SetPermissionParams{
			Origin: s.origin, Setting: browser.PermissionSettingGranted,
			Permission: &browser.PermissionDescriptor{Name: permission},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	clipboard := func() string { return eval[string](page, "navigator.clipboard.readText()") }

	page.click("#base-copy")
	page.see("#about .message", "Copied.")
	if got, want := clipboard(), s.origin+"/connectmypairs"; got != want {
		t.Errorf("the base URL is copied as %q, want %q", got, want)
	}

	page.write("#try-username", "it's")
	page.choose("#try-privacy", "Private")
	url := s.origin + "/connectmypairs/users/"
	for kind, parts := range map[string][]string{
		"curl":  {"curl -i -X POST '" + url + "'", `-H 'Username: it'\''s'`, "-H 'Privacy: Private'"},
		"fetch": {`fetch("` + url + `"`, `Username: "it's"`, `Privacy: "Private"`},
		"axios": {`axios.post("` + url + `"`, `Username: "it's"`, `Privacy: "Private"`},
	} {
		page.do(chromedp.Click(chromedp.CSS("input[name=snippet][value=" + kind + "]")))
		for _, part := range parts {
			page.see("#snippet", part)
		}
		page.click("#snippet-copy")
		page.until("the "+kind+" snippet should be copied",
			"navigator.clipboard.readText().then((text) => text === document.querySelector('#snippet').textContent)")
	}
}

func TestNamesInUse(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}}})
	page := s.openLive("/__mock/")
	page.see("#accounts-list li", "alice")
	page.see("#accounts-count", "1")

	page.submit("#accounts-form", "name=bob", "privacy=Private")
	page.see("#accounts .message", "Added.")
	page.see("#accounts-list li", "Private")
	page.see("#accounts-count", "2")

	page.submit("#accounts-form", "name=bob")
	page.see("#accounts .message.error", "bob")

	page.clickIn("#accounts-list li", "alice", "Remove")
	page.gone("#accounts-list li", "alice")
	page.see("#accounts-count", "1")

	page.click("#accounts-clear")
	page.see("#confirm", "Remove all names in use?")
	page.click("#confirm-no")
	page.see("#accounts-list li", "bob")
	page.click("#accounts-clear")
	page.click("#confirm-yes")
	page.see("#accounts-note", "No name is in use.")
}

// A browser tells that a dialog was closed a little later, when the next question may have been asked and answered.
func TestAnAnswerIsForItsOwnQuestion(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{Endpoint: endpoint.Config{
		Live: endpoint.Live{Names: []string{"alice"}, Blocked: []string{"192.0.2.1"}},
	}})
	page := s.openLive("/__mock/")
	page.see("#blocked-list li", "192.0.2.1")
	eval[chromedp.Void](page, `['#accounts-clear', '#confirm-no', '#blocked-clear', '#confirm-yes']
		.forEach((button) => document.querySelector(button).click())`)
	page.see("#blocked .message", "No address is blocked.")
	if accounts := read[[]endpoint.Account](s, "accounts"); len(accounts) != 1 {
		t.Errorf("a question that was answered with no cleared the names: %v", accounts)
	}
}

func TestManyNamesInUseArePaged(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 120 {
		names = append(names, "name-"+string(rune('a'+i%26))+strings.Repeat("x", i/26))
	}
	s := newSite(t, mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: names}}})
	page := s.openLive("/__mock/")
	page.see("#accounts-note", "Showing the newest 50 of 120.")
	page.click("#accounts-more")
	page.see("#accounts-note", "Showing the newest 100 of 120.")
	page.click("#accounts-more")
	page.until("all names should be listed", "document.querySelectorAll('#accounts-list li').length === 120")
	page.gone("#accounts-more", "Show more")
}

func TestBlockedAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Blocked: []string{"192.0.2.0/24"}}}})
	page := s.openLive("/__mock/")
	page.see("#blocked-list li", "192.0.2.0/24")

	page.submit("#blocked-form", "address=2001:db8::/32")
	page.see("#blocked-list li", "2001:db8::/32")
	page.see("#blocked-count", "2")

	page.submit("#blocked-form", "address=300.1.2.3")
	page.see("#blocked .message.error", "300.1.2.3")

	page.clickIn("#blocked-list li", "192.0.2.0/24", "Remove")
	page.gone("#blocked-list li", "192.0.2.0/24")

	page.click("#block-me")
	page.see("#blocked .message", "Your address is blocked")
	page.try("403")
	page.see("#requests-list .why", "127.0.0.1")
	page.click("#unblock-me")
	page.see("#blocked .message", "Your address is not blocked.")
	page.try("201")

	page.click("#blocked-clear")
	page.click("#confirm-yes")
	page.see("#blocked .message", "No address is blocked.")
	page.see("#blocked-count", "0")
}

func TestForcedAnswersCountDown(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{})
	page := s.openLive("/__mock/")
	page.submit("#forced-form", "next=2", "status=409")
	page.see("#forced-list li", "409 for the next 2 requests")
	page.try("409")
	page.see("#forced-list li", "409 for the next request")
	page.submit("#forced-form", "next=1", "status=403")
	page.see("#forced-list li", "403 for the next request")
	page.clickIn("#forced-list li", "409", "Remove")
	page.gone("#forced-list li", "409")
	page.try("403")
	page.try("201")
}

func TestMessagesGoWhenTheyNoLongerHold(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{})
	page := s.openLive("/__mock/")
	page.submit("#blocked-form", "address=192.0.2.9")
	page.see("#blocked .message", "192.0.2.9 is blocked.")
	s.call("DELETE", "/__mock/blocked", "") // by somebody else
	page.gone("#blocked .message", "192.0.2.9")

	page.submit("#forced-form", "status=409")
	page.see("#forced .message", "Forced: 409 for the next request.")
	s.create("alice")
	page.gone("#forced .message", "Forced")

	page.submit("#blocked-form", "address=nonsense")
	page.see("#blocked .message.error", "nonsense")
	s.call("PUT", "/__mock/blocked", `["192.0.2.7"]`)
	page.see("#blocked-list li", "192.0.2.7")
	page.see("#blocked .message.error", "nonsense") // it is about what was typed
	page.write("#blocked-address", "192.0.2.0")
	page.gone("#blocked .message", "nonsense")

	page.click("#reset")
	page.click("#confirm-yes")
	page.see("header .message", "configured state")
	page.see("#requests-count", "No requests yet.")
	s.create("bob")
	page.gone("header .message", "configured state")
}

func TestSectionsAreOneStepAwayOnAPhone(t *testing.T) {
	t.Parallel()
	page := newSite(t, mock.Config{}).openLive("/__mock/")
	page.gone("#sections", "Faults")
	page.size(390, 800)
	for _, id := range eval[[]string](page,
		"[...document.querySelectorAll('main .card')].map((section) => section.id)") {
		page.click("#sections a[href='#" + id + "']")
		page.until("the title of "+id+" should be in sight, below the links", fmt.Sprintf(`(() => {
			const title = document.querySelector('#%s h2').getBoundingClientRect();
			return title.top >= document.querySelector('#sections').getBoundingClientRect().bottom && `+
			`title.bottom < innerHeight;
		})()`, id))
	}
}

func TestLatencyAndFaults(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{})
	page := s.openLive("/__mock/")
	page.submit("#latency-form", "latency=20ms..30ms")
	page.see("#faults .message", "20ms..30ms")
	page.submit("#latency-form", "latency=soon")
	page.see("#faults .message.error", "soon")
	if got := read[map[string]any](s, "behaviour")["latency"]; got != "20ms..30ms" {
		t.Errorf("the latency is %v, want 20ms..30ms", got)
	}

	page.submit("#seed-form", "seed=7")
	page.see("#faults .message", "the seed 7")
	if got := read[map[string]any](s, "behaviour")["seed"]; got != 7.0 {
		t.Errorf("the seed is %v, want 7", got)
	}

	page.see("#faults .note", "No fault is set.")
	page.choose("#fault", "unavailable")
	page.see("#fault-text", "503")
	page.submit("#faults-form")
	page.see("#faults-list li", "unavailable, the next request")
	page.gone("#faults .note", "No fault is set.")
	page.try("503")
	page.gone("#faults-list li", "unavailable")

	// Not hidden by the browser, which has connections that it has used before.
	page.submit("#faults-form", "fault=reset")
	page.see("#faults-list li", "reset, the next request")
	page.submit("#try-form")
	page.see("#try-answer .error", "No answer")
	page.see("#requests-list .why", "fault reset")
	page.gone("#faults-list li", "reset")
	page.try("201")

	page.choose("#fault", "truncate")
	page.choose("#fault-when", "a share")
	page.see("#fault-amount-label", "Rate, 0 to 1")
	page.submit("#faults-form", "amount=0.25")
	page.see("#faults-list li", "truncate, rate 0.25 (0 to 1)")
	page.write("#fault-amount", "7")
	page.until("a rate above 1 is marked by the browser", "document.querySelector('#fault-amount').matches(':invalid')")
	page.submit("#faults-form", "amount=0")
	page.see("#faults .message.error", "give a rate above 0")
	page.write("#fault-amount", "0.5")
	page.gone("#faults .message", "give a rate above 0")
	page.clickIn("#faults-list li", "truncate", "Remove")
	page.gone("#faults-list li", "truncate")
}

func TestAssumptions(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}}})
	page := s.openLive("/__mock/")

	page.choose("#assume-name-comparison", "fold")
	page.see("#assumptions .message", "name-comparison is now fold")
	page.try("409", "username=ALICE")

	page.write("#assume-username-description", "Name missing")
	page.click("[aria-label='Set username-description']")
	page.see("#assumptions .message", "username-description is now Name missing")
	page.submit("#try-form", "username=")
	page.see("#try-answer pre", "Name missing")

	page.write("#assume-username-refusal-members", "name,nonsense")
	page.click("[aria-label='Set username-refusal-members']")
	page.see("#assumptions .message.error", "nonsense")

	page.write("#assume-privacy", "Public, Friends")
	page.click("[aria-label='Set privacy']")
	page.see("#assumptions .message", "Accepted privacy settings changed.")
	page.try("201", "privacy=Friends", "username=bob")
}

func TestRequestsAreFilteredPausedAndCleared(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{})
	for _, name := range []string{"alice", "bob", "alice"} {
		s.create(name)
	}
	page := s.openLive("/__mock/")
	page.see("#requests-count", "3 requests.")

	page.write("#filter-contains", "LIC")
	page.see("#requests-count", "2 matching requests.")
	page.gone("#requests-list .name", "bob")
	page.choose("#filter-status", "409")
	page.see("#requests-count", "1 matching request.")
	s.create("alice")
	page.see("#requests-count", "2 matching requests.")
	s.create("carol")
	page.click("#filter-off")
	page.see("#requests-count", "5 requests.")

	page.clickIn("#requests-list li", "carol", "carol")
	page.see("#requests-list dd", "POST /connectmypairs/users/")
	page.see("#requests-list dd", "127.0.0.1")

	page.click("#pause")
	page.see("#pause", "Resume")
	s.create("dave")
	page.see("#requests-count", "paused, 1 more since")
	page.gone("#requests-list .name", "dave")
	page.click("#pause")
	page.see("#requests-list .name", "dave")
	page.see("#requests-list dd", "127.0.0.1") // what was open stays open

	page.click("#requests-clear")
	page.click("#confirm-yes")
	page.see("#requests-count", "No requests yet.")
	page.gone("#requests-list .name", "dave")
	s.create("erin")
	page.see("#requests-list .name", "erin")
}

func TestReset(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}}})
	s.create("bob")
	page := s.openLive("/__mock/")
	page.see("#accounts-list li", "bob")
	page.click("#reset")
	page.see("#confirm", "Back to the configured state?")
	page.click("#confirm-yes")
	page.see("header .message", "configured state")
	page.gone("#accounts-list li", "bob")
	page.see("#accounts-list li", "alice")
	page.see("#requests-count", "No requests yet.")
	page.see("#coverage-answers li", "met 1×") // what a test run has met outlasts the resets between its tests
	page.click("#coverage-clear")
	page.click("#confirm-yes")
	page.gone("#coverage-answers li", "met 1×")
}

func TestSpaces(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{})
	s.create("alice")
	page := s.openLive("/__mock/")
	page.see("#accounts-list li", "alice")

	page.submit("#spaces-form", "space=no/such name")
	page.see("#spaces .message.error", "name")

	page.write("#spaces-name", "worker-1")
	page.follow("#spaces-form button")
	page.see("#space", "worker-1")
	page.see("#connection", "live")
	page.see("#base-url", s.origin+"/~worker-1/connectmypairs")
	page.see("#accounts-note", "No name is in use.")
	page.try("201")
	page.see("#requests-list .name", "alice")

	page.follow("#space a")
	page.see("#base-url", s.origin+"/connectmypairs")
	page.see("#spaces-list li", "1 name, 1 request")
	s.call("POST", "/~worker-2/__mock/accounts", `[{"name":"alice"},{"name":"bob"}]`)
	page.see("#spaces-list li", "2 names, 0 requests")
	page.clickIn("#spaces-list li", "worker-1", "Delete")
	page.click("#confirm-yes")
	page.gone("#spaces-list li", "worker-1")
}

// Names are whatever a caller sends. They are shown as text, and the page goes on working.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	names := []string{
		`<img src=x onerror="document.title='owned'">`, `"><script>document.title='owned'</script>`,
		"javascript:alert(1)", "../../reset", "..", ".", "a//b", "a?b#c%2F", "\u202egnp.exe", "constructor",
		"__proto__", strings.Repeat("W", 4000), "  ", "名前", "&lt;b&gt;",
	}
	s := newSite(t, mock.Config{})
	for _, name := range names {
		s.create(name)
	}
	page := s.openLive("/__mock/")
	page.size(360, 740)
	shown := read[[]endpoint.Account](s, "accounts")
	for _, account := range shown {
		page.see("#accounts-list li", account.Name)
	}
	page.see("#requests-list .name", names[0])
	page.fitsItsWidth()
	for range shown {
		page.click("#accounts-list li button")
		page.see("#accounts .message", "Removed")
	}
	page.see("#accounts-note", "No name is in use.")
	if title := eval[string](page, "document.title"); title != "Mock server" {
		t.Errorf("a name was run as script: the title is %q", title)
	}
}

// The base URL and the accepted privacy settings come from the mock. A form without them would send something else.
func TestNoFormIsSentBeforeThePageKnowsTheMock(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/__mock/health", "/__mock/behaviour"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, mock.Config{})
			known, know := context.WithCancel(t.Context())
			s.late.Store(&lateAnswer{path: path, wait: func() { <-known.Done() }})
			page := s.open("/__mock/")
			page.see("#connection", "live")
			if !eval[bool](page, "document.querySelector('#try-send').disabled") {
				t.Error("the request can be sent")
			}
			know()
			page.try("201", "username=bob")
			page.submit("#accounts-form", "name=carol")
			page.see("#accounts-list li", "carol")
		})
	}
}

// A request comes while the page reads the journal: too late for the answer, and before it arrives.
func TestARequestBesideAReadingOfTheJournalIsShown(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{})
	page := s.openLive("/__mock/")
	s.create("alice")
	page.see("#requests-list .name", "alice")
	asked, seen := make(chan struct{}), make(chan struct{})
	s.late.Store(&lateAnswer{path: "/__mock/requests", wait: sync.OnceFunc(func() {
		close(asked)
		<-seen
	})})
	s.call("POST", "/__mock/blocked", `["192.0.2.1"]`) // so that the page reads everything anew
	<-asked
	s.create("bob")
	page.see("#requests-list .name", "bob") // by the stream
	close(seen)
	page.see("#blocked-list li", "192.0.2.1")
	s.create("carol")
	for _, name := range []string{"carol", "bob", "alice"} {
		page.see("#requests-list .name", name)
	}
	page.see("#requests-count", "3 requests.")
}

// A browser allows a server six connections in all, so six forgotten tabs would leave none for the seventh.
func TestAHiddenTabHoldsNoConnection(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{})
	page := s.openLive("/__mock/")
	s.awaitStreams(1)
	hide := func(hidden bool) {
		eval[chromedp.Void](page, fmt.Sprintf(
			`Object.defineProperty(document, 'hidden', { value: %t, configurable: true });
			document.dispatchEvent(new Event('visibilitychange'))`, hidden))
	}
	hide(true)
	s.awaitStreams(0)
	s.create("bob")
	hide(false)
	s.awaitStreams(1)
	page.see("#requests-list .name", "bob")
}

func TestALostConnectionIsSaidAndFoundAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{})
	s.create("before")
	page := s.openLive("/__mock/")
	page.see("#requests-list .name", "before")
	address := s.server.Listener.Addr().String()
	s.stop()
	page.see("#lost", "The connection to the mock server is lost.")
	page.see("#connection", "connection lost")
	page.click("#retry")
	page.see("#connection", "connection lost")
	page.click("#block-me")
	page.see("#blocked .message.error", "cannot be reached")

	restarted := newSiteAt(t,
		mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"after"}}}}, address)
	page.see("#connection", "live")
	page.gone("#lost", "")
	page.see("#accounts-list li", "after")
	restarted.create("bob")
	page.see("#requests-list .name", "bob")
}

func TestThePageAsksForTheToken(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{Control: mock.ControlConfig{Token: "s3 cret&"}})
	page := s.open("/__mock/")
	page.see("#locked", "wants its control token")
	page.gone("main, #reset", "")
	page.write("#locked-token", "guess")
	page.follow("#locked-form button")
	page.see("#locked .message.error", "This is not the token")
	page.write("#locked-token", "s3 cret&")
	page.follow("#locked-form button")
	page.see("#connection", "live")
	page.gone("#locked", "")
	page.see("#base-url", s.origin)
	if at := eval[string](page, "location.href"); at != s.origin+"/__mock/" {
		t.Errorf("the address bar still tells %s", at)
	}
	page.submit("#accounts-form", "name=alice")
	page.see("#accounts-list li", "alice")

	// One tab signs in for all, also for those of a space.
	s.open("/__mock/").see("#accounts-list li", "alice")
	s.open("/~w1/__mock/").see("#connection", "live")

	// A link cannot send the session.
	page.follow("footer a[href=metrics]")
	page.see("body", "mockserver_accounts 1")
}

// What the browser keeps opens this server until it stops, and nothing else: another port of the same host gets
// neither a cookie nor the storage, and the server's next start accepts none of it, even with the same token.
func TestTheSessionIsWorthNothingElsewhere(t *testing.T) {
	t.Parallel()
	const token = "s3cret"
	config := mock.Config{Control: mock.ControlConfig{Token: token}}
	s := newSite(t, config)
	received := make(chan http.Header, 100)
	neighbour := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received <- r.Header
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, "<!doctype html><title>another port</title><link rel=icon href=data:,>")
	}))
	t.Cleanup(neighbour.Close)

	page := s.open("/__mock/?token=" + token)
	page.see("#connection", "live")
	session := eval[string](page, "localStorage.getItem('mockserver-session')")
	if session == "" || strings.Contains(session, token) {
		t.Fatalf("the browser keeps %q", session)
	}

	other := s.open("/__mock/")
	other.do(chromedp.Navigate(neighbour.URL))
	header := <-received
	for _, name := range []string{"Cookie", "Authorization", "Referer"} {
		if header.Get(name) != "" {
			t.Errorf("another port gets %s: %s", name, header.Get(name))
		}
	}
	if kept := eval[int](other, "localStorage.length + sessionStorage.length + document.cookie.length"); kept != 0 {
		t.Error("a page of another port sees what the dashboard keeps")
	}

	address := s.server.Listener.Addr().String()
	s.stop()
	restarted := newSiteAt(t, config, address)
	page.see("#locked", "wants its control token")
	if status := eval[int](page, "fetch('accounts', "+
		"{headers: {Authorization: 'Bearer ' + localStorage['mockserver-session']}})"+
		".then((answer) => answer.status)"); status != http.StatusUnauthorized {
		t.Errorf("the next start of the server answers the old session with %d", status)
	}
	// The link in the log opens it again.
	page.do(chromedp.Navigate(restarted.origin + "/__mock/?token=" + token))
	page.see("#connection", "live")
}

// TestABurstLeavesThePageResponsive sends 5,000 requests as fast as they go, and measures how long the page stood
// still: beyond an empty page at the same time, which only the machine slows down.
func TestABurstLeavesThePageResponsive(t *testing.T) {
	s := newSite(t, mock.Config{})
	other := newSite(t, mock.Config{})
	other.origin = strings.Replace(other.origin, "127.0.0.1", "localhost", 1) // a process of its own: see TestMain
	page, empty := s.openLive("/__mock/"), other.open("/__mock/icon.svg")
	for _, tab := range []*tab{page, empty} {
		eval[chromedp.Void](tab, `(() => {
			globalThis.longest = 0;
			let last = performance.now();
			const tick = (now) => {
				longest = Math.max(longest, now - last);
				last = now;
				requestAnimationFrame(tick);
			};
			requestAnimationFrame(tick);
		})()`)
	}
	const requests = 5000
	s.burst(requests)
	page.see("#requests-count", "Showing 200 of 5,000 requests.") // no longer sampled: it has caught up
	rows := eval[int](page, "document.querySelectorAll('#requests-list li').length")
	longest, least := eval[float64](page, "longest"), eval[float64](empty, "longest")
	t.Logf("longest time without a frame: %.0f ms, of an empty page %.0f ms; rows: %d", longest, least, rows)
	if rows != 200 {
		t.Errorf("%d rows are drawn, want 200", rows)
	}
	if longest > 300+5*least { // a busy machine slows the page down more than an empty one
		t.Errorf("the page stood still for %.0f ms, an empty one for %.0f ms", longest, least)
	}
	page.click("#requests-list li summary")
	page.see("#requests-list dd", "created")
	var total struct{ Total int }
	if err := json.Unmarshal(s.call("GET", "/__mock/requests?limit=1", ""), &total); err != nil ||
		total.Total != requests {
		t.Errorf("the journal has %d requests (%v), want %d", total.Total, err, requests)
	}
}

func TestFocusStaysWhereThePersonIs(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice", "bob"}}}})
	page := s.openLive("/__mock/")
	focused := func(what, selector string) {
		t.Helper()
		page.until(what, "document.activeElement.matches("+quote(selector)+")")
	}
	page.see("#accounts-list li", "alice")

	page.do(chromedp.KeyEvent("\t"))
	focused("the first stop should be the skip link", ".skip")
	page.do(chromedp.KeyEvent("\r"))
	focused("the skip link should lead to the requests", "#requests")

	page.click("#accounts-list li button")
	page.see("#accounts-count", "1")
	focused("after a removal the next item should have the focus", "#accounts-list li button")
	page.do(chromedp.KeyEvent("\r"))
	page.see("#accounts-count", "0")
	focused("after the last removal the heading should have the focus", "#accounts-title")

	page.click("#accounts-clear")
	focused("the question should have the focus on the harmless answer", "#confirm-no")
	page.do(chromedp.KeyEvent("\r"))
	focused("the focus should go back to where it was", "#accounts-clear")
}
