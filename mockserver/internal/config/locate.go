package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/listen"
)

// ControlURL returns a URL at which a server that was started with the same flags, environment and configuration file would
// have its control API. Settings that do not matter for that are not looked at.
func ControlURL(ctx *kong.Context, flags *Flags) (string, error) {
	l := &loader{files: Files{}}
	l.complete(settingsOf(ctx), flags)
	if len(l.errs) > 0 {
		return "", errors.Join(l.errs...)
	}
	address := flags.Listen
	switch flags.Control.Text {
	case "same":
	case "off":
		return "", flags.Control.wrong(errors.New("a server without control API cannot be asked; give a URL"))
	default:
		address = flags.Control
	}
	host, port, err := listen.Parse(address.Text)
	if err != nil {
		return "", address.wrong(err)
	}
	if port == 0 {
		if flags.ReadyFile.Text == "" || address.Key != "listen" {
			return "", address.wrong(errors.New("the port is not known before the server has picked it; give a URL"))
		}
		base, err := os.ReadFile(flags.ReadyFile.Text)
		if err != nil {
			return "", flags.ReadyFile.wrong(fmt.Errorf("no server is ready: %w", err))
		}
		return strings.TrimSpace(string(base)), nil
	}
	// Not localhost, which takes a hosts file or a resolver to find, and an image from nothing has neither.
	switch addr, err := netip.ParseAddr(host); {
	case host == "" || err == nil && addr == netip.IPv4Unspecified():
		host = "127.0.0.1"
	case err == nil && addr.IsUnspecified():
		host = "::1"
	}
	u := url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(port)), Path: flags.BasePath.Text}
	if flags.TLSCert.Text != "" || flags.TLSSelfSigned.Text == "true" {
		u.Scheme = "https"
	}
	return u.String(), nil
}
