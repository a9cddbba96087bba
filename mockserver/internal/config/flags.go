// Package config finds out what the mock server is to do: from the command line, the environment and a configuration
// file, in this order of precedence, and from built-in defaults. It knows where each value was given, so that an error
// can say so.
package config

import (
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Flags are all settings. Each is a flag, an environment variable (MOCKSERVER_ and the flag's name in capitals, with
// underscores) and a key of the configuration file (the flag's name). Each is in a group, which tells it from the flags
// of single commands. Beyond what kong reads, the tags mean:
//
//	live    can change while the server runs
//	path    names a file; within a configuration file, relative to that file's folder
//	secret  is never shown
//	filled  cannot be an empty list
//	split   separates the values of a list in the environment; a comma when there is no such tag
type Flags struct {
	Listen        string `group:"Address" default:"localhost:8080" placeholder:"HOST:PORT"`
	BasePath      string `group:"Address" default:"/connectmypairs" placeholder:"PATH"`
	TLSCert       string `group:"Address" placeholder:"FILE" path:""`
	TLSKey        string `group:"Address" placeholder:"FILE" path:""`
	TLSSelfSigned bool   `group:"Address"`
	ReadyFile     string `group:"Address" placeholder:"FILE" path:""`

	BlockedIP    []string    `group:"Endpoint" live:"" placeholder:"ADDR|CIDR" sep:"none"`
	BlockedFile  string      `group:"Endpoint" live:"" placeholder:"FILE" path:""`
	Name         []string    `group:"Endpoint" live:"" placeholder:"NAME" sep:"none"`
	NamesFile    string      `group:"Endpoint" live:"" placeholder:"FILE" path:""`
	Privacy      []string    `group:"Endpoint" live:"" filled:"" placeholder:"VALUE" sep:"none"`
	TrustedProxy []string    `group:"Endpoint" live:"" placeholder:"CIDR" sep:"none"`
	Assume       Assumptions `group:"Endpoint" live:"" placeholder:"KEY=VALUE" split:";"`
	CORSOrigin   []string    `group:"Endpoint" name:"cors-origin" placeholder:"ORIGIN" sep:"none"`

	Latency string   `group:"Faults" live:"" default:"0s" placeholder:"D|D1..D2"`
	Fault   []string `group:"Faults" live:"" placeholder:"NAME[=RATE]" sep:"none"`
	Seed    int64    `group:"Faults" live:"" default:"1" placeholder:"N"`

	Control          string   `group:"Control API" default:"same" placeholder:"same|ADDR|off"`
	ControlToken     string   `group:"Control API" placeholder:"TOKEN" secret:""`
	ControlTokenFile string   `group:"Control API" placeholder:"FILE" path:""`
	AllowHost        []string `group:"Control API" placeholder:"HOST" sep:"none"`
	ControlOrigin    []string `group:"Control API" placeholder:"ORIGIN" sep:"none"`

	MaxAccounts     int           `group:"Bounds" default:"10000000" placeholder:"N"`
	MaxSpaces       int           `group:"Bounds" default:"256" placeholder:"N"`
	JournalRequests int           `group:"Bounds" default:"10000" placeholder:"N"`
	MaxHeaderBytes  Bytes         `group:"Bounds" default:"64KiB" placeholder:"BYTES"`
	HeaderTimeout   time.Duration `group:"Bounds" default:"10s" placeholder:"D"`
	IdleTimeout     time.Duration `group:"Bounds" default:"2m" placeholder:"D"`
	DrainTimeout    time.Duration `group:"Bounds" default:"10s" placeholder:"D"`

	Config    string `group:"Program" placeholder:"FILE" path:""`
	LogLevel  string `group:"Program" default:"info" placeholder:"LEVEL"`
	LogFormat string `group:"Program" default:"text" placeholder:"FORMAT"`

	ExitWithStdin bool `group:"Program"`
}

// settings returns those flags of a command that are in [Flags], in their order there.
func settings(ctx *kong.Context) []*kong.Flag {
	return slices.DeleteFunc(ctx.Flags(), func(flag *kong.Flag) bool { return !isSetting(flag) })
}

func isSetting(flag *kong.Flag) bool { return flag.Group != nil }

// envName is the environment variable of a setting.
func envName(key string) string {
	return "MOCKSERVER_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}
