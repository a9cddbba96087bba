package report

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Redacted stands where a secret was.
const Redacted = "[redacted]"

// Redact returns a copy of the run in which every secret, as it is or as a URL, base64, JSON or HTML would hold it, is replaced
// by Redacted. Empty secrets are ignored.
func Redact(run Run, secrets []string) Run {
	var forms []string
	for _, secret := range secrets {
		quoted, _ := json.Marshal(secret) // a string always can be
		forms = append(forms, secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret),
			inner(string(quoted)), inner(strconv.Quote(secret)),
			base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)))
	}
	// The longest first, so that no secret leaves its tail behind when it starts with another.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, form := range forms {
		if form != "" {
			pairs = append(pairs, form, Redacted)
		}
	}
	redact := strings.NewReplacer(pairs...).Replace
	return rewrite(run, redact, func(body []byte) []byte { return []byte(redact(string(body))) })
}

// inner is quoted text without its quotes.
func inner(quoted string) string { return quoted[1 : len(quoted)-1] }

// rewrite returns a deep copy of the run in which every string that comes from outside the kit was changed by text, and every
// body by body. It walks the type, so that a field added to the model cannot be forgotten.
func rewrite(run Run, text func(string) string, body func([]byte) []byte) Run {
	return rewriter{text, body}.value(reflect.ValueOf(run)).Interface().(Run)
}

type rewriter struct {
	text func(string) string
	body func([]byte) []byte
}

func (r rewriter) value(v reflect.Value) reflect.Value {
	switch v.Type() {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[fixtures.Clause]():
		return v // neither comes from outside
	case reflect.TypeFor[string]():
		return reflect.ValueOf(r.text(v.String()))
	case reflect.TypeFor[[]byte]():
		return reflect.ValueOf(r.body(v.Bytes()))
	}
	switch v.Kind() {
	case reflect.Struct:
		changed := reflect.New(v.Type()).Elem()
		for i := range v.NumField() {
			changed.Field(i).Set(r.value(v.Field(i)))
		}
		return changed
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		changed := reflect.New(v.Type().Elem())
		changed.Elem().Set(r.value(v.Elem()))
		return changed
	case reflect.Slice:
		if v.IsNil() {
			return v
		}
		changed := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			changed.Index(i).Set(r.value(v.Index(i)))
		}
		return changed
	case reflect.Map:
		if v.IsNil() {
			return v
		}
		changed := reflect.MakeMapWithSize(v.Type(), v.Len())
		for _, key := range v.MapKeys() {
			changed.SetMapIndex(r.value(key), r.value(v.MapIndex(key)))
		}
		return changed
	default:
		return v
	}
}
