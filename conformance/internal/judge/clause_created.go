package judge

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func createdProbes() []probe {
	return []probe{
		{run: createdAccounts, clauses: []string{
			"created.status", "created.body", "created.name", "created.privacy", "created.default-privacy",
			"created.explicit-default",
		}},
		{run: exactEcho, clauses: []string{"created.exact-echo", "conflict.name", "invalid-privacy.name"}},
		{run: concurrentNames, phase: alone, clauses: []string{"created.concurrent-names"}},
	}
}

func createdAccounts(r *run) {
	each(r.cfg.Repeat, func(int) {
		var silent, explicit *answer
		all(
			func() { silent = r.create("created.status", r.name()) },
			func() { explicit = r.create("created.status", r.name(), fixtures.DefaultPrivacy) },
		)
		r.sameOutcome(silent, explicit)
	})
	each(len(r.accepted()), func(i int) { r.create("created.status", r.name(), r.accepted()[i]) })
}

// sameOutcome compares a request without Privacy with one that asks for the default: neither may succeed where the
// other fails.
func (r *run) sameOutcome(silent, explicit *answer) {
	if silent.status == 0 || explicit.status == 0 ||
		!silent.is(http.StatusCreated) && !explicit.is(http.StatusCreated) {
		return
	}
	r.checks["created.default-privacy"].hold(silent.is(http.StatusCreated),
		fmt.Sprintf("Without a Privacy the status must be 201, as with Public, was %d.", silent.status),
		explicit, silent)
	r.checks["created.explicit-default"].hold(explicit.is(http.StatusCreated),
		fmt.Sprintf("With Public the status must be 201, as without a Privacy, was %d.", explicit.status),
		silent, explicit)
}

// spoilable are the ends of names that programs on the way are known to change: percent-decoding, form decoding, HTML
// and JavaScript escaping, header lists and parameters, quoting, trimming, case folding, numbers, length limits.
// Together they hold every printable ASCII character.
var spoilable = []string{
	"UPPERandLower",
	"0012300",
	"%41%2B%00",
	"a+b",
	`&<'">`,
	"&amp;&#65;&lt;b>",
	`back\slash\u0041\n`,
	"a/b/../c",
	"a,b;c=d",
	"a b  c",
	"a@b.example:80",
	"what?#here",
	"(a){b}[c]",
	"$HOME~!*^|`",
	"under_score-dot.",
	"a#{b}${b}{{b}}",
	"%s%d%41\\u0041",
	`"quoted"`,
	"=?UTF-8?Q?a?=",
	"GHJKMNPQ45678", // more than 20 characters with what comes before
	// Up to 64 characters.
	"-" + strings.Repeat("z", 17),
	"-" + strings.Repeat("Yy", 17),
	"-" + strings.Repeat("0123456789", 4) + "vwXYZ_end",
}

// reserved are names that some programs take for something else. Nobody may own them, so they are sent only where
// they are refused: with a Privacy that is not known.
var reserved = []string{"null", "true", "0"}

func exactEcho(r *run) {
	const id = "created.exact-echo"
	names := []string{r.digits(), "0" + r.digits()}
	for _, end := range spoilable {
		names = append(names, r.name()+end)
	}
	each(len(names), func(i int) {
		name := names[i]
		a := r.send(request{clause: id, header: headers(name)})
		r.checks[id].judge(aboutStatus|aboutName|aboutEncoding, a,
			[]want{wantCreated(name, fixtures.DefaultPrivacy), wantRefused()})
		if a.is(http.StatusCreated) {
			// The refusals echo the name, too.
			r.again(a, "conflict.status", name)
			r.againOrInvalid(a, name, r.invalid(0))
		}
	})
	each(len(reserved), func(i int) {
		name, privacy := reserved[i], r.invalid(0)
		a := r.send(request{clause: "invalid-privacy.name", header: headers(name, privacy)})
		if description, _ := a.object.text("description"); description == "Privacy was invalid" ||
			a.is(http.StatusConflict) {
			r.expectBody(a, nil, wantInvalid(name, privacy), wantConflict(name)) // and not a refusal of the name
		}
	})
}

func concurrentNames(r *run) {
	for range max(2, r.cfg.Repeat/3) {
		r.mixedNames(nil)
	}
	if r.bursts.none {
		r.checks["created.concurrent-names"].unchecked("%s", noBurst)
	}
}

// mixedNames sends simultaneous requests of which half succeed and half are refused, so that a mixed-up status shows
// too.
func (r *run) mixedNames(via *route) {
	const id = "created.concurrent-names"
	r.simultaneously(func() func(int, *barrier) *answer {
		return func(i int, b *barrier) *answer {
			name, privacy := r.name(), r.invalid(0)
			w := wantInvalid(name, privacy)
			if i%2 == 0 {
				privacy = r.accepted()[i/2%len(r.accepted())]
				w = wantCreated(name, privacy)
			}
			a := r.send(request{clause: id, header: headers(name, privacy), barrier: b, via: via})
			r.checks[id].judge(aboutStatus|aboutName|aboutPrivacy, a, []want{w})
			return a
		}
	})
}
