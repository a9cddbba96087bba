package main

import (
	"io"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/config"
)

// configCommand prints the configuration in force.
type configCommand struct{ config.Flags }

func (c *configCommand) run(parsed *kong.Context, stdout, stderr io.Writer) int {
	for _, unknown := range config.UnknownEnvironment(parsed) {
		say(stderr, "mockserver: %s", unknown)
	}
	configured, _, err := config.Load(parsed, &c.Flags)
	if err == nil {
		err = configured.Print(stdout)
	}
	if err != nil {
		return usage(stderr, err)
	}
	return exitOK
}
