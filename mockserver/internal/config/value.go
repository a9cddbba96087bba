package config

import (
	"fmt"
	"strconv"

	"github.com/alecthomas/kong"
)

// Value is what a setting was given, as text, and where.
type Value struct {
	Text string
	// Origin is where the value came from: "--listen", "MOCKSERVER_LISTEN", "mock.yaml:7" or "default".
	Origin string
	// Key is the setting's.
	Key string
}

// Decode takes a value from the command line. It implements kong.MapperValue.
func (v *Value) Decode(ctx *kong.DecodeContext) error {
	text := ctx.Scan.Peek()
	if !text.IsValue() {
		return fmt.Errorf("has no value; write --%s=%s", ctx.Value.Name, ctx.Value.Tag.PlaceHolder)
	}
	ctx.Scan.Pop()
	*v = Value{Text: fmt.Sprint(text.Value), Origin: "--" + ctx.Value.Name, Key: ctx.Value.Name}
	return nil
}

// wrong says where the value came from before what is wrong with it.
func (v Value) wrong(err error) error {
	switch v.Origin {
	case "--" + v.Key, envName(v.Key):
		return fmt.Errorf("%s: %w", v.Origin, err)
	case "default":
		return fmt.Errorf("%s: %w", v.Key, err)
	}
	return fmt.Errorf("%s: %s: %w", v.Origin, v.Key, err)
}

// Switch is a Value that is "true" when its flag is given alone.
type Switch struct{ Value }

// IsBool lets the flag stand without a value. It implements kong.BoolMapperValue.
func (s *Switch) IsBool() bool { return true }

// Decode takes a value from the command line. It implements kong.MapperValue.
func (s *Switch) Decode(ctx *kong.DecodeContext) error {
	text := "true"
	if ctx.Scan.Peek().Type == kong.FlagValueToken {
		text = fmt.Sprint(ctx.Scan.Pop().Value)
	}
	s.Value = Value{Text: text, Origin: "--" + ctx.Value.Name, Key: ctx.Value.Name}
	return nil
}

// at names a line of a file the way compilers do, so that editors and terminals can jump there.
func at(file string, line int) string { return file + ":" + strconv.Itoa(line) }
