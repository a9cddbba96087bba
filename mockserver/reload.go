package main

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/config"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/watch"
)

// watch follows the files that the configuration came from until close.
func (p *program) watch(files config.Files) error {
	ctx, cancel := context.WithCancel(context.Background())
	watcher, err := watch.New(ctx, watch.Config{})
	if err != nil {
		cancel()
		return err
	}
	p.watcher, p.unwatch, p.reloaded = watcher, cancel, make(chan struct{})
	watched := p.withCertificate(files)
	watcher.Set(watched)
	go func() {
		defer close(p.reloaded)
		for changed := range watcher.Changes() {
			if p.cert != nil {
				p.reloadCertificate(changed)
			}
			if slices.ContainsFunc(changed, func(file string) bool { return file != p.config.TLSCert && file != p.config.TLSKey }) {
				watched = p.reload(watched)
				watcher.Set(watched)
			}
		}
	}()
	return nil
}

func (p *program) withCertificate(files config.Files) config.Files {
	for _, file := range []string{p.config.TLSCert, p.config.TLSKey} {
		if file != "" {
			files[file] = watch.Look(file)
		}
	}
	return files
}

func (p *program) reloadCertificate(changed []string) {
	if !slices.Contains(changed, p.config.TLSCert) && !slices.Contains(changed, p.config.TLSKey) {
		return
	}
	if err := p.cert.Reload(); err != nil {
		p.log.Error("the changed certificate is refused; the old one stays", "error", err)
		return
	}
	p.log.Info("new certificate", "sha256", p.cert.Fingerprint())
}

// reload reads the configuration again and puts it into force, all of it or nothing. It returns the files to watch from now on:
// when it was refused, the old ones too, for going back to what was is a change as well.
func (p *program) reload(watched config.Files) config.Files {
	next, files, err := p.read()
	if err == nil {
		err = p.config.RestartNeeded(next)
	}
	if err == nil {
		err = p.mock.Reconfigure(p.complete(next.Mock))
	}
	if err != nil {
		for line := range strings.Lines(err.Error()) {
			p.log.Error("the changed configuration is refused as a whole; the old one stays", "error", strings.TrimSuffix(line, "\n"))
		}
		all := maps.Clone(watched)
		maps.Copy(all, files)
		return all
	}
	p.config = next
	p.log.Info("the changed configuration is in force")
	return p.withCertificate(files)
}

// read reads the configuration from the start, as if the program were started now.
func (p *program) read() (*config.Config, config.Files, error) {
	parsed, line, _, err := parse(p.args, io.Discard, io.Discard)
	if err != nil {
		return nil, nil, err
	}
	return config.Load(parsed, &line.Serve.Flags)
}
