package judge

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestValidate(t *testing.T) {
	good := Config{URL: "https://staging.example/connectmypairs"}
	for name, c := range map[string]struct {
		change func(*Config)
		say    string
	}{
		"good":                    {func(*Config) {}, ""},
		"no URL":                  {func(c *Config) { c.URL = "" }, "url: missing"},
		"no scheme":               {func(c *Config) { c.URL = "staging.example" }, "http://"},
		"users path":              {func(c *Config) { c.URL += "/users/" }, "without /users/"},
		"query":                   {func(c *Config) { c.URL += "?a=b" }, "no query"},
		"empty port":              {func(c *Config) { c.URL = "http://127.0.0.1:" }, "url: the port"},
		"empty port, with a path": {func(c *Config) { c.URL = "http://[::1]:/x" }, "url: the port"},
		"port of nobody":          {func(c *Config) { c.URL = "http://127.0.0.1:65536" }, "url: the port"},
		"port 0":                  {func(c *Config) { c.URL = "http://127.0.0.1:0" }, "url: the port"},
		"production": {func(c *Config) { c.URL = "https://API.clicksminuteper.net./connectmypairs" },
			"--allow-production"},
		"production, insisted on": {func(c *Config) {
			c.URL = "https://api.clicksminuteper.net/x"
			c.AllowProduction = true
		}, ""},
		"invalid is Public": {func(c *Config) { c.InvalidPrivacy = "Public" }, "invalid-privacy"},
		"invalid is accepted": {func(c *Config) { c.Privacy = []string{"X"}; c.InvalidPrivacy = "X" },
			"invalid-privacy"},
		"empty privacy":          {func(c *Config) { c.Privacy = []string{""} }, "privacy"},
		"Username header":        {func(c *Config) { c.Header = http.Header{"username": {"x"}} }, "varies"},
		"framing header":         {func(c *Config) { c.Header = http.Header{"content-length": {"5"}} }, "be given"},
		"bad header":             {func(c *Config) { c.Header = http.Header{"X": {"a\nb"}} }, "control character"},
		"bad proxy":              {func(c *Config) { c.Proxy = "proxy:3128" }, "proxy: must be"},
		"proxy without a port":   {func(c *Config) { c.Proxy = "http://proxy:" }, "proxy: the port"},
		"proxy without a host":   {func(c *Config) { c.Proxy = "http://:3128" }, "proxy: must be"},
		"level":                  {func(c *Config) { c.Level = "observed" }, "level"},
		"too many repetitions":   {func(c *Config) { c.Repeat = mostRepeat + 1 }, "repeat: must be 1 to 1000"},
		"negative timeout":       {func(c *Config) { c.Timeout = -time.Second }, "timeout"},
		"run":                    {func(c *Config) { c.Run = []string{"no-such.*"} }, "matches no clause"},
		"skip":                   {func(c *Config) { c.Skip = []string{"["} }, "not a pattern"},
		"known failing":          {func(c *Config) { c.KnownFailing = []string{"no.such"} }, "there is no clause"},
		"known question":         {func(c *Config) { c.KnownFailing = []string{"names.case"} }, "never fails"},
		"blocked kind":           {func(c *Config) { c.BlockedVia = "vpn=x" }, "must be one of"},
		"blocked nothing":        {func(c *Config) { c.BlockedVia = "=x" }, "must be one of"},
		"blocked source":         {func(c *Config) { c.BlockedVia = "source=here" }, "source= needs"},
		"blocked header":         {func(c *Config) { c.BlockedVia = "header=X" }, "header= needs"},
		"blocked url":            {func(c *Config) { c.BlockedVia = "url=x" }, "url= needs"},
		"blocked states":         {func(c *Config) { c.BlockedVia = "states=x" }, "states= needs"},
		"blocked states' port":   {func(c *Config) { c.BlockedVia = "states=http://a:" }, "states= needs"},
		"blocked states' scheme": {func(c *Config) { c.BlockedVia = "states=ftp://a/" }, "states= needs"},
		"blocked url's port":     {func(c *Config) { c.BlockedVia = "url=http://a:/" }, "url= needs"},
		"rate of no number":      {func(c *Config) { c.Rate = math.NaN() }, "rate: must be"},
		"blocked proxy":          {func(c *Config) { c.BlockedVia = "proxy=" }, "proxy= needs"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			c.change(&cfg)
			err := cfg.Validate()
			if c.say == "" && err != nil || c.say != "" && (err == nil || !strings.Contains(err.Error(), c.say)) {
				t.Errorf("the error is %v, should say %q", err, c.say)
			}
		})
	}
}

func TestValidateNeverRepeatsAPassword(t *testing.T) {
	for _, cfg := range []Config{
		{URL: "http://u:secret-one@ho st/"},
		{URL: "https://a.example", Proxy: "ftp://u:secret-one@p/"},
		{URL: "https://a.example", Header: http.Header{"X": {"secret-one\x00"}}},
		{URL: "https://a.example", BlockedVia: "url=ftp://u:secret-one@p"},
	} {
		if err := cfg.Validate(); err == nil || strings.Contains(err.Error(), "secret-one") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestNames(t *testing.T) {
	one := newRun(t.Context(), Config{}, nil)
	seen := map[string]bool{}
	for range 5000 {
		name := one.name()
		if len(name) != 14 || strings.ToLower(name) != name || seen[name] {
			t.Fatalf("%q is no name", name)
		}
		seen[name] = true // of one length: none begins with another
	}
	if other := newRun(t.Context(), Config{}, nil); other.id == one.id {
		t.Error("two runs have one id")
	}
}

// A name that came twice would be in use the second time, which looks like a violation of the target's.
func TestTheLongestRunHasNamesEnough(t *testing.T) {
	t.Parallel()
	names := func(repeat int) int {
		r, err := newDryRun(t.Context(), Config{URL: "https://staging.example", Repeat: repeat}.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		r.preflight()
		for _, probe := range r.cfg.probes() {
			probe.run(r)
		}
		return r.names
	}
	// The first repetitions differ a little; the later ones are alike.
	some, more := names(20), names(40)
	each := (more - some + 19) / 20
	longest := more + (mostRepeat-40)*each
	if most := len(alphabet) * len(alphabet) * len(alphabet); longest > most || each == 0 {
		t.Errorf("it takes %d names, %d more for each repetition, and there are %d", longest, each, most)
	}
	t.Logf("%d names", longest)
}

func TestSpoilableNamesHoldEveryPrintableCharacter(t *testing.T) {
	together := strings.Join(spoilable, "")
	for char := byte(' '); char <= '~'; char++ {
		letter := char >= 'a' && char <= 'z' || char >= 'A' && char <= 'Z'
		if !letter && strings.IndexByte(together, char) < 0 {
			t.Errorf("no name holds %q", char)
		}
	}
	longest := 0
	for _, end := range spoilable {
		longest = max(longest, 14+len(end))
		if strings.TrimSpace(end) != end {
			t.Errorf("HTTP trims %q", end)
		}
	}
	if longest != 64 {
		t.Errorf("the longest name has %d characters, not 64", longest)
	}
}
