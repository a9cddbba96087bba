package hostile

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"runtime"
	"testing"
	"time"
)

// A mock server that is killed is back on the same port at once, in the state that is configured.
func TestKillAndRestart(t *testing.T) {
	m := start(t, "--name", "configured")
	address := m.address
	for round := range 3 * *scale {
		l := newLedger()
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() {
			defer close(over)
			l.work(ctx, t, m.base, "mortal", 8, 1_000_000, 0)
		}()
		eventually(t, "accounts are created", func() bool { return len(m.names(t)) > 100 })
		m.kill() // with requests under way
		killed := time.Now()
		cancel()
		<-over
		l.consistent(t)
		m = start(t, "--listen", address, "--name", "configured")
		m.works(t, "mortal-0") // the accounts of before are gone with the process
		t.Logf("round %d: on the same port, a 201 came %v after the kill",
			round, time.Since(killed).Round(time.Millisecond))
		m.control(t, http.MethodPost, "/__mock/reset", nil, nil)
		if names := m.names(t); len(names) != 1 || !names["configured"] {
			t.Errorf("%d accounts after a reset, want the configured one", len(names))
		}
	}
}

// With no file descriptor left the server serves those who are connected, and everybody again when there are some.
func TestDescriptorsExhausted(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // which has no such limit
	}
	m := launch(t, exec.Command("sh", "-c", `ulimit -n 48; exec "$0"`, binary))
	l := newLedger()
	l.during(t, m.base, "normal", 1000**scale, func() {
		var crowd []func() error
		for range 200 {
			crowd = append(crowd, m.dial(t).Close) // the kernel accepts them; the server cannot
		}
		eventually(t, "the server notices", func() bool {
			return bytes.Contains(m.log(), []byte("too many open files"))
		})
		for _, leave := range crowd {
			_ = leave()
		}
	})
	began := time.Now()
	m.works(t, "afterwards")
	t.Logf("200 connections with 48 descriptors; a new client is served %v after they left",
		time.Since(began).Round(time.Millisecond))
	l.verify(t, m.base)
}

// A process that is stopped and goes on, as on a laptop that sleeps, finds all its time-outs passed at once. Answers
// may be lost with the connections that this ends; accounts may not.
func TestSuspended(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // which has no such signals
	}
	m := start(t, "--header-timeout", "200ms", "--idle-timeout", "200ms")
	signal := func(name string) {
		if out, err := exec.Command("kill", "-"+name, fmt.Sprint(m.command.Process.Pid)).CombinedOutput(); err != nil {
			t.Errorf("kill -%s: %v: %s", name, err, out)
		}
	}
	rounds := 3 * *scale
	l := newLedger()
	l.during(t, m.base, "normal", 1000**scale, func() {
		for range rounds {
			signal("STOP")
			<-time.After(500 * time.Millisecond) // longer than the time-outs
			signal("CONT")
			client := newClient(t, 1)
			for i := range 20 {
				l.create(t.Context(), client, m.base, fmt.Sprintf("between-%d", i))
			}
		}
	})
	l.verify(t, m.base)
	t.Logf("stopped for half a second %d times", rounds)
}
