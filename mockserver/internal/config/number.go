package config

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"

	"github.com/alecthomas/kong"
)

// leadingZeros would make an octal number in Go and in YAML 1.1, and say nothing in YAML 1.2 and everywhere else.
var leadingZeros = regexp.MustCompile(`^([+-]?)0[0_]*([1-9])`)

// Number reads a whole number. It is a [kong.MapperFunc]. Those of kong take 010 for eight.
func Number(ctx *kong.DecodeContext, target reflect.Value) error {
	given, err := ctx.Scan.PopValue("int")
	if err != nil {
		return err
	}
	text, bits := given.String(), target.Type().Bits()
	number, err := strconv.ParseInt(leadingZeros.ReplaceAllString(text, "$1$2"), 0, bits)
	if err != nil {
		return fmt.Errorf("expected a valid %d bit int but got %q", bits, text)
	}
	target.SetInt(number)
	return nil
}
