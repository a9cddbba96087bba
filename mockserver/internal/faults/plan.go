package faults

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Forced is a documented answer that the next requests get, whatever they ask for.
type Forced struct {
	Status int `json:"status"`
	// Next is the number of requests.
	Next int `json:"next"`
}

// Config says how to misbehave; its zero value is not at all.
type Config struct {
	Latency Latency
	// Faults are tried in order; the first that happens to a request is the only one.
	Faults []Spec
	// Forced answers are used up in order.
	Forced []Forced
	// Seed decides what is drawn. Plans with equal Config do the same to the same sequence of requests.
	Seed int64
}

// maxEntries bounds the faults and the forced answers, for every request looks at all of them.
const maxEntries = 100

// Validate reports what is wrong, and what would be right.
func (c Config) Validate() error {
	if len(c.Faults) > maxEntries || len(c.Forced) > maxEntries {
		return fmt.Errorf("there are more than %d faults or forced answers; use fewer", maxEntries)
	}
	for _, spec := range c.Faults {
		if err := spec.Validate(); err != nil {
			return err
		}
	}
	for _, forced := range c.Forced {
		if _, documented := fixtures.AnswerOf(forced.Status); !documented {
			return fmt.Errorf("the answer %d cannot be forced, for it is not documented; use 201, 400, 403 or 409",
				forced.Status)
		}
		if forced.Next < 1 {
			return fmt.Errorf("the answer %d cannot be forced on the next %d requests; use 1 or more", forced.Status,
				forced.Next)
		}
	}
	return nil
}

// Equal reports whether plans made from both do the same.
func (c Config) Equal(other Config) bool {
	return c.Latency == other.Latency && c.Seed == other.Seed &&
		slices.Equal(c.Faults, other.Faults) && slices.Equal(c.Forced, other.Forced)
}

// Plan decides what happens to each request. It is safe for use by any number of goroutines and takes no lock.
type Plan struct {
	config Config
	made   time.Time
	idle   bool
	drawn  atomic.Uint64
	faults []countdown // what is left of config.Faults[i].Next
	forced []countdown // what is left of config.Forced[i].Next
}

// New returns a plan that has drawn nothing yet.
func New(config Config) (*Plan, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	plan := &Plan{
		config: config,
		made:   time.Now(),
		idle:   config.Latency == Latency{} && len(config.Faults) == 0 && len(config.Forced) == 0,
		faults: make([]countdown, len(config.Faults)),
		forced: make([]countdown, len(config.Forced)),
	}
	for i, spec := range config.Faults {
		plan.faults[i].Store(int64(spec.Next))
	}
	for i, forced := range config.Forced {
		plan.forced[i].Store(int64(forced.Next))
	}
	return plan, nil
}

// Draw is what happens to one request; its zero value is nothing.
type Draw struct {
	Latency time.Duration
	Fault   Fault
	// Forced is the status of the answer to force, 0 for none.
	Forced int
}

// Draw decides for the next request.
func (p *Plan) Draw() Draw {
	if p.idle {
		return Draw{}
	}
	// Every request has a generator of its own, seeded by its number, so that a request's luck depends on neither the
	// others' nor on which goroutine drew first.
	var source rand.PCG
	source.Seed(uint64(p.config.Seed), p.drawn.Add(1))
	var draw Draw
	span := p.config.Latency.Max - p.config.Latency.Min
	draw.Latency = p.config.Latency.Min + time.Duration(uniform(&source)*float64(span))
	for i, spec := range p.config.Faults {
		if luck := uniform(&source); luck < spec.Rate || p.faults[i].take() {
			draw.Fault = spec.Fault
			break
		}
	}
	if draw.Fault.insteadOfEndpoint() {
		return draw
	}
	for i, forced := range p.config.Forced {
		if p.forced[i].take() {
			draw.Forced = forced.Status
			break
		}
	}
	return draw
}

// Made is when the plan was made: what it says holds since then.
func (p *Plan) Made() time.Time { return p.made }

// BreaksConnections reports whether a fault waits that breaks a connection without an answer.
func (p *Plan) BreaksConnections() bool {
	for i, spec := range p.config.Faults {
		if (spec.Fault == Reset || spec.Fault == DropAfterCommit) && (spec.Rate > 0 || p.faults[i].Load() > 0) {
			return true
		}
	}
	return false
}

// uniform is a number from 0 up to, not including, 1.
func uniform(source *rand.PCG) float64 { return float64(source.Uint64()>>11) / (1 << 53) }

// Remaining returns the configuration that is left: what happened to its last request is not in it any more.
func (p *Plan) Remaining() Config {
	left := Config{Latency: p.config.Latency, Seed: p.config.Seed, Faults: []Spec{}, Forced: []Forced{}}
	for i, spec := range p.config.Faults {
		if spec.Next > 0 {
			if spec.Next = int(p.faults[i].Load()); spec.Next == 0 {
				continue
			}
		}
		left.Faults = append(left.Faults, spec)
	}
	for i, forced := range p.config.Forced {
		if forced.Next = int(p.forced[i].Load()); forced.Next > 0 {
			left.Forced = append(left.Forced, forced)
		}
	}
	return left
}

// countdown never goes below zero.
type countdown struct{ atomic.Int64 }

func (c *countdown) take() bool {
	for {
		left := c.Load()
		if left <= 0 {
			return false
		}
		if c.CompareAndSwap(left, left-1) {
			return true
		}
	}
}
