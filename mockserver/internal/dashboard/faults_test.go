//go:build browser

package dashboard_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// A browser sends a request again by itself when a connection that has served before breaks without an answer. A
// fault must show nevertheless: to a page whose first request was a preflight on a fresh connection, and to one that
// has used connections before.
var faultsInBrowsers = []faultInBrowser{
	{Fault: "reset", Met: "no answer", Retry: 201},
	{Fault: "reset", Warm: true, Met: "no answer", Retry: 201},
	{Fault: "drop-after-commit", Met: "no answer", Retry: 409},
	{Fault: "drop-after-commit", Warm: true, Met: "no answer", Retry: 409},
	{Fault: "truncate", Met: "201, the body breaks off", Retry: 409},
	{Fault: "malformed", Met: "201, not JSON", Retry: 409},
	{Fault: "slow-body", Met: "201", Retry: 409},
	{Fault: "unavailable", Met: "503", Retry: 201},
}

// faultInBrowser is what a page of another origin meets.
type faultInBrowser struct {
	Fault string
	// Warm is whether the page has created an account before.
	Warm bool
	// Met is what fetch tells of the request that the fault happens to.
	Met string
	// Retry is the status when the page sends the request again.
	Retry int
	// Origin is that of the mock.
	Origin string
}

// faultsPage runs all of it and reports. It needs no driver, so any browser can be sent to it.
const faultsPage = `<!doctype html><title>faults</title><link rel=icon href=data:,><script type=module>
const create = (origin, name) => fetch(origin + '/connectmypairs/users/', ` +
	`{ method: 'POST', headers: { Username: name } });
const meet = async (origin) => {
  let response;
  try {
    response = await create(origin, 'alice');
  } catch {
    return 'no answer';
  }
  try {
    JSON.parse(await response.text());
    return String(response.status);
  } catch (error) {
    return response.status + (error instanceof SyntaxError ? ', not JSON' : ', the body breaks off');
  }
};
addEventListener('error', ({ message }) => send('failed', message));
const send = (path, value) => fetch(path, { method: 'POST', body: JSON.stringify(value) });
const rows = await (await fetch('rows')).json();
for (const row of rows) {
  if (row.Warm) await Promise.all(['x', 'y'].map(async (name) => (await create(row.Origin, name)).text()));
  await send('arm', row);
  row.Met = await meet(row.Origin);
  row.Retry = (await create(row.Origin, 'alice')).status;
}
await send('report', rows);
</script>`

// meetFaults sends a browser to the page, and compares what it reports.
func meetFaults(t *testing.T, visit func(url string)) {
	t.Helper()
	rows := make([]faultInBrowser, len(faultsInBrowsers))
	sites := map[string]*site{}
	for i, row := range faultsInBrowsers {
		s := newSite(t, mock.Config{})
		sites[s.origin] = s
		row.Origin = s.origin
		rows[i] = row
	}
	reported := make(chan []faultInBrowser, 1)
	var last atomic.Pointer[string] // what the browser did last, for one that never reports
	did := func(what string) { last.Store(&what) }
	did("it has not asked for the page")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		did("it has got the page")
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, faultsPage)
	})
	mux.HandleFunc("GET /rows", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(rows) })
	mux.HandleFunc("POST /arm", func(_ http.ResponseWriter, r *http.Request) {
		var row faultInBrowser
		if err := json.NewDecoder(r.Body).Decode(&row); err != nil || sites[row.Origin] == nil {
			t.Errorf("the page arms %v: %v", row, err)
			return
		}
		did(fmt.Sprintf("it has armed %+v", row))
		sites[row.Origin].call("PUT", "/__mock/behaviour", fmt.Sprintf(`{"faults":[{"fault":%q,"next":1}]}`, row.Fault))
	})
	mux.HandleFunc("POST /failed", func(_ http.ResponseWriter, r *http.Request) {
		why, _ := io.ReadAll(r.Body)
		did(fmt.Sprintf("%s, then the page failed: %s", *last.Load(), why))
	})
	mux.HandleFunc("POST /report", func(_ http.ResponseWriter, r *http.Request) {
		var met []faultInBrowser
		if err := json.NewDecoder(r.Body).Decode(&met); err != nil {
			t.Error(err)
		}
		reported <- met
	})
	page := httptest.NewServer(mux)
	t.Cleanup(page.Close)

	visit(page.URL)
	ctx, cancel := context.WithTimeout(t.Context(), 6*patience)
	defer cancel()
	select {
	case met := <-reported:
		for i, want := range rows {
			if met[i] != want {
				t.Errorf("want %+v\n got %+v", want, met[i])
			}
		}
	case <-ctx.Done():
		t.Fatalf("the page has reported nothing: %s", *last.Load())
	}
}

func TestFaultsShowInChromium(t *testing.T) {
	t.Parallel()
	ctx, cancel := chromedp.NewContext(chromium)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	meetFaults(t, func(url string) { (&tab{t: t, ctx: ctx}).do(chromedp.Navigate(url)) })
}

func TestFaultsShowInFirefox(t *testing.T) {
	t.Parallel()
	path := os.Getenv("FIREFOX")
	for _, name := range []string{"firefox-esr", "firefox"} {
		if path == "" {
			path, _ = exec.LookPath(name)
		}
	}
	if path == "" {
		t.Fatal("no Firefox is found: install one (apt-get install firefox-esr), or name it with FIREFOX=/path/to/it")
	}
	profile := t.TempDir()
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(firefoxPreferences), 0o600); err != nil {
		t.Fatal(err)
	}
	meetFaults(t, func(url string) {
		firefox := exec.CommandContext(t.Context(), path, "--headless", "--no-remote", "--profile", profile, url)
		firefox.Env = append(os.Environ(), "HOME="+profile)
		firefox.Stdout, firefox.Stderr = t.Output(), t.Output()
		firefox.Cancel = func() error { return firefox.Process.Signal(os.Interrupt) }
		if err := firefox.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = firefox.Wait() }) // t.Context is done by now; Wait returns its error
	})
}

// firefoxPreferences keep Firefox from asking questions and from calling home.
const firefoxPreferences = `
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("browser.aboutwelcome.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("toolkit.telemetry.server", "data:,");
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("extensions.systemAddon.update.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.safebrowsing.downloads.enabled", false);
user_pref("browser.newtabpage.activity-stream.feeds.topsites", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
user_pref("media.gmp-manager.updateEnabled", false);
`
