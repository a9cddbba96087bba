package main

import (
	"context"
	"io"
	"maps"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/config"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/watch"
)

// watch follows the files that the configuration and the certificate came from, until stop is called. It looks at them
// at each tick.
func (p *program) watch(files config.Files, ticks <-chan time.Time) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		running := p.config
		configured, certificate := watch.New(files), watch.New(p.certFiles)
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks:
			}
			if certificate.Changed() {
				p.reloadCertificate()
			}
			if !configured.Changed() {
				continue
			}
			next, read, err := p.reload(running)
			if err == nil {
				running, files = next, read
			} else {
				// The old files too, for going back to what was is a change as well.
				files = maps.Clone(files)
				maps.Copy(files, read)
			}
			configured = watch.New(files)
		}
	}()
	return func() {
		cancel()
		select {
		case <-stopped:
		case <-time.After(grace): // a reload that takes long ends with the process
		}
	}
}

func (p *program) reloadCertificate() {
	if err := p.cert.Reload(); err != nil {
		p.log.Error("the changed certificate is refused; the old one stays", "error", err)
		return
	}
	p.log.Info("new certificate", "sha256", p.cert.Fingerprint())
}

// reload reads the configuration again and puts it into force, all of it or nothing. The files are those it was read
// from.
func (p *program) reload(running *config.Config) (next *config.Config, files config.Files, err error) {
	next, files, err = p.read()
	if err == nil {
		err = running.RestartNeeded(next)
	}
	if err == nil {
		err = p.mock.Reconfigure(next.Mock.Live())
	}
	if err != nil {
		for _, part := range parts(err) {
			p.log.Error("the changed configuration is refused as a whole; the old one stays", "error", part)
		}
		return nil, files, err
	}
	p.log.Info("the changed configuration is in force")
	return next, files, nil
}

// read reads the configuration from the start, as if the program were started now.
func (p *program) read() (*config.Config, config.Files, error) {
	parsed, line, _, err := parse(p.args, io.Discard)
	if err != nil {
		return nil, nil, err
	}
	return config.Load(parsed, &line.Serve.Flags)
}
