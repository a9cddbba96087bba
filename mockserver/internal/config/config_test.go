package config

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func parse(t testing.TB, args ...string) (*kong.Context, *Flags) {
	t.Helper()
	var line struct {
		Serve struct{ Flags } `cmd:"" default:"withargs"`
	}
	parser, err := kong.New(&line, Help(), kong.KindMapper(reflect.Int, kong.MapperFunc(Number)),
		kong.KindMapper(reflect.Int64, kong.MapperFunc(Number)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		t.Fatal(err)
	}
	return ctx, &line.Serve.Flags
}

func load(t testing.TB, args ...string) (*Config, error) {
	t.Helper()
	ctx, flags := parse(t, args...)
	config, _, err := Load(ctx, flags)
	return config, err
}

func mustLoad(t testing.TB, args ...string) *Config {
	t.Helper()
	config, err := load(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// file writes a file into a folder of its own and returns its path.
func file(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWithoutAnythingItIsTheDocumentedServer(t *testing.T) {
	t.Parallel()
	config := mustLoad(t)
	if config.Listen != "localhost:8080" || config.Mock.Endpoint.BasePath != fixtures.BasePath {
		t.Errorf("at %s%s, want localhost:8080%s", config.Listen, config.Mock.Endpoint.BasePath, fixtures.BasePath)
	}
	// What --help says is what the libraries say.
	if got := config.Mock.Endpoint.MaxAccounts; got != endpoint.DefaultMaxAccounts {
		t.Errorf("max-accounts is %d, want the library's %d", got, endpoint.DefaultMaxAccounts)
	}
	if got := config.Mock.MaxSpaces; got != mock.DefaultMaxSpaces {
		t.Errorf("max-spaces is %d, want the library's %d", got, mock.DefaultMaxSpaces)
	}
	if got := config.Mock.JournalRequests; got != journal.DefaultRequests {
		t.Errorf("journal-requests is %d, want the library's %d", got, journal.DefaultRequests)
	}
	if got := help()["privacy"]; !strings.HasSuffix(got, strings.Join(endpoint.DefaultPrivacy(), ", ")+".") {
		t.Errorf("--help says of privacy %q, want the library's %q", got, endpoint.DefaultPrivacy())
	}
}

func TestFlagBeforeEnvironmentBeforeFileBeforeDefault(t *testing.T) {
	path := file(t, "mock.yaml", "latency: 1ms\nblocked-ip: [192.0.2.1, 192.0.2.2]\n")
	for _, c := range []struct {
		name, env string
		args      []string
		latency   string
	}{
		{"default", "", nil, "0s"},
		{"file", "", []string{"--config", path}, "1ms"},
		{"environment", "2ms", []string{"--config", path}, "2ms"},
		{"flag", "2ms", []string{"--config", path, "--latency", "3ms"}, "3ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("MOCKSERVER_LATENCY", c.env)
			if got := mustLoad(t, c.args...).Mock.Latency; got != c.latency {
				t.Errorf("latency is %s, want %s", got, c.latency)
			}
		})
	}
	t.Run("a list is replaced whole", func(t *testing.T) {
		t.Setenv("MOCKSERVER_BLOCKED_IP", "192.0.2.3, 192.0.2.4")
		if got, want := mustLoad(t, "--config", path).Mock.Endpoint.Blocked, []string{"192.0.2.3",
			"192.0.2.4"}; !slices.Equal(got, want) {
			t.Errorf("blocked: %q, want %q", got, want)
		}
		got := mustLoad(t, "--config", path, "--blocked-ip", "192.0.2.5",
			"--blocked-ip=192.0.2.6").Mock.Endpoint.Blocked
		if want := []string{"192.0.2.5", "192.0.2.6"}; !slices.Equal(got, want) {
			t.Errorf("blocked: %q, want %q", got, want)
		}
	})
	t.Run("the file itself may come from the environment", func(t *testing.T) {
		t.Setenv("MOCKSERVER_CONFIG", path)
		if got := mustLoad(t).Mock.Latency; got != "1ms" {
			t.Errorf("latency is %s, want 1ms", got)
		}
	})
	t.Run("assumptions are looked up one by one", func(t *testing.T) {
		path := file(t, "mock.yaml", "assume: {name-comparison: fold, missing-slash: accept, max-name-length: 7}\n")
		t.Setenv("MOCKSERVER_ASSUME", "missing-slash=redirect; check-order=400,403,409")
		got := mustLoad(t, "--config", path, "--assume", "check-order=409,400,403",
			"--assume=empty-privacy=default").Mock.Endpoint.Assumptions
		want := map[string]string{"name-comparison": "fold", "max-name-length": "7", "missing-slash": "redirect",
			"check-order": "409,400,403", "empty-privacy": "default"}
		if !maps.Equal(got, want) {
			t.Errorf("assumptions: %q, want %q", got, want)
		}
	})
}

// A name such as yes or 007 is no truth value and no number.
func TestValuesOfTheFileAreTakenAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	path := file(t, "mock.yaml", "name: [yes, 007, 1e3, 0x1F, 'a: b', \"Zo\\u00eb\", null , ~x, 12:30]\n")
	_, err := load(t, "--config", path)
	if err == nil || !strings.Contains(err.Error(), "takes plain values in its list; line 1 is none") {
		t.Errorf("null in a list: %v, want an error", err)
	}
	path = file(t, "mock.yaml", "name: [yes, 007, 1e3, 0x1F, 'a: b', \"Zo\\u00eb\", ~x, 12:30, -1, .inf, "+
		"true]\ntrusted-proxy: 192.0.2.1 # alone\nseed: -3")
	config := mustLoad(t, "--config", path)
	want := []string{"yes", "007", "1e3", "0x1F", "a: b", "Zoë", "~x", "12:30", "-1", ".inf", "true"}
	if got := config.Mock.Endpoint.Names; !slices.Equal(got, want) {
		t.Errorf("names: %q, want %q", got, want)
	}
	if got := config.Mock.Endpoint.TrustedProxies; !slices.Equal(got, []string{"192.0.2.1"}) {
		t.Errorf("a value alone where a list may be: %q", got)
	}
	if config.Mock.Seed != -3 {
		t.Errorf("seed is %d, want -3", config.Mock.Seed)
	}
}

func TestWhatIsWrongWithTheFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ content, want string }{ // what follows "mock.yaml:"
		{"blocked-ipp: 192.0.2.1", `1: unknown key "blocked-ipp"; did you mean blocked-ip?`},
		{"# c\n\nblocked_ip: 192.0.2.1", `3: unknown key "blocked_ip"; did you mean blocked-ip?`},
		{"zzzzzzzzzz: 1", `1: unknown key "zzzzzzzzzz"; use one of allow-host, assume, `},
		{"config: other.yaml", `1: unknown key "config"; use one of `},
		{"latency: 0s\nlatency: 1s", `2: not YAML: mapping key "latency" already defined at [1:1]`},
		{"listen:\n  - localhost:1", `1: listen takes one plain value, not a list`},
		{"listen: {a: b}", `1: listen takes one plain value, not a mapping`},
		{"listen:", `1: listen has no value; give it one or remove the line`},
		{"name:\n  a: b", `1: name takes a plain value or a list of them, not a mapping`},
		{"name:\n  - [a]", `1: name takes plain values in its list; line 2 is none`},
		{"name: *x", `1: name has an alias without an anchor before it`},
		{"name: !!binary aGk=", `1: name has the tag "!!binary"; leave it out`},
		{"max-header-bytes: 9223372036854775807",
			`1: max-header-bytes: 9223372036854775807 is out of range; use 1KiB to 1GiB`},
		{"assume: name-comparison=fold", `1: assume takes a mapping of keys to plain values, not a plain value`},
		{"assume: [name-comparison=fold]", `1: assume takes a mapping of keys to plain values, not a list`},
		{"assume:\n  name-comparison:\n    - x", `1: assume takes plain values in its mapping; line 2 is none`},
		{"assume:\n  name-comparison: sideways",
			`2: assume: the assumption name-comparison cannot be "sideways"; use exact or fold`},
		{"assume:\n  name-comparisons: fold",
			`2: assume: unknown assumption "name-comparisons"; use some of check-order, `},
		{"blocked-ip:\n  - 192.0.2.1\n  - 1.2.3", `3: blocked-ip: "1.2.3" is not an IP address or a CIDR such as `},
		{"name: [alice, \"a\\tb\"]", "1: name: the name \"a\\tb\" has the control character U+0009 at byte 2"},
		{"privacy: [' Public']", `1: privacy: `},
		{"privacy: []", `1: privacy has no value; give it one or remove the line`},
		{"# c\nprivacy:\n", `2: privacy has no value; give it one or remove the line`},
		{"tls-self-signed: true\ntls-key: a\ntls-cert: c.pem", `1: tls-self-signed: there is a certificate already`},
		{"name: a\nname-x: Jos\xe9\n", "2: not UTF-8; save the file in that encoding"},
		{"base-path: connectmypairs",
			`1: base-path: the base path "connectmypairs" is not a path such as /connectmypairs`},
		{"trusted-proxy: [x]", `1: trusted-proxy: "x" is not an IP address`},
		{"cors-origin: localhost", `1: cors-origin: cors: `},
		{"latency: 5", `1: latency: the latency cannot be "5"; use a duration such as `},
		{"fault: [reset=2]", `1: fault: the fault reset cannot have the rate 2; use a number above 0`},
		{"seed: 1.5", `1: seed: expected a valid 64 bit int but got "1.5"`},
		{"allow-host: http://mock", `1: allow-host: the host "http://mock" can be in no request; use a name`},
		{"max-spaces: 0", `1: max-spaces: 0 is out of range; use 1 to `},
		{"max-header-bytes: 1MB", `1: max-header-bytes: "1MB" is not a number of bytes such as `},
		{"journal-requests: 0", `1: journal-requests: 0 is out of range; use 1 to `},
		{"control-origin: localhost",
			`1: control-origin: the origin "localhost" is not one such as http://localhost:6006: `},
		{"header-timeout: 10", `1: header-timeout: expected duration but got "10"`},
		{"tls-self-signed: maybe", `1: tls-self-signed: bool value must be true, `},
		{"tls-key: mock.yaml", `1: tls-key: a private key needs its certificate; give --tls-cert too`},
		{"control: somewhere", `1: control: "somewhere" is neither same, off nor HOST:PORT such as localhost:8081`},
		{"control-token: a b", `1: control-token: the token cannot be sent in a header`},
		{"log-level: loud", `1: log-level: unknown level "loud"; use debug, info, warn or error`},
		{"log-format: xml", `1: log-format: unknown format "xml"; use text or json`},
		{"names-file: none.txt", `1: names-file: cannot read DIR/none.txt: `},
		{"- a\n- b", `1: not a mapping of keys to values`},
		{"just text", `1: not a mapping of keys to values`},
		{"name: [a", `1: not YAML: `},
		{"name: a\nblo", `2: not YAML: `},
		{"name: a\n---\nname: b", `3: a second document begins here; keep to one`},
		{"name: \"a", `1: not YAML: `},
	} {
		path := file(t, "mock.yaml", c.content)
		_, err := load(t, "--config", path)
		if err == nil {
			t.Errorf("%q: no error, want %q", c.content, c.want)
			continue
		}
		got := strings.ReplaceAll(strings.ReplaceAll(err.Error(), path, "mock.yaml"), filepath.Dir(path), "DIR")
		if !strings.HasPrefix(got, "mock.yaml:"+c.want) {
			t.Errorf("%q: %q, want %q", c.content, got, c.want)
		}
		if strings.Contains(got, "\n") {
			t.Errorf("%q: %q has several lines for one thing", c.content, got)
		}
	}
}

// Like ports, bytes and assumptions, which are not read by Number.
func TestLeadingZerosMakeNoOctalNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"010": 10, "0100": 100, "08": 8, "0_10": 10, "-010": -10, "+007": 7, "0": 0, "00": 0, "10": 10,
		"0x10": 16, "0o17": 15, "0b11": 3, "1_000": 1000,
	} {
		if got := mustLoad(t, "--config", file(t, "mock.yaml", "seed: "+text)).Mock.Seed; got != want {
			t.Errorf("seed: %s is read as %d, want %d", text, got, want)
		}
		if got := mustLoad(t, "--seed="+text).Mock.Seed; got != want {
			t.Errorf("--seed=%s is read as %d, want %d", text, got, want)
		}
	}
	config := mustLoad(t, "--config", file(t, "mock.yaml", "max-accounts: 0100"))
	if got := config.Mock.Endpoint.MaxAccounts; got != 100 {
		t.Errorf("max-accounts: 0100 is read as %d, want 100", got)
	}
	for _, text := range []string{"1e3", "1.0", "0_x10", "ten", "9223372036854775808", ""} {
		if got, err := load(t, "--config", file(t, "mock.yaml", "# c\nseed: '"+text+"'")); err == nil ||
			!strings.Contains(err.Error(), "mock.yaml:2: seed: ") {
			t.Errorf("seed: %s is read as %+v, %v; want an error with its line", text, got, err)
		}
	}
}

func TestReadyFileIsNoneThatIsRead(t *testing.T) {
	t.Parallel()
	path := file(t, "names.txt", "alice\n")
	link := filepath.Join(t.TempDir(), "ready")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, ready := range []string{path, link} {
		want := "--ready-file: " + ready + " is the file of names-file (--names-file), and would be replaced; " +
			"use another"
		if _, err := load(t, "--names-file", path, "--ready-file", ready); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	mustLoad(t, "--names-file", path, "--ready-file", file(t, "ready", "left behind"))
}

func TestEverythingThatIsWrongIsSaidAtOnceWithWhereItCameFrom(t *testing.T) {
	path := file(t, "mock.yaml", "nme: x\nlatency: fast\n")
	t.Setenv("MOCKSERVER_SEED", "lucky")
	_, err := load(t, "--config", path, "--blocked-ip", "here")
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	for _, want := range []string{path + ":1: ", path + ":2: latency: ", "MOCKSERVER_SEED: ", "--blocked-ip: "} {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, want) }) {
			t.Errorf("no line begins with %q in\n%s", want, err)
		}
	}
	if len(lines) != 4 {
		t.Errorf("%d lines, want 4:\n%s", len(lines), err)
	}
}

func TestNothingButCommentsIsAnEmptyFile(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "\n", "# nothing\n", "---\n", "{}", "name:\n#  - alice\n",
		"\ufeff# nothing", "%YAML 1.2\n---\n"} {
		if got := mustLoad(t, "--config", file(t, "mock.yaml", content)).Mock.Endpoint.Names; len(got) != 0 {
			t.Errorf("%q: names %q, want none", content, got)
		}
	}
}

func TestFilesOfNamesAndAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, content, want string }{
		{"names-file", "a\nb\n\nc\nd\ne\nbad\x01\n",
			"FILE:7: the name \"bad\\x01\" has the control character U+0001 at byte 4"},
		{"names-file", "a\r\nb\rc\r\n", "FILE:2: the name \"b\\rc\" has the control character U+000D"},
		{"names-file", "a\n\xff\n", "FILE:2: the name \"\\xff\" is not UTF-8"},
		{"names-file", "a \n", "FILE:1: the name \"a \" begins or ends with a space"},
		{"blocked-file", "# one\n192.0.2.1\n\n192.0.2.0/33\n",
			"FILE:4: \"192.0.2.0/33\" is not an IP address or a CIDR"},
	} {
		path := file(t, "list.txt", c.content)
		_, err := load(t, "--"+c.key, path)
		if err == nil {
			t.Errorf("%s %q: no error, want %q", c.key, c.content, c.want)
		} else if got := strings.ReplaceAll(err.Error(), path, "FILE"); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %q: %q, want %q", c.key, c.content, got, c.want)
		}
	}
	names := file(t, "names.txt", "\ufeff"+"alice\r\n\r\n#1\r\nZoë")
	blocked := file(t, "blocked.txt", "\ufeff"+"# test ranges\n 192.0.2.0/24 # TEST-NET-1\n\n2001:db8::/32")
	config := mustLoad(t, "--names-file", names, "--name", "first", "--blocked-file", blocked, "--blocked-ip",
		"198.51.100.7")
	if got, want := config.Mock.Endpoint.Names, []string{"alice", "#1", "Zoë", "first"}; !slices.Equal(got, want) {
		t.Errorf("names: %q, want %q", got, want)
	}
	if got, want := config.Mock.Endpoint.Blocked, []string{"192.0.2.0/24", "2001:db8::/32",
		"198.51.100.7"}; !slices.Equal(got, want) {
		t.Errorf("blocked: %q, want %q", got, want)
	}
	t.Run("a long line", func(t *testing.T) {
		path := file(t, "names", "alice\n"+strings.Repeat("\x00", 1<<20)+"\nbob\n")
		_, err := load(t, "--names-file", path)
		if want := path + ":2: the line has 1048576 bytes; use at most 65536"; err == nil || err.Error() != want {
			t.Errorf("%.300v, want %q", err, want)
		}
	})
	t.Run("a thousand wrong lines", func(t *testing.T) {
		_, err := load(t, "--blocked-file", file(t, "b", strings.Repeat("x\n", 1000)))
		if err == nil || strings.Count(err.Error(), "\n") != maxReported ||
			!strings.HasSuffix(err.Error(), ":11: and more lines from here on") {
			t.Errorf("%v, want %d lines and a word about the rest", err, maxReported)
		}
	})
}

func TestFilesAreRelativeToTheFileThatNamesThem(t *testing.T) {
	t.Parallel()
	path := file(t, "mock.yaml", "names-file: names.txt\n")
	names := filepath.Join(filepath.Dir(path), "names.txt")
	if err := os.WriteFile(names, []byte("alice\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, flags := parse(t, "--config", path)
	config, files, err := Load(ctx, flags)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(config.Mock.Endpoint.Names, []string{"alice"}) {
		t.Errorf("names: %q", config.Mock.Endpoint.Names)
	}
	got := slices.Sorted(maps.Keys(files))
	if want := []string{path, names}; !slices.Equal(got, want) {
		t.Errorf("to be watched: %q, want %q", got, want)
	}
}

func TestControlToken(t *testing.T) {
	t.Parallel()
	secret := file(t, "token", "s3cret\n")
	if got := mustLoad(t, "--control-token-file", secret).Mock.Control.Token; got != "s3cret" {
		t.Errorf("token %q, want that of the file without its line end", got)
	}
	_, err := load(t, "--control-token-file", secret, "--control-token", "other")
	if err == nil || !strings.Contains(err.Error(), "give one of the two") {
		t.Errorf("token and file: %v, want an error", err)
	}
	_, err = load(t, "--control-token", "hunter 2")
	if err == nil || strings.Contains(err.Error(), "hunter") {
		t.Errorf("a bad token: %v, want an error that does not repeat it", err)
	}
	if _, err = load(t, "--control-token-file", file(t, "empty", "\n")); err == nil {
		t.Error("an empty file: no error")
	}
}

func TestUnknownEnvironment(t *testing.T) {
	t.Setenv("MOCKSERVER_BLOCKED_IPS", "192.0.2.1")
	t.Setenv("MOCKSERVER_SEED", "1")
	for name, value := range map[string]string{
		// Kubernetes, for the services mockserver and mockserver-e2e.
		"MOCKSERVER_SERVICE_PORT_HTTP": "8080", "MOCKSERVER_PORT_8080_TCP": "tcp://10.0.0.1:8080",
		"MOCKSERVER_E2E_PORT": "tcp://10.0.0.1:8080", "MOCKSERVER_E2E_SERVICE_HOST": "10.0.0.1",
		"MOCKSERVER_E2E_SERVICE_PORT": "8080", "MOCKSERVER_E2E_PORT_8080_TCP_PROTO": "tcp",
		"MOCKSERVER_E2E_PORT_53_UDP_ADDR": "10.0.0.1",
		// Docker, for a link.
		"MOCKSERVER_E2E_NAME": "/web/mockserver-e2e", "MOCKSERVER_ENV_PATH": "/bin",
		"MOCKSERVER_PORT_1_TCP_PORT_START": "1",
	} {
		t.Setenv(name, value)
	}
	ctx, _ := parse(t)
	got := UnknownEnvironment(ctx)
	want := []string{
		"the environment variable MOCKSERVER_BLOCKED_IPS is no setting; did you mean MOCKSERVER_BLOCKED_IP?",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPrintSaysWhereEachValueCameFrom(t *testing.T) {
	path := file(t, "mock.yaml", "name:\n  - alice\nassume:\n  name-comparison: fold\n")
	t.Setenv("MOCKSERVER_LATENCY", "5ms")
	var out bytes.Buffer
	if err := mustLoad(t, "--config", path, "--listen", "localhost:0", "--control-token",
		"s3cret").Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"listen: localhost:0  # --listen\n",
		"latency: 5ms  # MOCKSERVER_LATENCY\n",
		"name:\n  - alice  # " + path + ":2\n",
		"  name-comparison: fold  # " + path + ":4\n",
		"  missing-slash: 404  # default\n",
		"seed: 1  # default\n",
		"# control-token: not shown  # --control-token\n",
		"# config: " + path + "  # --config\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "s3cret") {
		t.Errorf("the token is shown:\n%s", &out)
	}
}

// What is printed does the same again, whatever the values are, and is safe to print.
func TestPrintCanBeReadAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "again.yaml")
	name := rapid.StringMatching(`[ -~é世\x{85}\x{202e}\x{feff}\x{e0001}]{0,12}`).
		Filter(func(s string) bool { return endpoint.CheckName(s) == nil })
	rapid.Check(t, func(r *rapid.T) {
		args := []string{"--latency", rapid.SampledFrom([]string{"0s", "5ms", "1ms..1.5s"}).Draw(r, "latency"),
			"--seed=" + fmt.Sprint(rapid.Int().Draw(r, "seed")),
			"--assume", "username-description=" + rapid.StringMatching(`[ -~\n\t]{0,12}`).Draw(r, "description")}
		for _, name := range rapid.SliceOfN(name, 0, 5).Draw(r, "names") {
			args = append(args, "--name="+name)
		}
		before := mustLoad(t, args...)
		var out bytes.Buffer
		if err := before.Print(&out); err != nil {
			r.Fatal(err)
		}
		if safe := untrusted.Text(out.Bytes()); safe != out.String() {
			r.Errorf("it prints\n%s, and not\n%s", &out, safe)
		}
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			r.Fatal(err)
		}
		after, err := load(t, "--config", path)
		if err != nil {
			r.Fatalf("%v\n%s", err, &out)
		}
		// Printing spells out every default.
		for _, assumption := range fixtures.Assumptions() {
			if _, given := before.Mock.Endpoint.Assumptions[assumption.ID]; !given {
				before.Mock.Endpoint.Assumptions[assumption.ID] = assumption.Default
			}
		}
		// So are the settings that are accepted.
		before.Mock.Endpoint.Privacy = endpoint.DefaultPrivacy()
		for _, config := range []*Config{before, after} {
			config.fields, config.given = nil, nil
		}
		if !cmp.Equal(before, after, cmp.AllowUnexported(Config{}), cmpopts.EquateEmpty()) {
			r.Errorf("%+v was printed as\n%s, which is read as %+v", before, &out, after)
		}
	})
}

func TestRestartNeeded(t *testing.T) {
	t.Parallel()
	before := mustLoad(t, "--listen", "localhost:1", "--name", "alice")
	if err := before.RestartNeeded(mustLoad(t, "--listen", "localhost:1", "--name", "bob", "--latency",
		"1s")); err != nil {
		t.Errorf("other names and latency: %v, want nil", err)
	}
	path := file(t, "mock.yaml", "base-path: /other\nlisten: localhost:2\n")
	err := before.RestartNeeded(mustLoad(t, "--config", path))
	for _, want := range []string{path + ":1: base-path: cannot change", path +
		":2: listen: cannot change while the server runs; restart it"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := mustLoad(t, "--listen", "localhost:1").RestartNeeded(mustLoad(t)); err == nil ||
		!strings.HasPrefix(err.Error(), "listen: cannot change") {
		t.Errorf("back to the default: %v, want an error", err)
	}
	token := file(t, "token", "one")
	running := mustLoad(t, "--control-token-file", token)
	if err := os.WriteFile(token, []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := running.RestartNeeded(mustLoad(t, "--control-token-file", token)); err == nil ||
		strings.Contains(err.Error(), "two") {
		t.Errorf("another token: %v, want an error without it", err)
	}
}

func FuzzParseBlocked(f *testing.F) {
	for _, seed := range []string{
		"192.0.2.1\n", "# a\r\n ::1 # b\n\n192.0.2.0/24", "\x00", "::ffff:1.2.3.4/120", "/", "fe80::1%x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		entries, err := parseBlocked("blocked.txt", content)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "blocked.txt:") {
				t.Errorf("%q: the error %q does not say where", content, err)
			}
			return
		}
		if _, err := endpoint.ParseAddressSet(entries); err != nil {
			t.Errorf("%q has the entries %q: %v", content, entries, err)
		}
	})
}

func FuzzParseNames(f *testing.F) {
	for _, seed := range []string{"alice\nbob\n", "a\r\n\r\nb", "\ufeff" + "a", "\x00", "a\n\xff\n", " a", "\u0085"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		names, err := parseNames("names.txt", content, countLines(content))
		if err == nil && len(names) > strings.Count(content, "\n")+1 {
			t.Errorf("%q has the names %q", content, names)
		}
		for _, name := range names {
			if endpoint.CheckName(name) != nil {
				t.Errorf("%q has the name %q", content, name)
			}
		}
	})
}
