//go:build pact && peer

package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// The jobs and recipes of the manual are run as they stand, each line that is the same once, against a stand-in for a
// broker.
func TestRecipesOfTheManual(t *testing.T) {
	t.Parallel()
	manual := readFile(t, "README.md")
	b := startBroker(t, func(b *broker) { b.token = "the-token" })
	environment := append(os.Environ(), "PACT_BROKER_BASE_URL="+b.url, "PACT_BROKER_TOKEN=the-token", "PACT_URL="+b.url+
		"/pacts/1",
		"STAGING_URL="+startMock(t), "GIT_COMMIT=1.2.3", "GIT_BRANCH=main", "BUILD_URL=https://ci.example/7",
		"SSL_CERT_FILE=", "SSL_CERT_DIR=") // which TestMain sets
	recipes := append(jobs(t, manual), blocks(manual, "sh broker")...)
	if len(recipes) < 7 {
		t.Fatalf("found %d recipes, so the pattern no longer fits the manual: %q", len(recipes), recipes)
	}
	for _, recipe := range recipes {
		command := exec.CommandContext(t.Context(), "sh", "-euc", recipe)
		command.Dir, command.Env = "..", environment
		if said, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s\n%v: %s", recipe, err, said)
		}
	}
	for path, times := range map[string]int{
		"/pacts/1/results": 2, "/pacticipants/connectmypairs/branches/main/versions/1.2.3": 2,
		"/pacts/provider/connectmypairs/for-verification": 1, "/matrix": 1, "/deployments": 1,
	} {
		if got := len(b.received(path)); got != times {
			t.Errorf("the broker got %s %d times, want %d", path, got, times)
		}
	}
}

func blocks(manual, language string) []string {
	var found []string
	for _, block := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(manual, -1) {
		found = append(found, block[1])
	}
	return found
}

// jobs are the shell commands of the CI jobs in the manual: of GitHub's steps, of GitLab's scripts and of Jenkins' sh
// steps.
func jobs(t *testing.T, manual string) []string {
	var commands []string
	for _, block := range blocks(manual, "yaml") {
		var workflow struct {
			Jobs struct {
				Pacts struct{ Steps []struct{ Run string } }
			}
			Pacts struct{ Script []string }
		}
		if err := yaml.Unmarshal([]byte(block), &workflow); err != nil {
			t.Fatal(err)
		}
		for _, step := range workflow.Jobs.Pacts.Steps {
			commands = append(commands, step.Run)
		}
		commands = append(commands, workflow.Pacts.Script...)
	}
	for _, block := range blocks(manual, "groovy") {
		for _, step := range regexp.MustCompile(`(?m)^ *sh '(.*)'$`).FindAllStringSubmatch(block, -1) {
			commands = append(commands, step[1])
		}
	}
	var once []string
	for _, command := range commands {
		if command != "" && !slices.Contains(once, command) {
			once = append(once, strings.TrimSpace(command))
		}
	}
	return once
}
