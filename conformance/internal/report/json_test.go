package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestJSONRoundTrip(t *testing.T) {
	for name, run := range samples() {
		if name == "hostile" {
			continue // its body is cut: see below
		}
		got, err := ReadJSON(strings.NewReader(rendered(t, JSON, run)))
		if err != nil {
			t.Fatal(err)
		}
		// What is empty is not told apart from what is not there.
		if !reflect.DeepEqual(normal(got), normal(run)) {
			t.Errorf("%s: the run that comes back differs", name)
		}
	}
}

func TestJSONIsOneReport(t *testing.T) {
	text := rendered(t, JSON, violated())
	if _, err := ReadJSON(strings.NewReader(text + text)); err == nil || !strings.Contains(err.Error(), "two reports") {
		t.Errorf("two reports in one file: %v", err)
	}
}

func normal(run Run) Run {
	if len(run.Accounts) == 0 {
		run.Accounts = nil
	}
	if len(run.Exchanges) == 0 {
		run.Exchanges = nil
	}
	return run
}

func TestJSONGolden(t *testing.T) {
	golden(t, "violated.json", rendered(t, JSON, excerpt()))
}

func TestJSONHoldsBodiesReadably(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{`{"a":"<é>"}`, `"body":"{\"a\":\"<é>\"}"`},
		{"", `"body":""`},
		{"\xe9", `"body_base64":"6Q=="`},
	} {
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(Response{Body: []byte(test.body)}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), test.want) {
			t.Errorf("%q is written as %s, want %s", test.body, out.String(), test.want)
		}
		var back Response
		if err := json.Unmarshal(out.Bytes(), &back); err != nil || string(back.Body) != test.body {
			t.Errorf("%q comes back as %q, %v", test.body, back.Body, err)
		}
	}
}

func TestJSONCutsLongBodiesAndSaysSo(t *testing.T) {
	data, err := json.Marshal(Response{Body: bytes.Repeat([]byte("A"), 1<<20)})
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > jsonBody+1000 || !bytes.Contains(data, []byte(`"body_size":1048576`)) ||
		!bytes.Contains(data, []byte(`"truncated":true`)) {
		t.Errorf("%d bytes, ending in %s", len(data), data[len(data)-80:])
	}
}

func TestJSONSaysWhichBytesWereNotUTF8(t *testing.T) {
	run := conformant()
	const name = "caf\xe9 漢"
	run.Accounts[0].Name = name
	run.Exchanges[0].Request.Header.Set("Username", name)
	if n := strings.Count(rendered(t, JSON, run), `caf\\xe9 漢`); n != 2 {
		t.Errorf("%d times, want 2", n)
	}
	if run.Accounts[0].Name != name {
		t.Error("writing the report changed the run")
	}
}
