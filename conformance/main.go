// Conformance judges an implementation of the Create Account endpoint at a URL, clause by clause.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// commands are the program's commands; judging is what it does without one.
type commands struct {
	Judge    judgeCommand    `cmd:"" name:"run" help:"${help_run_command}"`
	Selftest selftestCommand `cmd:"" help:"${help_selftest}"`
	Diff     diffCommand     `cmd:"" help:"Compare the JSON reports of two runs."`
	Clauses  clausesCommand  `cmd:"" help:"${help_clauses}"`

	Version kong.VersionFlag `env:"-" help:"Print the version and stop."`
}

// streams are where a command writes: the result to stdout, everything else to stderr.
type streams struct{ stdout, stderr io.Writer }

// usageError is an error of whoever called the program.
type usageError struct{ error }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var cli commands
	var parser *kong.Kong
	var err error
	done := false
	parser, err = kong.New(&cli,
		kong.Name("conformance"),
		kong.Description("Judges an implementation of the Create Account endpoint at a URL, clause by clause."),
		kong.DefaultEnvars("CONFORMANCE"),
		helpTexts(),
		kong.Vars{"version": build()},
		kong.Writers(stdout, stderr),
		// --help and --version end here, but kong parses on and would print the next of them as well.
		kong.Exit(func(int) { done, parser.Stdout = true, io.Discard }),
	)
	if err != nil {
		panic(err) // the struct above is wrong
	}
	unsetEmpty(parser.Model.Node)
	command, err := parser.Parse(withCommand(args))
	if done {
		return report.ExitConformant
	}
	if err != nil {
		fmt.Fprintf(stderr, "conformance: %v\nconformance --help shows every flag\n", err)
		return report.ExitUsage
	}
	command.BindTo(ctx, (*context.Context)(nil))
	code := report.ExitConformant
	err = command.Run(streams{stdout, stderr}, &code)
	if usage, ok := errors.AsType[usageError](err); ok {
		for line := range strings.Lines(usage.Error()) {
			fmt.Fprintf(stderr, "conformance: %s\n", strings.TrimSuffix(line, "\n"))
		}
		return report.ExitUsage
	}
	if err != nil {
		fmt.Fprintf(stderr, "conformance: %v\n", err)
		return report.ExitNotJudged
	}
	return code
}

// unsetEmpty makes flags ignore empty environment variables. Others stay, for --help names them.
func unsetEmpty(node *kong.Node) {
	for _, flag := range node.Flags {
		flag.Tag.Envs = untrusted.NotEmpty(flag.Tag.Envs)
	}
	for _, child := range node.Children {
		unsetEmpty(child)
	}
}

// withCommand makes judging what happens without a command, and its flags what --help shows.
func withCommand(args []string) []string {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return args
	}
	return append([]string{"run"}, args...)
}

// build is what --version prints: the version, and which build of it this is.
func build() string {
	return fmt.Sprintf("conformance %s (%s %s/%s)", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// version is the module's, which comes from the tag or the commit; "devel" when Go recorded none. It goes into the
// User-Agent, where the parentheses of Go's "(devel)" would make it a comment (RFC 9110, section 10.1.5).
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "devel"
	}
	return strings.Trim(info.Main.Version, "()")
}
