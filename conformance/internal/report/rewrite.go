package report

import (
	"reflect"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/redact"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Redacted stands where a secret was.
const Redacted = redact.Mark

// Redact returns a copy of the run in which every secret is replaced by [Redacted], however it is encoded: see
// [redact]. Empty secrets are ignored.
func Redact(run Run, secrets []string) Run {
	redactor := redact.New(secrets)
	return rewrite(run, redactor.Text, redactor.Body)
}

// rewrite returns a deep copy of the run in which every string that comes from outside the kit was changed by text, and
// every body by body. It walks the type, so that a field added to the model cannot be forgotten.
func rewrite(run Run, text func(string) string, body func(body []byte, truncated bool) []byte) Run {
	return rewriter{text, body}.value(reflect.ValueOf(run)).Interface().(Run)
}

type rewriter struct {
	text func(string) string
	body func(body []byte, truncated bool) []byte
}

func (r rewriter) value(v reflect.Value) reflect.Value {
	if v.IsZero() {
		return v // nothing to change, and nil stays nil
	}
	switch v.Type() {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[fixtures.Clause](), reflect.TypeFor[[]byte]():
		return v // the first two do not come from outside, and bodies are changed with the answer they belong to
	case reflect.TypeFor[string]():
		return reflect.ValueOf(r.text(v.String()))
	}
	switch v.Kind() {
	case reflect.Struct:
		changed := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			changed.Field(i).Set(r.value(v.Field(i)))
		}
		if response, ok := reflect.TypeAssert[*Response](changed.Addr()); ok {
			response.Body = r.body(response.Body, response.Truncated)
		}
		return changed
	case reflect.Pointer:
		changed := reflect.New(v.Type().Elem())
		changed.Elem().Set(r.value(v.Elem()))
		return changed
	case reflect.Slice:
		changed := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			changed.Index(i).Set(r.value(v.Index(i)))
		}
		return changed
	case reflect.Map:
		changed := reflect.MakeMapWithSize(v.Type(), v.Len())
		for _, key := range v.MapKeys() {
			changed.SetMapIndex(r.value(key), r.value(v.MapIndex(key)))
		}
		return changed
	default:
		return v
	}
}
