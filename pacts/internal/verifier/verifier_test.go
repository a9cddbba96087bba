package verifier

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

// result is what libpact_ffi 0.5.8 gave, shortened.
const result = `{
	"errors": [{
		"interaction": "Verifying a pact between web and api - two",
		"mismatch": {"interactionId": "", "message": "x", "type": "error"}
	}],
	"interactionResults": [
		{"consumer": "web", "description": "one", "duration": "29ms", "pending": false, "result": "OK"},
		{"consumer": "web", "description": "two", "duration": "6ms", "pending": true, "result": "Error",
			"mismatch": {"interactionId": "", "message": "broken pipe", "type": "error"}},
		{"consumer": "web", "description": "three", "duration": "7ms", "pending": false, "result": "Error",
			"mismatch": {"interactionId": "", "type": "mismatches", "mismatches": [
				{"type": "BodyMismatch", "path": "$.name", "actual": "\"x\"", "expected": "\"y\"",
					"mismatch": "Expected 'x' to be 'y'"},
				{"type": "StatusMismatch", "actual": 201, "expected": 409, "mismatch": "expected 409 but was 201"},
				{"type": "HeaderMismatch", "key": "Content-Type", "actual": "a", "expected": "b", "mismatch": "m"},
				{"type": "BodyTypeMismatch", "actual": "text/plain", "expected": "a/json", "mismatch": "m"}]}},
		{"consumer": "web", "description": "four", "duration": "", "pending": false, "result": "Error"}
	]}`

func TestResultOfTheNativeLibraryIsUnderstood(t *testing.T) {
	var decoded nativeResult
	if err := json.Unmarshal([]byte(result), &decoded); err != nil {
		t.Fatal(err)
	}
	asked := []interaction{{description: "one", states: []string{"a"}}, {description: "two"}, {description: "three"},
		{description: "four"}}
	got, err := Config{}.judge(pact{consumer: "web", origin: "p.json"}, asked, decoded, "")
	if err != nil {
		t.Errorf("got error %v", err)
	}
	of := func(i Interaction) Interaction {
		i.Consumer, i.Origin = "web", "p.json"
		return i
	}
	want := []Interaction{
		of(Interaction{Description: "one", States: []string{"a"}, Duration: 29 * time.Millisecond}),
		of(Interaction{Description: "two", Duration: 6 * time.Millisecond, Pending: true, Problem: "broken pipe"}),
		of(Interaction{Description: "three", Duration: 7 * time.Millisecond, Mismatches: []Mismatch{
			{"body $.name", `"y"`, `"x"`, "Expected 'x' to be 'y'"},
			{"status", "409", "201", "expected 409 but was 201"},
			{"header Content-Type", "b", "a", "m"},
			{"body", "a/json", "text/plain", "m"},
		}}),
		of(Interaction{Description: "four", Problem: "it failed, and the native library does not say why"}),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if failed := (Run{Interactions: got}).Failed(); failed != 2 {
		t.Errorf("%d failed, want 2 and a pending one", failed)
	}
}

// SSL_CERT_FILE can make Go trust a certificate that signs itself, and the native library does not say what it refuses.
func TestACertificateThatSignsItselfIsNoTimeout(t *testing.T) {
	for url, told := range map[string]bool{"https://a.example/users/": true, "http://a.example/users/": false} {
		failure := nativeInteraction{Mismatch: &nativeMismatch{Message: nativeNoAnswer + " for url (" + url + ")"}}
		result := nativeResult{InteractionResults: []nativeInteraction{failure}}
		for _, insecure := range []bool{false, true} {
			got, err := Config{Insecure: insecure}.judge(pact{}, make([]interaction, 1), result, "")
			if err != nil || strings.Contains(got[0].Problem, "signs itself") != (told && !insecure) {
				t.Errorf("%s, insecure %t: %v, %v", url, insecure, got, err)
			}
		}
	}
}

func TestInteractionsThatWereNotVerifiedAreNoSuccess(t *testing.T) {
	one := nativeResult{InteractionResults: []nativeInteraction{{Result: "OK"}}}
	log := "2026-01-31T00:00:00Z  INFO main pact_verifier: x\n" +
		"2026-01-31T00:00:00Z ERROR main pact_ffi::verifier::handle: it fell: over\n"
	p := pact{origin: "p.json"}
	if got, err := (Config{}).judge(p, make([]interaction, 2), one, log); len(got) != 1 || err == nil ||
		err.Error() != "pact file p.json: 1 of 2 interactions were verified; "+
			"Pact's native library says: it fell: over" {
		t.Errorf("got %v, %v", got, err)
	}
	_, err := Config{}.judge(p, make([]interaction, 2), nativeResult{}, log)
	if unreadable, ok := errors.AsType[*unreadableError](err); !ok || unreadable.said != "it fell: over" {
		t.Errorf("got %v", err)
	}
}

func TestStateFailuresAreExplainedInTurn(t *testing.T) {
	const native = "One or more of the setup state change handlers has failed"
	interactions := []Interaction{
		{States: []string{"s"}},
		{States: []string{"s", "t"}, Problem: native},
		{},
		{States: []string{"t"}, Problem: native},
		{States: []string{"t"}, Problem: "something else"},
		{States: []string{"u"}, Problem: native},
	}
	outcome := func(state, action, reason string) stateOutcome {
		return stateOutcome{Change: stateChange{State: state, Action: action}, Reason: reason}
	}
	var log bytes.Buffer
	explain(interactions, []stateOutcome{
		outcome("s", "setup", ""), outcome("s", "teardown", "not\nundone"),
		outcome("##[error]s", "teardown", "no"),
		outcome("s", "setup", "first"), outcome("t", "setup", "second"),
		outcome("", "setup", ""), outcome("", "teardown", ""),
		outcome("t", "setup", "third"),
		outcome("t", "setup", ""),
		outcome("another", "setup", "nobody's"),
	}, &log)
	want := []string{"", `provider state "s": first; provider state "t": second`, "", `provider state "t": third`,
		"something else", native}
	for i, interaction := range interactions {
		if interaction.Problem != want[i] {
			t.Errorf("%d: got %q, want %q", i, interaction.Problem, want[i])
		}
	}
	warnings := "warning: teardown of provider state \"s\": not\\nundone\n" +
		"warning: teardown of provider state \"#\\x23[error]s\": no\n"
	if log.String() != warnings {
		t.Errorf("log: %s", log.String())
	}
}

func TestVersionsThatWork(t *testing.T) {
	for version, want := range map[string]bool{"0.5.6": true, "0.5.8": true, "0.5.5": false, "0.4.22": false,
		"0.6.0": false, "": false} {
		if supported(version) != want {
			t.Errorf("%q: got %v", version, !want)
		}
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	var log tail
	for range 3 {
		if n, err := log.Write(bytes.Repeat([]byte("x"), tailBytes)); n != tailBytes || err != nil {
			t.Errorf("wrote %d, %v", n, err)
		}
	}
	_, _ = log.Write([]byte("end"))
	if log.Len() != tailBytes || !strings.HasSuffix(log.String(), "xend") {
		t.Errorf("kept %d bytes", log.Len())
	}
}

func TestURLsAreToldFromPaths(t *testing.T) {
	for pact, isURL := range map[string]bool{
		"http://host/pact.json": true, "https://host/pact.json": true, "HTTP://host/pact.json": true, "Https://h": true,
		"http": false, "https/": false, "http.json": false, "http:/pact.json": false, "ftp://host/pact.json": false,
	} {
		if urls, paths := split([]string{pact}); len(urls) == 1 != isURL || len(urls)+len(paths) != 1 {
			t.Errorf("%s: URLs %q, paths %q", pact, urls, paths)
		}
	}
}
