//go:build readme

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The README's examples are run as they stand, in their order, against one mock server, so that they cannot go stale. A
// block of sh, or of js followed by "run", is run from the top of the repository and must succeed; when a console block
// follows, that is its output, to the letter. "sh norun" is for commands that need another place. The README says
// localhost:8080; the test takes a free port.
func TestReadmeExamples(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSuffix(strings.TrimPrefix(serveForReadme(t), "http://"), "/connectmypairs")
	text := strings.ReplaceAll(string(readme), "localhost:8080", address)
	blocks := regexp.MustCompile("(?ms)^```(sh|js "+
		"run)\n(.*?)^```\n(?:\n?```console\n(.*?)^```\n)?").FindAllStringSubmatch(text, -1)
	if len(blocks) < 8 {
		t.Fatalf("found %d examples, so the pattern no longer fits the README", len(blocks))
	}
	for _, block := range blocks {
		command := exec.Command("sh", "-euc", block[2])
		if block[1] == "js run" {
			command = exec.Command("node", "--input-type=module", "--eval", block[2])
		}
		var stderr bytes.Buffer
		command.Dir, command.Stderr = "..", &stderr
		output, err := command.Output()
		if err != nil {
			t.Errorf("%s\nfailed: %v\n%s%s", block[2], err, output, &stderr)
			continue
		}
		got, want := strings.TrimSpace(string(output)), strings.TrimSpace(block[3])
		if want != "" && got != want {
			t.Errorf("%s\nprints\n%s\nbut the README says\n%s", block[2], got, want)
		}
	}
}

// serveForReadme starts what the README's first command starts, on a free port, and returns the base URL.
func serveForReadme(t *testing.T) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	stdout, ready := io.Pipe()
	done := make(chan int)
	go func() {
		code := run(ctx, []string{"--listen", "localhost:0"}, ready, io.Discard)
		ready.Close()
		done <- code
	}()
	t.Cleanup(func() {
		stop()
		if code := <-done; code != exitOK {
			t.Errorf("the server ended with %d", code)
		}
	})
	line := make([]byte, 256)
	n, err := stdout.Read(line)
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	return strings.TrimSpace(string(line[:n]))
}
