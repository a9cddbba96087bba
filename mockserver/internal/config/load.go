package config

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/watch"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// Config is what the program does, every value checked.
type Config struct {
	// Listen is HOST:PORT, and so is ControlListen, which is empty unless the control API has a listener of its own.
	Listen, ControlListen string
	// TLSCert and TLSKey are files; both are empty without HTTPS, or with TLSSelfSigned.
	TLSCert, TLSKey string
	TLSSelfSigned   bool
	// ReadyFile is empty for none.
	ReadyFile string
	// Mock lacks only what is known when the sockets are open.
	Mock mock.Config

	MaxHeaderBytes int
	// HeaderTimeout, IdleTimeout and DrainTimeout are above 0.
	HeaderTimeout, IdleTimeout, DrainTimeout time.Duration

	// ExitWithStdin says to stop when standard input ends.
	ExitWithStdin bool

	LogLevel slog.Level
	LogJSON  bool

	fields []*kong.Flag // the settings, with their values
	given  origins
}

// Files are the files that a configuration was read from, as they were just before; watch them to learn of changes.
type Files map[string]watch.State

// Load completes the flags that the command line did not give, from the environment, the configuration file and the
// defaults, and checks everything. Its error has a line for each thing that is wrong. The files are those that it
// depends on, on an error too.
func Load(ctx *kong.Context, flags *Flags) (*Config, Files, error) {
	l := newLoader(ctx, flags)
	config := l.config()
	config.fields, config.given = settings(ctx), l.given
	l.readyFile(config.fields)
	if len(l.errs) > 0 {
		return nil, l.files, errors.Join(l.errs...)
	}
	return config, l.files, nil
}

// loader fills flags, and collects what is wrong, so that all of it can be said at once.
type loader struct {
	flags *Flags
	given origins
	files Files
	errs  []error
}

// newLoader completes the flags: every setting that the command line left open gets the value of the first that has
// one, of the environment, the configuration file, and its default, which kong has set. A list is replaced as a whole;
// assumptions are completed one by one.
func newLoader(ctx *kong.Context, flags *Flags) *loader {
	l := &loader{flags: flags, given: origins{}, files: Files{}}
	fields := settings(ctx)
	for _, path := range ctx.Path {
		if path.Flag != nil && isSetting(path.Flag) {
			l.given[path.Flag.Name] = []string{"--" + path.Flag.Name}
		}
	}
	for id := range l.flags.Assume {
		l.given["assume."+id] = []string{"--assume"}
	}
	for _, flag := range fields {
		if values := environment(flag); values != nil {
			l.set(flag, values)
		}
	}
	file := l.file(fields)
	for _, flag := range fields {
		if values := file[flag.Name]; values != nil {
			l.set(flag, values)
		}
	}
	return l
}

// set gives a setting its values, unless it was given before.
func (l *loader) set(flag *kong.Flag, values []value) {
	if kindOf(flag) == mapping {
		l.setMissing(flag, values)
		return
	}
	if _, given := l.given[flag.Name]; given {
		return
	}
	flag.Target.SetZero()
	l.given[flag.Name] = make([]string, 0, len(values))
	for i, next := range values {
		l.given[flag.Name] = append(l.given[flag.Name], next.origin)
		if err := decode(flag, next.text); err != nil {
			l.check(flag.Name, i, err)
			_ = flag.Reset() // to its default, so that nothing else is found wrong with it
		}
	}
}

// setMissing gives a mapping the keys that it was not given before.
func (l *loader) setMissing(flag *kong.Flag, values []value) {
	before := maps.Clone(l.flags.Assume)
	for _, next := range values {
		key, _, _ := strings.Cut(next.text, "=")
		item := flag.Name + "." + key
		if _, given := before[key]; given {
			continue
		}
		l.given[item] = []string{next.origin}
		l.check(item, 0, decode(flag, next.text))
	}
}

// decode lets kong turn a text into the value of a flag, or into the next one of a list or a mapping.
func decode(flag *kong.Flag, text string) error {
	err := flag.Parse(kong.ScanFromTokens(kong.Token{Type: kong.FlagValueToken, Value: text}), flag.Target)
	if cause := errors.Unwrap(err); cause != nil {
		return cause // kong puts the flag before it
	}
	return err
}

// kindOf is what the setting's key takes in a configuration file.
func kindOf(flag *kong.Flag) kind {
	switch kind := flag.Target.Kind(); {
	case kind == reflect.Slice && flag.Tag.Has("filled"):
		return filled
	case kind == reflect.Slice:
		return list
	case kind == reflect.Map:
		return mapping
	default:
		return scalar
	}
}

// file reads the configuration file, when there is one, and returns its values by key.
func (l *loader) file(fields []*kong.Flag) map[string][]value {
	path := l.flags.Config
	content, ok := l.read("config", path, maxFileBytes)
	if !ok {
		return nil
	}
	keys := map[string]kind{}
	for _, flag := range fields {
		if flag.Name != "config" { // no file includes another
			keys[flag.Name] = kindOf(flag)
		}
	}
	values, err := parseFile(path, content, keys)
	if err != nil {
		l.errs = append(l.errs, err)
	}
	for _, flag := range fields {
		for i, next := range values[flag.Name] {
			if flag.Tag.Has("path") && next.text != "" && !filepath.IsAbs(next.text) {
				values[flag.Name][i].text = filepath.Join(filepath.Dir(path), next.text)
			}
		}
	}
	return values
}

// read returns the content of the file that a setting names; ok is false when it names none, or it cannot be read.
func (l *loader) read(key, path string, most int64) (content []byte, ok bool) {
	if path == "" {
		return nil, false
	}
	l.files[path] = watch.Look(path)
	content, err := untrusted.ReadText(path, most)
	if err != nil {
		l.check(key, 0, fmt.Errorf("cannot read %s: %w", path, withoutPath(err, path)))
		return nil, false
	}
	return content, true
}

// withoutPath leaves out of an error the path that the message has already.
func withoutPath(err error, path string) error {
	if named, ok := errors.AsType[*os.PathError](err); ok {
		return named.Err
	}
	if rest, ok := strings.CutPrefix(err.Error(), path+" "); ok {
		return errors.New("it " + rest)
	}
	return err
}

// check notes what is wrong with a setting, or with the i-th value of a list, if anything is.
func (l *loader) check(key string, i int, err error) {
	if err != nil {
		l.errs = append(l.errs, l.given.wrong(key, i, err))
	}
}

// origins are where each setting's value was given, or each of its values, by key. An assumption's key is "assume.ID".
// Values of the command line and the environment share an origin; those that have a default are not in it.
type origins map[string][]string

// of is the origin of the i-th value of a setting.
func (o origins) of(key string, i int) string {
	all := o[key]
	switch {
	case len(all) == 0:
		return "default"
	case i < len(all):
		return all[i]
	default:
		return all[0]
	}
}

// wrong says where a value was given before what is wrong with it.
func (o origins) wrong(key string, i int, err error) error {
	name, _, _ := strings.Cut(key, ".")
	switch origin := o.of(key, i); origin {
	case "default":
		return fmt.Errorf("%s: %w", name, err)
	case "--" + name, envName(name):
		return fmt.Errorf("%s: %w", origin, err)
	default:
		return fmt.Errorf("%s: %s: %w", origin, name, err)
	}
}

// Wrong puts where the value of a setting was given before what only its use has shown to be wrong with it.
func (c *Config) Wrong(key string, err error) error {
	if len(c.given[key]) == 0 {
		return fmt.Errorf("--%s: %w", key, err) // for that is what would change it
	}
	return c.given.wrong(key, 0, err)
}

// RestartNeeded reports every setting in which next differs from c and that cannot change while the server runs; nil
// when there is none.
func (c *Config) RestartNeeded(next *Config) error {
	var errs []error
	for i, flag := range next.fields {
		if !flag.Tag.Has("live") && !reflect.DeepEqual(flag.Target.Interface(), c.fields[i].Target.Interface()) {
			errs = append(errs, next.given.wrong(flag.Name, 0, errRestart))
		}
	}
	if len(errs) == 0 && c.Mock.Control.Token != next.Mock.Control.Token {
		errs = append(errs, fmt.Errorf("control-token-file: the token %w", errRestart))
	}
	return errors.Join(errs...)
}

var errRestart = errors.New("cannot change while the server runs; restart it, or undo the change")
