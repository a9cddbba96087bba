//go:build pact

package main

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// cases are the pact files under testdata, as different libraries and people wrote them, and what must become of each.
var cases = []struct {
	// paths lie below testdata.
	paths string
	code  int
	says  []string
}{
	{"js/web-v2-connectmypairs.json", exitVerified, []string{
		"2 interactions: 2 ok",
		"ok      web-v2: a sign-up from a blocked address (given the caller's IP address is blocked) [",
	}},
	{"js/web-v3-connectmypairs.json", exitVerified, []string{
		"ok      web-v3: a sign-up with a used name (given the caller's IP address is not blocked and ",
	}},
	{"js/web-v4-connectmypairs.json", exitVerified,
		[]string{"ok      web-v4: a private sign-up (given no account exists) ["}},
	{"js", exitVerified, []string{"5 interactions: 5 ok"}},
	{"cases/01-bom.json", exitVerified, []string{"1 ok"}},
	{"cases/03-utf16.json", exitUsage, []string{"03-utf16.json: is UTF-16"}},
	{"cases/50-php-params-array.json", exitVerified, []string{"1 ok"}},
	{"cases/62-v4-no-type.json", exitUsage, []string{"62-v4-no-type.json: /interactions/0/type: it is missing"}},
	{"cases/63-messages-empty.json", exitVerified, []string{"1 ok"}},
	{"cases/64-no-interaction.json cases/01-bom.json", exitVerified, []string{"1 ok",
		"64-no-interaction.json holds no interaction"}},
	{"cases/81-full-path.json", exitVerified, []string{"1 ok",
		"81-full-path.json: its paths hold the base path /connectmypairs"}},
	{"cases/90-meta-pact-spec-string.json", exitVerified, []string{"1 ok"}},
	{"cases/a0-status-float.json", exitUsage, []string{"a0-status-float.json: /interactions/0/response/status: 201.0"}},
	{"cases/a4-status-null.json", exitUsage, []string{"a4-status-null.json: /interactions/0/response/status: null"}},
	{"cases/b2-plain-bad-path.json", exitUsage, []string{"/interactions/0/response/matchingRules/$.body.na me: "}},
	{"cases/enc-latin1.json", exitUsage, []string{"enc-latin1.json: /interactions/0/description: not UTF-8"}},
	{"cases/lone-surrogate.json", exitUsage, []string{"lone-surrogate.json: /interactions/0/description: not JSON"}},
	{"cases/status-string.json", exitUsage, []string{`status-string.json: /interactions/0/response/status: "201"`}},
	{"cases/two-providers", exitVerified, []string{
		"1 interaction: 1 ok", `web-billing.json: its provider is "billing", not "connectmypairs"`,
	}},
	{"cases/two-providers/web-connectmypairs.json", exitVerified, []string{"1 ok"}},
	{"cases/two-providers/web-billing.json", exitUsage,
		[]string{`its provider is "billing", not "connectmypairs"; see --provider`}},
	{"cases/two-versions/main cases/two-versions/prod", exitFailed, []string{
		"ok      web: a sign-up [testdata/cases/two-versions/main/web.json]",
		"failed  web: a sign-up [testdata/cases/two-versions/prod/web.json]", "3 ok, 1 failed",
	}},
	{"cases/two-versions/main/web.json", exitVerified, []string{"2 ok"}},
	{"cases/two-versions/prod/web.json", exitFailed, []string{`body $.privacy: expected "public", was "Public"`}},
	// What cannot be read does not hide the results of the others.
	{"cases/a0-status-float.json cases/enc-latin1.json cases/01-bom.json", exitUsage, []string{
		"1 interaction: 1 ok", "a0-status-float.json: /interactions/0", "enc-latin1.json: /interactions/0",
	}},
	{"cases", exitUsage, []string{"5 interactions: 5 ok", "a4-status-null.json", "b2-plain-bad-path.json"}},
}

func TestCases(t *testing.T) {
	for _, one := range cases {
		t.Run(one.paths, func(t *testing.T) {
			t.Parallel()
			pacts(t, below("testdata", one.paths)...).wants(t, one.code, one.says...)
		})
	}
}

// below puts each of the paths below a folder.
func below(folder, paths string) []string {
	var joined []string
	for path := range strings.FieldsSeq(paths) {
		joined = append(joined, filepath.Join(folder, path))
	}
	return joined
}

func TestEveryPactFileIsACase(t *testing.T) {
	var named []string
	for _, one := range cases {
		named = append(named, below("testdata", one.paths)...)
	}
	err := filepath.WalkDir("testdata", func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if err == nil && filepath.Ext(path) == ".json" && !strings.HasPrefix(entry.Name(), "package") &&
			!slices.Contains(named, path) {
			t.Errorf("%s is no case", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Paths may hold the base path, in whatever way the provider is given.
func TestFullPathsVerifyAtAURLAndInASpace(t *testing.T) {
	url := startMock(t)
	spaced := strings.Replace(url, "/connectmypairs", "/~a-space/connectmypairs", 1)
	for _, url := range []string{url, url + "/", spaced, strings.TrimSuffix(url, "/connectmypairs")} {
		pacts(t, "--url", url, "testdata/cases/81-full-path.json").wants(t, exitVerified, "1 ok")
	}
}

// The native library loses all results of a pact with something in it that it cannot read. Whatever that is, it is
// found, and the other interactions are verified.
func TestWhatOnlyTheNativeLibraryRefusesIsNamed(t *testing.T) {
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200) // it reads 128
	pact := strings.Replace(unknownState, `"providerState":"the moon is full",`, "", 1)
	odd := strings.Replace(pact, `"response":{"status":201}}]`, `"response":{"status":201,"body":`+deep+`}}]`, 1)
	pacts(t, writeFile(t, odd)).wants(t, exitUsage, "1 interaction: 1 ok",
		"/interactions/1: Pact's native library cannot verify it: Failed to load pact - Failed to parse Pact JSON\n")
}
