package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/listen"
)

// maxReadyBytes bounds a ready file.
const maxReadyBytes = 4 << 10

// Locate returns a URL at which the server that was started with the same flags, environment and configuration file has
// its control API. Settings that do not matter for that are not looked at.
func Locate(ctx *kong.Context, flags *Flags) (string, error) {
	l := newLoader(ctx, flags)
	if len(l.errs) > 0 {
		return "", errors.Join(l.errs...)
	}
	key, address := "listen", flags.Listen
	switch flags.Control {
	case "same":
	case "off":
		return "", l.given.wrong("control", 0, errors.New("a server without control API cannot be asked; give a URL"))
	default:
		key, address = "control", flags.Control
	}
	var found string
	host, port, err := listen.Parse(address)
	switch {
	case err != nil:
	case port != 0:
		found = l.url(host, port)
	case key == "listen" && flags.ReadyFile != "":
		key = "ready-file"
		found, err = readyURL(flags.ReadyFile)
	default:
		err = errors.New("the port is not known before the server has picked it; give a URL")
	}
	if err != nil {
		return "", l.given.wrong(key, 0, err)
	}
	return found, nil
}

// Token returns the token of that server's control API, or "" when none is given.
func Token(ctx *kong.Context, flags *Flags) (string, error) {
	l := newLoader(ctx, flags)
	token := l.token()
	return token, errors.Join(l.errs...)
}

func readyURL(file string) (string, error) {
	content, err := untrusted.ReadText(file, maxReadyBytes)
	if err != nil {
		return "", fmt.Errorf("no server is ready: %w", err)
	}
	return strings.TrimSpace(string(content)), nil
}

func (l *loader) url(host string, port int) string {
	// Not localhost, which takes a hosts file or a resolver to find, and an image from nothing has neither.
	switch addr, err := netip.ParseAddr(host); {
	case host == "" || err == nil && addr == netip.IPv4Unspecified():
		host = "127.0.0.1"
	case err == nil && addr.IsUnspecified():
		host = "::1"
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(port)), Path: l.flags.BasePath}
	if l.flags.TLSCert != "" || l.flags.TLSSelfSigned {
		u.Scheme = "https"
	}
	return u.String()
}
