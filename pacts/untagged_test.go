//go:build !pact

package main

import (
	"strings"
	"testing"
)

func TestUntaggedProgramSaysHowToGetTheTaggedOne(t *testing.T) {
	var stdout, stderr strings.Builder
	code := run(t.Context(), []string{"."}, &stdout, &stderr)
	if code != exitNotJudged || stdout.String() != "" || !strings.Contains(stderr.String(), "make pact-build") ||
		!strings.Contains(stderr.String(), "-tags pact") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout.String(), stderr.String())
	}
}

func TestUntaggedProgramHasHelp(t *testing.T) {
	var stdout, stderr strings.Builder
	code := run(t.Context(), []string{"--help"}, &stdout, &stderr)
	if code != 0 || !strings.Contains(stdout.String(), "--broker-url") || !strings.Contains(stdout.String(),
		"Exit codes: 0") {
		t.Errorf("exit code %d\n%s\n%s", code, stdout.String(), stderr.String())
	}
}
