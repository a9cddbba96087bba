// Package selftest judges the judge. It holds implementations of the endpoint that are wrong in one known way each,
// and implementations that are right but differ wherever the page is silent, and shows that the conformance suite
// fails every one of the first on the clause that it breaks, and passes every one of the second.
//
// The implementations are tables: a name, the mistake in one sentence, the clause it breaks, and what it changes in
// the base of app.go. They are served over real connections, because some mistakes are invisible above them.
package selftest

import (
	"io"
	"log"
	"net/http/httptest"
	"slices"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// BlockedVia says how to be a blocked caller of every implementation, as the value of the conformance flag
// --blocked-via.
const BlockedVia = "header=X-Forwarded-For: " + blockedCaller

// Implementation is one implementation of the endpoint.
type Implementation struct {
	// Name says what is particular about it, in words joined by hyphens.
	Name string
	// Text is the mistake, or the liberty taken, in one sentence.
	Text string
	// Breaks is the id of a clause that it violates; it may violate others besides. A conforming one has none.
	Breaks string

	deviate deviation
}

// Implementations returns all, the faulty ones first.
func Implementations() []Implementation {
	return slices.Concat(
		faultyRequests(), faultyStatuses(), faultyMembers(), faultyBodies(), faultyNames(), faultyEchoes(),
		faultyState(), faultyComparisons(), faultyConcurrent(), faultyTransport(), faultyBlocking(), faultyOverHTTP2(),
		conforming(), conformingBehindFronts(),
	)
}

// Start serves the implementation, with no accounts, on a free port of 127.0.0.1 until stop is called.
func (i Implementation) Start() (url string, stop func()) {
	app := newApp()
	i.deviate(app)
	server := httptest.NewUnstartedServer(app.front(app))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // broken connections are what some of them are for
	server.Config.IdleTimeout = app.idle
	if app.listen != nil {
		server.Listener = app.listen(server.Listener)
	}
	if app.secure {
		server.EnableHTTP2 = !app.http1
		server.StartTLS()
	} else {
		server.Start()
	}
	return server.URL + fixtures.BasePath, func() {
		server.CloseClientConnections()
		server.Close()
		for _, closer := range app.closers {
			closer()
		}
	}
}
