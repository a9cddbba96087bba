package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/net/http/httpproxy"
	"golang.org/x/term"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/judge"
	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/conformance/suite"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// judgeCommand is the suite's configuration as flags, and the reports to write. A help text that fills no line of its
// own is in helpTexts.
type judgeCommand struct {
	targetFlags `embed:"" group:"Target"`
	reachFlags  `embed:"" group:"Reaching the target"`
	checkFlags  `embed:"" group:"What is checked"`
	reportFlags `embed:"" group:"Reports"`
}

type targetFlags struct {
	URL            string   `required:"" placeholder:"URL" help:"Base URL, without /users/."`
	Privacy        []string `placeholder:"VALUE" help:"A setting that the target accepts besides Public. Repeatable."`
	InvalidPrivacy string   `placeholder:"VALUE" help:"${help_invalid_privacy}"`
	BlockedVia     string   `placeholder:"KIND=VALUE" help:"${help_blocked_via}"`
}

// reachFlags say how to reach the target. HTTP1 has the variable of the rule, and the one that kong makes of its name.
type reachFlags struct {
	Header          []string      `placeholder:"K: V" sep:"none" help:"${help_header}"`
	CA              string        `type:"existingfile" placeholder:"FILE" help:"${help_ca}"`
	Cert            string        `type:"existingfile" placeholder:"FILE" and:"client" help:"Client certificate, PEM."`
	Key             string        `type:"existingfile" placeholder:"FILE" and:"client" help:"${help_key}"`
	Insecure        bool          `help:"Do not verify the target's certificate."`
	Proxy           string        `placeholder:"URL" help:"${help_proxy}"`
	Timeout         time.Duration `default:"${timeout}" help:"How long one request may take."`
	HTTP1           bool          `name:"http1" env:"CONFORMANCE_HTTP1,CONFORMANCE_HTTP_1" help:"${help_http1}"`
	Rate            float64       `placeholder:"N" help:"${help_rate}"`
	Simultaneous    int           `placeholder:"N" default:"${simultaneous}" help:"${help_simultaneous}"`
	Patience        time.Duration `placeholder:"D" default:"${patience}" help:"${help_patience}"`
	MaxAccounts     int           `placeholder:"N" help:"Create at most this many accounts (0, the default: no limit)."`
	AllowProduction bool          `help:"Judge the documented production host, where accounts cannot be deleted."`
}

type checkFlags struct {
	Level        string         `enum:"documented,implied" default:"implied" help:"${help_level}"`
	Only         []string       `name:"run" placeholder:"PATTERN" help:"${help_run}"`
	Skip         []string       `placeholder:"PATTERN" help:"Leave these clauses out. Repeatable."`
	KnownFailing string         `type:"existingfile" placeholder:"FILE" help:"${help_known_failing}"`
	Repeat       *int           `placeholder:"N" help:"${help_repeat}"`
	Settle       *time.Duration `placeholder:"D" help:"${help_settle}"`
	RequireAll   bool           `help:"A clause that could not be checked fails the run."`
	Plan         bool           `help:"Print the checks, requests and accounts to be made, and send nothing."`
}

type reportFlags struct {
	ReportDir  string `placeholder:"DIR" help:"Write report.html, report.json, junit.xml and report.har there."`
	JUnit      string `name:"junit" placeholder:"FILE" help:"Write JUnit XML."`
	JSON       string `name:"json" placeholder:"FILE" help:"Write the whole run as JSON."`
	HTML       string `name:"html" placeholder:"FILE" help:"Write one self-contained HTML page."`
	HAR        string `name:"har" placeholder:"FILE" help:"Write every request and answer as HAR."`
	GitHub     bool   `name:"github" help:"Print GitHub annotations too."`
	MockConfig string `placeholder:"FILE" help:"Write the observed choices as a mock server configuration."`
	Accounts   string `placeholder:"FILE" help:"${help_accounts}"`
}

// helpTexts are the longer texts of --help, and the defaults that are named in it.
func helpTexts() kong.Vars {
	return kong.Vars{
		"simultaneous": strconv.Itoa(judge.DefaultSimultaneous),
		"patience":     judge.DefaultPatience.String(),
		"timeout":      judge.DefaultTimeout.String(),

		"help_invalid_privacy": "A setting that the target must refuse (default: a few that nobody would define).",
		"help_blocked_via": "How to be a blocked caller: source=ADDR, proxy=URL, header=NAME: VALUE, url=BASE-URL or " +
			"states=URL. The kit's own mock needs none.",

		"help_header": "Send this header with every request; @FILE reads such lines from a file. Repeatable. Values " +
			"are redacted in every report.",
		"help_ca":  "Trust the certificate authorities in this PEM file.",
		"help_key": "Key of the client certificate, PEM.",
		"help_proxy": "Send every request through this HTTP, HTTPS or SOCKS5 proxy (default: what HTTPS_PROXY, " +
			"HTTP_PROXY and NO_PROXY say; none for loopback).",
		"help_http1": "Send nothing over HTTP/2, which a part of the requests uses where the target offers it.",
		"help_rate": "At most this many requests start in any second, simultaneous ones included (0, the default: " +
			"no limit).",
		"help_simultaneous": "At most this many requests are in flight.",
		"help_patience": "How long to wait, in sum, for a target that limits its callers (429, or 503 with " +
			"Retry-After).",

		"help_level":         "Lowest level of clause that can fail the run: documented or implied.",
		"help_run":           "Check these clauses only, such as conflict.*. Repeatable.",
		"help_known_failing": "Clause ids that are known to fail, one a line. One that passes fails the run.",
		"help_repeat": fmt.Sprintf("How often the core requests are made (default: %d, less for a target that serves "+
			"one request at a time).", judge.DefaultRepeat),
		"help_settle": "The last look at whether names are still in use comes this long after the first creation " +
			"(default: " + judge.DefaultSettle.String() + ", 0s for the kit's own mock).",

		"help_accounts": "Write the names of the accounts that the run leaves behind, one a line.",

		"help_run_command": "Judge the implementation at --url. This is what happens without a command.",
		"help_selftest": "Judge implementations whose faults are known, and print whether the suite tells them " +
			"apart.",
		"help_clauses": "Print which checks, Pact interactions and faulty implementations cover each clause.",
	}
}

// htmlFile is the name of the page in the folder of --report-dir.
const htmlFile = "report.html"

// Run judges the target, prints the result and writes the reports.
func (c *judgeCommand) Run(ctx context.Context, out streams, code *int) error {
	cfg, err := c.config()
	if err != nil {
		return usageError{err}
	}
	if c.Plan {
		return judge.WritePlan(ctx, out.stdout, cfg)
	}
	if c.ReportDir != "" {
		if err := os.MkdirAll(c.ReportDir, 0o755); err != nil {
			return usageError{fmt.Errorf("report-dir: %w", err)}
		}
	}
	progress := report.NewProgressLine(out.stderr, isTerminal(out.stderr))
	cfg.Progress = progress.Show
	result, err := suite.Run(ctx, cfg)
	progress.Close()
	if err != nil {
		return usageError{err}
	}
	*code = result.ExitCode()
	return c.write(out, result)
}

// config reads the files that the flags name.
func (c *judgeCommand) config() (judge.Config, error) {
	cfg := judge.Config{
		URL: c.URL, Privacy: c.Privacy, InvalidPrivacy: c.InvalidPrivacy, BlockedVia: c.BlockedVia, Proxy: c.Proxy,
		ProxyFor: httpproxy.FromEnvironment().ProxyFunc(), HTTP1: c.HTTP1, Timeout: c.Timeout,
		Rate: c.Rate, Simultaneous: c.Simultaneous, Patience: c.Patience, MaxAccounts: c.MaxAccounts,
		Level: fixtures.Level(c.Level), Run: c.Only, Skip: c.Skip, RequireAll: c.RequireAll,
		AllowProduction: c.AllowProduction, Version: version(),
	}
	if c.Repeat != nil {
		cfg.Repeat = *c.Repeat
	}
	switch {
	case c.Settle == nil:
	case *c.Settle == 0:
		cfg.Settle = judge.NoSettle
	default:
		cfg.Settle = *c.Settle
	}
	var errs [3]error
	cfg.Header, errs[0] = readHeader(c.Header)
	cfg.TLS, errs[1] = c.tls()
	cfg.KnownFailing, errs[2] = readKnownFailing(c.KnownFailing)
	return cfg, errors.Join(append(errs[:], c.validate(), cfg.Validate())...)
}

// validate refuses what would mean a default in the suite's configuration, variables that do not say what the proxy is,
// and reports that could not be written once the accounts are made.
func (c *judgeCommand) validate() error {
	var errs []error
	if c.Timeout == 0 {
		errs = append(errs, errors.New("timeout: must be more than 0, such as 10s"))
	}
	if c.Repeat != nil && *c.Repeat == 0 {
		errs = append(errs, errors.New("repeat: must be 1 or more"))
	}
	if c.Simultaneous == 0 {
		errs = append(errs, errors.New("simultaneous: must be 1 or more"))
	}
	if c.Patience <= 0 {
		errs = append(errs, errors.New("patience: must be more than 0, such as 2m"))
	}
	if c.Settle != nil && *c.Settle < 0 {
		errs = append(errs, errors.New("settle: must be 0 or more, such as 30s"))
	}
	if c.Proxy == "" {
		errs = append(errs, untrusted.CheckProxies())
	}
	reports := map[string]reportFile{}
	for _, report := range c.reports() {
		if !c.makesFolderOf(report.file) {
			errs = append(errs, writable(report.flag, report.file))
		}
		file := filepath.Clean(report.file)
		if other, taken := reports[file]; taken && file != os.DevNull && other.kind != report.kind {
			errs = append(errs,
				fmt.Errorf("%s: --%s writes to %s, too; give each a file of its own", report.flag, other.flag, file))
		}
		reports[file] = report
	}
	return errors.Join(errs...)
}

// reportFile is a report to write, and the flag that asks for it.
type reportFile struct {
	flag, kind, file string
	render           func(io.Writer, report.Run) error
}

// reports are those to be written to files.
func (c *judgeCommand) reports() []reportFile {
	var all []reportFile
	for _, r := range []struct {
		kind, inDir, file string
		render            func(io.Writer, report.Run) error
	}{
		{"junit", "junit.xml", c.JUnit, report.JUnit}, {"json", "report.json", c.JSON, report.JSON},
		{"html", htmlFile, c.HTML, report.HTML}, {"har", "report.har", c.HAR, report.HAR},
		{"mock-config", "", c.MockConfig, judge.WriteMockConfig}, {"accounts", "", c.Accounts, report.Accounts},
	} {
		if c.ReportDir != "" && r.inDir != "" {
			all = append(all, reportFile{"report-dir", r.kind, filepath.Join(c.ReportDir, r.inDir), r.render})
		}
		if r.file != "" {
			all = append(all, reportFile{r.kind, r.kind, r.file, r.render})
		}
	}
	return all
}

// makesFolderOf reports whether the folder of a file is missing, and --report-dir will make it or say why it cannot.
func (c *judgeCommand) makesFolderOf(file string) bool {
	folder, errFolder := filepath.Abs(filepath.Dir(file))
	made, errMade := filepath.Abs(c.ReportDir)
	below, errBelow := filepath.Rel(folder, made)
	if c.ReportDir == "" || errors.Join(errFolder, errMade, errBelow) != nil {
		return false
	}
	_, err := os.Stat(folder)
	return errors.Is(err, fs.ErrNotExist) && filepath.IsLocal(below)
}

// writable refuses a file, named by a flag, that could not be written. A flag that was not given names none.
func writable(flag, file string) error {
	if file == "" {
		return nil
	}
	if err := report.Writable(file); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}

// mostText is the most bytes of a text file that a flag names: a list of headers or of clauses has a hundred lines.
const mostText = 1 << 20

// readHeader reads headers as K: V, several in one text (an environment variable can hold only one), or from @FILE.
// An error never repeats a value, which may be a secret.
func readHeader(texts []string) (http.Header, error) {
	header := http.Header{}
	for _, text := range texts {
		if file, ok := strings.CutPrefix(text, "@"); ok {
			content, err := untrusted.ReadText(file, mostText)
			if err != nil {
				return nil, fmt.Errorf("header: %w", err)
			}
			text = string(content)
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			name, value, found := strings.Cut(line, ":")
			if !found {
				return nil, errors.New("header: must look like 'Name: value', or be @FILE with such lines")
			}
			name = strings.TrimSpace(name)
			header[name] = append(header[name], strings.TrimSpace(value))
		}
	}
	return header, nil
}

func (c *judgeCommand) tls() (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: c.Insecure} //nolint:gosec // --insecure is a flag that says what it does
	if c.CA != "" {
		pem, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, fmt.Errorf("ca: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca: %s holds no PEM certificate", c.CA)
		}
	}
	if c.Cert != "" {
		certificate, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		if err != nil {
			return nil, fmt.Errorf("cert and key: %w", err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}

// readKnownFailing reads clause ids, one a line; # starts a comment.
func readKnownFailing(file string) ([]string, error) {
	if file == "" {
		return nil, nil
	}
	content, err := untrusted.ReadText(file, mostText)
	if err != nil {
		return nil, fmt.Errorf("known-failing: %w", err)
	}
	var ids []string
	for line := range strings.Lines(string(content)) {
		id, _, _ := strings.Cut(line, "#")
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// write writes every report that was asked for, prints the result, and says which report could not be written. The
// others then say so, too: a CI server that reads one of them must not take the run for green.
func (c *judgeCommand) write(out streams, run report.Run) error {
	errs := []error{c.writeFiles(run), report.Text(out.stdout, run, c.textOptions(out.stdout))}
	if c.GitHub {
		errs = append(errs, c.writeGitHub(out.stdout, run))
	}
	unwritten := errors.Join(errs...)
	if unwritten != nil {
		run.Verdict = report.NotJudged
		run.Reason = "not every report could be written: " + strings.ReplaceAll(unwritten.Error(), "\n", "; ")
		_ = c.writeFiles(run) // what fails is told already
	}
	return unwritten
}

// writeFiles writes the reports that go to files.
func (c *judgeCommand) writeFiles(run report.Run) error {
	var errs []error
	for _, one := range c.reports() {
		errs = append(errs, report.WriteFile(one.file, run, one.render))
	}
	return errors.Join(errs...)
}

// textOptions fit the terminal, when there is one.
func (c *judgeCommand) textOptions(stdout io.Writer) report.TextOptions {
	options := report.TextOptions{}
	switch {
	case c.HTML != "":
		options.Report = c.HTML
	case c.ReportDir != "":
		options.Report = filepath.Join(c.ReportDir, htmlFile)
	case c.JSON != "":
		options.Report = c.JSON
	}
	if file, ok := stdout.(*os.File); ok && isTerminal(stdout) {
		options.Color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			options.Width = min(width, 120)
		}
	}
	return options
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// writeGitHub prints annotations, and a summary where GitHub Actions asks for one.
func (c *judgeCommand) writeGitHub(stdout io.Writer, run report.Run) error {
	errs := []error{report.GitHub(stdout, run)}
	if path := os.Getenv("GITHUB_STEP_SUMMARY"); path != "" {
		file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		errs = append(errs, report.GitHubSummary(file, run), file.Close())
	}
	return errors.Join(errs...)
}

// Help tells what the list of flags does not.
func (*judgeCommand) Help() string {
	return `Every flag can also be set in the environment, as CONFORMANCE_ and its name.

Exit codes: 0 conformant, or partial; 1 a clause is violated; 2 usage; 3 could not judge.

Other commands: "conformance diff OLD.json NEW.json" tells what changed between two runs, "conformance selftest" shows
that the suite finds known faults, "conformance clauses" prints what is checked.`
}
