// Package listen opens the sockets of an address given as HOST:PORT, and says how the server is reached through them.
package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

// Sockets are the open sockets of one address.
type Sockets struct {
	// Listeners accept the connections: one per address family of "localhost", else a single one. All have the same
	// port.
	Listeners []net.Listener
	// Notes are what the person who started the server should know, as lines for the log.
	Notes []string

	host string
}

// families are the loopback addresses that "localhost" stands for. Browsers and Node try ::1 first, most other clients
// 127.0.0.1, so a server that has only one of them is not there for half of its users.
var families = [...]string{"127.0.0.1", "::1"}

// attempts is how often a free port is looked for that is free in both families.
const attempts = 20

// Open opens the sockets of an address such as "localhost:8080", which is both 127.0.0.1 and ::1, "192.0.2.7:8080",
// "[::1]:8080", or ":8080" for every interface. Port 0 stands for a free one. An error says what would be right.
func Open(ctx context.Context, address string) (*Sockets, error) {
	host, port, err := Parse(address)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(host, "localhost") {
		return openBoth(ctx, port)
	}
	listener, err := open(ctx, host, port)
	if err != nil {
		return nil, explain(err, host, port)
	}
	sockets := &Sockets{Listeners: []net.Listener{listener}, host: host}
	if sockets.wildcard() {
		sockets.Notes = append(sockets.Notes,
			"listening on every interface of this machine; the printed URL is for this machine itself")
	}
	return sockets, nil
}

// Parse splits an address into its host, which may be empty, and its port. An error says what would be right.
func Parse(address string) (host string, port int, err error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not HOST:PORT such as localhost:8080, 0.0.0.0:8080 or [::1]:8080", address)
	}
	number, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not a port; use a number from 0, which picks a free one, to 65535", service)
	}
	if strings.ContainsAny(host, " \t/\\?#@") {
		return "", 0, fmt.Errorf("%q is not a host; use an address or a name, without scheme or path, such as "+
			"localhost:8080", host)
	}
	return host, int(number), nil
}

// openBoth opens a port on both loopback addresses, or on the one that the machine has.
func openBoth(ctx context.Context, port int) (sockets *Sockets, err error) {
	for range attempts {
		sockets, err = tryBoth(ctx, port)
		if port != 0 || !errors.Is(err, addressInUse) {
			break
		}
		// The kernel chose a port that someone else has in the other family.
	}
	if err != nil {
		return nil, explain(err, "localhost", port)
	}
	return sockets, nil
}

func tryBoth(ctx context.Context, port int) (*Sockets, error) {
	sockets := &Sockets{host: "localhost"}
	var missing []error
	for _, address := range families {
		listener, err := open(ctx, address, port)
		if unavailable(err) {
			missing = append(missing, err)
			sockets.Notes = append(sockets.Notes, address+" is not available on this machine; not listening on it")
			continue
		}
		if err != nil {
			return nil, errors.Join(err, sockets.Close())
		}
		sockets.Listeners = append(sockets.Listeners, listener)
		port = portOf(listener) // the same for the next
	}
	if len(sockets.Listeners) == 0 {
		return nil, errors.Join(missing...)
	}
	return sockets, nil
}

func open(ctx context.Context, host string, port int) (net.Listener, error) {
	network := "tcp"
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is4() {
		network = "tcp4" // "tcp" would make 0.0.0.0 every IPv6 address too
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, network, net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	return patient{listener, patience}, nil
}

// explain puts what the system says into words that help. The host is the one that was given.
func explain(err error, host string, port int) error {
	_, unknown := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, addressInUse):
		return fmt.Errorf("port %d is in use by another program; stop that, or use %s, which picks a free port (%w)",
			port, net.JoinHostPort(host, "0"), err)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("port %d may not be opened by this user; use one above 1023 (%w)", port, err)
	case unavailable(err):
		return fmt.Errorf("%q is not an address of this machine; use one that is, such as localhost or 0.0.0.0 "+
			"(%w)", host, err)
	case unknown:
		return fmt.Errorf("the host %q is not known; use an address of this machine, or localhost (%w)", host, err)
	}
	return err
}

// Close closes all sockets.
func (s *Sockets) Close() error {
	var errs []error
	for _, listener := range s.Listeners {
		if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// HostPort is the Host of a url.URL that reaches the server from this machine: the host as it was given and the real
// port. "localhost" takes the place of "every interface", which is no address to connect to.
func (s *Sockets) HostPort() string {
	host := s.host
	if s.wildcard() {
		host = "localhost"
	}
	return net.JoinHostPort(host, strconv.Itoa(portOf(s.Listeners[0])))
}

// Hosts are the host names and addresses through which a client may name the server, beyond those of loopback: the host
// as it was given, or the addresses of every interface.
func (s *Sockets) Hosts() []string {
	if !s.wildcard() {
		return []string{s.host}
	}
	var hosts []string
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return nil // a machine that hides its interfaces: --allow-host is still there
	}
	for _, address := range addresses {
		if prefix, err := netip.ParsePrefix(address.String()); err == nil {
			hosts = append(hosts, prefix.Addr().String())
		}
	}
	return hosts
}

// Loopback reports whether only programs on this machine can connect.
func (s *Sockets) Loopback() bool {
	for _, listener := range s.Listeners {
		if address, ok := listener.Addr().(*net.TCPAddr); !ok || !address.IP.IsLoopback() {
			return false
		}
	}
	return true
}

// wildcard reports whether the sockets are those of every interface.
func (s *Sockets) wildcard() bool {
	addr, err := netip.ParseAddr(s.host)
	return s.host == "" || err == nil && addr.IsUnspecified()
}

func portOf(listener net.Listener) int { return listener.Addr().(*net.TCPAddr).Port }
