// Package config finds out what the mock server is to do: from the command line, the environment and a configuration file, in
// this order of precedence, and from built-in defaults. Each value remembers where it came from, so that an error can say so.
package config

import (
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// Flags are all settings. Each is a flag, an environment variable (MOCKSERVER_ and the flag's name in capitals, with
// underscores) and a key of the configuration file (the flag's name). Beyond what kong reads, the tags mean:
//
//	initial  the default
//	restart  cannot change while the server runs
//	secret   is never shown
//	locates  says where a server would be found
//	path     names a file; within a configuration file, relative to that file's folder
//	list     separates the values of a repeatable setting in the environment
type Flags struct {
	Listen   Value `group:"Address" placeholder:"HOST:PORT" initial:"localhost:8080" restart:"" locates:"" help:"Where to listen. localhost is 127.0.0.1 and ::1; port 0 picks a free one; 0.0.0.0 is every interface."`
	BasePath Value `group:"Address" placeholder:"PATH" initial:"/connectmypairs" restart:"" locates:"" help:"What comes before /users/ in the endpoint's path."`

	TLSCert       Value  `group:"Address" placeholder:"FILE" restart:"" path:"" locates:"" help:"Certificate for HTTPS and HTTP/2, in PEM, with its chain. A file that is replaced takes effect at once."`
	TLSKey        Value  `group:"Address" placeholder:"FILE" restart:"" path:"" help:"The certificate's private key, in PEM."`
	TLSSelfSigned Switch `group:"Address" initial:"false" restart:"" locates:"" help:"HTTPS and HTTP/2 with a certificate made at start."`
	ReadyFile     Value  `group:"Address" placeholder:"FILE" restart:"" path:"" locates:"" help:"Gets the base URL when the server is ready; removed at exit."`

	BlockedIP    []Value `group:"Endpoint" placeholder:"ADDR|CIDR" sep:"none" list:"," help:"Who gets 403."`
	BlockedFile  Value   `group:"Endpoint" placeholder:"FILE" path:"" help:"More of them: one address or CIDR a line, # for comments."`
	Name         []Value `group:"Endpoint" placeholder:"NAME" sep:"none" list:"," help:"A name in use already, which gets 409."`
	NamesFile    Value   `group:"Endpoint" placeholder:"FILE" path:"" help:"More of them: every line that is not empty is a name, in UTF-8."`
	Privacy      []Value `group:"Endpoint" placeholder:"VALUE" sep:"none" list:"," initial:"Public,Private" help:"A setting that is accepted; any other gets 400."`
	TrustedProxy []Value `group:"Endpoint" placeholder:"CIDR" sep:"none" list:"," help:"Peers whose X-Forwarded-For is believed; the rightmost address that is not one of them is the caller."`
	CORSOrigin   []Value `group:"Endpoint" name:"cors-origin" placeholder:"ORIGIN" sep:"none" list:"," restart:"" help:"Let pages of these origins only call the endpoint, with credentials; every origin may without."`
	Assume       []Value `group:"Endpoint" placeholder:"KEY=VALUE" sep:"none" list:";" help:"What to do where the page is silent; mockserver config lists all keys. A map in the configuration file."`

	Latency Value   `group:"Faults" placeholder:"D|D1..D2" initial:"0s" help:"How long every answer takes: a duration, or a range to draw from."`
	Fault   []Value `group:"Faults" placeholder:"NAME[=RATE]" sep:"none" list:"," help:"Misbehave: reset, drop-after-commit, truncate, malformed, slow-body or unavailable, for a share of all requests."`
	Seed    Value   `group:"Faults" placeholder:"N" initial:"1" help:"What latency and faults are drawn with; the same seed draws the same."`

	Control          Value   `group:"Control API" placeholder:"same|ADDR|off" initial:"same" restart:"" locates:"" help:"Where /__mock/ is: with the endpoint, at HOST:PORT of its own, or nowhere."`
	ControlToken     Value   `group:"Control API" placeholder:"TOKEN" restart:"" secret:"" help:"What callers of the control API must show. Beyond loopback one is needed: without, it is made up and logged."`
	ControlTokenFile Value   `group:"Control API" placeholder:"FILE" restart:"" path:"" help:"The token, from a file."`
	AllowHost        []Value `group:"Control API" placeholder:"HOST" sep:"none" list:"," restart:"" help:"A host name by which the control API may be called, besides loopback names and the bound address."`

	MaxAccounts    Value `group:"Bounds" placeholder:"N" initial:"10000000" restart:"" help:"Accounts, names in use included; beyond, creating one gets 507. A name counts once more for every 256 bytes."`
	MaxSpaces      Value `group:"Bounds" placeholder:"N" initial:"256" restart:"" help:"Spaces; beyond, the one not used for longest goes."`
	JournalBytes   Value `group:"Bounds" placeholder:"BYTES" initial:"4MiB" restart:"" help:"What the journal takes in memory, for each space; beyond, its oldest requests go."`
	MaxHeaderBytes Value `group:"Bounds" placeholder:"BYTES" initial:"64KiB" restart:"" help:"A request's headers; beyond, it gets 431."`
	HeaderTimeout  Value `group:"Bounds" placeholder:"D" initial:"10s" restart:"" help:"How long a request's headers may take to arrive, and its body again."`
	IdleTimeout    Value `group:"Bounds" placeholder:"D" initial:"2m" restart:"" help:"How long a connection may stay open without a request."`
	DrainTimeout   Value `group:"Bounds" placeholder:"D" initial:"10s" restart:"" help:"How long requests may take to finish after SIGTERM."`

	Config    Value `group:"Program" placeholder:"FILE" path:"" locates:"" help:"Configuration in YAML, watched: a change takes effect at once, a bad one is refused whole and the old one stays."`
	LogLevel  Value `group:"Program" placeholder:"LEVEL" initial:"info" restart:"" help:"What is logged on stderr: debug, info, warn or error."`
	LogFormat Value `group:"Program" placeholder:"FORMAT" initial:"text" restart:"" help:"How: text or json."`
}

// setting is one of the Flags.
type setting struct {
	key string
	tag *kong.Tag
	// field is the one in Flags: a Value, a Switch or a []Value.
	field reflect.Value
}

// settingsOf returns the settings of a command, in their order in Flags.
func settingsOf(ctx *kong.Context) []setting {
	var found []setting
	for _, flag := range ctx.Flags() {
		if isSetting(flag) {
			found = append(found, setting{key: flag.Name, tag: flag.Tag, field: flag.Target})
		}
	}
	return found
}

func isSetting(flag *kong.Flag) bool {
	switch flag.Target.Interface().(type) {
	case Value, Switch, []Value:
		return true
	}
	return false
}

func (s setting) repeatable() bool { return s.field.Kind() == reflect.Slice }

// kind is what the setting's key takes in a configuration file.
func (s setting) kind() kind {
	switch {
	case s.key == "assume":
		return mapping
	case s.repeatable() && s.tag.Has("initial"):
		return filledList
	case s.repeatable():
		return list
	default:
		return scalar
	}
}

// values are what the setting has been given so far; none when it has not been given.
func (s setting) values() []Value {
	switch value := s.field.Interface().(type) {
	case []Value:
		return value
	case Switch:
		return given(value.Value)
	case Value:
		return given(value)
	}
	return nil
}

func given(value Value) []Value {
	if value.Origin == "" {
		return nil
	}
	return []Value{value}
}

// set gives the setting its values: exactly one unless it is repeatable.
func (s setting) set(values []Value) {
	switch field := s.field.Addr().Interface().(type) {
	case *[]Value:
		*field = values
	case *Switch:
		field.Value = values[0]
	case *Value:
		*field = values[0]
	}
}

func envName(key string) string {
	return "MOCKSERVER_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

// Describe completes the help of the flags by their defaults. It is an option for kong.New. A
// command that only looks for a server hides the flags that do not locate one.
func Describe(locating string) kong.Option {
	return kong.PostBuild(func(k *kong.Kong) error {
		for _, command := range k.Model.Children {
			for _, flag := range command.Flags {
				if !isSetting(flag) {
					continue
				}
				if initial := flag.Tag.Get("initial"); initial != "" && !flag.IsBool() {
					flag.Help += " Default: " + strings.ReplaceAll(initial, ",", ", ") + "."
				}
				flag.Hidden = command.Name == locating && !flag.Tag.Has("locates")
			}
		}
		return nil
	})
}
