package report

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// plant puts a text into every string and body of a value that Redact is responsible for.
func plant(v reflect.Value, text string) {
	switch v.Type() {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[fixtures.Clause]():
		return
	case reflect.TypeFor[string]():
		v.SetString("before " + text + " after")
		return
	case reflect.TypeFor[[]byte]():
		v.SetBytes([]byte("before " + text + " after"))
		return
	case reflect.TypeFor[http.Header]():
		v.Set(reflect.ValueOf(http.Header{"X-Planted": {text}, text: {"x"}}))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			plant(field, text)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		plant(v.Elem(), text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		plant(v.Index(0), text)
	}
}

// planted is a violated run with the text in every place that can hold one, so that each rendering has to show it.
func planted(text string) Run {
	var run Run
	plant(reflect.ValueOf(&run).Elem(), text)
	run.Schema, run.Level, run.Started = SchemaVersion, fixtures.Implied, sampleTime
	template := run.Clauses[0]
	run.Clauses = nil
	for i, outcome := range severity {
		var c ClauseResult
		plant(reflect.ValueOf(&c).Elem(), text)
		c.Clause, c.Outcome = fixtures.Clauses()[i], outcome
		c.Failures = template.Failures
		run.Clauses = append(run.Clauses, c)
	}
	run.Verdict = Violated
	return run
}

func TestASecretIsInNoRendering(t *testing.T) {
	const secret = "s3cr3t/+ &%\"'<é>"
	forms := map[string]string{
		"raw": secret, "query": url.QueryEscape(secret), "path": url.PathEscape(secret),
		"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "json": `s3cr3t/+ \u0026%\"'\u003cé\u003e`,
		"quoted": `s3cr3t/+ &%\"'<é>`, "html": "s3cr3t/+ &amp;%&#34;&#39;&lt;é&gt;",
	}
	for form, text := range forms {
		run := planted(text)
		redacted := Redact(run, []string{"", secret})
		for name, render := range everyRendering {
			leaky, clean := rendered(t, render, run), rendered(t, render, redacted)
			if strings.Contains(clean, text) || strings.Contains(clean, "s3cr3t") {
				t.Errorf("%s: the secret (%s) is in the report", name, form)
			}
			// The test would see a leak: without redaction there is one.
			if !strings.Contains(leaky, "s3cr3t") && !strings.Contains(leaky, text) {
				t.Errorf("%s: the secret (%s) was never going to be in the report", name, form)
			}
			if !strings.Contains(clean, "redacted") {
				t.Errorf("%s: nothing stands where the secret (%s) was", name, form)
			}
		}
	}
}

// A runner obeys what stands at the start of a line, after blanks, or anywhere in it: see the commands of GitHub, Azure
// and TeamCity.
func TestNothingFromOutsideIsObeyedInAnyReport(t *testing.T) {
	const commands = "\n::stop-commands::x\n  ::add-mask::y\r##[error]z ##vso[a]b ##teamcity[c] \x1b[31m\u202e"
	own := regexp.MustCompile(`(?m)^::(error|warning|notice) title=[^:\n]*::`) // which the kit itself gives
	for name, render := range everyRendering {
		out := rendered(t, render, planted(commands))
		from := own.ReplaceAllString(strings.Replace(out, string(pageStyle), "", 1), "")
		if shown := untrusted.Text([]byte(from)); shown != from {
			t.Errorf("%s: it is obeyed in part (-shown as +written):\n%s", name, cmp.Diff(shown, from))
		}
		if !strings.Contains(out, "stop-commands") {
			t.Errorf("%s: the commands are not shown", name)
		}
	}
}

func TestRedactLeavesTheRunAlone(t *testing.T) {
	run := violated()
	redacted := Redact(run, []string{"cmp-k7q2mf-conflict.code"})
	if !reflect.DeepEqual(run, violated()) {
		t.Error("the run was changed")
	}
	if reflect.DeepEqual(run, redacted) {
		t.Error("nothing was redacted")
	}
	if !reflect.DeepEqual(Redact(run, nil), run) {
		t.Error("without secrets the copy differs")
	}
}

func TestASecretThatTheBoundOfABodyCutsIsHidden(t *testing.T) {
	const secret = "s3cr3t-of-some-length"
	for length := 3; length < len(secret); length++ {
		response := Response{Body: []byte("x " + secret[:length]), Truncated: true}
		run := Redact(Run{Exchanges: []Exchange{{Response: &response}}}, []string{secret})
		if got := string(run.Exchanges[0].Response.Body); got != "x "+Redacted {
			t.Errorf("%d characters: %q", length, got)
		}
	}
}
