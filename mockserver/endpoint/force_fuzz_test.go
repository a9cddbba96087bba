package endpoint_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// Whatever is preferred, the answer is the one asked for, the usual one, or a 400, and a forced one leaves no account
// behind.
func FuzzForced(f *testing.F) {
	for _, seed := range [][2]string{
		{"code=409", ""}, {`respond-async, code="403"; foo=bar`, ""}, {"code", "__code=201"},
		{"", "__code=%zz&__code=400"}, {"code=;=,,\"", "x;__code=1"}, {"code=99999999999999999999", ""},
		{"CODE = 400", "__code"}, {`x="a,code=409"`, ""}, {`x;y="code=409",code=400`, ""}, {`x="\",code=409"`, ""},
		{`x="`, ""}, {`code="4\09"`, ""},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, prefer, query string) {
		s := start(t, endpoint.Config{})
		request := httptest.NewRequest(http.MethodPost, "/connectmypairs/users/", nil)
		request.URL = &url.URL{Path: request.URL.Path, RawQuery: query}
		request.Header = http.Header{"Username": {"alice"}, "Prefer": {prefer}}
		got := s.Answer(request)
		switch accounts := s.Memory().Count(); {
		case got.Rule == endpoint.RuleCreated && accounts == 1 && got.Status == http.StatusCreated:
		case got.Rule == endpoint.RuleBadForce && accounts == 0 && got.Status == http.StatusBadRequest:
		case got.Rule == endpoint.RuleForced && accounts == 0 && got.Header.Get("Preference-Applied") != "":
		default:
			t.Errorf("%q and %q got %+v with %d accounts", prefer, query, got, accounts)
		}
	})
}

// Without trusted proxies nothing that a client sends changes who it is; with them the caller is an address or the
// proxy.
func FuzzCaller(f *testing.F) {
	for _, seed := range []string{
		"192.0.2.1", "a, ::1, [2001:db8::1]:80", "10.0.0.1,,", "::ffff:10.0.0.1", "[", "fe80::1%eth0", "1.2.3.4:99999",
	} {
		f.Add(seed)
	}
	direct := start(f, endpoint.Config{})
	behind := start(f, endpoint.Config{Live: endpoint.Live{TrustedProxies: []string{"192.0.2.0/24"}}})
	f.Fuzz(func(t *testing.T, forwarded string) {
		request := httptest.NewRequest(http.MethodPost, "/connectmypairs/users/", nil)
		request.RemoteAddr = "192.0.2.9:1234"
		request.Header = http.Header{"X-Forwarded-For": {forwarded}}
		if caller := direct.Caller(request); caller.String() != "192.0.2.9" {
			t.Errorf("%q: the caller is %s, though nobody is trusted", forwarded, caller)
		}
		if caller := behind.Caller(request); !caller.IsValid() || caller.Is4In6() || caller.Zone() != "" {
			t.Errorf("%q: the caller is %q", forwarded, caller)
		}
	})
}
