package config

import (
	"slices"

	"github.com/alecthomas/kong"
)

// help is what --help says of each setting, by its key.
func help() map[string]string {
	return map[string]string{
		"listen": "Where to listen. localhost is 127.0.0.1 and ::1; port 0 picks a free one; 0.0.0.0 is every " +
			"interface.",
		"base-path": "What comes before /users/ in the endpoint's path; / or nothing for the root.",
		"tls-cert": "Certificate for HTTPS and HTTP/2, in PEM, with its chain. A file that is replaced takes effect " +
			"within a second.",
		"tls-key":         "The certificate's private key, in PEM.",
		"tls-self-signed": "HTTPS and HTTP/2 with a certificate made at start.",
		"ready-file":      "Gets the base URL when the server is ready; removed at exit.",
		"blocked-ip":      "Who gets 403.",
		"blocked-file":    "More of them: one address or CIDR a line, # for comments.",
		"name":            "A name in use already, which gets 409.",
		"names-file":      "More of them: every line that is not empty is a name, in UTF-8.",
		"privacy":         "A setting that is accepted; any other gets 400. Default: Public, Private.",
		"trusted-proxy": "Peers whose X-Forwarded-For is believed; the rightmost address that is not one of them is " +
			"the caller.",
		"assume": "What to do where the API documentation is silent; mockserver config lists all keys. A map in the " +
			"configuration file.",
		"cors-origin": "Let pages of these origins only call the endpoint, with credentials; every origin may without.",
		"latency":     "How long every answer takes: a duration, or a range to draw from.",
		"fault": "Misbehave: reset, drop-after-commit, truncate, malformed, slow-body or unavailable, for a share of " +
			"all requests.",
		"seed":    "What latency and faults are drawn with; the same seed draws the same.",
		"control": "Where /__mock/ is: with the endpoint, at HOST:PORT of its own, or nowhere.",
		"control-token": "What callers of the control API must show. Beyond loopback one is needed: without, it is " +
			"made up and logged.",
		"control-token-file": "The token, from a file.",
		"allow-host": "A host name by which the control API may be called, besides loopback names and the " +
			"bound address.",
		"control-origin": "An origin whose pages may call the control API, such as http://localhost:6006 for " +
			"Storybook; none by default.",
		"max-accounts": "Accounts, names in use included; beyond, creating one gets 507. A name counts once more " +
			"for every 256 bytes.",
		"max-spaces":       "Spaces; beyond, the one not used for longest goes.",
		"journal-requests": "Requests that the journal holds, for each space; beyond, its oldest go.",
		"max-header-bytes": "A request's headers; beyond, it gets 431.",
		"header-timeout":   "How long a request's headers may take to arrive, and its body again.",
		"idle-timeout":     "How long a connection may stay open without a request.",
		"drain-timeout":    "How long requests may take to finish after SIGTERM.",
		"config": "Configuration in YAML, watched: a change takes effect within a second, a bad one is refused whole " +
			"and the old one stays.",
		"log-level":  "What is logged on stderr: debug, info, warn or error.",
		"log-format": "How: text or json.",
		"exit-with-stdin": "Stop, as after SIGTERM, when standard input ends: as it does when the program " +
			"that started the server has ended, however that did.",
	}
}

// HelpWithDefault completes what --help says of a flag by its default. It is a [kong.HelpValueFormatter].
func HelpWithDefault(value *kong.Value) string {
	if value.Default == "" {
		return value.Help
	}
	return value.Help + " Default: " + value.Default + "."
}

// locating are the settings that say where a server is.
var locating = [...]string{
	"listen", "base-path", "tls-cert", "tls-self-signed", "ready-file", "control", "config",
	"control-token", "control-token-file",
}

// Help is an option for [kong.New] that gives the settings their help. Commands that only look for a server accept all
// settings, so that they can be given the same as the server, and show those that say where it is.
func Help(looking ...string) kong.Option {
	return kong.PostBuild(func(k *kong.Kong) error {
		texts := help()
		for _, command := range k.Model.Children {
			for _, flag := range command.Flags {
				if !isSetting(flag) {
					continue
				}
				flag.Help = texts[flag.Name]
				flag.Hidden = slices.Contains(looking, command.Name) && !slices.Contains(locating[:], flag.Name)
			}
		}
		return nil
	})
}
