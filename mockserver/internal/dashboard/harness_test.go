//go:build browser

package dashboard_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// patience is how long a test waits for what it expects to see before it fails. It looks every so often: looking at
// every frame, as chromedp does by itself, makes the browser draw without a pause.
const (
	patience = 20 * time.Second
	looking  = 20 * time.Millisecond
)

// chromium is the one Chromium of the test run; every test has a tab of its own in it.
var chromium context.Context

func TestMain(m *testing.M) {
	path, err := findChromium()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) // never skip: a run with the tag browser was asked for
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("force-prefers-reduced-motion", true), // colours on their way take time, and spoil pictures
		chromedp.Flag("process-per-site", true))             // instead of one for each tab, which takes long to start
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	var cancel context.CancelFunc
	chromium, cancel = chromedp.NewContext(allocator)
	code := 1
	if err := chromedp.Do(chromium); err != nil {
		fmt.Fprintf(os.Stderr, "%s did not start: %v\n", path, err)
	} else {
		code = m.Run()
	}
	cancel()
	stop()
	os.Exit(code)
}

func findChromium() (string, error) {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium is found: install one (apt-get install chromium), " +
		"or name it with CHROMIUM=/path/to/it")
}

// site is a mock on a free port, with everything that a developer has.
type site struct {
	t      *testing.T
	origin string
	mock   *mock.Set
	server *httptest.Server
	// streams gets the number of open event streams whenever it changes.
	streams chan int64
	// late, when it is set, is an answer that the mock has given and that is not sent yet.
	late atomic.Pointer[lateAnswer]
}

// lateAnswer is the answer to requests for one path: it is sent when wait returns.
type lateAnswer struct {
	path string
	wait func()
}

func newSite(t *testing.T, config mock.Config) *site {
	t.Helper()
	return newSiteAt(t, config, "127.0.0.1:0")
}

func newSiteAt(t *testing.T, config mock.Config, address string) *site {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{ConnContext: mock.ConnContext}}
	s := &site{
		t: t, origin: "http://" + server.Listener.Addr().String(), server: server, streams: make(chan int64, 1000),
	}
	config.BaseURL = s.origin + "/connectmypairs"
	config.Version = "test"
	if s.mock, err = mock.New(config); err != nil {
		t.Fatal(err)
	}
	handler := s.mock
	var streams atomic.Int64
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/events") {
			s.streams <- streams.Add(1)
			defer func() { s.streams <- streams.Add(-1) }()
		}
		if late := s.late.Load(); late != nil && r.URL.Path == late.path {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, r)
			late.wait()
			maps.Copy(w.Header(), answer.Header())
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
			return
		}
		handler.ServeHTTP(w, r)
	})
	server.Start()
	t.Cleanup(s.stop)
	return s
}

func (s *site) stop() {
	s.mock.Drain() // ends the event streams, which Close would wait for
	s.server.CloseClientConnections()
	s.server.Close()
}

// awaitStreams waits until so many event streams are open.
func (s *site) awaitStreams(want int64) {
	s.t.Helper()
	late := time.After(patience)
	for {
		select {
		case open := <-s.streams:
			if open == want {
				return
			}
		case <-late:
			s.t.Fatalf("there are not %d event streams", want)
		}
	}
}

// call makes a request to the control API, or to the endpoint, and returns the body of its answer. Headers are given as
// name and value by turns.
func (s *site) call(method, path, body string, header ...string) []byte {
	s.t.Helper()
	request, err := http.NewRequest(method, s.origin+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

// create creates an account.
func (s *site) create(name string) {
	s.t.Helper()
	s.call("POST", "/connectmypairs/users/", "", "Username", name)
}

// burst creates n accounts over a few connections at once.
func (s *site) burst(n int) {
	var left atomic.Int64
	left.Store(int64(n))
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for i := left.Add(-1); i >= 0; i = left.Add(-1) {
				s.create(fmt.Sprintf("burst-%d", i))
			}
		})
	}
	callers.Wait()
}

// read reads a JSON document of the control API.
func read[T any](s *site, path string) T {
	s.t.Helper()
	var value T
	body := s.call("GET", "/__mock/"+path, "")
	if err := json.Unmarshal(body, &value); err != nil {
		s.t.Fatalf("GET %s: %v in %s", path, err, body)
	}
	return value
}

// tab is a tab of the browser with the dashboard in it. It is used as a person would: by what is visible.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// open shows the page at path in a new tab, and fails the test when the page's console has an error to tell.
func (s *site) open(path string) *tab {
	s.t.Helper()
	ctx, cancel := chromedp.NewContext(chromium)
	tab := &tab{t: s.t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context of its first action
		s.t.Fatal(err)
	}
	watching := tab.watchConsole()
	s.t.Cleanup(func() {
		cancel()
		watching.Wait()
	})
	tab.size(1280, 900)
	tab.do(chromedp.Navigate(s.origin + path))
	return tab
}

// openLive also waits until the page is connected.
func (s *site) openLive(path string) *tab {
	s.t.Helper()
	tab := s.open(path)
	tab.see("#connection", "live")
	tab.see("#accounts-note, #accounts-list li", "")
	return tab
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// watchConsole reports exceptions, and whatever the content security policy had to stop, as failures. That an answer
// has a status of 400 or above is no error of the page.
func (b *tab) watchConsole() *sync.WaitGroup {
	messages := chromedp.Console(b.ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		for message, err := range messages {
			if err != nil {
				return
			}
			if message.IsException() || message.Type == chromedp.ConsoleError && message.Source != "network" {
				b.t.Errorf("the page's console: %s", message.Text)
			}
		}
	})
	return &watching
}

func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
}

// scheme is what the system prefers: "light" or "dark".
func (b *tab) scheme(scheme string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme},
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// eval evaluates an expression, awaiting it when it is a promise.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits for a JavaScript expression to hold.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(patience),
		chromedp.WithPollingInterval(looking)))
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// see waits until an element that the selector finds is visible and holds the text.
func (b *tab) see(selector, text string) {
	b.t.Helper()
	find := fmt.Sprintf("[...document.querySelectorAll(%s)]", quote(selector))
	_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](fmt.Sprintf(
		"%s.some((node) => node.checkVisibility() && node.textContent.includes(%s))", find, quote(text)),
		chromedp.WithPollingTimeout(patience), chromedp.WithPollingInterval(looking)))
	if err != nil {
		b.t.Fatalf("%s should show %q; it shows %q (%v)", selector, text,
			eval[[]string](b, find+".map((node) => node.textContent)"), err)
	}
}

// gone waits until no visible element that the selector finds holds the text.
func (b *tab) gone(selector, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%s should not show %q", selector, text), fmt.Sprintf(
		"[...document.querySelectorAll(%s)].every((node) => !node.checkVisibility() || !node.textContent.includes(%s))",
		quote(selector), quote(text)))
}

// click clicks in the middle of the first element that the selector finds.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// follow clicks what leads to another page, and waits for that.
func (b *tab) follow(selector string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatal(err)
	}
}

// clickIn clicks the button in the item that shows the text.
func (b *tab) clickIn(items, text, button string) {
	b.t.Helper()
	b.see(items, text)
	found := eval[bool](b, fmt.Sprintf(`(() => {
		document.querySelectorAll('[data-test]').forEach((node) => delete node.dataset.test);
		const item = [...document.querySelectorAll(%s)].find((node) => node.textContent.includes(%s));
		const button = [...item.querySelectorAll('button, a, summary')].find((node) => node.textContent.includes(%s));
		if (button) button.dataset.test = 'here';
		return Boolean(button);
	})()`, quote(items), quote(text), quote(button)))
	if !found {
		b.t.Fatalf("%s with %q has no button %q", items, text, button)
	}
	b.click("[data-test=here]")
}

// write replaces what is in a field.
func (b *tab) write(selector, text string) {
	b.t.Helper()
	b.do(chromedp.Focus(chromedp.CSS(selector)))
	eval[chromedp.Void](b, "document.activeElement.select()")
	b.do(chromedp.KeyEvent("\b"), chromedp.KeyEvent(text))
}

// submit fills in fields of a form, given as name=value, and clicks its button.
func (b *tab) submit(form string, fields ...string) {
	b.t.Helper()
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		selector := form + " [name=" + name + "]"
		if eval[bool](b, "document.querySelector("+quote(selector)+").localName === 'select'") {
			b.choose(selector, value)
		} else {
			b.write(selector, value)
		}
	}
	b.until(form+" should be ready", "!document.querySelector("+quote(form+" button")+").disabled")
	b.click(form + " button")
}

// try sends the request of the try-it form, and waits for the status of its answer.
func (b *tab) try(status string, fields ...string) {
	b.t.Helper()
	b.submit("#try-form", fields...)
	b.see("#try-answer .status", status)
}

// choose chooses the option of a select whose text begins with this. It does not type, because what a browser makes
// of that depends on how fast the keys come.
func (b *tab) choose(selector, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("%s should offer %q", selector, text), fmt.Sprintf(`(() => {
		const select = document.querySelector(%s);
		const option = [...select.options].find((option) => option.text.startsWith(%s));
		if (!option) return false;
		select.focus();
		select.value = option.value;
		for (const type of ['input', 'change']) select.dispatchEvent(new Event(type, { bubbles: true }));
		return true;
	})()`, quote(selector), quote(text)))
}

// fitsItsWidth reports what scrolls sideways: the page never may, and within it only code and the links to the
// sections.
func (b *tab) fitsItsWidth() {
	b.t.Helper()
	for _, wide := range eval[[]string](b, `[document.documentElement, ...document.querySelectorAll('body *')]
		.filter((node) => node.scrollWidth > node.clientWidth && !node.matches('.code, nav'))
		.filter((node) => node === document.documentElement || getComputedStyle(node).overflowX === 'auto')
		.map((node) => (node.id || node.tagName) + ' by ' + (node.scrollWidth - node.clientWidth) + ' pixels')`) {
		b.t.Errorf("sideways scrolls %s", wide)
	}
}

// screenshot saves the whole page as NAME.png in the test's artifact folder.
func (b *tab) screenshot(name string) {
	b.t.Helper()
	eval[chromedp.Void](b, "scrollTo(0, 0)") // or what is sticky is in the middle of the picture
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.t.ArtifactDir(), name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(quoted)
}
