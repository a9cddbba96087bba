// Package metrics exposes what the mock does to Prometheus.
package metrics

import (
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Config says where the gauges read their values, at every scrape, and what is known beforehand.
type Config struct {
	Version string
	// Known are the answers that are counted without a lookup by label.
	Known []Answer
	// Faults are the names of all faults.
	Faults []string
	// Accounts, JournalBytes and Spaces are totals over the main mock and all spaces.
	Accounts     func() int
	JournalBytes func() int
	Spaces       func() int
}

// Answer is what requests are counted by.
type Answer struct {
	// Status is 0 when no answer was sent.
	Status int
	Rule   string
}

// Metrics has a registry of its own, so that several mocks can live in one process.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	known    map[Answer]prometheus.Counter // read-only after New
	duration prometheus.Histogram
	faults   map[string]prometheus.Counter // read-only after New
}

// New registers everything.
func New(config Config) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mockserver_requests_total",
			Help: "Requests, by the status of the answer and by the rule that decided; status 0 is a request without an answer.",
		}, []string{"status", "rule"}),
		known: map[Answer]prometheus.Counter{},
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "mockserver_request_duration_seconds",
			Help:    "Time from the arrival of a request to the end of its answer, injected latency included.",
			Buckets: []float64{.00001, .000025, .00005, .0001, .00025, .0005, .001, .005, .01, .05, .1, .5, 1, 5, 10},
		}),
		faults: map[string]prometheus.Counter{},
	}
	injected := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "mockserver_faults_total",
		Help: "Faults injected, by name.",
	}, []string{"fault"})
	for _, answer := range config.Known {
		m.known[answer] = m.counter(answer)
	}
	for _, fault := range config.Faults {
		m.faults[fault] = injected.WithLabelValues(fault)
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "mockserver_build_info",
		Help:        "Always 1; the labels say what was built.",
		ConstLabels: prometheus.Labels{"version": config.Version, "goversion": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(
		m.requests, m.duration, injected, build,
		gauge("mockserver_accounts", "Names in use, in the main mock and all spaces.", config.Accounts),
		gauge("mockserver_journal_bytes", "Memory taken by journals.", config.JournalBytes),
		gauge("mockserver_spaces", "Spaces that exist.", config.Spaces),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

func gauge(name, help string, value func() int) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
}

func (m *Metrics) counter(answer Answer) prometheus.Counter {
	return m.requests.WithLabelValues(strconv.Itoa(answer.Status), answer.Rule)
}

// Observe counts one request.
func (m *Metrics) Observe(answer Answer, fault string, took time.Duration) {
	counter, ok := m.known[answer]
	if !ok {
		counter = m.counter(answer)
	}
	counter.Inc()
	m.duration.Observe(took.Seconds())
	if fault != "" {
		m.faults[fault].Inc()
	}
}

// Handler serves the metrics in Prometheus' formats.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
