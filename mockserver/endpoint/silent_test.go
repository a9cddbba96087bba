package endpoint_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// What the reference server chooses where the page is silent, and each choice that can be configured.
func TestSilentPage(t *testing.T) {
	const (
		noUsername = `{"name":"","privacy":"Public","code":"400","description":"Username was invalid"}`
		badPrivacy = `{"name":"zoe","privacy":"x","code":"400","description":"Privacy was invalid"}`
		ok         = `{"name":"zoe","privacy":"Public"}`
		conflict   = `{"name":"taken","code":"409"}`
		blocked    = `{"description":"Your IP address was blocked.","code":"403"}`
	)
	everythingWrong := call{headers: []string{"Username", "taken", "Privacy", "x"}, from: "192.0.2.1:1"}
	takenAndInvalid := create("Username", "taken", "Privacy", "x")
	takenAndBlocked := call{headers: []string{"Username", "taken"}, from: "192.0.2.1:1"}
	for _, row := range []struct {
		name   string
		assume map[string]string
		call   call
		status int
		body   string
	}{
		{"order 403,400,409", nil, everythingWrong, 403, blocked},
		{"order 403,400,409", nil, takenAndInvalid,
			400, `{"name":"taken","privacy":"x","code":"400","description":"Privacy was invalid"}`},
		{"order 403,409,400", map[string]string{"check-order": "403,409,400"}, takenAndInvalid, 409, conflict},
		{"order 400,403,409", map[string]string{"check-order": "400,403,409"}, everythingWrong,
			400, `{"name":"taken","privacy":"x","code":"400","description":"Privacy was invalid"}`},
		{"order 409,403,400", map[string]string{"check-order": "409,403,400"}, takenAndBlocked, 409, conflict},
		{"order 409,400,403", map[string]string{"check-order": "409,400,403"}, everythingWrong, 409, conflict},
		{"order 400,409,403", map[string]string{"check-order": "400,409,403"}, takenAndBlocked, 409, conflict},

		{"missing Username", nil, create(), 400, noUsername},
		{"empty Username", nil, create("Username", ""), 400, noUsername},
		{"missing Username and invalid Privacy", nil, create("Privacy", "x"),
			400, `{"name":"","privacy":"x","code":"400","description":"Username was invalid"}`},
		{"description", map[string]string{"username-description": "Name missing"}, create(),
			400, `{"name":"","privacy":"Public","code":"400","description":"Name missing"}`},
		{"members", map[string]string{"username-refusal-members": "description,code"}, create(),
			400, `{"code":"400","description":"Username was invalid"}`},
		{"repeated Username", nil, create("Username", "zoe", "Username", "yan"),
			400, `{"name":"zoe, yan","privacy":"Public","code":"400","description":"Username was invalid"}`},
		{"repeated Username, first", map[string]string{"repeated-username": "first"},
			create("Username", "zoe", "Username", "yan"), 201, ok},
		{"repeated Username, last", map[string]string{"repeated-username": "last"},
			create("Username", "yan", "Username", "zoe"), 201, ok},
		{"repeated Username, join", map[string]string{"repeated-username": "join"},
			create("Username", "zoe", "Username", "yan"), 201, `{"name":"zoe, yan","privacy":"Public"}`},

		{"setting in another case", nil, create("Username", "zoe", "Privacy", "public"),
			400, `{"name":"zoe","privacy":"public","code":"400","description":"Privacy was invalid"}`},
		{"setting in another case, fold", map[string]string{"privacy-comparison": "fold"},
			create("Username", "zoe", "Privacy", "public"), 201, `{"name":"zoe","privacy":"public"}`},
		{"unknown setting, fold", map[string]string{"privacy-comparison": "fold"},
			create("Username", "zoe", "Privacy", "x"), 400, badPrivacy},
		{"empty Privacy", nil, create("Username", "zoe", "Privacy", ""),
			400, `{"name":"zoe","privacy":"","code":"400","description":"Privacy was invalid"}`},
		{"empty Privacy, default", map[string]string{"empty-privacy": "default"},
			create("Username", "zoe", "Privacy", ""), 201, ok},
		{"repeated Privacy", nil, create("Username", "zoe", "Privacy", "Public", "Privacy", "Private"),
			400, `{"name":"zoe","privacy":"Public, Private","code":"400","description":"Privacy was invalid"}`},
		{"repeated Privacy, first", map[string]string{"repeated-privacy": "first"},
			create("Username", "zoe", "Privacy", "Public", "Privacy", "x"), 201, ok},
		{"repeated Privacy, last", map[string]string{"repeated-privacy": "last"},
			create("Username", "zoe", "Privacy", "Public", "Privacy", "x"), 400, badPrivacy},

		{"name in another case", nil, create("Username", "Taken"), 201, `{"name":"Taken","privacy":"Public"}`},
		{"name in another case, fold", map[string]string{"name-comparison": "fold"}, create("Username", "TAKEN"),
			409, `{"name":"TAKEN","code":"409"}`},
		{"every printable character", nil, create("Username", `a b&<'">%41+\/~`),
			201, `{"name":"a b&<'\">%41+\\/~","privacy":"Public"}`},
		{"UTF-8", nil, create("Username", "Zoë"), 201, `{"name":"Zoë","privacy":"Public"}`},
		{"ISO-8859-1", nil, create("Username", "Zo\xeb"), 201, `{"name":"Zoë","privacy":"Public"}`},
		{"UTF-8 read as ISO-8859-1", map[string]string{"non-ascii-names": "latin-1"}, create("Username", "Zoë"),
			201, `{"name":"ZoÃ«","privacy":"Public"}`},
		{"UTF-8 refused", map[string]string{"non-ascii-names": "refuse"}, create("Username", "Zoë"),
			400, `{"name":"Zoë","privacy":"Public","code":"400","description":"Username was invalid"}`},
		{"tab", nil, create("Username", "a\tb"),
			400, `{"name":"a\tb","privacy":"Public","code":"400","description":"Username was invalid"}`},
		{"C1 control character", nil, create("Username", "a\u0085b"),
			400, "{\"name\":\"a\u0085b\",\"privacy\":\"Public\"," +
				"\"code\":\"400\",\"description\":\"Username was invalid\"}"},
		{"Privacy in ISO-8859-1", nil, create("Username", "zoe", "Privacy", "priv\xe9"),
			400, `{"name":"zoe","privacy":"privé","code":"400","description":"Privacy was invalid"}`},
		{"as long as allowed", map[string]string{"max-name-length": "3"}, create("Username", "Zoë"),
			201, `{"name":"Zoë","privacy":"Public"}`},
		{"too long", map[string]string{"max-name-length": "3"}, create("Username", "zoey"),
			400, `{"name":"zoey","privacy":"Public","code":"400","description":"Username was invalid"}`},

		{"other path", nil, call{path: "/users/", headers: []string{"Username", "zoe"}},
			404, `{"code":"404","description":"There is nothing at /users/; ` +
				`accounts are created with POST http://example.com/connectmypairs/users/"}`},
		{"missing slash", nil, call{path: "/connectmypairs/users", headers: []string{"Username", "zoe"}},
			404, `{"code":"404","description":"There is nothing at /connectmypairs/users; ` +
				`accounts are created with POST http://example.com/connectmypairs/users/"}`},
		{"missing slash, accept", map[string]string{"missing-slash": "accept"},
			call{path: "/connectmypairs/users", headers: []string{"Username", "zoe"}}, 201, ok},
		{"missing slash, redirect", map[string]string{"missing-slash": "redirect"}, call{path: "/connectmypairs/users"},
			308, `{"code":"308",` +
				`"description":"Accounts are created with POST http://example.com/connectmypairs/users/"}`},
		{"other method", nil, call{method: http.MethodGet, headers: []string{"Username", "zoe"}},
			405, `{"code":"405","description":"GET is not allowed here; ` +
				`accounts are created with POST http://example.com/connectmypairs/users/"}`},
		{"other method, 404", map[string]string{"other-method": "404"}, call{method: http.MethodPut},
			404, `{"code":"404","description":"There is nothing at /connectmypairs/users/; ` +
				`accounts are created with POST http://example.com/connectmypairs/users/"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := start(t, endpoint.Config{Live: endpoint.Live{
				Names: []string{"taken"}, Blocked: []string{"192.0.2.1"}, Assumptions: row.assume,
			}})
			response := expect(t, s, row.call, row.status, row.body)
			if row.status == 405 && response.Header.Get("Allow") != "POST" {
				t.Errorf("Allow is %q", response.Header.Get("Allow"))
			}
			if row.status == 308 && response.Header.Get("Location") != "/connectmypairs/users/" {
				t.Errorf("Location is %q", response.Header.Get("Location"))
			}
		})
	}
}

func TestRightURLOfARequestWithoutHost(t *testing.T) {
	target := httptest.NewServer(start(t, endpoint.Config{}))
	defer target.Close()
	connection, err := net.Dial("tcp", target.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "POST /nope HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(connection)
	if want := "POST " + target.URL + "/connectmypairs/users/"; err != nil || !strings.Contains(string(answer), want) {
		t.Errorf("%v: the answer does not say %q:\n%s", err, want, answer)
	}
}

func TestSettingsAreConfigurable(t *testing.T) {
	s := start(t, endpoint.Config{Live: endpoint.Live{Privacy: []string{"Public", "Friends", "Privé"}}})
	expect(t, s, create("Username", "utf-8", "Privacy", "Privé"), 201, `{"name":"utf-8","privacy":"Privé"}`)
	expect(t, s, create("Username", "latin-1", "Privacy", "Priv\xe9"), 201, `{"name":"latin-1","privacy":"Privé"}`)
	expect(t, s, create("Username", "zoe", "Privacy", "Friends"), 201, `{"name":"zoe","privacy":"Friends"}`)
	expect(t, s, create("Username", "yan", "Privacy", "Private"),
		400, `{"name":"yan","privacy":"Private","code":"400","description":"Privacy was invalid"}`)
}

// Every assumption of the catalogue is one that the server knows how to make otherwise.
func TestEveryChoiceIsAccepted(t *testing.T) {
	for _, assumption := range fixtures.Assumptions() {
		for _, choice := range assumption.Values {
			start(t, endpoint.Config{Live: endpoint.Live{Assumptions: map[string]string{assumption.ID: choice.Value}}})
		}
	}
}

// clause request.headers-only
func TestQueryAndBodyAreNotRead(t *testing.T) {
	s := start(t, endpoint.Config{})
	expect(t, s, call{path: "/connectmypairs/users/?Username=zoe"},
		400, `{"name":"","privacy":"Public","code":"400","description":"Username was invalid"}`)
	expect(t, s, call{path: "/connectmypairs/users/?Username=yan&Privacy=Private",
		headers: []string{"Username", "zoe"}}, 201, `{"name":"zoe","privacy":"Public"}`)
}

func TestForcedAnswers(t *testing.T) {
	s := start(t, endpoint.Config{Live: endpoint.Live{Names: []string{"taken"}}})
	for _, row := range []struct {
		name   string
		call   call
		status int
		body   string
	}{
		{"Prefer", create("Username", "zoe", "Prefer", "code=409"), 409, `{"name":"zoe","code":"409"}`},
		{"Prefer among others", create("Username", "zoe", "Prefer", "wait=10, Code = \"403\"; x=1"),
			403, `{"description":"Your IP address was blocked.","code":"403"}`},
		{"Prefer in a second header", create("Username", "zoe", "Prefer", "respond-async", "Prefer", "code=400"),
			400, `{"name":"zoe","privacy":"Public","code":"400","description":"Privacy was invalid"}`},
		{"query", call{path: "/connectmypairs/users/?__code=201", headers: []string{"Username", "taken"}},
			201, `{"name":"taken","privacy":"Public"}`},
		{"not documented", create("Username", "zoe", "Prefer", "code=500"),
			400, `{"code":"400","description":"the answer \"500\" that you prefer is not documented; ` +
				`use 201, 400, 403 or 409"}`},
		{"not a number", call{path: "/connectmypairs/users/?__code=x"},
			400, `{"code":"400","description":"the answer \"x\" that you prefer is not documented; ` +
				`use 201, 400, 403 or 409"}`},
		{"another preference", create("Username", "yan", "Prefer", "return=minimal"),
			201, `{"name":"yan","privacy":"Public"}`},
	} {
		t.Run(row.name, func(t *testing.T) { expect(t, s, row.call, row.status, row.body) })
	}
	if got := s.Memory().Count(); got != 2 { // taken and yan
		t.Errorf("forcing answers left %d accounts", got)
	}
	recorder := expect(t, s, create("Username", "zoe", "Prefer", "code=201"), 201, `{"name":"zoe","privacy":"Public"}`)
	if got := recorder.Header.Get("Preference-Applied"); got != "code=201" {
		t.Errorf("Preference-Applied is %q (RFC 7240, section 3)", got)
	}
}

func TestCORS(t *testing.T) {
	preflight := call{method: http.MethodOptions, from: "192.0.2.1:1", headers: []string{
		"Origin", "https://app.example", "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "privacy,username",
	}}
	t.Run("any origin, no credentials, and no block stops a preflight", func(t *testing.T) {
		s := start(t, endpoint.Config{Live: endpoint.Live{Blocked: []string{"192.0.2.1"}}})
		header := expect(t, s, preflight, 204, "").Header
		if header.Get("Access-Control-Allow-Origin") != "*" || header.Get("Access-Control-Allow-Headers") == "" {
			t.Errorf("the preflight got %v", header)
		}
		for _, c := range []call{
			{headers: []string{"Origin", "https://app.example", "Username", "zoe"}, from: "192.0.2.1:1"},
			{headers: []string{"Origin", "https://app.example"}},
			{headers: []string{"Origin", "https://app.example"}, path: "/nowhere"},
			{headers: []string{"Origin", "https://app.example"}, method: http.MethodPut},
			{headers: []string{"Origin", "null", "Username", "zoe"}},
		} {
			if got := c.do(s).Header().Get("Access-Control-Allow-Origin"); got != "*" {
				t.Errorf("%v: Access-Control-Allow-Origin is %q", c, got)
			}
		}
	})
	t.Run("configured origins, with credentials", func(t *testing.T) {
		s := start(t, endpoint.Config{CORSOrigins: []string{"https://app.example", "http://localhost:*"}})
		header := expect(t, s, preflight, 204, "").Header
		if header.Get("Access-Control-Allow-Origin") != "https://app.example" ||
			header.Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("the preflight got %v", header)
		}
		other := call{headers: []string{"Origin", "https://evil.example", "Username", "zoe"}}
		if got := other.do(s).Header().Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("another origin got Access-Control-Allow-Origin %q", got)
		}
	})
}

// A comma or a semicolon in a quoted string separates nothing (RFC 7240, section 2).
func TestPreferencesMayBeQuoted(t *testing.T) {
	for prefer, want := range map[string]int{
		`x="a,code=409"`: 201, `x="a;code=409"`: 201, `x="\",code=409"`: 201, `x="a", code=409`: 409, `code="409"`: 409,
		`x; y="b,c", Code=403;z`: 403, `x="unfinished, code=409`: 201, `code="4"`: 400,
	} {
		s := start(t, endpoint.Config{})
		if got := create("Username", "alice", "Prefer", prefer).do(s).Code; got != want {
			t.Errorf("%s is answered with %d, want %d", prefer, got, want)
		}
	}
}

// Of every pair that Unicode has; the library that folds whole texts takes the two of Cherokee for each other.
func TestFoldedNamesAreThoseOfTheOtherCase(t *testing.T) {
	state := start(t, endpoint.Config{Live: endpoint.Live{Assumptions: map[string]string{"name-comparison": "fold"}}}).
		Memory()
	for letter := range rune(unicode.MaxRune) {
		name, other := string(letter), string(unicode.SimpleFold(letter))
		if name == other {
			continue
		}
		state.Create(endpoint.Account{Name: name, Privacy: "Public"})
		if state.Create(endpoint.Account{Name: other, Privacy: "Public"}) == endpoint.Created {
			t.Errorf("%s and %s are two names", name, other)
		}
	}
}
