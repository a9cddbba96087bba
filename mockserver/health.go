package main

import (
	"context"
	"io"
	"net/http"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/config"
)

// healthCommand asks a server whether it is ready.
type healthCommand struct {
	URL string `arg:"" optional:"" help:"${url_help}"`
	config.Flags
}

func (c *healthCommand) run(ctx context.Context, parsed *kong.Context, stdout, stderr io.Writer) int {
	server, err := findTarget(c.URL, parsed, &c.Flags)
	if err != nil {
		return usage(stderr, err)
	}
	var health struct {
		Service string `json:"service"`
		Status  string `json:"status"`
		BaseURL string `json:"base_url"`
	}
	from := server.control("health", nil)
	switch status, err := server.get(ctx, from, &health); {
	case err != nil:
		say(stderr, "mockserver: not ready: %v", err)
	case health.Service != "mockserver":
		say(stderr, "mockserver: not ready: what answers at %s is no mockserver (status %d), unless its control API "+
			"is off or has an address of its own", from, status)
	case status != http.StatusOK || health.Status != "ready":
		say(stderr, "mockserver: not ready: %s says that it is %s", from, health.Status)
	default:
		say(stdout, "ready: %s", health.BaseURL)
		return exitOK
	}
	return exitFailed
}
