package report

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestHARGolden(t *testing.T) {
	run := excerpt()
	run.Exchanges[0].Request.URL += "?Username=query"
	run.Exchanges[0].Request.Body = "Username=form"
	run.Exchanges[0].Request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	golden(t, "violated.har", rendered(t, HAR, run))
}

// TestHARIsValid holds every entry against the members that the HAR 1.2 specification demands, and their types.
func TestHARIsValid(t *testing.T) {
	name, number, list, object := "", 0.0, []any(nil), map[string]any(nil)
	demands := map[string]any{
		"startedDateTime":           name,
		"time":                      number,
		"cache":                     object,
		"request.method":            name,
		"request.url":               name,
		"request.httpVersion":       name,
		"request.cookies":           list,
		"request.headers":           list,
		"request.queryString":       list,
		"request.headersSize":       number,
		"request.bodySize":          number,
		"response.status":           number,
		"response.statusText":       name,
		"response.httpVersion":      name,
		"response.cookies":          list,
		"response.headers":          list,
		"response.redirectURL":      name,
		"response.headersSize":      number,
		"response.bodySize":         number,
		"response.content.size":     number,
		"response.content.mimeType": name,
		"timings.send":              number,
		"timings.wait":              number,
		"timings.receive":           number,
	}
	for sample, run := range samples() {
		var archive struct {
			Log struct {
				Version string
				Creator struct{ Name, Version string }
				Entries []map[string]any
			}
		}
		if err := json.Unmarshal([]byte(rendered(t, HAR, run)), &archive); err != nil {
			t.Fatal(err)
		}
		if archive.Log.Version != "1.2" || archive.Log.Creator.Name == "" || archive.Log.Creator.Version == "" ||
			archive.Log.Entries == nil {
			t.Errorf("%s: %+v", sample, archive.Log)
		}
		if len(archive.Log.Entries) != len(run.Exchanges) {
			t.Errorf("%s: %d entries for %d exchanges", sample, len(archive.Log.Entries), len(run.Exchanges))
		}
		for _, entry := range archive.Log.Entries {
			for path, kind := range demands {
				if got := at(entry, path); fmt.Sprintf("%T", got) != fmt.Sprintf("%T", kind) {
					t.Errorf("%s: %s is %T, want %T", sample, path, got, kind)
				}
			}
			if _, err := time.Parse(time.RFC3339, entry["startedDateTime"].(string)); err != nil {
				t.Error(err)
			}
			sum := at(entry, "timings.send").(float64) + at(entry, "timings.wait").(float64) + at(entry,
				"timings.receive").(float64)
			if sum != entry["time"] {
				t.Errorf("%s: the timings add up to %v of %v", sample, sum, entry["time"])
			}
		}
	}
}

// at returns a member by its dotted path.
func at(value any, path string) any {
	name, rest, _ := strings.Cut(path, ".")
	members, ok := value.(map[string]any)
	switch {
	case !ok:
		return nil
	case rest == "":
		return members[name]
	default:
		return at(members[name], rest)
	}
}

func TestHAREncodesABodyThatIsNotUTF8(t *testing.T) {
	content := harContentOf(Response{Body: []byte("caf\xe9")})
	decoded, err := base64.StdEncoding.DecodeString(content.Text)
	if err != nil || string(decoded) != "caf\xe9" || content.Encoding != "base64" || content.Size != 4 {
		t.Errorf("%+v, %v", content, err)
	}
	if content := harContentOf(Response{Body: []byte("café")}); content.Text != "café" || content.Encoding != "" {
		t.Errorf("%+v", content)
	}
}
