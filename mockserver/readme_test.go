//go:build readme

package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// withPact is whether the manual of the Pact verifier is run too, which takes the native library.
var withPact = flag.Bool("pact", false, "run the examples of pacts/README.md too")

// example matches a block of sh, or of js followed by "run", and the console block that follows it, if one does.
var example = regexp.MustCompile("(?ms)^```(sh|js run)\n(.*?)^```\n(?:\n?```console\n(.*?)^```\n)?")

// The examples of the manuals are run as they stand, in their order, so that they cannot go stale: those of each
// manual against a mock server of its own, from the top of the repository, with mockserver and conformance on the
// PATH. Each must succeed. A console block that follows is its output, to the letter but for "…", which is any text.
// "sh norun" is for commands that need another place. The manuals say localhost:8080; the test takes a free port.
func TestManuals(t *testing.T) {
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "./mockserver", "./conformance")
	build.Dir = ".."
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	manuals, err := filepath.Glob("../*/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, manual := range append(manuals, "../README.md") {
		if manual == "../pacts/README.md" && !*withPact {
			continue
		}
		t.Run(manual, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(manual)
			if err != nil {
				t.Fatal(err)
			}
			address := strings.TrimSuffix(strings.TrimPrefix(start(t).baseURL, "http://"), "/connectmypairs")
			text := strings.ReplaceAll(string(content), "localhost:8080", address)
			examples := example.FindAllStringSubmatch(text, -1)
			if len(examples) < 2 {
				t.Fatalf("found %d examples, so the pattern no longer fits the manual", len(examples))
			}
			for _, block := range examples {
				runExample(t, bin, address, block[1], block[2], block[3])
			}
		})
	}
}

func runExample(t *testing.T, bin, address, language, source, want string) {
	t.Helper()
	command := exec.Command("sh", "-euc", source)
	if language == "js run" {
		command = exec.Command("node", "--input-type=module", "--eval", source)
	}
	var stderr bytes.Buffer
	command.Dir, command.Stderr = "..", &stderr
	command.Env = append(os.Environ(), "MOCKSERVER_LISTEN="+address,
		"PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	output, err := command.Output()
	if err != nil {
		t.Errorf("%s\nfailed: %v\n%s%s", source, err, output, &stderr)
		return
	}
	pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSpace(want)), "…", "(?s:.*?)")
	got := strings.TrimSpace(string(output))
	if want != "" && !regexp.MustCompile("^"+pattern+"$").MatchString(got) {
		t.Errorf("%s\nprints\n%s\nbut the manual says\n%s", source, got, want)
	}
}

// A flag that is in no manual does not exist for its users.
func TestManualsNameEveryFlag(t *testing.T) {
	for _, program := range []string{"mockserver", "conformance"} {
		help := exec.Command("go", "run", "./"+program, "--help")
		help.Dir = ".."
		output, err := help.Output()
		if err != nil {
			t.Fatal(err)
		}
		manual, err := os.ReadFile(filepath.Join("..", program, "README.md"))
		if err != nil {
			t.Fatal(err)
		}
		flags := regexp.MustCompile(`--[a-z][a-z0-9-]+`).FindAllString(string(output), -1)
		if len(flags) < 20 {
			t.Errorf("%s --help has %d flags, so the pattern no longer fits it", program, len(flags))
		}
		for _, flag := range flags {
			if !bytes.Contains(manual, []byte(flag)) {
				t.Errorf("the manual of %s does not name %s", program, flag)
			}
		}
	}
}
