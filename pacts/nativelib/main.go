// Command nativelib puts the native library of Pact, libpact_ffi, at .pact/lib, and runs commands that link with it:
//
//	go run ./pacts/nativelib                                        # put it there; quick when it is there already
//	go run ./pacts/nativelib -- go test -tags pact ./pacts/...      # put it there, then run a command that needs it
//
// The library comes from npm, pinned by version and checksum, or else from pact-go's own installer. Nothing is written
// outside the folder, and nobody needs to be root.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

type options struct {
	Dir     string   `default:".pact" placeholder:"DIR" help:"Folder to work in (${default}); the library goes to DIR/lib."`
	Library string   `placeholder:"FILE" help:"Take this library, brought by hand, instead of fetching one."`
	Command []string `arg:"" optional:"" passthrough:"partial" help:"Command to run with the library, after --."`
}

// run returns the exit code: that of the command when there is one, 0 when the library is in place, 1 when it could not be
// put there, 2 for wrong usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var opts options
	exit := -1
	parser, err := kong.New(&opts, kong.Name("nativelib"), kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }),
		kong.Description("Puts the native library of Pact at .pact/lib, and runs commands that link with it."))
	if err != nil {
		panic(err) // the struct above is wrong
	}
	_, err = parser.Parse(args)
	switch {
	case exit >= 0:
		return exit
	case err != nil:
		fmt.Fprintf(stderr, "nativelib: %v; see nativelib --help\n", err)
		return 2
	}
	if len(opts.Command) > 0 && opts.Command[0] == "--" {
		opts.Command = opts.Command[1:]
	}

	environment, err := prepare(ctx, opts.Dir, opts.Library, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "nativelib: %v\n", err)
		return 1
	}
	if len(opts.Command) == 0 {
		return 0
	}
	return runCommand(ctx, opts.Command, environment, stdout, stderr)
}

// prepare puts library and compiler wrapper in place and returns the environment that links with them.
func prepare(ctx context.Context, dir, library string, log io.Writer) ([]string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	system, err := detect(ctx)
	if err != nil {
		return nil, err
	}
	sum, ok := libraries[system.platform()]
	if !ok {
		return nil, fmt.Errorf("there is no native library of Pact for %s/%s, only for Linux and macOS on x64 and arm64, "+
			"and for Windows on x64", system.os, system.arch)
	}
	lib := filepath.Join(dir, "lib")
	if err := os.MkdirAll(lib, 0o755); err != nil {
		return nil, err
	}
	installer := installer{system: system, sum: sum, dir: lib, log: log, run: output}
	if library != "" {
		err = installer.adopt(ctx, library)
	} else {
		err = installer.install(ctx)
	}
	if err != nil {
		return nil, err
	}
	return system.environment(dir)
}

func runCommand(ctx context.Context, command, environment []string, stdout, stderr io.Writer) int {
	child := exec.CommandContext(ctx, command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, stdout, stderr
	child.Env = append(os.Environ(), environment...)
	err := child.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() >= 0 {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintf(stderr, "nativelib: %s: %v\n", command[0], err)
		return 1
	}
	return 0
}

// output runs a program in a folder and returns what it printed; its error says what the program said.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "PACT_DO_NOT_TRACK=true", "CGO_ENABLED=0")
	printed, err := command.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w", name, err)
		if said := complaint(string(printed)); said != "" {
			err = fmt.Errorf("%w: %s", err, said)
		}
		return "", err
	}
	return string(printed), nil
}

// complaint picks from a program's output the lines that say what was wrong, or else its last line.
func complaint(printed string) string {
	lines := strings.Split(strings.TrimSpace(printed), "\n")
	var errors []string
	for _, line := range lines {
		if strings.Contains(strings.ToLower(line), "error") && len(errors) < 4 {
			errors = append(errors, strings.TrimSpace(line))
		}
	}
	if len(errors) == 0 {
		return lines[len(lines)-1]
	}
	return strings.Join(errors, "; ")
}
