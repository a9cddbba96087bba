//go:build pact && peer

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// differences are the pacts of which Pact's own verifier thinks otherwise, and why.
var differences = map[string]string{
	"testdata/cases/01-bom.json":       "it does not skip a byte order mark, which editors on Windows write",
	"testdata/cases/81-full-path.json": "it appends paths that hold the base path to the base path",
}

// Pact's own verifier and this one agree on whether a provider keeps a contract.
func TestVerdictsAreThoseOfPactsOwnVerifier(t *testing.T) {
	verdicts := map[string]int{contract: exitVerified}
	for _, one := range cases {
		for _, path := range below("testdata", one.paths) {
			if filepath.Ext(path) == ".json" && !strings.Contains(one.paths, " ") {
				verdicts[path] = one.code
			}
		}
	}
	original := readFile(t, contract)
	for i := range 2 { // the status, and a member of the body
		spoiled, _ := spoil(t, original, i)
		verdicts[writeFile(t, spoiled)] = exitFailed
	}
	verdicts[writeFile(t, unknownState)] = exitFailed
	for path, code := range verdicts {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			ours, peers := code == exitVerified, peerVerifies(t, path, "--state-change-teardown")
			switch reason, differs := differences[path]; {
			case ours != peers && !differs:
				t.Errorf("this verifier: %t, Pact's own: %t", ours, peers)
			case ours == peers && differs:
				t.Errorf("there is no difference any more: %s", reason)
			}
		})
	}
}

// Without --state-change-teardown, it never undoes a provider state: a caller that was blocked would stay so.
func TestPactsOwnVerifierNeedsNoTeardown(t *testing.T) {
	for _, path := range []string{contract, "testdata/js/web-v2-connectmypairs.json"} {
		if !peerVerifies(t, path) {
			t.Errorf("%s does not verify", path)
		}
	}
}

// peerVerifies reports whether Pact's own verifier finds that a mock server keeps the contract.
func peerVerifies(t *testing.T, path string, flags ...string) bool {
	address := strings.TrimSuffix(strings.TrimPrefix(startMock(t), "http://"), "/connectmypairs")
	host, port, _ := strings.Cut(address, ":")
	flags = append(flags, "--file", path, "--hostname", host, "--port", port, "--base-path", "/connectmypairs",
		"--provider-name", "connectmypairs", "--state-change-url", "http://"+address+"/__mock/provider-states")
	command := exec.CommandContext(t.Context(), "testdata/cli/node_modules/.bin/pact-verifier", flags...)
	command.Env = append(os.Environ(), "PACT_DO_NOT_TRACK=true")
	said, err := command.CombinedOutput()
	if command.ProcessState == nil {
		t.Fatalf("Pact's own verifier does not run: %v: %s", err, said)
	}
	return err == nil
}
