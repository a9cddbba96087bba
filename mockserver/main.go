// Mockserver is the reference implementation of the documented Create Account endpoint, in memory, with what a frontend
// developer needs around it. "mockserver --help" lists all of it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/config"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // it is as one had feared: not ready, an answer never met, a drain that was cut short
	exitUsage  = 2 // nothing was started, for something in the input or on this machine is wrong
)

// commandLine is everything that can be typed.
type commandLine struct {
	Serve    serveCommand     `cmd:"" default:"withargs" help:"Serve the endpoint. This is what happens without a command."`
	Config   configCommand    `cmd:"" help:"Print the configuration in force, and where each value came from, as a configuration file."`
	Health   healthCommand    `cmd:"" help:"Exit 0 when a server is ready, 1 with the reason when not. For images without curl."`
	Coverage coverageCommand  `cmd:"" help:"Print which documented answers a server's clients have met; exit 1 when a required one is missing."`
	Version  kong.VersionFlag `help:"Print the version and exit."`
}

const description = `The Create Account endpoint in memory, at http://localhost:8080/connectmypairs, with a dashboard at /__mock/.

Every flag of serve is also an environment variable (--blocked-ip is MOCKSERVER_BLOCKED_IP) and a key of the configuration
file (blocked-ip). The command line comes before the environment, that before the file, that before the default. A repeatable
flag replaces the whole list that the others have, except for --assume, whose keys are looked up one by one.`

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	parsed, line, exited, err := parse(args, stdout, stderr)
	switch {
	case exited:
		return exitOK // --help or --version has been printed
	case err != nil:
		return usage(stderr, fmt.Errorf("%w; mockserver --help lists what there is", err))
	}
	switch parsed.Selected().Name {
	case "config":
		return line.Config.run(parsed, stdout, stderr)
	case "health":
		return line.Health.run(ctx, parsed, stdout, stderr)
	case "coverage":
		return line.Coverage.run(ctx, stdout, stderr)
	default:
		return line.Serve.run(ctx, parsed, args, stdout, stderr)
	}
}

// parse reads the command line; exited says that it asked for nothing but text, which has been printed.
func parse(args []string, stdout, stderr io.Writer) (parsed *kong.Context, line *commandLine, exited bool, err error) {
	line = &commandLine{}
	parser, err := kong.New(line,
		kong.Name("mockserver"),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { exited = true }),
		kong.Vars{"version": "mockserver " + version()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Help(help),
		config.Describe("health"),
	)
	if err != nil {
		return nil, nil, false, err
	}
	parsed, err = parser.Parse(args)
	return parsed, line, exited, err
}

// help adds the flags of serve to the help of the program, for serving is what happens without a command.
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
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(stderr, "mockserver: %s\n", strings.TrimSuffix(line, "\n"))
	}
	return exitUsage
}

// version is that of the module, and which build it is.
func version() string {
	number := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		number = info.Main.Version
	}
	return fmt.Sprintf("%s (%s %s/%s)", number, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
