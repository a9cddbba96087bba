//go:build openapi

package mock_test

import (
	"encoding/json"
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
	for name, path := range map[string]string{
		"endpoint": "/__mock/openapi.yaml", "control": "/__mock/control-openapi.yaml",
	} {
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

// openapi-typescript makes types of the documents. With them, sample calls compile under --strict, wrong ones do not,
// and the server answers the valid ones.
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

// Whoever imports the document into Postman calls the server that has served it, and not production, where accounts
// stay.
func TestOpenAPIGivesAPostmanCollectionOfThisServer(t *testing.T) {
	_, served := start(t, mock.Config{BaseURL: "http://mock.invalid/connectmypairs"})
	for space, bases := range map[string][2]string{
		"":       {served.URL + "/connectmypairs", served.URL + "/__mock"},
		"/~team": {served.URL + "/~team/connectmypairs", served.URL + "/~team/__mock"},
	} {
		folder := documents(t, served, space)
		for i, document := range []string{"endpoint", "control"} {
			node(t, folder, "node_modules/.bin/openapi2postmanv2", "-s", document+".yaml", "-o", document+".json")
			content, err := os.ReadFile(filepath.Join(folder, document+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var collection struct {
				Variable []struct{ Key, Value string }
			}
			if err := json.Unmarshal(content, &collection); err != nil {
				t.Fatal(err)
			}
			if len(collection.Variable) != 1 || collection.Variable[0].Value != bases[i] {
				t.Errorf("the collection of %s%s calls %v, want %s", space, document, collection.Variable, bases[i])
			}
			if strings.Contains(string(content), "api.clicksminuteper.net") {
				t.Errorf("production is in the collection of %s", document)
			}
		}
	}
}
