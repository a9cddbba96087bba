package selftest

import (
	"net/http"
	"slices"
	"strings"
)

// deviation makes an implementation of the base: it changes one thing.
type deviation func(*app)

// edit changes an answer before it is sent.
type edit func(request, *answer)

// on applies edits to the answers of some kinds.
func on(kinds kind, edits ...edit) deviation {
	return func(a *app) {
		a.edits = append(a.edits, func(q request, answer *answer) {
			if answer.kind&kinds == 0 {
				return
			}
			for _, edit := range edits {
				edit(q, answer)
			}
		})
	}
}

// all joins deviations that make one together.
func all(deviations ...deviation) deviation {
	return func(a *app) {
		for _, deviate := range deviations {
			deviate(a)
		}
	}
}

// when applies edits to the answers to some requests only.
func when(these func(request) bool, edits ...edit) edit {
	return func(q request, a *answer) {
		if !these(q) {
			return
		}
		for _, edit := range edits {
			edit(q, a)
		}
	}
}

// every applies edits to each nth request only.
func every(n int64, edits ...edit) edit {
	return when(func(q request) bool { return q.number%n == 0 }, edits...)
}

// named applies edits when the name is one of these.
func named(these func(name string) bool, edits ...edit) edit {
	return when(func(q request) bool { return these(q.name) }, edits...)
}

// unlessAsked applies an edit when the setting is another than this.
func unlessAsked(privacy string, edit edit) edit {
	return when(func(q request) bool { return q.privacy != privacy }, edit)
}

// status sends another status.
func status(code int) edit {
	return func(_ request, a *answer) { a.status = code }
}

// header sends another header; an empty value removes it.
func header(name, value string) edit {
	return func(_ request, a *answer) {
		if value == "" {
			// net/http guesses a Content-Type unless it is told that there is none.
			a.header[http.CanonicalHeaderKey(name)] = nil
			return
		}
		a.header.Set(name, value)
	}
}

// set gives a member another value.
func set(name string, value any) edit {
	return alter(name, func(string) any { return value })
}

// alter gives a member a value made from the right one.
func alter[T any](name string, alteration func(right string) T) edit {
	return func(_ request, a *answer) {
		for i := range a.members {
			if a.members[i].name == name {
				a.members[i].value = alteration(a.members[i].value.(string))
			}
		}
	}
}

// add adds a member at the end.
func add(name string, value any) edit {
	return func(_ request, a *answer) { a.members = append(a.members, member{name, value}) }
}

// drop leaves a member out.
func drop(name string) edit {
	return func(_ request, a *answer) {
		a.members = slices.DeleteFunc(a.members, func(m member) bool { return m.name == name })
	}
}

// rename gives a member another name.
func rename(from, to string) edit {
	return func(_ request, a *answer) {
		for i := range a.members {
			if a.members[i].name == from {
				a.members[i].name = to
			}
		}
	}
}

// members sends other members altogether: names and values in turn.
func members(pairs ...any) edit {
	return func(_ request, a *answer) {
		a.members = nil
		for pair := range slices.Chunk(pairs, 2) {
			a.members = append(a.members, member{pair[0].(string), pair[1]})
		}
	}
}

// encodeWith makes the body in another way.
func encodeWith(encoder func([]member) []byte) edit {
	return func(_ request, a *answer) { a.encode(encoder) }
}

// body changes the encoded body.
func body(change func(string) string) edit {
	return func(_ request, a *answer) {
		a.encode(encodeCompact)
		a.body = []byte(change(string(a.body)))
	}
}

// replaceBody changes every occurrence of old in the encoded body.
func replaceBody(old, new string) edit {
	return body(func(right string) string { return strings.ReplaceAll(right, old, new) })
}

// page sends something that is no JSON.
func page(contentType, content string) edit {
	return func(_ request, a *answer) {
		a.header.Set("Content-Type", contentType)
		a.body = []byte(content)
	}
}

// follow sends something after the body.
func follow(what string) edit {
	return body(func(right string) string { return right + what })
}

// precede sends something before the body.
func precede(what string) edit {
	return body(func(right string) string { return what + right })
}

// sendBody sends another body.
func sendBody(content string) edit {
	return body(func(string) string { return content })
}

// reads changes what is read from a request.
func reads(change func(*http.Request, *request)) deviation {
	return func(a *app) {
		right := a.read
		a.read = func(r *http.Request) request {
			q := right(r)
			change(r, &q)
			return q
		}
	}
}

// spoils changes each name that is read, wherever it is used afterwards.
func spoils(change func(string) string) deviation {
	return reads(func(_ *http.Request, q *request) { q.name = change(q.name) })
}

// refusesWhen ends some requests in this way, unless another check has refused them already.
func refusesWhen(end kind, these func(request) bool) deviation {
	return func(a *app) {
		a.checks = append(a.checks, func(q request) kind {
			if these(q) {
				return end
			}
			return 0
		})
	}
}

// letsThrough has some requests pass a check of the base: the blocked callers, the Username or the Privacy.
func letsThrough(check int, these func(request) bool) deviation {
	return func(a *app) {
		right := a.checks[check]
		a.checks[check] = func(q request) kind {
			if these(q) {
				return 0
			}
			return right(q)
		}
	}
}

// compares has names compared by a key.
func compares(key func(request) string) deviation {
	return func(a *app) { a.names.key = key }
}

// comparesBy has names compared by a key that is made of the name alone.
func comparesBy(key func(name string) string) deviation {
	return compares(func(q request) string { return key(q.name) })
}

// claims replaces the claim of a name.
func claims(claim func(n *names, q request) kind) deviation {
	return func(a *app) { a.claim = func(q request) kind { return claim(a.names, q) } }
}
