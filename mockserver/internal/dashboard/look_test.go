//go:build browser

package dashboard_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

const axeScript = "testdata/node_modules/axe-core/axe.min.js"

// busySite is a mock in the middle of a working day: something to see in every section.
func busySite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, mock.Config{Endpoint: endpoint.Config{
		Live: endpoint.Live{Names: fixtures.SampleNames()[:4], Blocked: fixtures.SampleBlocked()},
	}})
	long := fixtures.SampleNames()[9]
	for _, name := range []string{"erin", "frank", "grace", "erin", "heidi", "<img src=x onerror=alert(1)>", long, ""} {
		s.create(name)
	}
	s.call("PUT", "/__mock/behaviour",
		`{"faults":[{"fault":"slow-body","rate":0.1}],"assumptions":{"name-comparison":"fold"}}`)
	s.call("POST", "/~worker-1/__mock/reset", "")
	s.call("POST", "/~worker-2/__mock/accounts", `[{"name":"judy"}]`)
	return s
}

// axe-core knows the rules of WCAG 2.2 that a program can check. Nothing it calls serious or critical may be left,
// with all that the page can show in sight: an opened request, an answer, an error, a question.
func TestEveryoneCanReadIt(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(axeScript)
	if err != nil {
		t.Fatalf("%v: install axe-core with "+
			"npm ci --ignore-scripts --prefix mockserver/internal/dashboard/testdata", err)
	}
	// What the colours do does not depend on the width, nor what the layout does on the colours.
	for scheme, width := range map[string]int64{"light": 1280, "dark": 360} {
		t.Run(fmt.Sprintf("%s %d", scheme, width), func(t *testing.T) {
			t.Parallel()
			s := busySite(t)
			page := s.open("/__mock/")
			page.scheme(scheme)
			page.size(width, 800)
			page.see("#connection", "live")
			page.see("#requests-list .name", "erin")
			page.try("409")
			page.see("#requests-list .name", "alice") // the list moves down for it
			page.click("#requests-list summary")
			page.see("#requests-list dd", "127.0.0.1")
			page.submit("#blocked-form", "address=nonsense")
			page.see("#blocked .message.error", "nonsense")
			page.accessible(script)
			page.fitsItsWidth()
			page.click("#accounts-clear")
			page.see("#confirm", "Remove all names in use?")
			page.accessible(script)
			page.click("#confirm-no")

			s.stop()
			page.see("#lost", "The connection to the mock server is lost.")
			page.accessible(script)

			locked := newSite(t, mock.Config{Control: mock.ControlConfig{Token: "s3cret"}}).open("/__mock/")
			locked.scheme(scheme)
			locked.size(width, 800)
			locked.see("#locked", "wants its control token")
			locked.write("#locked-token", "guess")
			locked.follow("#locked-form button")
			locked.see("#locked .message.error", "This is not the token")
			locked.accessible(script)
			locked.fitsItsWidth()
		})
	}
}

// accessible runs axe-core over the page as it is.
func (b *tab) accessible(axe []byte) {
	b.t.Helper()
	type violation struct {
		ID     string
		Impact string
		Help   string
		Nodes  []struct {
			Target  []string
			Summary string `json:"failureSummary"`
		}
	}
	eval[chromedp.Void](b, string(axe)+";void 0")
	for _, found := range eval[[]violation](b, "axe.run().then((result) => result.violations)") {
		for _, node := range found.Nodes {
			report := b.t.Logf
			if found.Impact == "serious" || found.Impact == "critical" {
				report = b.t.Errorf
			}
			report("%s: %s (%s) at %v\n%s", found.Impact, found.Help, found.ID, node.Target, node.Summary)
		}
	}
}

// The pictures are for people: go test -tags browser -run Pictures -artifacts -outputdir DIR
// ./mockserver/internal/dashboard
func TestPictures(t *testing.T) {
	t.Parallel()
	busy := busySite(t)
	page := busy.openLive("/__mock/")
	page.see("#requests-list .name", "erin")
	page.try("201", "username=ivan", "privacy=Private")
	page.submit("#forced-form", "status=409")
	page.see("#forced-list li", "409 for the next request")
	page.see("#accounts-list li", "ivan")
	page.see("#requests-count", "9 requests.")
	page.screenshots("")

	empty := newSite(t, mock.Config{})
	page = empty.openLive("/__mock/")
	page.see("#spaces .note", "There is no space yet.")
	page.screenshots("empty-")

	for _, refused := range []struct{ section, form, field string }{
		{"#accounts", "#accounts-form", "name= x "},
		{"#blocked", "#blocked-form", "address=nonsense"},
		{"#faults", "#latency-form", "latency=fast"},
		{"#spaces", "#spaces-form", "space=a b"},
	} {
		page.submit(refused.form, refused.field)
		page.see(refused.section+" .message.error", "")
	}
	empty.burst(300)
	page.see("#requests-count", "of 300 requests")
	page.screenshots("load-and-errors-")
	empty.stop()
	page.see("#lost", "The connection to the mock server is lost.")
	page.screenshots("lost-")
}

// screenshots looks at the page at the width of a desktop and of a phone and, where that is asked for, saves it, light
// and dark.
func (b *tab) screenshots(prefix string) {
	b.t.Helper()
	for name, width := range map[string]int64{"desktop": 1280, "phone": 390} {
		b.size(width, 900)
		b.fitsItsWidth()
		if flag.Lookup("test.artifacts").Value.String() != "true" {
			continue
		}
		for _, scheme := range []string{"light", "dark"} {
			b.scheme(scheme)
			b.screenshot(prefix + name + "-" + scheme)
		}
	}
}
