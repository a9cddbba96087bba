// Mockserver is the reference implementation of the documented Create Account endpoint, in memory, with what a frontend
// developer needs around it. "mockserver --help" lists all of it.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"reflect"
	"time"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/config"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/watch"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // not ready, an answer never met, or a server that was ended before it had finished
	exitUsage  = 2 // something is wrong in the input or on this machine, and nothing was started
)

// commandLine is everything that can be typed.
type commandLine struct {
	Serve    serveCommand     `cmd:"" default:"withargs" help:"Serve the endpoint. The default command."`
	Config   configCommand    `cmd:"" help:"Print the configuration in force as a file, each value with its origin."`
	Health   healthCommand    `cmd:"" help:"Exit 0 when a server is ready, 1 with the reason when not."`
	Coverage coverageCommand  `cmd:"" help:"Print which answers clients have met; exit 1 when one is missing."`
	Version  kong.VersionFlag `help:"Print the version and exit."`
}

const description = `The Create Account endpoint in memory, at http://localhost:8080/connectmypairs, with a dashboard at
/__mock/.

Every flag of serve is also an environment variable (--blocked-ip is MOCKSERVER_BLOCKED_IP) and a key of the
configuration file (blocked-ip). The command line comes before the environment, that before the file, that before the
default. A repeatable flag replaces the whole list that the others have, except for --assume, whose keys are looked up
one by one.`

const urlHelp = `Base URL, or any URL of the server. By default that of the server which these flags, the environment
and the configuration file start.`

// run is the whole program. It ends when ctx is done, or on a signal; stdout gets the result, stderr the log.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return runWatching(ctx, args, stdout, stderr, time.Tick(watch.Interval))
}

// runWatching is run with a clock of its own: a server looks at its files at each tick.
func runWatching(ctx context.Context, args []string, stdout, stderr io.Writer, ticks <-chan time.Time) int {
	parsed, line, exited, err := parse(args, stdout)
	switch {
	case exited:
		return exitOK // --help or --version has been printed
	case err != nil:
		return usage(stderr, fmt.Errorf("%w; mockserver --help lists all flags", err))
	}
	switch parsed.Selected().Name {
	case "config":
		return line.Config.run(parsed, stdout, stderr)
	case "health":
		return line.Health.run(ctx, parsed, stdout, stderr)
	case "coverage":
		return line.Coverage.run(ctx, parsed, stdout, stderr)
	default:
		return line.Serve.run(ctx, parsed, args, stdout, stderr, ticks)
	}
}

// parse reads the command line. When it asks for the help or the version, exited is true, and stdout has the text.
func parse(args []string, stdout io.Writer) (parsed *kong.Context, line *commandLine, exited bool, err error) {
	line = &commandLine{}
	var shown bytes.Buffer
	parser, err := kong.New(line,
		kong.Name("mockserver"),
		kong.Description(description),
		kong.Writers(&shown, io.Discard),
		kong.Exit(func(int) {
			if !exited { // kong goes on, and may find the same flag again
				_, _ = stdout.Write(shown.Bytes())
			}
			exited = true
		}),
		kong.Vars{"version": versionLine(), "url_help": urlHelp},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Help(help),
		kong.KindMapper(reflect.String, kong.MapperFunc(config.Text)),
		kong.KindMapper(reflect.Int, kong.MapperFunc(config.Number)),
		kong.KindMapper(reflect.Int64, kong.MapperFunc(config.Number)),
		kong.ValueFormatter(config.HelpWithDefault),
		config.Help("health", "coverage"),
	)
	if err != nil {
		return nil, nil, false, err
	}
	parsed, err = parser.Parse(args)
	return parsed, line, exited, err
}

// help adds the flags of serve to the help of the program, for serving is the default command.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil || ctx.Selected() != nil {
		return err
	}
	serve, err := kong.Trace(ctx.Kong, []string{"serve"})
	if err != nil {
		return err
	}
	fmt.Fprintln(ctx.Stdout)
	return kong.DefaultHelpPrinter(options, serve)
}

// usage says what is wrong, a line for each thing, and returns the exit code for it.
func usage(stderr io.Writer, err error) int {
	for _, part := range parts(err) {
		say(stderr, "mockserver: %v", part)
	}
	return exitUsage
}

// parts returns the errors that [errors.Join] put together.
func parts(err error) (all []error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	for _, part := range joined.Unwrap() {
		all = append(all, parts(part)...)
	}
	return all
}

// say prints a line. What came from outside is escaped in it: it can neither end the line nor command a terminal or a
// CI system.
func say(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, untrusted.Line(fmt.Sprintf(format, args...)))
}
