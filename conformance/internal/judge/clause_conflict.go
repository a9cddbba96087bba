package judge

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func conflictProbes() []probe {
	return []probe{
		{clauses: []string{
			"conflict.status", "conflict.body", "conflict.name", "conflict.code", "conflict.any-privacy",
			"conflict.changes-nothing",
		}, run: func(r *run) {
			each(r.cfg.Repeat, func(int) { usedName(r) })
		}},
		{clauses: []string{"conflict.persists"}, run: persists, phase: last},
		{clauses: []string{"conflict.concurrent"}, run: concurrentCreates, phase: alone},
		{clauses: []string{"conflict.distinct-names"}, run: distinctNames},
	}
}

// usedName creates an account and asks for its name again in every way.
func usedName(r *run) {
	name := r.name()
	created := r.create("created.status", name)
	if !created.is(http.StatusCreated) {
		return
	}
	first := r.again(created, "conflict.status", name)
	if first.status >= 400 && first.status < 500 {
		r.again(created, "conflict.changes-nothing", name)
	}
	all(
		func() { r.again(created, "conflict.any-privacy", name, fixtures.DefaultPrivacy) },
		func() {
			for _, setting := range r.cfg.Privacy {
				r.again(created, "conflict.any-privacy", name, setting)
			}
		},
		// Whether a setting that may not exist or a used name is refused first is the target's choice (clause
		// order.checks).
		func() { r.againOrInvalid(created, name, "Private") },
		func() { r.againOrInvalid(created, name, r.invalid(0)) },
	)
}

func (r *run) againOrInvalid(created *answer, name, privacy string) {
	a := r.send(request{clause: "conflict.any-privacy", header: headers(name, privacy)})
	r.expect(a, []*answer{created}, wantConflict(name), wantInvalid(name, privacy))
}

// persists asks again for every plain account of the run.
func persists(r *run) {
	r.mu.Lock()
	accounts := r.kept
	r.mu.Unlock()
	if len(accounts) == 0 {
		r.checks["conflict.persists"].unchecked("no account was created")
		return
	}
	if !pause(r.ctx, r.settle()-time.Since(accounts[0].created.exchange.Started)) {
		return
	}
	each(len(accounts), func(i int) {
		account := accounts[i]
		a := r.again(account.created, "conflict.persists", account.name)
		if a.is(http.StatusCreated) {
			lived := a.exchange.Started.Sub(account.created.exchange.Started).Round(time.Millisecond)
			r.checks["conflict.persists"].hold(false, fmt.Sprintf("The name was free again within %v.", lived),
				account.created, a)
		}
	})
}

// settle is how long after the first creation the last look at the names comes.
func (r *run) settle() time.Duration {
	switch {
	case r.dry, r.cfg.Settle == NoSettle:
		return 0
	case r.cfg.Settle > 0:
		return r.cfg.Settle
	}
	if _, isMock := r.mock(); isMock {
		return 0
	}
	return DefaultSettle
}

func concurrentCreates(r *run) {
	for range max(2, r.cfg.Repeat) { // a race is found by chance
		r.oneName("conflict.concurrent", nil)
	}
	if r.bursts.none {
		r.checks["conflict.concurrent"].unchecked("%s", noBurst)
	}
}

// oneName sends simultaneous requests for one free name.
func (r *run) oneName(id string, via *route) {
	var name string
	answers := r.simultaneously(func() func(int, *barrier) *answer {
		name = r.name()
		return func(_ int, b *barrier) *answer {
			return r.send(request{clause: id, header: headers(name), barrier: b, via: via})
		}
	})
	if len(answers) == 0 {
		return
	}
	var winners, losers, others, shown []*answer
	for _, a := range answers {
		switch {
		case a.unreached:
			return // not all were there, so nothing can be counted
		case a.is(http.StatusCreated):
			winners = append(winners, a)
			r.expectBody(a, nil, wantCreated(name, fixtures.DefaultPrivacy))
		case a.is(http.StatusConflict):
			losers = append(losers, a)
			r.expectBody(a, nil, wantConflict(name))
		default:
			others = append(others, a)
		}
	}
	summary := fmt.Sprintf("Of %d simultaneous requests for one free name %d were answered with 201 and %d with 409",
		len(answers), len(winners), len(losers))
	if len(others) > 0 {
		summary += ", and " + counted(others)
	}
	summary += "; exactly one must get 201 and the others 409."
	if len(winners) == 0 && len(others) == 0 {
		summary += " " + sentence(sentTwice) + "."
	}
	for _, some := range [][]*answer{winners, others, losers} {
		shown = append(shown, some[:min(len(some), 2)]...)
	}
	r.checks[id].hold(len(winners) == 1 && len(others) == 0, summary, shown...)
}

// counted names answers by status, such as "3 x 500".
func counted(answers []*answer) string {
	count := map[string]int{}
	for _, a := range answers {
		text := strconv.Itoa(a.status)
		if a.status == 0 {
			text = "no answer"
		}
		count[text]++
	}
	var texts []string
	for _, text := range slices.Sorted(maps.Keys(count)) {
		texts = append(texts, fmt.Sprintf("%d x %s", count[text], text))
	}
	return strings.Join(texts, ", ")
}

// plainEndings and trickyEndings are endings that make different names of one beginning, although something careless
// may take one for another: a limit on the length, an encoding, a hash, a sum, a number, a name tidied up. The tricky
// ones may be read as a pattern, of a plain one or of each other, and so are sent after the plain ones and, with
// another beginning, before them.
var (
	plainEndings = []string{
		"", "x", "y", "1", "2", "01", "ab", "ba", "a-b", "axb", "A", "a b", "a  b", "n", "a@c", "a@d", "a&b", "a;x",
		"a,x", "a#x", "a/b",
		"Aa", "BB", // the same String.hashCode in Java
		strings.Repeat("b", 10) + "1", strings.Repeat("b", 10) + "2",
		strings.Repeat("c", 20) + "x", strings.Repeat("c", 20) + "y",
		strings.Repeat("d", 40) + "Xx", strings.Repeat("d", 40) + "Yy",
		"x" + strings.Repeat("e", 30), "y" + strings.Repeat("e", 30), // the same end
		strings.Repeat("0123456789", 4)[:36] + "-end-in-digit1",
		strings.Repeat("0123456789", 4)[:36] + "-end-in-digit2",
	}
	trickyEndings = []string{
		"a%b", "a_b", "a.b", "a*b", "a?b", "a?c", "a[x]b", "%", "*", ".*", "a|b", "%41", "a+b", "a+c", "a+t@c",
		"a&amp;b", "n<b>", "a;y", "a,y", "a#y", "a/./b", "n.", "n-", `n"`, "n'", `n\`, `n\b`,
	}
)

// alikeBeyondASCII are pairs of such endings for a target that takes the first of them. A normal form of Unicode, or
// a collation without accents, would make one name of two; the third pair does so where bytes are read as ISO-8859-1.
var alikeBeyondASCII = [][2]string{
	{"\u00E9-", "e\u0301-"},
	{"\u00B2-", "2-"},
	{"\u00B2-", "\xC22-"},
	{"\u00E9-", "e-"},
}

func distinctNames(r *run) {
	all(
		func() { r.differentEndings(r.name(), plainEndings, trickyEndings) },
		func() { r.differentEndings(r.name(), trickyEndings, plainEndings) },
		func() {
			digits := r.digits() + "1"
			pairs := [][2]string{{digits, "0" + digits}}
			for _, ends := range alikeBeyondASCII {
				beginning := r.name()
				pairs = append(pairs, [2]string{beginning + ends[0], beginning + ends[1]})
			}
			for i := range 2 {
				end := r.name() + strings.Repeat("e", 40*i) // the first letter makes the difference
				pairs = append(pairs, [2]string{"a" + end, "b" + end})
			}
			each(len(pairs), func(i int) { r.different(pairs[i][0], pairs[i][1]) })
		},
	)
}

// differentEndings creates an account for each ending: N names are N x N pairs. Those before are there when those
// after are asked for. A name may be refused.
func (r *run) differentEndings(beginning string, before, after []string) {
	const id = "conflict.distinct-names"
	for _, endings := range [][]string{before, after} {
		each(len(endings), func(i int) {
			name := beginning + endings[i]
			a := r.send(request{clause: id, header: headers(name)})
			if a.is(http.StatusConflict) {
				r.checks[id].hold(
					false,
					fmt.Sprintf("The name %q is new, and is taken for one of those that begin with %q, too; %s.",
						name, beginning, sentTwice),
					a,
				)
				return
			}
			r.checks[id].judge(aboutStatus, a, []want{wantCreated(name, fixtures.DefaultPrivacy), wantRefused()})
		})
	}
}

// different creates two accounts. A name may be refused, and then there is nothing to take the other for.
func (r *run) different(first, second string) {
	const id = "conflict.distinct-names"
	beyond := strings.ContainsFunc(first, func(r rune) bool { return r > unicode.MaxASCII })
	a := r.send(request{clause: id, header: headers(first), unusual: beyond})
	if a.is(http.StatusConflict) {
		r.checks[id].judge(aboutStatus, a, []want{wantCreated(first, fixtures.DefaultPrivacy), wantRefused()})
	}
	echoed, _ := a.object.text("name")
	if !a.is(http.StatusCreated) || beyond && echoed != first && echoed != latin1(first) {
		return
	}
	b := r.send(request{clause: id, header: headers(second), unusual: beyond})
	if beyond && !b.is(http.StatusConflict) {
		return // which characters there are in names is the target's choice
	}
	r.checks[id].judge(aboutStatus, b, []want{wantCreated(second, fixtures.DefaultPrivacy), wantRefused()}, a)
}
