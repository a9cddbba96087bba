package mock

import (
	"fmt"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
)

// DefaultMaxSpaces is the bound on spaces when Config has none.
const DefaultMaxSpaces = 256

// Config is what a mock is made from; its zero value is the documented endpoint with all that is around it.
type Config struct {
	// Endpoint configures the endpoint of the main mock, and so of every space.
	Endpoint endpoint.Config
	// Latency is a duration such as "20ms", or a range such as "10ms..50ms"; none when empty.
	Latency string
	// Faults are "NAME", for every request, or "NAME=RATE", with a rate from 0 to 1; mockserver/README.md has the
	// names.
	Faults []string
	// Seed decides which requests meet which latency and fault.
	Seed int64
	// Control says who reaches the control API, and where.
	Control ControlConfig
	// JournalRequests is how many requests the journal of the main mock and of each space holds; 10,000 when 0.
	JournalRequests int
	// MaxSpaces bounds the spaces, the main mock not counted; [DefaultMaxSpaces] when 0. Past it the least recently
	// used one goes, unless it was used within the last minute.
	MaxSpaces int
	// Version is told by health and metrics.
	Version string
	// BaseURL is what a client is configured with, as far as the server knows; when empty, the base path on localhost.
	// Health and OpenAPI documents tell it, with the host that their caller has used unless the control API is
	// separate.
	BaseURL string
}

// ControlConfig says who reaches the control API, and where.
type ControlConfig struct {
	// Off leaves the control API out.
	Off bool
	// Separate leaves it out of [Set.ServeHTTP], for [Set.ControlHandler] to serve on a listener of its own.
	Separate bool
	// Token must come with every request but for health; empty when none is needed.
	Token string
	// BoundHosts are the hosts that the server was told to listen on, AllowHosts the others that it may be called by.
	BoundHosts, AllowHosts []string
	// Origins are those of other people's pages that may call the control API; none when empty.
	Origins []string
}

// Live is the part of a [Config] that can change while the mocks run, by [Set.Reconfigure].
type Live struct {
	Endpoint endpoint.Live
	Latency  string
	Faults   []string
	Seed     int64
}

// Live returns the part that can change while the mocks run.
func (c Config) Live() Live { return Live{c.Endpoint.Live, c.Latency, c.Faults, c.Seed} }

// Validate returns the error that [New] would return.
func (c Config) Validate() error {
	_, err := New(c)
	return err
}

// check reports the first thing that is wrong, beyond what the parts check themselves.
func (c Config) check() error {
	// The endpoint must not be in the way of the control API and of spaces.
	for _, taken := range []string{control.Prefix, prefix} {
		if strings.HasPrefix(c.Endpoint.BasePath+"/", taken) {
			return fmt.Errorf("the base path %q is taken, for paths that begin with %s are the mock's own; use another",
				c.Endpoint.BasePath, taken)
		}
	}
	for _, host := range c.Control.AllowHosts {
		if err := control.CheckAllowHost(host); err != nil {
			return err
		}
	}
	if c.MaxSpaces < 0 {
		return fmt.Errorf("the bound on spaces is %d; use a number above 0", c.MaxSpaces)
	}
	if c.JournalRequests < 0 {
		return fmt.Errorf("the bound on a journal's requests is %d; use a number above 0", c.JournalRequests)
	}
	return nil
}

// faults reads what the configuration says in texts.
func (l Live) faults() (*faults.Config, error) {
	latency, err := faults.ParseLatency(l.Latency)
	if err != nil {
		return nil, err
	}
	config := &faults.Config{Latency: latency, Seed: l.Seed}
	for _, text := range l.Faults {
		spec, err := faults.ParseSpec(text)
		if err != nil {
			return nil, err
		}
		config.Faults = append(config.Faults, spec)
	}
	return config, config.Validate()
}
