package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/heap"
)

// Whatever YAML says the same is the same configuration.
func TestYAMLAsOthersWriteIt(t *testing.T) {
	t.Parallel()
	want := []string{"alice", "007"}
	for name, content := range map[string]string{
		"quoted key":         `"name": [alice, 007]`,
		"single-quoted key":  `'name': [alice, 007]`,
		"JSON":               `{"name":["alice","007"],"latency":"5ms"}`,
		"Terraform":          "\"blocked-ip\":\n- \"192.0.2.1\"\n\"name\":\n- \"alice\"\n- \"007\"\n",
		"anchor":             "x-names: &n [alice, 007]\nname: *n\n",
		"anchor used twice":  "name: &n [alice, 007]\nprivacy: *n\n",
		"anchor deep down":   "x-a: {b: [{c: &n alice}]}\nname: [*n, 007]\n",
		"anchor once more":   "x-a: &n bob\nx-b: &n alice\nname: [*n, 007]\nx-c: &n carol\n",
		"merge key":          "x-base: &base\n  name: [alice, 007]\n  latency: 1s\n<<: *base\nlatency: 2s\n",
		"merge keys":         "x-a: &a {name: [alice, 007]}\nx-b: &b {name: [bob], seed: 2}\n<<: [*a, *b]\n",
		"byte order mark":    "\ufeffname: [alice, 007]\r\n",
		"directive":          "%YAML 1.2\n---\nname: [alice, 007]\n...\n",
		"tags":               "name: !!seq [!!str alice, !!str 007]\n",
		"complex key":        "? name\n: [alice, 007]\n",
		"comments":           "# c\n---\nname: # the names\n  - alice # one\n\n  # two\n  - 007\n",
		"literals":           "name:\n  - |-\n    alice\n  - >-\n    007\n",
		"unknown x- content": "x-anything: {deep: {er: [1, {and: so, on: 1}]}}\nname: [alice, 007]\n",
	} {
		config, err := load(t, "--config", file(t, "mock.yaml", content))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got := config.Mock.Endpoint.Names; !slices.Equal(got, want) {
			t.Errorf("%s: names %q, want %q", name, got, want)
		}
	}
}

func TestMergedMappingOfAssumptions(t *testing.T) {
	t.Parallel()
	content := "x-base: &base {name-comparison: fold, missing-slash: accept}\nassume:\n  <<: *base\n  " +
		"missing-slash: redirect\n"
	got := mustLoad(t, "--config", file(t, "mock.yaml", content)).Mock.Endpoint.Assumptions
	if len(got) != 2 || got["name-comparison"] != "fold" || got["missing-slash"] != "redirect" {
		t.Errorf("assumptions: %q", got)
	}
}

// What a file costs before it is refused is bounded, whatever is in it.
func TestFilesThatOnlyCostAreRefusedAtOnce(t *testing.T) {
	many := func(n int, format string) string {
		var all strings.Builder
		for i := range n {
			fmt.Fprintf(&all, format, i)
		}
		return all.String()
	}
	laughs := "x-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
	for i := range 9 {
		laughs += fmt.Sprintf("x-%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 8), i)
	}
	merges := "x-0: &a0 {seed: 1}\n"
	for i := range 7 {
		merges += fmt.Sprintf("x-%d: &a%d {<<: [%s*a%d]}\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	for name, c := range map[string]struct{ content, want string }{
		"brackets": {"name: " + strings.Repeat("[", 100_000),
			"mock.yaml:1: not a configuration: nested more than 20 deep"},
		"balanced brackets": {"name: " + strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000), "nested more than"},
		"braces":            {"name: " + strings.Repeat("{a: ", 25_000), "nested more than"},
		"dashes":            {"name:\n" + strings.Repeat("- ", 50_000), "nested more than"},
		"question marks":    {strings.Repeat("? ", 50_000), "n"},
		"tags":              {"name: " + strings.Repeat("!!a ", 25_000), "n"},
		"anchors":           {"name: " + strings.Repeat("&a ", 30_000), "n"},
		"indentation":       {many(400, "%[1]*[1]da:\n"), "n"},
		"unknown keys":      {many(50_000, "key%d: 1\n"), "mock.yaml:1001: not a configuration: more than 1000 keys"},
		"keys in braces":    {"x-a: {" + many(10_000, "key%d, ") + "}", "more than 1000 keys"},
		"900 unknown keys":  {many(900, "key%d: 1\n"), "unknown key"},
		"aliases": {"x: &a a\nname: [" + strings.Repeat("*a, ", 25_000) +
			"]", "more than 1000 keys, anchors, aliases"},
		"empty items": {"name:\n" + strings.Repeat("-\n", 20_000),
			"mock.yaml:1002: not a configuration: more than"},
		"empty items, noted": {"x-a:\n" + strings.Repeat("- # a\n", 20_000), "tags and empty items"},
		"commas":             {"name: [" + strings.Repeat(",", 1_900_000), "more than 200000 lines and commas"},
		"items":              {"name:\n" + strings.Repeat("- a\n", 400_000), "put long lists in names-file"},
		"comments":           {strings.Repeat("#\n", 900_000), "more than 200000 lines and commas"},
		"a billion laughs": {laughs + "name: *a9",
			"mock.yaml:11: name takes plain values in its list; line 10 is none"},
		"a billion merges": {merges + "<<: *a7", "more than 1000 mappings are merged"},
		"a long key": {strings.Repeat("k", 100_000) + ": 1",
			"(line 1 has a key that has 100000 bytes, more than 65536)"},
		"a long value": {"name: " + strings.Repeat("v", 100_000),
			"mock.yaml:1: name has 100000 bytes, more than 65536"},
		"a long quote": {"name: \"" + strings.Repeat("v", 100_000), "mock.yaml:1: not YAML"},
		"long escapes": {"name: [\"" + strings.Repeat("\\x00", 250_000) + "\"]",
			"mock.yaml:1: name takes plain values in its list; line 1 has 250000 bytes"},
		"a large file": {"# " + strings.Repeat("v", maxFileBytes), "is too large"},
	} {
		path := file(t, "mock.yaml", c.content)
		var err error
		begin := time.Now()
		allocated := heap.Allocated(func() { _, err = load(t, "--config", path) }) >> 20
		took := time.Since(begin)
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), path, "mock.yaml"), c.want) {
			t.Errorf("%s: %.300v, want %q", name, err, c.want)
			continue
		}
		if len(err.Error()) > 20_000 || strings.Count(err.Error(), "\n") > maxReported {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
		// All that was ever allocated, most of it free again by then.
		if took > 5*time.Second || allocated > 100 {
			t.Errorf("%s: refused after %v and %d MiB", name, took, allocated)
		} else {
			t.Logf("%s: refused after %v and %d MiB", name, took.Round(time.Millisecond), allocated)
		}
	}
}

// A names file is refused by its number of names before there is a list of them, which takes eight times the file.
func TestANamesFileWithTooManyNamesCostsLittle(t *testing.T) {
	const megabytes = 8
	path := file(t, "names.txt", strings.Repeat("a\n", megabytes<<19))
	var err error
	allocated := heap.Allocated(func() {
		_, err = load(t, "--names-file", path, "--name", "b", "--max-accounts", "4194304")
	}) >> 20
	if err == nil || !strings.Contains(err.Error(), "4194305 names are in use already, more than 4194304 accounts") {
		t.Errorf("%v", err)
	}
	// Reading a file without knowing its size beforehand allocates a few times as much.
	if allocated > 8*megabytes {
		t.Errorf("%d MiB were allocated for a file of %d MiB", allocated, megabytes)
	}
}

func TestFilesAtTheirBoundsAreRead(t *testing.T) {
	t.Parallel()
	var content strings.Builder
	content.WriteString("x-deep: " + strings.Repeat("[", maxNesting-1) + strings.Repeat("]", maxNesting-1) + "\n")
	for i := range maxKeys - 2 {
		fmt.Fprintf(&content, "x-%d: 1\n", i)
	}
	content.WriteString("name:\n")
	for i := range maxItems - maxKeys {
		content.WriteString([]string{"\n", "- a\n"}[i%20/19])
	}
	content.WriteString("# " + strings.Repeat("c", maxFileBytes-content.Len()-2))
	if got := len(mustLoad(t, "--config", file(t, "mock.yaml", content.String())).Mock.Endpoint.Names); got != 9950 {
		t.Errorf("%d names, want 9950", got)
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add(string(fixtures.SampleConfig()))
	for _, seed := range []string{"", "name: [a, b]", "name:\n- a\n", "assume: {a: b}", "listen: |\n  x\n",
		"? a\n: b", "a: &x b\nc: *x",
		"<<: {a: b}", "!!map {}", "name: 'a", "\xff", "- - a", "name: [~, null]", "%YAML 1.2\n---\nname: a\n...\n",
		"\"\\x00\": a",
		"x-a: &a *a\nname: *a", "<<: &a {<<: *a}", "name: !!str", "assume: {<<: [*x]}", "{a: b}: c", "&k name: a",
		"*k : a", "name:\n-\n-\n", "name: [,,]", "name:\n- # a\n-", "name: [a,\n# b\n]", "? - a\n: - b"} {
		f.Add(seed)
	}
	keys := map[string]kind{"listen": scalar, "name": list, "assume": mapping}
	f.Fuzz(func(t *testing.T, content string) {
		values, err := parseFile("mock.yaml", []byte(content), keys)
		if err != nil {
			for line := range strings.Lines(err.Error()) {
				if !strings.HasPrefix(line, "mock.yaml:") {
					t.Errorf("%q: the error %q does not say where", content, line)
				}
			}
			return
		}
		for key, found := range values {
			what, known := keys[key]
			if !known || what == scalar && len(found) != 1 {
				t.Errorf("%q: %s has the values %v", content, key, found)
			}
		}
	})
}
