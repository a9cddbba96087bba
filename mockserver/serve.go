package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/certificate"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/config"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/listen"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/watch"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// serveCommand serves until it is told to stop.
type serveCommand struct{ config.Flags }

// run serves. The args are those that were parsed, for reading the configuration again when a file has changed, which
// is looked for at each tick.
func (c *serveCommand) run(
	ctx context.Context, parsed *kong.Context, args []string, stdout, stderr io.Writer, ticks <-chan time.Time,
) int {
	configured, files, err := config.Load(parsed, &c.Flags)
	if err != nil {
		return usage(stderr, err)
	}
	p := &program{config: configured, log: logger(configured, stderr), args: args}
	for _, unknown := range config.UnknownEnvironment(parsed) {
		p.log.Warn(unknown)
	}
	defer p.close()
	if err := p.open(ctx); err != nil {
		return usage(stderr, err)
	}
	defer p.watch(files, ticks)()
	return p.serve(ctx, stdout, stderr)
}

func logger(configured *config.Config, stderr io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: configured.LogLevel}
	if configured.LogJSON {
		return slog.New(slog.NewJSONHandler(stderr, options))
	}
	return slog.New(slog.NewTextHandler(stderr, options))
}

// program is a running mock server.
type program struct {
	config *config.Config
	log    *slog.Logger
	args   []string

	sockets *listen.Sockets
	control *listen.Sockets // those of --control ADDR, or nil
	cert    *certificate.Certificate
	// certFiles are those of cert, as they were before it was read.
	certFiles map[string]watch.State
	mock      *mock.Set
	baseURL   string
	// dashboard is its URL, empty when the control API is off.
	dashboard string
	ready     readyFile
}

// open takes everything that could be missing: sockets, certificate, folders. Nothing answers yet.
func (p *program) open(ctx context.Context) (err error) {
	if p.sockets, err = listen.Open(ctx, p.config.Listen); err != nil {
		return p.config.Wrong("listen", err)
	}
	entrance := p.sockets // to the control API
	if p.config.ControlListen != "" {
		if p.control, err = listen.Open(ctx, p.config.ControlListen); err != nil {
			return p.config.Wrong("control", err)
		}
		entrance = p.control
	}
	if err := p.certify(append(p.sockets.Hosts(), entrance.Hosts()...)); err != nil {
		return err
	}
	// Last, for another server may have written the file, and loses it only to one that starts.
	if p.ready, err = openReadyFile(p.config.ReadyFile); err != nil {
		return p.config.Wrong("ready-file", err)
	}
	scheme := "http"
	if p.cert != nil {
		scheme = "https"
	}
	root := url.URL{Scheme: scheme, Host: p.sockets.HostPort()}
	p.baseURL = strings.TrimRight(root.JoinPath(p.config.Mock.Endpoint.BasePath).String(), "/")
	if !p.config.Mock.Control.Off {
		p.dashboard = (&url.URL{Scheme: scheme, Host: entrance.HostPort(), Path: "/__mock/"}).String()
	}
	configured := p.config.Mock
	if configured.Control.Token == "" && !configured.Control.Off && !entrance.Loopback() {
		configured.Control.Token = rand.Text()
		p.log.Warn("other machines can reach the control API, so it needs a token; made one up, as there is no "+
			"--control-token",
			"token", configured.Control.Token, "dashboard", p.dashboard+"?token="+configured.Control.Token)
	}
	configured.Control.BoundHosts = entrance.Hosts()
	configured.Version, configured.BaseURL = version(), p.baseURL
	p.mock, err = mock.New(configured)
	return err
}

// certify takes the certificate from its files, or makes one for these hosts; without HTTPS there is none.
func (p *program) certify(hosts []string) (err error) {
	setting := "tls-cert"
	switch {
	case p.config.TLSSelfSigned:
		setting = "tls-self-signed"
		p.cert, err = certificate.SelfSigned(hosts)
	case p.config.TLSCert != "":
		p.certFiles = map[string]watch.State{
			p.config.TLSCert: watch.Look(p.config.TLSCert), p.config.TLSKey: watch.Look(p.config.TLSKey),
		}
		p.cert, err = certificate.Load(p.config.TLSCert, p.config.TLSKey)
	}
	if err != nil {
		return p.config.Wrong(setting, err)
	}
	return nil
}

// gcPercent is how much garbage there may be, in percent of what is in use, before it is collected: twice Go's default.
// Each request leaves 1.5 KiB of it, and collecting that half as often saves a fiftieth of the server's CPU time.
const gcPercent = 200

// serve answers requests until ctx is done, a signal comes or a socket fails.
func (p *program) serve(ctx context.Context, stdout, stderr io.Writer) int {
	signals := make(chan os.Signal, 2) // one to drain, one to end that
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signal.Notify(signals, syscall.SIGHUP) // the terminal was closed
	}
	defer signal.Stop(signals)

	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	under := newRequests()
	servers := []*http.Server{p.server(under.counted(p.mock))}
	failed := make(chan error, 4) // as many as there can be sockets
	p.accept(servers[0], p.sockets, failed)
	if p.control != nil {
		servers = append(servers, p.server(under.counted(p.mock.ControlHandler())))
		p.accept(servers[1], p.control, failed)
	}
	if err := p.announce(stdout); err != nil {
		closeAll(servers)
		return usage(stderr, err)
	}
	select {
	case err := <-failed:
		p.log.Error("a socket failed", "error", err)
		closeAll(servers)
		return exitFailed
	case <-signals:
	case <-p.stdinEnded():
	case <-ctx.Done():
	}
	return p.drain(under, servers, signals)
}

// stdinEnded returns a channel that is closed at the end of standard input, or nil when that does not matter. The
// goroutine ends with the process: nothing else ends a read.
func (p *program) stdinEnded() <-chan struct{} {
	if !p.config.ExitWithStdin {
		return nil
	}
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // an error is the end, too
		close(ended)
	}()
	return ended
}

func closeAll(servers []*http.Server) {
	for _, server := range servers {
		_ = server.Close() // the program ends either way
	}
}

func (p *program) server(handler http.Handler) *http.Server {
	server := &http.Server{
		Handler:           guardBody(handler, p.config.HeaderTimeout),
		ConnContext:       mock.ConnContext,
		ReadHeaderTimeout: p.config.HeaderTimeout,
		IdleTimeout:       p.config.IdleTimeout,
		MaxHeaderBytes:    p.config.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
	}
	if p.cert != nil {
		server.TLSConfig = p.cert.Config()
	}
	return server
}

// guardBody returns a handler that guards against bodies that arrive slowly or hide another request.
func guardBody(handler http.Handler, timeout time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			// Not the server's ReadTimeout, which would end event streams too. Whoever cannot set it has no connection.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(timeout))
		}
		if len(r.TransferEncoding) > 0 {
			// A Content-Length may have come as well, which net/http hides, and a proxy that went by it would take the
			// next request for part of this one's body. So there is no next one (RFC 9112, section 6.1).
			w.Header().Set("Connection", "close")
		}
		handler.ServeHTTP(w, r)
	})
}

func (p *program) accept(server *http.Server, sockets *listen.Sockets, failed chan<- error) {
	for _, listener := range sockets.Listeners {
		go func() {
			var err error
			if p.cert != nil {
				err = server.ServeTLS(listener, "", "") // with the certificate of TLSConfig
			} else {
				err = server.Serve(listener)
			}
			if !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		}()
	}
}

// announce tells whoever waits for the server: sockets are open by now, and what arrives is answered.
func (p *program) announce(stdout io.Writer) error {
	for _, sockets := range []*listen.Sockets{p.sockets, p.control} {
		if sockets != nil {
			for _, note := range sockets.Notes {
				p.log.Warn(note)
			}
		}
	}
	if p.config.TLSSelfSigned {
		p.log.Info("self-signed certificate", "sha256", p.cert.Fingerprint())
	}
	if err := p.ready.write(p.baseURL); err != nil {
		return p.config.Wrong("ready-file", err)
	}
	// With a port of its own, the log alone says where the control API is.
	p.log.Info("ready", "url", p.baseURL, "dashboard", cmp.Or(p.dashboard, "off"))
	_, err := fmt.Fprintln(stdout, p.baseURL)
	return err
}

// drain lets requests finish, until the time for that is over or another signal comes. It returns in any case, even
// when something hangs.
func (p *program) drain(under *requests, servers []*http.Server, signals <-chan os.Signal) int {
	ctx, cancel := context.WithTimeout(context.Background(), p.config.DrainTimeout)
	defer cancel()
	p.ready.remove() // while the sockets are open, so that the next server at this address does not lose its own
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.mock.Drain() // first, so that whoever has read the next line finds it so
		p.log.Info("stopping: requests under way may finish; a second signal ends them", "within",
			p.config.DrainTimeout)
		if cutOff := under.drain(ctx, servers); cutOff > 0 {
			p.log.Warn("requests were cut off", "number", cutOff)
		}
		p.log.Info("stopped")
	}()
	code := exitOK
	select {
	case <-done:
		return code
	case <-ctx.Done():
	case <-signals:
		code = exitFailed // for somebody would not wait
		cancel()
	}
	select {
	case <-done:
		return code
	case <-time.After(2 * grace):
		p.log.Error("something did not end in time")
		return exitFailed
	}
}

// close gives back what open took, as far as it got.
func (p *program) close() {
	for _, sockets := range []*listen.Sockets{p.sockets, p.control} {
		if sockets != nil {
			_ = sockets.Close()
		}
	}
	p.ready.remove()
}
