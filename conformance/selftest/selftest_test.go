package selftest

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// The numbers that the project promises.
const (
	leastFaulty     = 80
	leastConforming = 20
)

func TestDefinitions(t *testing.T) {
	names := map[string]bool{}
	faulty, conforming := 0, 0
	for _, i := range Implementations() {
		if names[i.Name] {
			t.Errorf("%s: the name is there twice", i.Name)
		}
		names[i.Name] = true
		if !regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`).MatchString(i.Name) {
			t.Errorf("%s: a name is words joined by hyphens", i.Name)
		}
		if !strings.HasSuffix(i.Text, ".") || strings.Contains(i.Text, "\n") {
			t.Errorf("%s: %q is not one sentence", i.Name, i.Text)
		}
		if i.Breaks == "" {
			conforming++
			continue
		}
		faulty++
		if clause, ok := fixtures.ClauseOf(i.Breaks); !ok || clause.Level == fixtures.Observed {
			t.Errorf("%s: %s is no clause that can be broken", i.Name, i.Breaks)
		}
	}
	if faulty < leastFaulty || conforming < leastConforming {
		t.Errorf("%d faulty and %d conforming implementations, want %d and %d at least",
			faulty, conforming, leastFaulty, leastConforming)
	}
}

// TestBase holds the base to the page without the suite, which is to be judged by it.
func TestBase(t *testing.T) {
	base, stop := Implementation{deviate: func(*app) {}}.Start()
	defer stop()
	body := func(pairs ...string) map[string]any {
		members := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			members[pairs[i]] = pairs[i+1]
		}
		return members
	}
	privacyWasInvalid := func(name, privacy string) map[string]any {
		return body("name", name, "privacy", privacy, "code", "400", "description", "Privacy was invalid")
	}
	blocked := body("description", "Your IP address was blocked.", "code", "403")

	// Each request meets the accounts that those before it made.
	nobody := body("name", "", "privacy", "Public", "code", "400", "description", "Username was invalid")
	for _, exchange := range []struct {
		title  string
		header http.Header
		status int
		body   map[string]any
	}{
		{"created by default", http.Header{"Username": {"amy"}}, 201, body("name", "amy", "privacy", "Public")},
		{"as Public", http.Header{"Username": {"bo"}, "Privacy": {"Public"}}, 201,
			body("name", "bo", "privacy", "Public")},
		{"as Private", http.Header{"Username": {"cy"}, "Privacy": {"Private"}}, 201,
			body("name", "cy", "privacy", "Private")},
		{"in use", http.Header{"Username": {"amy"}}, 409, body("name", "amy", "code", "409")},
		{"in use, otherwise", http.Header{"Username": {"amy"}, "Privacy": {"Private"}}, 409,
			body("name", "amy", "code", "409")},
		{"still in use", http.Header{"Username": {"amy"}}, 409, body("name", "amy", "code", "409")},
		{"invalid privacy", http.Header{"Username": {"dan"}, "Privacy": {"public"}}, 400,
			privacyWasInvalid("dan", "public")},
		{"empty privacy", http.Header{"Username": {"dan"}, "Privacy": {""}}, 400, privacyWasInvalid("dan", "")},
		{"blocked", http.Header{"Username": {"dan"}, "X-Forwarded-For": {blockedCaller}}, 403, blocked},
		{"still free", http.Header{"Username": {"dan"}}, 201, body("name", "dan", "privacy", "Public")},
		{"missing name", http.Header{}, 400, nobody},
		{"empty name", http.Header{"Username": {""}}, 400, nobody},
		{"easy to spoil", http.Header{"Username": {`%41+&<'">\/ x`}}, 201,
			body("name", `%41+&<'">\/ x`, "privacy", "Public")},
		{"in ISO-8859-1", http.Header{"Username": {"Zo\xeb"}}, 201, body("name", "Zoë", "privacy", "Public")},
	} {
		url := base + "/users/?Username=query&Privacy=query" // which is not read
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header = exchange.header
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(content, &got); err != nil {
			t.Errorf("%s: %s: %v", exchange.title, content, err)
		}
		if response.StatusCode != exchange.status || response.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: status %d, %s, want %d", exchange.title, response.StatusCode, response.Header,
				exchange.status)
		}
		if diff := cmp.Diff(exchange.body, got); diff != "" {
			t.Errorf("%s: body (-want +got):\n%s", exchange.title, diff)
		}
	}
}

// TestMatrix proves the matrix on a few implementations of both kinds; make test-selftest proves the suite on all of
// them, once.
func TestMatrix(t *testing.T) {
	matrix, err := Run(t.Context(), Config{Only: []string{"409-code-*", "order-409-*"}})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := matrix.Text(&text); err != nil {
		t.Fatal(err)
	}
	if !matrix.Right() {
		t.Error(text.String())
	}
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	t.Log(lines[len(lines)-1])
}

// TestCompare makes the matrix see a suite that is wrong.
func TestCompare(t *testing.T) {
	clauses := func(id string, outcome report.Outcome) []report.ClauseResult {
		return []report.ClauseResult{{Clause: fixtures.Clause{ID: id}, Outcome: outcome,
			Reason: "no way to be blocked"}}
	}
	faulty := Implementation{Name: "faulty", Breaks: "conflict.code"}
	right := Implementation{Name: "right"}
	for _, test := range []struct {
		title          string
		implementation Implementation
		run            report.Run
		wrong          string
	}{
		{"found", faulty, report.Run{Verdict: report.Violated, Clauses: clauses("conflict.code", report.Failed)}, ""},
		{"found on another clause", faulty,
			report.Run{Verdict: report.Violated, Clauses: clauses("conflict.name", report.Failed)},
			"breaks conflict.code, which did not fail"},
		{"not found", faulty, report.Run{Verdict: report.Conformant},
			"is faulty, and the exit code was 0 (conformant)"},
		{"not judged", faulty, report.Run{Verdict: report.NotJudged},
			"is faulty, and the exit code was 3 (not judged)"},
		{"passed", right, report.Run{Verdict: report.Conformant}, ""},
		{"failed", right, report.Run{Verdict: report.Violated, Clauses: clauses("conflict.name", report.Failed)},
			"is right, and was found violated: conflict.name"},
		{"passed in part", right,
			report.Run{Verdict: report.Partial, Clauses: clauses("blocked.code", report.Unchecked)},
			"is right, and was found partial: blocked.code (no way to be blocked)"},
	} {
		result := compare(test.implementation, test.run)
		if result.Wrong != test.wrong {
			t.Errorf("%s: %q, want %q", test.title, result.Wrong, test.wrong)
		}
		if right := (Matrix{Results: []Result{result}}).Right(); right != (test.wrong == "") {
			t.Errorf("%s: Right is %t", test.title, right)
		}
	}
}

func TestConfig(t *testing.T) {
	for _, test := range []struct {
		cfg  Config
		want string
	}{
		{Config{}, ""},
		{Config{Only: []string{"json-*"}}, ""},
		{Config{Parallel: -1}, "parallel: must be 1 or more, or 0 for the default"},
		{Config{Only: []string{"["}}, `only: "[" is not a pattern: use * for any characters, such as conflict-*`},
		{Config{Only: []string{"nobody"}}, "only: no implementation is called nobody"},
	} {
		got := ""
		if err := test.cfg.Validate(); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%+v: %q, want %q", test.cfg, got, test.want)
		}
	}
}
