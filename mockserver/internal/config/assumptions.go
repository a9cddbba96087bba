package config

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// Assumptions are what the server does where the API documentation is silent, by id.
type Assumptions map[string]string

// Decode reads KEY=VALUE. It implements [kong.MapperValue].
func (a *Assumptions) Decode(ctx *kong.DecodeContext) error {
	next := ctx.Scan.Peek()
	if !next.IsValue() {
		return fmt.Errorf("has no value; write %s", ctx.Value.Summary())
	}
	id, setting, ok := strings.Cut(fmt.Sprint(ctx.Scan.Pop().Value), "=")
	if !ok {
		return fmt.Errorf("%s is not KEY=VALUE such as name-comparison=fold", quote(id))
	}
	if *a == nil {
		*a = Assumptions{}
	}
	(*a)[id] = setting
	return nil
}
