package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// subject is a server that is measured.
type subject struct {
	name string
	// command starts it; it prints its base URL on a line of stdout when it is ready. Empty for a server that runs already.
	command []string
	// base is the URL of one that runs already.
	base *url.URL
}

// with returns the subject with more arguments.
func (s subject) with(args ...string) subject {
	s.command = append(s.command[:len(s.command):len(s.command)], args...)
	return s
}

// executable is the path of a program that make built.
func executable(folder, name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(folder, name)
}

// process is a running subject.
type process struct {
	base   *url.URL
	cmd    *exec.Cmd // nil for one that ran already
	stderr *strings.Builder
}

// start starts a subject and returns when it is ready.
func (s subject) start(ctx context.Context) (*process, error) {
	if len(s.command) == 0 {
		return &process{base: s.base}, nil
	}
	p := &process{cmd: exec.CommandContext(ctx, s.command[0], s.command[1:]...), stderr: &strings.Builder{}}
	p.cmd.Stderr = p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w; build it with make bench", err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil {
		p.base, err = url.Parse(strings.TrimSpace(line))
	}
	if err != nil {
		p.stop()
		return nil, fmt.Errorf("%s did not say its URL: %w\n%s", s.name, err, p.stderr)
	}
	return p, nil
}

// stop ends the process, which has nothing to save, and returns the CPU time that it took in all.
func (p *process) stop() (cpu time.Duration) {
	if p.cmd == nil {
		return 0
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // an error of course: it was killed
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}

// gauge reads a value from the process' metrics (Prometheus' text format).
func (p *process) gauge(name string) (float64, error) {
	answer, err := http.Get(p.base.ResolveReference(&url.URL{Path: "/__mock/metrics"}).String())
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("%s tells no %s", p.base, name)
}

// loopback refuses a server on another machine: a load is for what runs beside it.
func loopback(base *url.URL) error {
	addresses, err := net.LookupIP(base.Hostname())
	if err != nil {
		return err
	}
	for _, address := range addresses {
		if !address.IsLoopback() {
			return fmt.Errorf("%s is not on this machine's loopback; nothing else is put under load", base.Host)
		}
	}
	return nil
}
