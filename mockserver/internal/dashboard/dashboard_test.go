package dashboard_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/dashboard"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	dashboard.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer
}

func TestEveryFileOfThePageIsServed(t *testing.T) {
	types := map[string]string{"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
	for _, name := range pageFiles(t) {
		path := "/" + strings.TrimPrefix(name, "index.html")
		answer := get(t, path)
		want := types[name[strings.LastIndexByte(name, '.')+1:]]
		if got := answer.Header().Get("Content-Type"); answer.Code != http.StatusOK || !strings.HasPrefix(got, want) {
			t.Errorf("GET %s: status %d, type %q; want 200 and %s", path, answer.Code, got, want)
		}
	}
	if answer := get(t, "/nothing.js"); answer.Code != http.StatusNotFound {
		t.Errorf("GET /nothing.js: status %d, want 404", answer.Code)
	}
}

func TestThePolicyAllowsNothingFromElsewhere(t *testing.T) {
	for _, path := range []string{"/", "/app.js", "/contract.json"} {
		header := get(t, path).Header()
		policy := header.Get("Content-Security-Policy")
		for _, directive := range []string{
			"default-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
		} {
			if !strings.Contains(policy, directive) {
				t.Errorf("GET %s: the policy %q lacks %s", path, policy, directive)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("GET %s: the policy %q has an unsafe source", path, policy)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("GET %s lacks nosniff", path)
		}
	}
}

// The browser tests see what the page does with hostile names; this keeps out the ways in which markup could be made of
// them.
func TestThePageMakesNoMarkupOfData(t *testing.T) {
	forbidden := regexp.MustCompile(
		`(inner|outer|insertAdjacent)HTML|document\.write|\beval\(|new Function|ContextualFragment`)
	outside := regexp.MustCompile(`(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//`)
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script(?:\s[^>]*)?>[^<]`)
	for _, name := range pageFiles(t) {
		content, err := os.ReadFile("page/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range []string{forbidden.FindString(string(content)), outside.FindString(string(content))} {
			if found != "" {
				t.Errorf("%s has %s", name, found)
			}
		}
		if found := inline.FindString(string(content)); found != "" && strings.HasSuffix(name, ".html") {
			t.Errorf("%s has %s, which the policy stops", name, found)
		}
	}
}

func TestThePageKnowsTheContract(t *testing.T) {
	var told struct {
		UsersPath   string `json:"users_path"`
		Answers     []struct{ Status int }
		Assumptions []fixtures.Assumption
		Faults      []faults.Fault
	}
	answer := get(t, "/contract.json")
	if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	if told.UsersPath != fixtures.UsersPath {
		t.Errorf("the path is told as %q, want %q", told.UsersPath, fixtures.UsersPath)
	}
	if !reflect.DeepEqual(told.Assumptions, fixtures.Assumptions()) || !reflect.DeepEqual(told.Faults, faults.All()) {
		t.Error("the assumptions or faults told are not those that there are")
	}
	for i, documented := range fixtures.Answers() {
		if told.Answers[i].Status != documented.Status {
			t.Errorf("answer %d is told as %d, want %d", i, told.Answers[i].Status, documented.Status)
		}
	}
}

// The texts that explain the faults are the page's own; none may be missing.
func TestThePageExplainsEveryFault(t *testing.T) {
	script := get(t, "/behaviour.js").Body.String()
	for _, fault := range faults.All() {
		if !regexp.MustCompile(`\n  '?` + regexp.QuoteMeta(string(fault)) + `'?: '`).MatchString(script) {
			t.Errorf("behaviour.js does not explain the fault %s", fault)
		}
	}
}

func pageFiles(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(os.DirFS("page"), "*")
	if err != nil || len(names) == 0 {
		t.Fatalf("the page has %d files: %v", len(names), err)
	}
	return names
}
