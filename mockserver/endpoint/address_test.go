package endpoint_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

func TestBlockedAddresses(t *testing.T) {
	for _, row := range []struct {
		entry, caller string
		blocked       bool
	}{
		{"192.0.2.7", "192.0.2.7:1", true},
		{"192.0.2.7", "192.0.2.8:1", false},
		{"192.0.2.0/24", "192.0.2.255:1", true},
		{"192.0.2.9/24", "192.0.2.1:1", true}, // bits beyond the length do not count
		{"192.0.2.0/24", "192.0.3.0:1", false},
		{"192.0.2.7", "[::ffff:192.0.2.7]:1", true},
		{"::ffff:192.0.2.7", "192.0.2.7:1", true},
		{"::ffff:192.0.2.0/120", "192.0.2.99:1", true},
		{"2001:db8::/32", "[2001:db8:1::1]:1", true},
		{"2001:db8::1", "[2001:0db8:0::0:1]:1", true},
		{"2001:db8::1", "[2001:db8::2]:1", false},
		{"fe80::1", "[fe80::1%eth0]:1", true},
		{"fe80::1%eth0", "[fe80::1]:1", true},
		{"0.0.0.0/0", "198.51.100.1:1", true},
		{"0.0.0.0/0", "[2001:db8::1]:1", false},
		{"::/0", "[2001:db8::1]:1", true},
	} {
		t.Run(row.entry+" "+row.caller, func(t *testing.T) {
			s := start(t, endpoint.Config{Live: endpoint.Live{Blocked: []string{row.entry}}})
			status := call{headers: []string{"Username", "zoe"}, from: row.caller}.do(s).Code
			if blocked := status == 403; blocked != row.blocked {
				t.Errorf("blocked is %t", blocked)
			}
		})
	}
}

func TestTrustedProxies(t *testing.T) {
	for _, row := range []struct {
		name      string
		from      string
		forwarded []string
		want      string
	}{
		{"nobody is believed by default", "198.51.100.1:1", []string{"192.0.2.7"}, "198.51.100.1"},
		{"a trusted peer is believed", "10.0.0.1:1", []string{"192.0.2.7"}, "192.0.2.7"},
		{"rightmost untrusted address", "10.0.0.1:1", []string{"203.0.113.9, 192.0.2.7, 10.0.0.2"}, "192.0.2.7"},
		{"several headers are one list", "10.0.0.1:1", []string{"203.0.113.9", "192.0.2.7,10.0.0.2"}, "192.0.2.7"},
		{"ports", "10.0.0.1:1", []string{"192.0.2.7:4711"}, "192.0.2.7"},
		{"IPv6 with port", "10.0.0.1:1", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{"IPv6 in brackets", "10.0.0.1:1", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"empty elements do not count", "10.0.0.1:1", []string{"192.0.2.7,, 10.0.0.2, "}, "192.0.2.7"},
		{"mapped peer", "[::ffff:10.0.0.1]:1", []string{"192.0.2.7"}, "192.0.2.7"},
		{"nothing said", "10.0.0.1:1", nil, "10.0.0.1"},
		{"nonsense ends the chain", "10.0.0.1:1", []string{"192.0.2.7, unknown"}, "10.0.0.1"},
		{"all trusted", "10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"a peer without an address", "pipe", nil, "invalid IP"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := start(t, endpoint.Config{Live: endpoint.Live{TrustedProxies: []string{"10.0.0.0/8"}}})
			c := call{from: row.from}
			for _, value := range row.forwarded {
				c.headers = append(c.headers, "X-Forwarded-For", value)
			}
			if got := s.Caller(c.request()).String(); got != row.want {
				t.Errorf("the caller is %s, want %s", got, row.want)
			}
		})
	}
}

func TestParseBlockedSaysWhatWouldBeRight(t *testing.T) {
	for _, entry := range []string{
		"", "localhost", "192.0.2", "192.0.2.7/33", "192.0.2.7/", "2001:db8::/129", "192.0.2.7-192.0.2.9", " 192.0.2.7",
	} {
		if _, err := endpoint.ParseBlocked(entry); err == nil || !strings.Contains(err.Error(), "such as 192.0.2.7") {
			t.Errorf("%q: %v", entry, err)
		}
	}
}

func TestAddressSetKeepsOrderAndDropsRepeats(t *testing.T) {
	set, err := endpoint.ParseAddressSet([]string{"192.0.2.7", "10.0.0.0/8", "::ffff:192.0.2.7"})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(set.Strings(), " "); got != "192.0.2.7 10.0.0.0/8" {
		t.Errorf("the entries are %s", got)
	}
}

// Whatever parses blocks itself, and is written in a form that parses to the same.
func FuzzParseBlocked(f *testing.F) {
	for _, seed := range []string{
		"192.0.2.7", "192.0.2.9/24", "::ffff:192.0.2.0/120", "::ffff:0:0/95", "fe80::1%eth0", "::/0", "1.2.3.4/-1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		prefix, err := endpoint.ParseBlocked(entry)
		if err != nil {
			return
		}
		set, err := endpoint.NewAddressSet([]netip.Prefix{prefix})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := set.Match(prefix.Addr()); !ok {
			t.Fatalf("%q does not hold %s", entry, prefix.Addr())
		}
		again, err := endpoint.ParseBlocked(set.Strings()[0])
		if err != nil || again != prefix {
			t.Fatalf("%q is written %q, which is %v, %v", entry, set.Strings()[0], again, err)
		}
	})
}

func TestAddressSetsAreBounded(t *testing.T) {
	entries := make([]netip.Prefix, endpoint.MaxAddresses)
	for i := range entries {
		entries[i] = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
	}
	if _, err := endpoint.NewAddressSet(append(entries, entries[0])); err != nil {
		t.Errorf("as many as may be, and one of them twice: %v", err)
	}
	one := netip.MustParsePrefix("192.0.2.0/24")
	if _, err := endpoint.NewAddressSet(append(entries, one)); err == nil || !strings.Contains(err.Error(), "100000") {
		t.Errorf("one too many: %v", err)
	}
}
