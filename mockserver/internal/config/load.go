package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/certificate"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/listen"
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

	LogLevel slog.Level
	LogJSON  bool

	settings []setting
}

// Wrong puts where the value of a setting came from before what only its use has shown to be wrong with it.
func (c *Config) Wrong(key string, err error) error {
	for _, s := range c.settings {
		if s.key != key {
			continue
		}
		value := s.values()[0]
		if value.Origin == "default" {
			value.Origin = "--" + key // for that is what would change it
		}
		return value.wrong(err)
	}
	return err
}

// Files are the files that a configuration was read from, as they were just before; watch them to learn of changes.
type Files map[string]watch.State

// Load completes the flags that the command line did not give, from the environment, the configuration file and the defaults,
// and checks everything. Its error has a line for each thing that is wrong. The files are those that it depends
// on, on an error too.
func Load(ctx *kong.Context, flags *Flags) (*Config, Files, error) {
	l := &loader{files: Files{}}
	settings := settingsOf(ctx)
	l.complete(settings, flags)
	config := l.config(flags)
	config.settings = settings
	if len(l.errs) > 0 {
		return nil, l.files, errors.Join(l.errs...)
	}
	return config, l.files, nil
}

// loader collects what is wrong, so that all of it can be said at once.
type loader struct {
	files Files
	errs  []error
}

// complete gives every setting that the command line left open the values of the first that has any: environment,
// configuration file, default. A repeatable setting is replaced as a whole; only assumptions are completed one by one.
func (l *loader) complete(settings []setting, flags *Flags) {
	for _, s := range settings {
		if s.key == "config" {
			s.set(first(s.values(), environment(s), initial(s)))
		}
	}
	file := l.file(settings, flags.Config)
	for _, s := range settings {
		layers := [][]Value{s.values(), environment(s), file[s.key], initial(s)}
		if s.key == "assume" {
			s.set(merge(layers))
		} else {
			s.set(first(layers...))
		}
	}
}

// first returns the values of the first layer that has any, even if they are an empty list.
func first(layers ...[]Value) []Value {
	for _, values := range layers {
		if values != nil {
			return values
		}
	}
	return nil
}

// environment returns what the environment gives a setting. An empty variable is as good as none, for that is what container
// tools make of one that they do not know.
func environment(s setting) []Value {
	name := envName(s.key)
	text := os.Getenv(name)
	if text == "" {
		return nil
	}
	return split(s, text, s.tag.Get("list"), name)
}

func initial(s setting) []Value {
	if !s.repeatable() || s.tag.Has("initial") {
		return split(s, s.tag.Get("initial"), ",", "default")
	}
	return []Value{}
}

func split(s setting, text, separator, origin string) []Value {
	if !s.repeatable() {
		return []Value{{Text: text, Origin: origin, Key: s.key}}
	}
	var values []Value
	for part := range strings.SplitSeq(text, separator) {
		if part = strings.TrimSpace(part); part != "" {
			values = append(values, Value{Text: part, Origin: origin, Key: s.key})
		}
	}
	return values
}

// merge returns every assumption from the first layer that has it.
func merge(layers [][]Value) []Value {
	merged := []Value{}
	seen := map[string]bool{}
	for _, layer := range layers {
		above := map[string]bool{}
		for _, value := range layer {
			key, _, _ := strings.Cut(value.Text, "=")
			if !seen[key] {
				merged = append(merged, value)
				above[key] = true
			}
		}
		for key := range above {
			seen[key] = true
		}
	}
	return merged
}

// file reads the configuration file, when one is given, and returns its values by key.
func (l *loader) file(settings []setting, path Value) map[string][]Value {
	content, ok := l.read(path)
	if !ok {
		return nil
	}
	keys := map[string]kind{}
	for _, s := range settings {
		if s.key != "config" { // no file includes another
			keys[s.key] = s.kind()
		}
	}
	values, err := parseFile(path.Text, []byte(strings.TrimPrefix(content, byteOrderMark)), keys)
	if err != nil {
		l.errs = append(l.errs, err)
	}
	for _, s := range settings {
		for i, value := range values[s.key] {
			if s.tag.Has("path") && value.Text != "" && !filepath.IsAbs(value.Text) {
				values[s.key][i].Text = filepath.Join(filepath.Dir(path.Text), value.Text)
			}
		}
	}
	return values
}

// read returns the content of the file that a setting names; ok is false when it names none, or it cannot be read.
func (l *loader) read(v Value) (content string, ok bool) {
	if v.Text == "" {
		return "", false
	}
	l.files[v.Text] = watch.Look(v.Text)
	content, err := readText(v.Text)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err // the message names the file already
		}
		l.check(v, fmt.Errorf("cannot read %s: %w", v.Text, err))
		return "", false
	}
	return content, true
}

// readText reads a file into a string without a second copy, for names stay in it as long as the server runs.
func readText(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	var content strings.Builder
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		content.Grow(int(info.Size()))
	}
	_, err = io.Copy(&content, file)
	return content.String(), err
}

// check notes what is wrong with a value, if anything is.
func (l *loader) check(v Value, err error) {
	if err != nil {
		l.errs = append(l.errs, v.wrong(err))
	}
}

// config reads the settings; what it returns is of use only when nothing was wrong. Each value is judged by itself, by those
// who will use it, so that what they say can be put down to where it came from.
func (l *loader) config(f *Flags) *Config {
	config := &Config{
		Listen:        l.address(f.Listen),
		TLSCert:       f.TLSCert.Text,
		TLSKey:        f.TLSKey.Text,
		TLSSelfSigned: l.boolean(f.TLSSelfSigned.Value),
		ReadyFile:     f.ReadyFile.Text,
		Mock: mock.Config{
			Endpoint: endpoint.Config{
				BasePath:       f.BasePath.Text,
				Privacy:        texts(f.Privacy),
				TrustedProxies: texts(f.TrustedProxy),
				CORSOrigins:    texts(f.CORSOrigin),
				Assumptions:    l.assumptions(f.Assume),
				MaxAccounts:    l.number(f.MaxAccounts, 1, math.MaxInt32),
			},
			Latency:      f.Latency.Text,
			Faults:       texts(f.Fault),
			Seed:         int64(l.number(f.Seed, math.MinInt, math.MaxInt)),
			Control:      mock.ControlConfig{AllowHosts: texts(f.AllowHost)},
			MaxSpaces:    l.number(f.MaxSpaces, 1, math.MaxInt32),
			JournalBytes: l.bytes(f.JournalBytes),
		},
		MaxHeaderBytes: l.bytes(f.MaxHeaderBytes),
		HeaderTimeout:  l.duration(f.HeaderTimeout),
		IdleTimeout:    l.duration(f.IdleTimeout),
		DrainTimeout:   l.duration(f.DrainTimeout),
	}
	l.check(f.BasePath, mock.Config{Endpoint: endpoint.Config{BasePath: f.BasePath.Text}}.Validate())
	for _, v := range f.Privacy {
		l.check(v, endpoint.Config{Privacy: []string{v.Text}}.Validate())
	}
	for _, v := range f.TrustedProxy {
		_, err := endpoint.ParseBlocked(v.Text)
		l.check(v, err)
	}
	for _, v := range f.CORSOrigin {
		if err := (endpoint.Config{CORSOrigins: []string{v.Text}}).Validate(); err != nil {
			l.check(v, fmt.Errorf("%w; use an origin such as http://localhost:3000", err))
		}
	}
	for _, v := range f.AllowHost {
		l.check(v, mock.Config{Control: mock.ControlConfig{AllowHosts: []string{v.Text}}}.Validate())
	}
	for _, v := range f.Fault {
		l.check(v, mock.Config{Faults: []string{v.Text}}.Validate())
	}
	l.check(f.Latency, mock.Config{Latency: f.Latency.Text}.Validate())
	l.lists(f, &config.Mock.Endpoint)
	l.control(f, config)
	l.tls(f)
	l.log(f, config)
	return config
}

// lists puts together what is blocked and which names are in use, each from its values and its file.
func (l *loader) lists(f *Flags, config *endpoint.Config) {
	for _, blocked := range f.BlockedIP {
		_, err := endpoint.ParseBlocked(blocked.Text)
		l.check(blocked, err)
	}
	for _, name := range f.Name {
		l.check(name, endpoint.CheckName(name.Text))
	}
	// The files first: they may be long, and are not copied unless there is something to append.
	config.Blocked = append(l.list(f.BlockedFile, parseBlocked), texts(f.BlockedIP)...)
	config.Names = append(l.list(f.NamesFile, parseNames), texts(f.Name)...)
	if len(config.Names) > config.MaxAccounts && config.MaxAccounts > 0 {
		l.check(f.MaxAccounts, fmt.Errorf("%d names are in use already, more than %d accounts; raise it", len(config.Names), config.MaxAccounts))
	}
}

func (l *loader) list(v Value, parse func(file, content string) ([]string, error)) []string {
	content, ok := l.read(v)
	if !ok {
		return nil
	}
	items, err := parse(v.Text, content)
	if err != nil {
		l.errs = append(l.errs, err)
	}
	return items
}

func (l *loader) control(f *Flags, config *Config) {
	control := &config.Mock.Control
	switch f.Control.Text {
	case "same":
	case "off":
		control.Off = true
	default:
		control.Separate = true
		config.ControlListen = f.Control.Text
		if _, _, err := listen.Parse(f.Control.Text); err != nil {
			l.check(f.Control, fmt.Errorf("%q is neither same, off nor HOST:PORT such as localhost:8081", f.Control.Text))
		}
	}
	token := f.ControlToken
	if content, ok := l.read(f.ControlTokenFile); ok {
		if token.Text != "" {
			l.check(f.ControlTokenFile, fmt.Errorf("there is a control-token too (%s); give one of the two", token.Origin))
		}
		token = f.ControlTokenFile
		token.Text = strings.TrimSpace(content)
		if token.Text == "" {
			l.check(token, fmt.Errorf("%s is empty; put the token there", f.ControlTokenFile.Text))
		}
	}
	if strings.ContainsFunc(token.Text, func(c rune) bool { return c <= ' ' || c > '~' }) {
		l.check(token, errors.New("the token cannot be sent in a header; use visible ASCII characters without spaces"))
	}
	control.Token = token.Text
}

// tls checks how the certificate is given. Its files are watched with the others.
func (l *loader) tls(f *Flags) {
	_, hasCert := l.read(f.TLSCert)
	_, hasKey := l.read(f.TLSKey)
	switch cert, key := f.TLSCert, f.TLSKey; {
	case cert.Text != "" && key.Text == "":
		l.check(cert, errors.New("a certificate needs its private key; give --tls-key too"))
	case key.Text != "" && cert.Text == "":
		l.check(key, errors.New("a private key needs its certificate; give --tls-cert too"))
	case cert.Text != "" && f.TLSSelfSigned.Text == "true":
		l.check(f.TLSSelfSigned.Value, errors.New("there is a certificate already; leave out --tls-cert and --tls-key, or this"))
	case hasCert && hasKey:
		_, err := certificate.Load(cert.Text, key.Text)
		l.check(cert, err)
	}
}

func (l *loader) log(f *Flags, config *Config) {
	if err := config.LogLevel.UnmarshalText([]byte(f.LogLevel.Text)); err != nil {
		l.check(f.LogLevel, fmt.Errorf("%q is not a level; use debug, info, warn or error", f.LogLevel.Text))
	}
	if format := f.LogFormat.Text; format != "text" && format != "json" {
		l.check(f.LogFormat, fmt.Errorf("%q is not a format; use text or json", format))
	}
	config.LogJSON = f.LogFormat.Text == "json"
}

func (l *loader) assumptions(values []Value) map[string]string {
	assumptions := map[string]string{}
	for _, v := range values {
		id, value, ok := strings.Cut(v.Text, "=")
		if !ok {
			l.check(v, fmt.Errorf("%q is not KEY=VALUE such as name-comparison=fold", v.Text))
			continue
		}
		l.check(v, endpoint.CheckAssumption(id, value))
		assumptions[id] = value
	}
	return assumptions
}

func (l *loader) address(v Value) string {
	_, _, err := listen.Parse(v.Text)
	l.check(v, err)
	return v.Text
}

func (l *loader) boolean(v Value) bool {
	if v.Text != "true" && v.Text != "false" {
		l.check(v, fmt.Errorf("%q is neither true nor false", v.Text))
	}
	return v.Text == "true"
}

func (l *loader) number(v Value, least, most int) int {
	number, err := strconv.Atoi(v.Text)
	if err != nil || number < least || number > most {
		l.check(v, fmt.Errorf("%q is not a whole number%s", v.Text, between(least, most)))
	}
	return number
}

func between(least, most int) string {
	if least == math.MinInt {
		return ""
	}
	return fmt.Sprintf(" from %d to %d", least, most)
}

func (l *loader) duration(v Value) time.Duration {
	duration, err := time.ParseDuration(v.Text)
	if err != nil || duration <= 0 {
		l.check(v, fmt.Errorf("%q is not a duration above 0 such as 500ms, 10s or 2m", v.Text))
	}
	return duration
}

// bytes reads a number of bytes, or of KiB, MiB or GiB.
func (l *loader) bytes(v Value) int {
	digits, unit := v.Text, 1
	for i, suffix := range [...]string{"KiB", "MiB", "GiB"} {
		if rest, ok := strings.CutSuffix(v.Text, suffix); ok {
			digits, unit = rest, 1<<(10*(i+1))
		}
	}
	number, err := strconv.Atoi(strings.TrimSpace(digits))
	if err != nil || number < 1 || number > math.MaxInt/unit {
		l.check(v, fmt.Errorf("%q is not a number of bytes above 0 such as 65536, 64KiB or 16MiB", v.Text))
		return 0
	}
	return number * unit
}

func texts(values []Value) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i] = value.Text
	}
	return all
}
