// Bench measures the built mock server against a bare net/http handler that writes the same body, and says of each figure that
// has a target whether it is met. The servers run as processes of their own, one at a time and by turns, so that whatever else
// the machine does falls on both alike; what is judged is the median of the ratios of all rounds.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/alecthomas/kong"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

// Exit codes.
const (
	exitMet    = 0
	exitMissed = 1 // at least one target is not met
	exitUsage  = 2 // or nothing could be measured
)

// errMissed means that all was measured, and not all was good.
var errMissed = errors.New("not every target is met")

type commandLine struct {
	Figures figuresCommand `cmd:"" default:"withargs" help:"Measure speed and size. This is what happens without a command."`
	Soak    soakCommand    `cmd:"" help:"Load the mock for minutes with every bound reached, and see whether its memory stays flat."`
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	helped := false
	parser := kong.Must(&commandLine{},
		kong.Name("bench"),
		kong.Description("Figures of the mock server, next to those of a bare net/http handler. Loopback only."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped = true }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(stdout, (*io.Writer)(nil)),
	)
	parsed, err := parser.Parse(args)
	if helped {
		return exitMet
	}
	if err == nil {
		err = parsed.Run()
	}
	switch {
	case errors.Is(err, errMissed):
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return exitMissed
	case err != nil:
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return exitUsage
	}
	return exitMet
}
