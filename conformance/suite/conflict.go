package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func conflictSection(s *section) {
	s.check("conflict.status", "A name already in use is answered with status 409.")
	s.check("conflict.body", "The body of a 409 has the members name and code, both strings, and no other.")
	s.check("conflict.name", "The member name of a 409 is the Username that was sent.")
	s.check("conflict.code", `The member code of a 409 is the string "409".`)
	s.check("conflict.any-privacy", "A name stays in use whatever Privacy the next request for it sends.")
	s.check("conflict.changes-nothing", "A name that was refused with 409 is still in use for the next request.")
	s.probe(func(t *trial) {
		each(t.cfg.Repeat, func(int) { usedName(t) })
	}, "conflict.status", "conflict.body", "conflict.name", "conflict.code", "conflict.any-privacy", "conflict.changes-nothing")

	s.check("conflict.persists", "Every name that was created is still in use at the end of the run.")
	s.probeIn(last, persists, "conflict.persists")

	s.check("conflict.concurrent", "Of simultaneous requests for one free name exactly one is answered with 201, the others with 409.")
	s.probeIn(alone, concurrentCreates, "conflict.concurrent")

	s.check("conflict.distinct-names", "Names that differ anywhere by more than letter case are different accounts.")
	s.probe(distinctNames, "conflict.distinct-names")
}

// usedName creates an account and asks for its name again in every way.
func usedName(t *trial) {
	name := t.name()
	created := t.create("created.status", name)
	if !created.is(http.StatusCreated) {
		return
	}
	first := t.again(created, "conflict.status", name)
	if first.status >= 400 && first.status < 500 {
		t.again(created, "conflict.changes-nothing", name)
	}
	all(
		func() { t.again(created, "conflict.any-privacy", name, fixtures.DefaultPrivacy) },
		func() {
			for _, setting := range t.cfg.Privacy {
				t.again(created, "conflict.any-privacy", name, setting)
			}
		},
		// Whether a setting that may not exist or a used name is refused first is the target's choice (clause order.checks).
		func() { t.againOrInvalid(created, name, "Private") },
		func() { t.againOrInvalid(created, name, t.invalid(0)) },
	)
}

func (t *trial) againOrInvalid(created *answer, name, privacy string) {
	a := t.send(request{clause: "conflict.any-privacy", header: headers(name, privacy)})
	t.expect(a, []*answer{created}, wantConflict(name), wantInvalid(name, privacy))
}

// persists asks again for every plain account of the run.
func persists(t *trial) {
	if t.cfg.Settle > 0 && !pause(t.ctx, t.cfg.Settle) {
		return
	}
	t.mu.Lock()
	accounts := t.kept
	t.mu.Unlock()
	if len(accounts) == 0 {
		t.checks["conflict.persists"].unchecked("no account was created")
	}
	each(len(accounts), func(i int) {
		account := accounts[i]
		a := t.again(account.created, "conflict.persists", account.name)
		if a.is(http.StatusCreated) {
			lived := a.exchange.Started.Sub(account.created.exchange.Started).Round(time.Millisecond)
			t.checks["conflict.persists"].hold(false, fmt.Sprintf("The name was free again within %v.", lived), account.created, a)
		}
	})
}

func concurrentCreates(t *trial) {
	for range max(2, t.cfg.Repeat) { // a race is found by chance
		t.oneName()
	}
	if t.crowd.limited {
		t.checks["conflict.concurrent"].unchecked(tooManyAtOnce)
	}
}

// oneName sends simultaneous requests for one free name.
func (t *trial) oneName() {
	const id = "conflict.concurrent"
	name := t.name()
	answers := t.simultaneously(func(_ int, g *gate) *answer {
		return t.send(request{clause: id, header: headers(name), gate: g})
	})
	// Whoever lets different names through and refuses one name with 429 is wrong.
	if len(answers) == 0 || t.crowd.limited && t.crowd.limit(answers) {
		return
	}
	var winners, losers, others, shown []*answer
	for _, a := range answers {
		switch {
		case a.unreached:
			return // not all were there, so nothing can be counted
		case a.is(http.StatusCreated):
			winners = append(winners, a)
			t.expectBody(a, nil, wantCreated(name, fixtures.DefaultPrivacy))
		case a.is(http.StatusConflict):
			losers = append(losers, a)
			t.expectBody(a, nil, wantConflict(name))
		default:
			others = append(others, a)
		}
	}
	summary := fmt.Sprintf("Of %d simultaneous requests for one free name %d were answered with 201 and %d with 409", len(answers), len(winners), len(losers))
	if len(others) > 0 {
		summary += fmt.Sprintf(", and %d otherwise", len(others))
	}
	for _, some := range [][]*answer{winners, others, losers} {
		shown = append(shown, some[:min(len(some), 2)]...)
	}
	t.checks[id].hold(len(winners) == 1 && len(others) == 0, summary+"; exactly one must get 201 and the others 409.", shown...)
}

// alike are pairs of endings that make different names of the same beginning, although something careless may take them for one:
// a limit on the length, an encoding, a hash, a sum, a pattern, a number, or a name tidied up.
var alike = [][2]string{
	{"x", "y"},
	{"1", "2"},
	{"1", "01"},
	{"", "x"},
	{"ab", "ba"},
	{"Aa", "BB"}, // the same String.hashCode in Java
	{"a.b", "ab"},
	{"a_b", "ab"},
	{"a.b", "axb"},
	{"a_b", "a-b"},
	{"a%b", "axb"},
	{"%41", "A"},
	{"a+b", "a b"},
	{"a+b", "a+c"},
	{"a@b", "a@c"},
	{"a b", "a  b"},
	{"a-", "a"},
	{strings.Repeat("b", 10) + "1", strings.Repeat("b", 10) + "2"},
	{strings.Repeat("c", 20) + "x", strings.Repeat("c", 20) + "y"},
	{strings.Repeat("d", 40) + "Xx", strings.Repeat("d", 40) + "Yy"},
	{"x" + strings.Repeat("e", 30), "y" + strings.Repeat("e", 30)}, // the same end
	{strings.Repeat("0123456789", 4)[:36] + "-end-in-digit1", strings.Repeat("0123456789", 4)[:36] + "-end-in-digit2"},
}

// alikeBeyondASCII are such endings for a target that takes the first of them. A normal form of Unicode, or a collation without
// accents, would make one name of two; the third pair does so where bytes are read as ISO-8859-1.
var alikeBeyondASCII = [][2]string{
	{"\u00E9-", "e\u0301-"},
	{"\u00B2-", "2-"},
	{"\u00B2-", "\xC22-"},
	{"\u00E9-", "e-"},
}

func distinctNames(t *trial) {
	digits := t.digits() + "1"
	pairs := [][2]string{{digits, "0" + digits}}
	for _, ends := range slices.Concat(alike, alikeBeyondASCII) {
		beginning := t.name()
		pairs = append(pairs, [2]string{beginning + ends[0], beginning + ends[1]})
	}
	for i := range 2 {
		end := t.name() + strings.Repeat("e", 40*i) // the first letter makes the difference
		pairs = append(pairs, [2]string{"a" + end, "b" + end})
	}
	each(len(pairs), func(i int) { t.different(pairs[i][0], pairs[i][1]) })
}

// different creates two accounts. A name may be refused, and then there is nothing to take the other for.
func (t *trial) different(first, second string) {
	const id = "conflict.distinct-names"
	beyond := strings.ContainsFunc(first, func(r rune) bool { return r > unicode.MaxASCII })
	a := t.send(request{clause: id, header: headers(first), unusual: beyond})
	if a.is(http.StatusConflict) {
		t.checks[id].judge(aboutStatus, a, []want{wantCreated(first, fixtures.DefaultPrivacy), wantRefused()})
	}
	echoed, _ := a.object.text("name")
	if !a.is(http.StatusCreated) || beyond && echoed != first && echoed != latin1(first) {
		return
	}
	b := t.send(request{clause: id, header: headers(second), unusual: beyond})
	if beyond && !b.is(http.StatusConflict) {
		return // which characters there are in names is the target's choice
	}
	t.checks[id].judge(aboutStatus, b, []want{wantCreated(second, fixtures.DefaultPrivacy), wantRefused()}, a)
}
