package listen

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func mustOpen(t *testing.T, address string) *Sockets {
	t.Helper()
	sockets, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sockets.Close(); err != nil {
			t.Error(err)
		}
	})
	return sockets
}

// hasIPv6 reports whether this machine has ::1, by opening a socket there.
func hasIPv6() bool {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	_ = listener.Close()
	return true
}

func TestLocalhostIsBothLoopbackFamilies(t *testing.T) {
	t.Parallel()
	sockets := mustOpen(t, "localhost:0")
	want := []string{"127.0.0.1"}
	if hasIPv6() {
		want = append(want, "::1")
	} else if len(sockets.Notes) != 1 || !strings.Contains(sockets.Notes[0], "::1 is not available") {
		t.Errorf("without IPv6, notes = %q, want one that says so", sockets.Notes)
	}
	_, port, err := net.SplitHostPort(sockets.HostPort())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, listener := range sockets.Listeners {
		host, samePort, err := net.SplitHostPort(listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if samePort != port {
			t.Errorf("%s listens on port %s, want the printed port %s", host, samePort, port)
		}
		got = append(got, host)
	}
	if !slices.Equal(got, want) {
		t.Errorf("listening on %q, want %q", got, want)
	}
	if sockets.HostPort() != "localhost:"+port || port == "0" {
		t.Errorf("HostPort() = %q, want localhost with the real port", sockets.HostPort())
	}
	if !sockets.Loopback() {
		t.Error("Loopback() = false, want true")
	}
}

func TestHostPortReachesTheServer(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"localhost:0", "LOCALHOST:0", "127.0.0.1:0", "0.0.0.0:0", ":0", "[::]:0",
		"[::1]:0"} {
		t.Run(address, func(t *testing.T) {
			if strings.HasPrefix(address, "[") && !hasIPv6() {
				t.Logf("no IPv6 on this machine: %s cannot be opened at all", address)
				if sockets, err := Open(t.Context(), address); err == nil {
					t.Errorf("Open(%q) = %v, want an error", address, sockets)
				}
				return
			}
			sockets := mustOpen(t, address)
			server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
			done := make(chan struct{})
			for _, listener := range sockets.Listeners {
				go func() { _ = server.Serve(listener); done <- struct{}{} }()
			}
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			response, err := client.Get((&url.URL{Scheme: "http", Host: sockets.HostPort(), Path: "/"}).String())
			if err != nil {
				t.Error(err)
			} else {
				_ = response.Body.Close()
			}
			if err := server.Close(); err != nil {
				t.Error(err)
			}
			for range sockets.Listeners {
				<-done
			}
		})
	}
}

// A zone is escaped within a URL (RFC 6874), once.
func TestHostPortWithZone(t *testing.T) {
	t.Parallel()
	sockets := &Sockets{host: "fe80::1%eth0", Listeners: mustOpen(t, "127.0.0.1:0").Listeners}
	base := url.URL{Scheme: "http", Host: sockets.HostPort()}
	if want := "http://[fe80::1%25eth0]:"; !strings.HasPrefix(base.String(), want) {
		t.Errorf("the URL is %s, want %s…", base.String(), want)
	}
}

func TestEveryInterfaceIsSaid(t *testing.T) {
	t.Parallel()
	for _, address := range []string{":0", "0.0.0.0:0"} {
		sockets := mustOpen(t, address)
		if sockets.Loopback() {
			t.Errorf("%s: Loopback() = true, want false", address)
		}
		if len(sockets.Notes) != 1 || !strings.Contains(sockets.Notes[0], "every interface") {
			t.Errorf("%s: notes = %q, want one that says every interface", address, sockets.Notes)
		}
		if !slices.Contains(sockets.Hosts(), "127.0.0.1") {
			t.Errorf("%s: Hosts() = %q, want the addresses of the interfaces", address, sockets.Hosts())
		}
	}
	if hosts := mustOpen(t, "127.0.0.1:0").Hosts(); !slices.Equal(hosts, []string{"127.0.0.1"}) {
		t.Errorf("Hosts() = %q, want the address that was given", hosts)
	}
}

// Whoever has the port in only one family would otherwise get half of the clients.
func TestPortInUseInEitherFamily(t *testing.T) {
	t.Parallel()
	for _, taken := range families {
		t.Run(taken, func(t *testing.T) {
			if taken == "::1" && !hasIPv6() {
				t.Log("no IPv6 on this machine: nobody can take its port")
				return
			}
			other := mustOpen(t, net.JoinHostPort(taken, "0"))
			port := strconv.Itoa(portOf(other.Listeners[0]))
			sockets, err := Open(t.Context(), "localhost:"+port)
			if err == nil {
				_ = sockets.Close()
				t.Fatal("opened a port that is in use")
			}
			if want := "port " + port + " is in use by another program; stop that, or use " +
				"localhost:0"; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error %q, want it to begin with %q", err, want)
			}
			if !errors.Is(err, addressInUse) {
				t.Errorf("error %q does not wrap the system's", err)
			}
		})
	}
}

func TestBadAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"":                         `"" is not HOST:PORT such as localhost:8080`,
		"localhost":                `"localhost" is not HOST:PORT`,
		"8080":                     `"8080" is not HOST:PORT`,
		"::1:8080":                 `"::1:8080" is not HOST:PORT such as localhost:8080, 0.0.0.0:8080 or [::1]:8080`,
		"localhost:":               `"" is not a port`,
		"localhost:http":           `"http" is not a port; use a number from 0`,
		"localhost:65536":          `"65536" is not a port`,
		"localhost:-1":             `"-1" is not a port`,
		"http://localhost:8080":    `"http://localhost:8080" is not HOST:PORT`,
		"user@host:8080":           `"user@host" is not a host`,
		"192.0.2.7:0":              `"192.0.2.7" is not an address of this machine`,
		"no-such-host.invalid.:80": `the host "no-such-host.invalid." is not known`,
	} {
		sockets, err := Open(t.Context(), address)
		if err == nil {
			_ = sockets.Close()
			t.Errorf("Open(%q) succeeded, want an error", address)
		} else if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Open(%q): %q, want %q", address, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"localhost:8080", "[::1]:0", ":80", "[fe80::1%eth0]:1", "a:b:c", "[", "]:1",
		"h:+1", "\x00:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		host, port, err := Parse(address)
		if err != nil {
			return
		}
		again, samePort, err := Parse(net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil || again != host || samePort != port {
			t.Errorf("Parse(%q) = %q, %d, which is read back as %q, %d, %v", address, host, port, again, samePort, err)
		}
	})
}
