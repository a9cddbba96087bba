package judge

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// What a target answered is quoted in a comment, which it must not end: the rest of the file is obeyed.
func TestACommentOfTheMockConfigurationIsOneLine(t *testing.T) {
	hostile := "404 \"\r\nname: [admin]\u2028::stop-commands::x\x1b[31m\""
	run := report.Run{URL: "http://localhost", Clauses: []report.ClauseResult{{
		Clause: fixtures.Clause{ID: "other-path.answer"}, Observation: &report.Observation{Text: hostile},
	}}}
	var out strings.Builder
	if err := WriteMockConfig(&out, run); err != nil {
		t.Fatal(err)
	}
	want := `# other-path.answer: 404 "\r\nname: [admin]\u2028:\x3astop-commands:\x3ax\x1b[31m"` + "\n"
	if !strings.Contains(out.String(), want) {
		t.Errorf("%s does not hold %s", out.String(), want)
	}
}

// A text that a target answered is a value of the configuration: it stays what it is, and a CI system that prints the
// file obeys nothing in it.
func TestAValueOfTheMockConfigurationIsNotObeyed(t *testing.T) {
	for _, hostile := range []string{
		"plain", "a: b # c", "::add-mask::x", "a\n::stop-commands::x\n##[error]y", "in text ##vso[a]b ##teamcity[c]",
		"\x1b[31m\u202e", `back\slash "quote"`, "yes", "ünïcode",
	} {
		run := report.Run{URL: "http://localhost", Clauses: []report.ClauseResult{{
			Clause:      fixtures.Clause{ID: "missing-username.body"},
			Observation: &report.Observation{Choices: choice("username-description", hostile)},
		}}}
		var out strings.Builder
		if err := WriteMockConfig(&out, run); err != nil {
			t.Fatal(err)
		}
		if shown := untrusted.Text([]byte(out.String())); shown != out.String() {
			t.Errorf("%q: %s is obeyed", hostile, out.String())
		}
		var read struct{ Assume map[string]string }
		if err := yaml.Unmarshal([]byte(out.String()), &read); err != nil ||
			read.Assume["username-description"] != hostile {
			t.Errorf("%q is read as %q, %v:\n%s", hostile, read.Assume, err, out.String())
		}
	}
}

// The mock refuses names beyond ASCII in every encoding or in none, and only for what they hold.
func TestTheMockRefusesNonASCIINamesAsTheTargetDoes(t *testing.T) {
	const cannot = "# names.latin-1: the name is answered with 400"
	refuses := func(pattern string) http.Handler {
		refused, right := regexp.MustCompile(pattern), rightTarget()
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if refused.MatchString(r.Header.Get("Username")) {
				r.Header.Del("Username") // which is a 400, too
			}
			right.ServeHTTP(w, r)
		})
	}
	for name, c := range map[string]struct {
		pattern        string
		refuse, cannot bool
	}{
		"beyond ASCII": {`[^ -~]`, true, false},
		"UTF-8":        {`ë`, false, false},
		"ISO-8859-1":   {`\x{fffd}`, false, true}, // as package regexp reads what is not UTF-8
		"over 16":      {`^.{17}`, false, false},
		"punctuation":  {`[^\pL\pN]`, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{Run: []string{"names.*", "created.status"}, Repeat: 1}
			cfg.URL = serve(t, refuses(c.pattern))
			run := judged(t, cfg)
			var out strings.Builder
			if err := WriteMockConfig(&out, run); err != nil {
				t.Fatal(err)
			}
			refuse := strings.Contains(out.String(), "non-ascii-names: refuse")
			if refuse != c.refuse || strings.Contains(out.String(), cannot) != c.cannot {
				t.Error(out.String())
			}
		})
	}
}
