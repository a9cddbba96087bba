//go:build openapi

package mock_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// openAPITools is where npm ci puts the programs that read OpenAPI documents.
const openAPITools = "testdata/openapi"

// documents saves the documents that are served for a space, beside the tools, and returns the folder.
func documents(t *testing.T, served *httptest.Server, space string) string {
	t.Helper()
	folder := t.TempDir()
	tools, err := filepath.Abs(openAPITools)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(tools, "node_modules"), filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"endpoint": "/__mock/openapi.yaml", "control": "/__mock/control-openapi.yaml"} {
		_, _, document := send(t, served, "GET", space+path, "")
		if err := os.WriteFile(filepath.Join(folder, name+".yaml"), []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// node runs a program that npm has installed.
func node(t *testing.T, folder, program string, args ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, args...)
	command.Dir = folder
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, output)
	}
}

// openapi-typescript makes types of the documents. With them, sample calls compile under --strict, wrong ones do not, and the server
// answers the valid ones.
func TestOpenAPIGivesTypesThatAcceptValidCalls(t *testing.T) {
	_, served := start(t, mock.Config{})
	folder := documents(t, served, "")
	calls, err := os.ReadFile(filepath.Join(openAPITools, "calls.ts"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"calls.ts": string(calls), "package.json": `{"type":"module"}`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, document := range []string{"endpoint", "control"} {
		node(t, folder, "node_modules/.bin/openapi-typescript", document+".yaml", "-o", document+".d.ts")
	}
	node(t, folder, "node_modules/.bin/tsc", "--strict", "--target", "es2022", "--module", "nodenext", "calls.ts")
	node(t, folder, "node", "calls.js", served.URL, served.URL+"/~typed")
}
