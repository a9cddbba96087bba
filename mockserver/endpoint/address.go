package endpoint

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/gaissmai/bart"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// ParseBlocked reads an address or a CIDR. An IPv4-mapped IPv6 address is the IPv4 address; a zone is left out, for
// addresses are compared without; bits beyond a CIDR's length are zeroed.
func ParseBlocked(entry string) (netip.Prefix, error) {
	if strings.Contains(entry, "/") {
		prefix, err := netip.ParsePrefix(entry)
		if err != nil {
			return netip.Prefix{}, errNoAddress(entry)
		}
		if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
			prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
		}
		return prefix.Masked(), nil
	}
	addr, err := netip.ParseAddr(entry)
	if err != nil {
		return netip.Prefix{}, errNoAddress(entry)
	}
	addr = plain(addr)
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

func errNoAddress(entry string) error {
	return fmt.Errorf("%s is not an IP address or a CIDR such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32",
		untrusted.Quote(entry))
}

// plain is the form in which addresses are compared: IPv4-mapped ones as IPv4, without a zone.
func plain(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

// entryString writes a prefix as a person would: a single address without its length.
func entryString(entry netip.Prefix) string {
	if entry.IsSingleIP() {
		return entry.Addr().String()
	}
	return entry.String()
}

// AddressSet is an immutable set of addresses and CIDRs.
type AddressSet struct {
	table   bart.Table[netip.Prefix]
	entries []netip.Prefix
}

// MaxAddresses bounds a set of addresses: an entry takes a few hundred bytes, and a change of the set makes it anew.
const MaxAddresses = 100_000

// NewAddressSet makes a set of these entries; one given twice is in it once. More than [MaxAddresses] are an error.
func NewAddressSet(entries []netip.Prefix) (*AddressSet, error) {
	set := &AddressSet{}
	for _, entry := range entries {
		if _, known := set.table.Get(entry); known {
			continue
		}
		if len(set.entries) == MaxAddresses {
			return nil, fmt.Errorf("there are more than %d addresses and CIDRs; use wider CIDRs", MaxAddresses)
		}
		set.table.Insert(entry, entry)
		set.entries = append(set.entries, entry)
	}
	return set, nil
}

// ParseAddressSet makes a set of addresses and CIDRs as [ParseBlocked] reads them.
func ParseAddressSet(entries []string) (*AddressSet, error) {
	prefixes := make([]netip.Prefix, len(entries))
	for i, entry := range entries {
		prefix, err := ParseBlocked(entry)
		if err != nil {
			return nil, err
		}
		prefixes[i] = prefix
	}
	return NewAddressSet(prefixes)
}

// Match returns the narrowest entry that holds the address.
func (s *AddressSet) Match(addr netip.Addr) (entry netip.Prefix, ok bool) {
	if len(s.entries) == 0 || !addr.IsValid() {
		return netip.Prefix{}, false
	}
	return s.table.Lookup(addr)
}

// Entries returns what the set was made of, in that order. The caller must not change it.
func (s *AddressSet) Entries() []netip.Prefix { return s.entries }

// Strings returns Entries as a person would write them.
func (s *AddressSet) Strings() []string {
	written := make([]string, len(s.entries))
	for i, entry := range s.entries {
		written[i] = entryString(entry)
	}
	return written
}

// Caller returns the address that a request is judged by, the zero Addr when it is not known. It is the peer or, when
// that is a trusted proxy, the rightmost address of X-Forwarded-For that is not such a proxy itself. Whatever a client
// wrote to the left of it does not count.
func (s *Server) Caller(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := plain(peer.Addr())
	trusted := s.live.Load().trusted
	if len(trusted.entries) == 0 {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		if strings.TrimSpace(hops[i]) == "" {
			continue // an empty element of a list does not count (RFC 9110, section 5.6.1)
		}
		if _, ok := trusted.Match(addr); !ok {
			break
		}
		hop, ok := parseHop(hops[i])
		if !ok {
			break // nobody to believe beyond this proxy
		}
		addr = hop
	}
	return addr
}

// parseHop reads one element of X-Forwarded-For; some proxies add the port.
func parseHop(hop string) (addr netip.Addr, ok bool) {
	hop = strings.TrimSpace(hop)
	if addr, err := netip.ParseAddr(strings.Trim(hop, "[]")); err == nil {
		return plain(addr), true
	}
	if addrPort, err := netip.ParseAddrPort(hop); err == nil {
		return plain(addrPort.Addr()), true
	}
	return netip.Addr{}, false
}
