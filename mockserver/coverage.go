package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/config"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
)

// coverageCommand asks a server which answers its clients have met.
type coverageCommand struct {
	Require  []int  `placeholder:"STATUS" help:"Documented statuses that must have been met, such as 201,400,403,409."`
	Space    string `placeholder:"PATTERN" help:"Count these spaces only, such as 'playwright-*'."`
	Insecure bool   `help:"Accept any certificate."`
	URL      string `arg:"" optional:"" help:"${url_help} One with a space counts that space only."`
	config.Flags
}

func (c *coverageCommand) run(ctx context.Context, parsed *kong.Context, stdout, stderr io.Writer) int {
	answers, err := c.ask(ctx, parsed)
	if err != nil {
		return usage(stderr, err)
	}
	var missing []string
	for _, documented := range fixtures.Answers() {
		name, note := strconv.Itoa(documented.Status), ""
		if answers[name] == 0 && slices.Contains(c.Require, documented.Status) {
			missing = append(missing, name)
			note = "  missing"
		}
		say(stdout, "%s  %8d%s", name, answers[name], note)
	}
	if len(missing) > 0 {
		say(stderr, "mockserver: never met: %s", strings.Join(missing, ", "))
		return exitFailed
	}
	return exitOK
}

// ask returns how often each documented answer was met, in the main mock and in all spaces unless some are chosen.
func (c *coverageCommand) ask(ctx context.Context, parsed *kong.Context) (answers map[string]uint64, err error) {
	if c.Require != nil && len(c.Require) == 0 { // such as a variable that a job does not have
		return nil, errors.New("--require: it is empty; name some of 201, 400, 403 and 409, or leave it out")
	}
	for _, status := range c.Require {
		if _, ok := fixtures.AnswerOf(status); !ok {
			return nil, fmt.Errorf("--require: %d is not documented; use some of 201, 400, 403 and 409", status)
		}
	}
	server, err := findTarget(c.URL, parsed, &c.Flags)
	if err != nil {
		return nil, err
	}
	if server.token, err = config.Token(parsed, &c.Flags); err != nil {
		return nil, err
	}
	server.anyCertificate = server.anyCertificate || c.Insecure
	if server.space != "" && c.Space != "" {
		return nil, errors.New("--space: the URL names a space already; leave out one of the two")
	}
	chosen := "*" // the main mock's name is empty
	if server.space != "" || c.Space != "" {
		chosen = server.space + c.Space
	}
	var report struct {
		control.Coverage
		Detail string `json:"detail"` // of a problem
	}
	from := server.control("coverage", url.Values{"space": {chosen}})
	status, err := server.get(ctx, from, &report)
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusUnauthorized:
		said := "needs its token; give it with --control-token"
		if server.token != "" {
			said = "has another token than the one that --control-token, the environment or the file gives"
		}
		return nil, fmt.Errorf("%s %s", server.root, said)
	case status != http.StatusOK && report.Detail != "":
		return nil, fmt.Errorf("%s says: %.500s", server.root, report.Detail)
	case status != http.StatusOK || report.Answers == nil:
		return nil, fmt.Errorf("what answers at %s is no mockserver (status %d)", from, status)
	}
	return report.Answers, nil
}
