package mock

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/spaces"
)

// Config is what a mock is made from; its zero value is the documented endpoint with all that is around it.
type Config struct {
	// Server configures the endpoint.
	Server endpoint.Config
	// Latency is a duration such as "20ms", or a range such as "10ms..50ms"; none when empty.
	Latency string
	// Faults are "NAME", for every request, or "NAME=RATE"; see package faults.
	Faults []string
	// Seed decides which requests meet which latency and fault.
	Seed    int64
	Control ControlConfig
	// JournalBytes is the budget of the journal, in bytes, of the main mock and of each space; journal.DefaultBytes when 0.
	JournalBytes int
	// MaxSpaces bounds the spaces; spaces.DefaultMax when 0.
	MaxSpaces int
	// Version is told by health and metrics.
	Version string
	// BaseURL is what a client is configured with, as far as the server knows. Health tells it, with the host that its caller
	// has used unless the control API is separate.
	BaseURL string
	// Log gets what happens beyond single requests; nothing is logged when it is nil.
	Log *slog.Logger
}

// ControlConfig says who reaches the control API, and where.
type ControlConfig struct {
	// Off leaves the control API out.
	Off bool
	// Separate leaves it out of Mock.Handler, for Mock.ControlHandler to serve on a listener of its own.
	Separate bool
	// Token must come with every request but for health; empty when none is needed.
	Token string
	// BoundHosts are the hosts that the server was told to listen on, AllowHosts the others that it may be called by.
	BoundHosts, AllowHosts []string
}

// Validate returns the error that New would return.
func (c Config) Validate() error {
	_, err := c.newSpaces(nil)
	return err
}

// newSpaces returns the main mock and a place for spaces, or the first thing in the configuration that is wrong.
func (c Config) newSpaces(observe func(spaces.Observation)) (*spaces.Set, error) {
	if err := c.checkBasePath(); err != nil {
		return nil, err
	}
	for _, host := range c.Control.AllowHosts {
		if err := control.CheckAllowHost(host); err != nil {
			return nil, err
		}
	}
	behaviour, err := c.faults()
	if err != nil {
		return nil, err
	}
	return spaces.New(spaces.Config{
		Server: c.Server, Faults: behaviour, JournalBytes: c.JournalBytes, Max: c.MaxSpaces, Observe: observe,
	})
}

// faults reads what the configuration says in texts.
func (c Config) faults() (faults.Config, error) {
	latency, err := faults.ParseLatency(c.Latency)
	if err != nil {
		return faults.Config{}, err
	}
	config := faults.Config{Latency: latency, Seed: c.Seed}
	for _, text := range c.Faults {
		spec, err := faults.ParseSpec(text)
		if err != nil {
			return faults.Config{}, err
		}
		config.Faults = append(config.Faults, spec)
	}
	return config, nil
}

// checkBasePath keeps the endpoint out of the way of the control API and of spaces.
func (c Config) checkBasePath() error {
	for _, taken := range []string{control.Prefix, spaces.Prefix} {
		if strings.HasPrefix(c.Server.BasePath+"/", taken) {
			return fmt.Errorf("the base path %q is taken, for paths that begin with %s are the mock's own; use another",
				c.Server.BasePath, taken)
		}
	}
	return nil
}
