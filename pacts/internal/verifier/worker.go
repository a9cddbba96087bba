package verifier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"strings"
	"time"
)

// job is what the worker process is told, on its standard input: not as arguments, which everybody on the machine can
// read.
type job struct {
	Provider, Scheme, Host string
	Port                   uint16
	Path                   string
	StatesURL              string
	Insecure               bool
	TimeoutMS              uint64
	LogLevel               int
	Headers                map[string]string
	// File is the pact.
	File string
	// ResultFile gets the result; standard output is where the native library prints.
	ResultFile string
}

// Worker carries out the job on stdin and returns the exit code. A program that verifies calls it, in a process of its
// own, when it is run with the arguments that [Config].Worker names.
func Worker(stdin io.Reader, stderr io.Writer) int {
	var j job
	err := limitMemory(maxMemory)
	if err == nil {
		err = json.NewDecoder(stdin).Decode(&j)
	}
	if err == nil {
		var result []byte
		if result, err = verifyNatively(j); err == nil {
			err = os.WriteFile(j.ResultFile, result, 0o600)
		}
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 1
	}
	return 0
}

// maxMemory is the most bytes that the worker may take. The native library bounds no answer: a quarter of a megabyte of
// gzip becomes nine gigabytes in it. A pact file of 1,500 interactions takes 40 MiB.
const maxMemory = 2 << 30

// patience is how long the worker may go without finishing or beginning an interaction. The native library waits for
// ever for a provider that sends a byte now and then.
func (c Config) patience() time.Duration { return 20*time.Second + 4*c.Timeout }

// watched returns a context that ends when progress has not been called for so long, or when stop is called.
func watched(ctx context.Context, patience time.Duration) (watched context.Context, progress, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(patience, func() {
		cancel(fmt.Errorf("nothing has happened for %s; is --timeout too short?", patience))
	})
	return ctx, func() { timer.Reset(patience) }, func() { timer.Stop(); cancel(nil) }
}

// runWorker runs the job in a process of its own, which ends with ctx, and returns the result it left and the errors it
// logged.
func runWorker(
	ctx context.Context, command, environment []string, j job, log io.Writer,
) (result nativeResult, errorLog string, err error) {
	input, err := json.Marshal(j)
	if err != nil {
		return nativeResult{}, "", err
	}
	worker := exec.CommandContext(ctx, command[0], command[1:]...)
	worker.Stdin = bytes.NewReader(input)
	worker.Env = environment
	var said tail
	stderr := newRedactor(&said, maps.Values(j.Headers))
	if j.LogLevel > 0 {
		stderr.w = io.MultiWriter(&said, log)
		// The library's own report is on its standard output; with the same writer for both, they take turns.
		worker.Stdout = stderr
	}
	worker.Stderr = stderr
	err = worker.Run()
	stderr.Flush()
	if err != nil {
		if ctx.Err() != nil {
			return nativeResult{}, "", fmt.Errorf("verification was stopped: %w", context.Cause(ctx))
		}
		reason := strings.TrimSpace(said.String())
		if strings.Contains(reason, "memory allocation of ") {
			return nativeResult{}, "", fmt.Errorf("the verification took more than %d MiB of memory; "+
				"does the provider send an answer without end?", maxMemory>>20)
		}
		if reason != "" {
			return nativeResult{}, "", errors.New(reason)
		}
		return nativeResult{}, "", fmt.Errorf("the native library ended the verification: %w", err)
	}
	raw, err := os.ReadFile(j.ResultFile)
	if err != nil {
		return nativeResult{}, "", err
	}
	raw = bytes.ReplaceAll(raw, []byte(" '"+j.File+"'"), nil) // which is gone when somebody reads its name
	if err := json.Unmarshal(raw, &result); err != nil {
		return nativeResult{}, "", fmt.Errorf("cannot read the native library's result: %w", err)
	}
	return result, said.String(), nil
}

// tail keeps the last bytes that were written to it.
type tail struct{ bytes.Buffer }

const tailBytes = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.Buffer.Write(p)
	if extra := t.Len() - tailBytes; extra > 0 {
		t.Next(extra)
	}
	return len(p), nil
}
