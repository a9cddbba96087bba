package verifier

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const pactFormat = `{"consumer":{"name":"web"},"provider":{"name":"api"},"interactions":[%s],"metadata":{%s}}`

func TestStatesOfEverySpecification(t *testing.T) {
	for _, c := range []struct{ interaction, metadata, specification, states string }{
		{`{"description":"d"}`, ``, "", `[]`},
		{`{"description":"d","providerState":"s"}`, `"pactSpecification":{"version":"2.0.0"}`, "2.0.0", `[s]`},
		{`{"description":"d","provider_state":"s"}`, `"pact-specification":{"version":"1.0.0"}`, "1.0.0", `[s]`},
		{`{"description":"d","providerState":null}`, `"pactSpecificationVersion":"2.0.0"`, "2.0.0", `[]`},
		{
			`{"description":"d","providerStates":[{"name":"s","params":{"a":"b"}},` +
				`{"name":"t","params":[]},{"name":"u","params":null}]}`,
			`"pactSpecification":{"version":"3.0.0"}`, "3.0.0", `[s t u]`,
		},
		{`{"description":"d","providerStates":[{"name":"s"}]}`, `"pact-specification":"3.0.0"`, "3.0.0", `[s]`},
		// The states that the native library does not ask for.
		{`{"description":"d","providerStates":[],"providerState":"s"}`, ``, "", `[]`},
		{`{"description":"d","providerStates":null,"provider_state":"s"}`, ``, "", `[]`},
		{`{"description":"d","providerState":null,"provider_state":"s"}`, ``, "", `[]`},
		{`{"description":"d","providerState":"s","provider_state":"t"}`, ``, "", `[s]`},
		{`{"type":"Synchronous/HTTP","description":"d"}`, `"pactSpecification":{"version":"4.0"}`, "4.0", `[]`},
	} {
		read, err := parsePact("p.json", fmt.Appendf(nil, pactFormat, c.interaction, c.metadata))
		if err != nil || read.consumer != "web" || read.provider != "api" || read.specification != c.specification ||
			len(read.interactions) != 1 || read.interactions[0].description != "d" ||
			fmt.Sprint(read.interactions[0].states) != c.states {
			t.Errorf("%s: got %+v, %v", c.interaction, read, err)
		}
	}
}

func TestErrorsNameTheFileAndThePlace(t *testing.T) {
	const specification4 = `"pactSpecification":{"version":"4.0"}`
	many := strings.Repeat(`{"description":"d"},`, maxInteractions) + `{"description":"one too many"}`
	for _, c := range []struct{ content, says string }{
		{``, "pact file p.json: not JSON, at byte 0"},
		{`{"consumer":`, "pact file p.json: /consumer: not JSON, at byte 12"},
		{`[]`, "not a pact file: it has no consumer and provider"},
		{`"pact"`, "not a pact file: it has no consumer and provider"},
		{`{}`, "not a pact file: it has no consumer and provider"},
		{`{"consumer":{"name":"web"}}`, "not a pact file: it has no consumer and provider"},
		{`{"consumer":"web","provider":{"name":"api"}}`, "/consumer: cannot be a JSON string"},
		{"\xff\xfe{\x00", "is UTF-16"},
		{`{"consumer":{"name":"J` + "\xfc" + `rgen"}}`, "/consumer/name: not UTF-8, at byte 22"},
		{`{"consumer":{"name":"\ud800"}}`, "/consumer/name: not JSON, at byte"},
		{interactionWith(``, `"pactSpecification":{"version":"5.0"}`),
			`/metadata/pactSpecification: Pact specification "5.0" is unknown`},
		{interactionWith(``, `"pactSpecification":{"version":"latest"}`), `Pact specification "latest" is unknown`},
		{interactionWith(``, `"pactSpecification":{"version":3}`),
			"/metadata/pactSpecification/version: cannot be a JSON number"},
		{fmt.Sprintf(pactFormat, many, specification4),
			"/interactions: 5001 interactions, and at most 5000 are read; split it"},
		{interactionWith(`"description":7`, ``), "/interactions/0/description: cannot be a JSON number"},
		{interactionWith(`"providerStates":[{"params":{}}]`, ``),
			"/interactions/0/providerStates/0/name: it is missing"},
		{interactionWith(`"providerState":7`, ``), "/interactions/0/providerState: cannot be a JSON number"},
		{interactionWith(`"providerStates":[{"name":"s","params":7}]`, ``),
			"/interactions/0/providerStates/0/params: cannot be a JSON number"},
		{interactionWith(`"providerStates":[{"name":"s","params":[7]}]`, ``),
			"/interactions/0/providerStates/0/params: cannot be a JSON array"},
		{interactionWith(`"description":"d"`, specification4), "/interactions/0/type: it is missing"},
		{interactionWith(`"type":"Synchronous/Messages","response":[{}]`, specification4),
			`/interactions/0/type: "Synchronous/Messages" cannot be verified`},
		{interactionWith(`"type":"Asynchronous/Messages"`, specification4),
			`/interactions/0/type: "Asynchronous/Messages" cannot be verified`},
		{interactionWith(`"request":{"path":"/users/","generators":{"path":{"type":"Regex","regex":"/[.][.]/a"}}}`, ``),
			"/interactions/0/request/generators/path: it would replace the path"},
		{interactionWith(`"request":{"generators":{"PATH":{"type":"ProviderState","expression":"${p}"}}}`, ``),
			"/interactions/0/request/generators/PATH: it would replace the path"},
		{interactionWith(``, `"plugins":[{"name":"protobuf"}]`),
			`/metadata/plugins/0: it needs the Pact plugin "protobuf"`},
		{
			`{"consumer":{"name":"web"},"provider":{"name":"api"},"messages":[{"description":"d"}]}`,
			`/messages/0: "d" is a message, and only requests over HTTP can be verified here; ` +
				`verify it with Pact's own verifier`,
		},
	} {
		if _, err := parsePact("p.json", []byte(c.content)); err == nil || !strings.Contains(err.Error(), c.says) ||
			!strings.HasPrefix(err.Error(), "pact file p.json: ") {
			t.Errorf("%.80s: got %v, want %q", c.content, err, c.says)
		}
	}
}

func interactionWith(members, metadata string) string {
	return fmt.Sprintf(pactFormat, "{"+members+"}", metadata)
}

// reads checks whether an interaction with these members is read. If not, the error must name the place.
func reads(t *testing.T, members string, right bool, place string) {
	t.Helper()
	_, err := parsePact("p.json", []byte(interactionWith(members, ``)))
	if right != (err == nil) || !right && !strings.Contains(err.Error(), "/interactions/0"+place) {
		t.Errorf("%s: %v", members, err)
	}
}

func TestStatusIsAnInteger(t *testing.T) {
	for status, right := range map[string]bool{
		`201`: true, `599`: true, `201.0`: false, `"201"`: false, `null`: false, `2e2`: false, `99`: false,
		`600`: false, `2010`: false, `{}`: false,
	} {
		reads(t, `"response":{"status":`+status+`}`, right, "/response/status: "+status)
	}
}

// A path of a pact file is appended to the base URL, so that one of these would reach another part of the host, or
// another host.
func TestPathsStayBelowTheBaseURL(t *testing.T) {
	for path, right := range map[string]bool{
		"": true, "/": true, "/users/": true, "/a..b/...": true, "/%E2%82%AC": true,
		"/../admin": false, "/users/../../admin": false, "/%2e%2e/admin": false, "/.%2E/admin": false,
		"/%252e%252e/admin": false,
		`/..\admin`:         false, "/%5c..%5cadmin": false, "/..;a=b/admin": false,
		"/users/..": false, "/..%2fadmin": false,
		// A URL ends or begins anew after these, or is read without them.
		"/..?a": false, "/..#a": false, "/.. ": false, "/.\t./admin": false, "/.\n./admin": false, "/.\r./admin": false,
		"@evil.example/": false, "users/": false, ":80@evil.example/": false, "/%zz": false,
	} {
		reads(t, `"request":{"path":`+strconv.Quote(path)+`}`, right, "/request/path: ")
	}
}

func TestMatchingRulesHavePaths(t *testing.T) {
	for selector, right := range map[string]bool{
		"$": true, "$.a": true, "$.*": true, "$['a b'][*].c[0]": true, "$.user-id._id.@x.#text.a:b": true,
		"$.na me": false, "$.": false, "$[": false, "$['']": false, "$['a": false, "$[-1]": false, "$a": false,
		"$.a!": false,
	} {
		reads(t, `"response":{"matchingRules":{"body":{"`+selector+`":{}}}}`, right, "/response/matchingRules/body/")
		if selector != "$a" { // $.bodya is another path
			reads(t, `"response":{"matchingRules":{"$.body`+selector[1:]+`":{}}}`, right, "/response/matchingRules/$")
		}
	}
}

func TestPathsThatHoldTheBasePathAreSeen(t *testing.T) {
	one := func(path string) interaction { return interaction{path: path} }
	for _, c := range []struct {
		paths []interaction
		base  string
		below bool
	}{
		{[]interaction{one("/base/users/"), one("/base/users/x")}, "/base", true},
		{[]interaction{one("/base/users/"), one("/users/")}, "/base", false},
		{[]interaction{one("/basement/users/")}, "/base", false},
		{[]interaction{one("/users/")}, "", false},
		{[]interaction{one("//users/")}, "/", false},
		{nil, "/base", false},
	} {
		if got := (pact{interactions: c.paths}).below(c.base); got != c.below {
			t.Errorf("%v below %q: %v", c.paths, c.base, got)
		}
	}
}

func find(paths ...string) sources {
	var found sources
	for _, path := range paths {
		found.path(path, "api")
	}
	return found
}

func TestFolderStandsForThePactFilesInIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [strange] *folder")
	write(t, filepath.Join(dir, "b.json"), fmt.Sprintf(pactFormat, ``, ``))
	write(t, filepath.Join(dir, "a.json"), "\xef\xbb\xbf"+fmt.Sprintf(pactFormat, ``, ``))
	write(t, filepath.Join(dir, "package.json"), `{"name":"no pact"}`)
	write(t, filepath.Join(dir, "texts.json"), `{"messages":{"hello":"Hello"}}`)
	write(t, filepath.Join(dir, "notes.txt"), `no JSON`)
	write(t, filepath.Join(dir, "billing.json"), `{"consumer":{"name":"web"},"provider":{"name":"billing"}}`)
	write(t, filepath.Join(dir, "deeper", "c.json"), fmt.Sprintf(pactFormat, ``, ``))
	write(t, filepath.Join(dir, "folder.json", "c.json"), fmt.Sprintf(pactFormat, ``, ``))
	for link, target := range map[string]string{".#a.json": "editor@host.1", "gone.json": "elsewhere/gone.json"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	found := find(dir)
	var names []string
	for _, one := range found.pacts {
		names = append(names, filepath.Base(one.origin))
	}
	if !slices.Equal(names, []string{"a.json", "b.json"}) {
		t.Errorf("found %v", names)
	}
	if len(found.errors) != 1 || !strings.Contains(found.errors[0].Error(), "gone.json") {
		t.Errorf("errors: %v", found.errors)
	}
	wanted := []string{"it is a link to editor@host.1", "a.json holds no interaction", "b.json holds no interaction",
		`its provider is "billing", not "api"`, "is not a regular file"}
	for i, says := range wanted {
		if len(found.notes) != len(wanted) || !strings.Contains(found.notes[i], says) {
			t.Errorf("notes: %q", found.notes)
		}
	}
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "broken.json"), `{`)
	write(t, filepath.Join(dir, "right.json"), fmt.Sprintf(pactFormat, ``, ``))
	write(t, filepath.Join(dir, "other", "billing.json"), `{"consumer":{"name":"web"},"provider":{"name":"billing"}}`)
	huge := filepath.Join(dir, "huge")
	write(t, huge, "")
	if err := os.Truncate(huge, maxPactBytes+1); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		dir:                         "broken.json",
		t.TempDir():                 `no pact file of the provider "api" in it`,
		filepath.Join(dir, "other"): `no pact file of the provider "api" in it`,
		filepath.Join(dir, "other", "billing.json"): `its provider is "billing", not "api"; see --provider`,
		filepath.Join(dir, "missing.json"):          "missing.json",
		huge:                                        "split it",
		"/dev/zero":                                 "/dev/zero is not a regular file",
	} {
		found := find(path, filepath.Join(dir, "right.json"))
		if len(found.errors) != 1 || !strings.Contains(found.errors[0].Error(), says) {
			t.Errorf("%s: %v", path, found.errors)
		}
		if len(found.pacts) == 0 {
			t.Errorf("%s: the right file beside it is lost", path)
		}
	}
}

func TestPactsOfARunAreBounded(t *testing.T) {
	found := sources{bytes: maxTotalBytes - 2}
	one := pact{interactions: []interaction{{raw: []byte("{}")}}}
	found.add(one, nil)
	if len(found.pacts) != 1 || len(found.errors) > 0 {
		t.Errorf("at the bound: %v", found.errors)
	}
	found.add(one, nil)
	if len(found.pacts) != 1 || len(found.errors) != 1 {
		t.Errorf("beyond the bound: %v", found.errors)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
