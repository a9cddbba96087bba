package config

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// Assumptions are what the server does where the API documentation is silent, by id.
type Assumptions map[string]string

// Decode reads KEY=VALUE. It implements [kong.MapperValue].
func (a *Assumptions) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := Text(ctx, reflect.ValueOf(&text).Elem()); err != nil {
		return err
	}
	id, setting, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("%s is not KEY=VALUE such as name-comparison=fold", untrusted.Quote(id))
	}
	if *a == nil {
		*a = Assumptions{}
	}
	(*a)[id] = setting
	return nil
}

// Text reads the value of a flag, and says what is missing when there is none. It is a [kong.MapperFunc].
func Text(ctx *kong.DecodeContext, target reflect.Value) error {
	if next := ctx.Scan.Peek(); !next.IsValue() {
		return fmt.Errorf("has no value; write %s", ctx.Value.Summary())
	}
	target.SetString(fmt.Sprint(ctx.Scan.Pop().Value))
	return nil
}
