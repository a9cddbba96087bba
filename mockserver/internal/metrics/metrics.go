// Package metrics exposes what the mock does to Prometheus.
package metrics

import (
	"maps"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
)

// Config says where the gauges read their values, at every scrape.
type Config struct {
	Version string
	// Accounts, JournalBytes and Spaces are totals over the main mock and all spaces.
	Accounts     func() int
	JournalBytes func() int
	Spaces       func() int
}

// Metrics has a registry of its own, so that several mocks can live in one process.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	// known are the counters of requests so far, which spare each request a lookup by label. The map is replaced, never
	// changed.
	known    atomic.Pointer[map[labels]prometheus.Counter]
	duration prometheus.Histogram
	faults   *prometheus.CounterVec
}

// labels are what requests are counted by.
type labels struct {
	status int
	rule   endpoint.Rule
}

// New registers everything.
func New(config Config) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mockserver_requests_total",
			Help: "Requests, by the status of the answer and by the rule that decided; status 0 is a request without " +
				"an answer.",
		}, []string{"status", "rule"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "mockserver_request_duration_seconds",
			Help:    "Time from the arrival of a request to the end of its answer, injected latency included.",
			Buckets: []float64{.00001, .000025, .00005, .0001, .00025, .0005, .001, .005, .01, .05, .1, .5, 1, 5, 10},
		}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mockserver_faults_total",
			Help: "Faults injected, by name.",
		}, []string{"fault"}),
	}
	m.known.Store(&map[labels]prometheus.Counter{})
	for _, fault := range faults.All() {
		m.faults.WithLabelValues(string(fault))
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "mockserver_build_info",
		Help:        "Always 1; the labels say what was built.",
		ConstLabels: prometheus.Labels{"version": config.Version, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(
		m.requests, m.duration, m.faults, build,
		gauge("mockserver_accounts", "Names in use, in the main mock and all spaces.", config.Accounts),
		gauge("mockserver_journal_bytes", "Memory taken by journals.", config.JournalBytes),
		gauge("mockserver_spaces", "Spaces that exist.", config.Spaces),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

func gauge(name, help string, value func() int) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
		func() float64 { return float64(value()) })
}

// Observe counts an exchange.
func (m *Metrics) Observe(exchange *endpoint.Exchange) {
	labels := labels{exchange.Status, exchange.Rule}
	counter, ok := (*m.known.Load())[labels]
	if !ok {
		counter = m.learn(labels)
	}
	counter.Inc()
	m.duration.Observe(time.Duration(exchange.Duration).Seconds())
	if exchange.Fault != "" {
		m.faults.WithLabelValues(exchange.Fault).Inc()
	}
}

// learn adds a counter to those that are known. Where two do so at once, one of them does so again later.
func (m *Metrics) learn(labels labels) prometheus.Counter {
	counter := m.requests.WithLabelValues(strconv.Itoa(labels.status), string(labels.rule))
	known := maps.Clone(*m.known.Load())
	known[labels] = counter
	m.known.Store(&known)
	return counter
}

// Handler serves the metrics in Prometheus' formats.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
