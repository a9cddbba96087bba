package config

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/listen"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// How much of a file is read, in bytes.
const (
	maxNamesBytes   = 256 << 20 // ten million names of 25 bytes
	maxBlockedBytes = 8 << 20
	maxTokenBytes   = 4 << 10
)

// config turns the flags into a configuration; it is of use only when nothing was wrong. Each value is judged by
// itself, by those who will use it, so that what they say can be put down to where it was given.
func (l *loader) config() *Config {
	f := l.flags
	basePath := cmp.Or(f.BasePath, "/") // the endpoint would take an empty one for its default
	config := &Config{
		Listen:        f.Listen,
		TLSCert:       f.TLSCert,
		TLSKey:        f.TLSKey,
		TLSSelfSigned: f.TLSSelfSigned,
		ExitWithStdin: f.ExitWithStdin,
		ReadyFile:     f.ReadyFile,
		Mock: mock.Config{
			Endpoint: endpoint.Config{
				BasePath:    basePath,
				CORSOrigins: f.CORSOrigin,
				MaxAccounts: between(l, "max-accounts", f.MaxAccounts, 1, math.MaxInt32),
				Live:        endpoint.Live{Privacy: f.Privacy, TrustedProxies: f.TrustedProxy, Assumptions: f.Assume},
			},
			Latency:         f.Latency,
			Faults:          f.Fault,
			Seed:            f.Seed,
			Control:         mock.ControlConfig{AllowHosts: f.AllowHost, Origins: f.ControlOrigin},
			MaxSpaces:       between(l, "max-spaces", f.MaxSpaces, 1, 1_000_000),
			JournalRequests: between(l, "journal-requests", f.JournalRequests, 1, 1_000_000),
		},
		// net/http adds to it, and HTTP/2 has 32 bits for it.
		MaxHeaderBytes: int(between(l, "max-header-bytes", f.MaxHeaderBytes, 1<<10, 1<<30)),
		HeaderTimeout:  l.duration("header-timeout", f.HeaderTimeout),
		IdleTimeout:    l.duration("idle-timeout", f.IdleTimeout),
		DrainTimeout:   l.duration("drain-timeout", f.DrainTimeout),
	}
	_, _, err := listen.Parse(f.Listen)
	l.check("listen", 0, err)
	l.check("base-path", 0, mock.Config{Endpoint: endpoint.Config{BasePath: basePath}}.Validate())
	l.check("latency", 0, mock.Config{Latency: f.Latency}.Validate())
	l.each("trusted-proxy", f.TrustedProxy, checkBlocked)
	l.each("cors-origin", f.CORSOrigin, checkOrigin)
	l.each("allow-host", f.AllowHost, func(host string) error {
		return mock.Config{Control: mock.ControlConfig{AllowHosts: []string{host}}}.Validate()
	})
	l.each("control-origin", f.ControlOrigin, func(origin string) error {
		return mock.Config{Control: mock.ControlConfig{Origins: []string{origin}}}.Validate()
	})
	l.each("fault", f.Fault, func(fault string) error { return mock.Config{Faults: []string{fault}}.Validate() })
	l.each("privacy", f.Privacy, func(setting string) error {
		return endpoint.Config{Live: endpoint.Live{Privacy: []string{setting}}}.Validate()
	})
	for id, setting := range f.Assume {
		l.check("assume."+id, 0, endpoint.CheckAssumption(id, setting))
	}
	l.lists(&config.Mock.Endpoint)
	l.control(config)
	l.tls()
	l.log(config)
	return config
}

// each checks the values of a list one by one.
func (l *loader) each(key string, values []string, check func(string) error) {
	for i, value := range values {
		l.check(key, i, check(value))
	}
}

func checkBlocked(entry string) error {
	_, err := endpoint.ParseBlocked(entry)
	return err
}

func checkOrigin(origin string) error {
	if err := (endpoint.Config{CORSOrigins: []string{origin}}).Validate(); err != nil {
		return fmt.Errorf("%w; use an origin such as http://localhost:3000", err)
	}
	return nil
}

// between checks that a number is in the range in which the program works.
func between[N cmp.Ordered](l *loader, key string, number, least, most N) N {
	if number < least || number > most {
		l.check(key, 0, fmt.Errorf("%v is out of range; use %v to %v", number, least, most))
	}
	return number
}

func (l *loader) duration(key string, given time.Duration) time.Duration {
	if given < time.Millisecond || given > 24*time.Hour {
		l.check(key, 0, fmt.Errorf("%v is out of range; use 1ms to 24h", given))
	}
	return given
}

// lists puts together what is blocked and which names are in use, each from its values and its file.
func (l *loader) lists(config *endpoint.Config) {
	f := l.flags
	l.each("blocked-ip", f.BlockedIP, checkBlocked)
	l.each("name", f.Name, endpoint.CheckName)
	// The files first: they may be long, and are not copied unless there is something to append.
	config.Blocked = append(l.list("blocked-file", f.BlockedFile, maxBlockedBytes, parseBlocked), f.BlockedIP...)
	total := len(f.Name)
	listed := l.list("names-file", f.NamesFile, maxNamesBytes, func(file, content string) ([]string, error) {
		count := countLines(content)
		if total += count; total > config.MaxAccounts {
			return nil, nil // a list of all the names that fit into a file would take gigabytes
		}
		return parseNames(file, content, count)
	})
	config.Names = append(listed, f.Name...)
	if total > config.MaxAccounts && config.MaxAccounts > 0 {
		l.check("max-accounts", 0, fmt.Errorf("%d names are in use already, more than %d accounts; raise it",
			total, config.MaxAccounts))
	}
}

func (l *loader) list(key, path string, most int64, parse func(file, content string) ([]string, error)) []string {
	content, ok := l.read(key, path, most)
	if !ok {
		return nil
	}
	items, err := parse(path, string(content))
	if err != nil {
		l.errs = append(l.errs, err)
	}
	return items
}

func (l *loader) control(config *Config) {
	f := l.flags
	switch f.Control {
	case "same":
	case "off":
		config.Mock.Control.Off = true
	default:
		config.Mock.Control.Separate = true
		config.ControlListen = f.Control
		if _, _, err := listen.Parse(f.Control); err != nil {
			l.check("control", 0, fmt.Errorf("%q is neither same, off nor HOST:PORT such as localhost:8081", f.Control))
		}
	}
	config.Mock.Control.Token = l.token()
}

// token returns the control API's token, from its flag or its file.
func (l *loader) token() string {
	key, token := "control-token", l.flags.ControlToken
	if content, ok := l.read("control-token-file", l.flags.ControlTokenFile, maxTokenBytes); ok {
		if token != "" {
			l.check("control-token-file", 0, fmt.Errorf("there is a control-token too (%s); give one of the two",
				l.given.of("control-token", 0)))
		}
		key, token = "control-token-file", strings.TrimSpace(string(content))
		if token == "" {
			l.check(key, 0, fmt.Errorf("%s is empty; put the token there", l.flags.ControlTokenFile))
		}
	}
	if len(token) > maxTokenBytes {
		l.check(key, 0, fmt.Errorf("the token has %d bytes; use at most %d", len(token), maxTokenBytes))
	}
	if strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }) {
		l.check(key, 0, errors.New("the token cannot be sent in a header; use visible ASCII characters without spaces"))
	}
	return token
}

// tls checks how the certificate is given. Its files are read by who shows it.
func (l *loader) tls() {
	cert, key := l.flags.TLSCert, l.flags.TLSKey
	switch {
	case cert != "" && key == "":
		l.check("tls-cert", 0, errors.New("a certificate needs its private key; give --tls-key too"))
	case key != "" && cert == "":
		l.check("tls-key", 0, errors.New("a private key needs its certificate; give --tls-cert too"))
	case cert != "" && l.flags.TLSSelfSigned:
		l.check("tls-self-signed", 0, errors.New("there is a certificate already; leave out --tls-cert and "+
			"--tls-key, or this"))
	}
}

// readyFile checks that no other setting names the ready file, for what is there is removed.
func (l *loader) readyFile(fields []*kong.Flag) {
	ready, err := os.Stat(l.flags.ReadyFile)
	if err != nil {
		return // nothing is there yet
	}
	for _, flag := range fields {
		if !flag.Tag.Has("path") || flag.Name == "ready-file" {
			continue
		}
		if other, err := os.Stat(flag.Target.String()); err == nil && os.SameFile(ready, other) {
			l.check("ready-file", 0, fmt.Errorf("%s is the file of %s (%s), and would be replaced; use another",
				l.flags.ReadyFile, flag.Name, l.given.of(flag.Name, 0)))
		}
	}
}

func (l *loader) log(config *Config) {
	if err := config.LogLevel.UnmarshalText([]byte(l.flags.LogLevel)); err != nil {
		l.check("log-level", 0, fmt.Errorf("unknown level %s; use debug, info, warn or error",
			untrusted.Quote(l.flags.LogLevel)))
	}
	if format := l.flags.LogFormat; format != "text" && format != "json" {
		l.check("log-format", 0, fmt.Errorf("unknown format %s; use text or json", untrusted.Quote(format)))
	}
	config.LogJSON = l.flags.LogFormat == "json"
}
