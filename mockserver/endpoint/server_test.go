package endpoint_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBadConfigurationIsRefusedWithWhatWouldBeRight(t *testing.T) {
	live := func(config endpoint.Live) endpoint.Config { return endpoint.Config{Live: config} }
	assume := func(id, value string) endpoint.Config {
		return live(endpoint.Live{Assumptions: map[string]string{id: value}})
	}
	for _, row := range []struct {
		config endpoint.Config
		want   string
	}{
		{endpoint.Config{BasePath: "connectmypairs"},
			`the base path "connectmypairs" is not a path such as /connectmypairs`},
		{endpoint.Config{BasePath: "/a?b"}, `the base path "/a?b" is not a path`},
		{endpoint.Config{BasePath: "/a%20b"}, `the base path "/a%20b" is not a path`},
		{endpoint.Config{BasePath: "//a"}, `the base path "//a" is not a path`},
		{endpoint.Config{BasePath: "/a/../b"}, `the base path "/a/../b" is not a path`},
		{live(endpoint.Live{Names: []string{"ok", "a\nb"}}),
			`the name "a\nb" has the control character U+000A at byte 2`},
		{live(endpoint.Live{Names: []string{""}}), `the name "" is empty`},
		{live(endpoint.Live{Names: []string{"\xff"}}), `is not UTF-8`},
		{live(endpoint.Live{Names: []string{" a"}}), `begins or ends with a space, which HTTP trims`},
		{endpoint.Config{MaxAccounts: 1, Live: endpoint.Live{Names: []string{"a", "b"}}},
			`2 names are configured, but the bound on accounts is 1`},
		{endpoint.Config{MaxAccounts: -1}, `the bound on accounts is -1`},
		{live(endpoint.Live{Blocked: []string{"nobody"}}), `blocked: "nobody" is not an IP address or a CIDR`},
		{live(endpoint.Live{TrustedProxies: []string{"10.0.0.0/33"}}), `trusted proxies: "10.0.0.0/33" is not`},
		{live(endpoint.Live{Privacy: []string{"a\x00"}}), `the privacy setting "a\x00" has the control character`},
		{assume("name-case", "fold"), `unknown assumption "name-case"; use some of check-order, `},
		{assume("name-comparison", "both"), `the assumption name-comparison cannot be "both"; use exact or fold`},
		{assume("max-name-length", "-1"), `use a whole number, 0 or more`},
		{assume("username-refusal-members", "name"), `lacks the member code`},
		{assume("username-refusal-members", "code,id"), `cannot have the member "id"`},
		{assume("username-refusal-members", "code"+strings.Repeat(",code", 819)), `has 4099 bytes; use at most 4096`},
		{assume("max-name-length", strings.Repeat("0", 4097)), `has 4097 bytes; use at most 4096`},
		{assume("username-description", strings.Repeat("x", 4097)), `has 4097 bytes; use at most 4096`},
		{endpoint.Config{CORSOrigins: []string{"app.example"}}, `cors: invalid origin pattern "app.example"`},
	} {
		err := row.config.Validate()
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("got %v, want %s", err, row.want)
		}
		if _, err := endpoint.New(row.config); err == nil {
			t.Errorf("New took what Validate refuses: %s", row.want)
		}
	}
}

func TestBasePath(t *testing.T) {
	for base, path := range map[string]string{
		"": "/connectmypairs/users/", "/": "/users/", "/v2/": "/v2/users/", "/a b": "/a%20b/users/",
	} {
		s := start(t, endpoint.Config{BasePath: base,
			Live: endpoint.Live{Assumptions: map[string]string{"missing-slash": "redirect"}}})
		expect(t, s, call{path: path, headers: []string{"Username", "zoe"}}, 201, `{"name":"zoe","privacy":"Public"}`)
		moved := call{path: strings.TrimSuffix(path, "/")}.do(s)
		if got := moved.Header().Get("Location"); got != path ||
			!strings.Contains(moved.Body.String(), "POST http://example.com"+path) {
			t.Errorf("%q: Location is %q, the body %s", base, got, moved.Body)
		}
	}
}

func TestFullServerRefusesOnlyNewNames(t *testing.T) {
	s := start(t, endpoint.Config{MaxAccounts: 2, Live: endpoint.Live{Names: []string{"taken"}}})
	expect(t, s, create("Username", "zoe"), 201, `{"name":"zoe","privacy":"Public"}`)
	expect(t, s, create("Username", "zoe"), 409, `{"name":"zoe","code":"409"}`)
	expect(t, s, create("Username", "yan"),
		507, `{"name":"yan","code":"507","description":"The mock server holds as many accounts as `+
			`--max-accounts allows; reset it or raise the bound."}`)
}

func TestRulesChangeAtRunTime(t *testing.T) {
	s := start(t, endpoint.Config{Live: endpoint.Live{Names: []string{"Taken"}}})
	create("Username", "Zoe", "Privacy", "Private").do(s)
	if err := s.SetRules(nil, map[string]string{"name-comparison": "fold"}); err != nil {
		t.Fatal(err)
	}
	expect(t, s, create("Username", "zoe"), 409, `{"name":"zoe","code":"409"}`)
	expect(t, s, create("Username", "TAKEN"), 409, `{"name":"TAKEN","code":"409"}`)
	if err := s.SetRules([]string{"Friends"}, map[string]string{"name-comparison": "no"}); err == nil {
		t.Error("a bad assumption was taken")
	}
	if err := s.SetRules([]string{}, nil); err == nil {
		t.Error("no setting at all was taken")
	}
	expect(t, s, create("Username", "yan", "Privacy", "Private"), 201, `{"name":"yan","privacy":"Private"}`)
}

func reconfigure(t *testing.T, s *endpoint.Server, config endpoint.Live) {
	t.Helper()
	change, err := s.Check(config)
	if err != nil {
		t.Fatal(err)
	}
	s.Apply(change)
}

func TestReconfigure(t *testing.T) {
	before := endpoint.Live{Names: []string{"old", "both"}, Blocked: []string{"192.0.2.1"}}
	s := start(t, endpoint.Config{Live: before, MaxAccounts: 10})
	create("Username", "made").do(s)
	create("Username", "new").do(s)

	t.Run("a bad configuration changes nothing", func(t *testing.T) {
		for _, bad := range []endpoint.Live{
			{Names: []string{"\x00"}}, {Names: make([]string, 11)}, {Blocked: []string{"x"}},
		} {
			if _, err := s.Check(bad); err == nil {
				t.Errorf("%v was taken", bad)
			}
		}
		expect(t, s, create("Username", "old"), 409, `{"name":"old","code":"409"}`)
	})
	t.Run("what differs takes effect, created accounts stay", func(t *testing.T) {
		s.Memory().SetBlocked(&endpoint.AddressSet{}) // a change at run time, of a key that the file does not touch
		after := before
		after.Names = []string{"both", "new"}
		after.Privacy = []string{"Public", "Friends"}
		reconfigure(t, s, after)
		expect(t, s, create("Username", "old"), 201, `{"name":"old","privacy":"Public"}`)
		for _, name := range []string{"both", "new", "made"} {
			expect(t, s, create("Username", name), 409, fmt.Sprintf(`{"name":%q,"code":"409"}`, name))
		}
		expect(t, s, create("Username", "zoe", "Privacy", "Friends"), 201, `{"name":"zoe","privacy":"Friends"}`)
		expect(t, s, call{from: "192.0.2.1:1", headers: []string{"Username", "yan"}},
			201, `{"name":"yan","privacy":"Public"}`)
		if got := s.Memory().Count(); got != 6 { // both, new, made, old, zoe, yan
			t.Errorf("there are %d accounts", got)
		}
	})
	t.Run("blocked addresses and comparison of names", func(t *testing.T) {
		after := before
		after.Blocked = []string{"198.51.100.1"}
		after.Assumptions = map[string]string{"name-comparison": "fold"}
		reconfigure(t, s, after)
		expect(t, s, create("Username", "MADE"), 409, `{"name":"MADE","code":"409"}`)
		expect(t, s, call{from: "198.51.100.1:1", headers: []string{"Username", "x"}},
			403, `{"description":"Your IP address was blocked.","code":"403"}`)
	})
}

// The bodies that the server writes are the fixtures', member for member in the page's order.
func TestBodiesAreTheDocumentedOnes(t *testing.T) {
	s := start(t, endpoint.Config{})
	for _, documented := range fixtures.Answers() {
		got := s.Force(create("Username", "Username", "Privacy", "Privacy setting").request(), documented.Status)
		want := strings.NewReplacer("\n", "", "  ", "", `": "`, `":"`).Replace(string(fixtures.Body(documented.Status)))
		if string(got.Body) != want {
			t.Errorf("%d: got %s, want %s", documented.Status, got.Body, want)
		}
	}
}

func Example() {
	server, err := endpoint.New(endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}})
	if err != nil {
		panic(err)
	}
	target := httptest.NewServer(server)
	defer target.Close()

	request, _ := http.NewRequest(http.MethodPost, target.URL+"/connectmypairs/users/", nil)
	request.Header.Set("Username", "alice")
	response, err := target.Client().Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	fmt.Printf("%s %s", response.Status, body)
	// Output: 409 Conflict {"name":"alice","code":"409"}
}
