package suite

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func createdSection(s *section) {
	s.check("created.status", "A request for a new name is answered with status 201.")
	s.check("created.body", "The body of a 201 has the members name and privacy, both strings, and no other.")
	s.check("created.name", "The member name of a 201 is the Username that was sent.")
	s.check("created.privacy", "The member privacy of a 201 is the Privacy that was sent.")
	s.check("created.default-privacy", "The member privacy of a 201 is Public when no Privacy was sent.")
	s.check("created.explicit-default", "A request that asks for Public is answered like one that asks for nothing.")
	s.probe(func(t *trial) {
		each(t.cfg.Repeat, func(int) {
			var silent, explicit *answer
			all(
				func() { silent = t.create("created.status", t.name()) },
				func() { explicit = t.create("created.status", t.name(), fixtures.DefaultPrivacy) },
			)
			t.sameOutcome(silent, explicit)
		})
		each(len(t.accepted()), func(i int) { t.create("created.status", t.name(), t.accepted()[i]) })
	}, "created.status", "created.body", "created.name", "created.privacy", "created.default-privacy", "created.explicit-default")

	s.check("created.exact-echo", "A name that is easy to spoil is echoed exactly, or refused with 400.")
	s.probe(exactEcho, "created.exact-echo", "conflict.name", "invalid-privacy.name")

	s.check("created.concurrent-names", "Simultaneous requests for different names get the answers that each would get alone.")
	s.probeIn(alone, concurrentNames, "created.concurrent-names")
}

// sameOutcome compares a request without Privacy with one that asks for the default: neither may succeed where the other fails.
func (t *trial) sameOutcome(silent, explicit *answer) {
	if silent.status == 0 || explicit.status == 0 || !silent.is(http.StatusCreated) && !explicit.is(http.StatusCreated) {
		return
	}
	t.checks["created.default-privacy"].hold(silent.is(http.StatusCreated),
		fmt.Sprintf("Without a Privacy the status must be 201, as with Public, was %d.", silent.status), explicit, silent)
	t.checks["created.explicit-default"].hold(explicit.is(http.StatusCreated),
		fmt.Sprintf("With Public the status must be 201, as without a Privacy, was %d.", explicit.status), silent, explicit)
}

// spoilable are the ends of names that programs on the way are known to change: percent-decoding, form decoding, HTML and
// JavaScript escaping, header lists and parameters, quoting, trimming, case folding, numbers, length limits. Together they
// hold every printable ASCII character.
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
	`"quoted"`,
	"=?UTF-8?Q?a?=",
	"GHJKMNPQ45678", // more than 20 characters with what comes before
	// Up to 64 characters.
	"-" + strings.Repeat("z", 17),
	"-" + strings.Repeat("Yy", 17),
	"-" + strings.Repeat("0123456789", 4) + "vwXYZ_end",
}

// reserved are names that some programs take for something else. Nobody may own them, so they are sent only where they are
// refused: with a Privacy that is not known.
var reserved = []string{"null", "true", "0"}

func exactEcho(t *trial) {
	const id = "created.exact-echo"
	names := []string{t.digits(), "0" + t.digits()}
	for _, end := range spoilable {
		names = append(names, t.name()+end)
	}
	each(len(names), func(i int) {
		name := names[i]
		a := t.send(request{clause: id, header: headers(name)})
		t.checks[id].judge(aboutStatus|aboutName|aboutEncoding, a,
			[]want{wantCreated(name, fixtures.DefaultPrivacy), wantRefused()})
		if a.is(http.StatusCreated) {
			// The refusals echo the name, too.
			t.again(a, "conflict.status", name)
			t.againOrInvalid(a, name, t.invalid(0))
		}
	})
	each(len(reserved), func(i int) {
		name, privacy := reserved[i], t.invalid(0)
		a := t.send(request{clause: "invalid-privacy.name", header: headers(name, privacy)})
		if description, _ := a.object.text("description"); description == "Privacy was invalid" || a.is(http.StatusConflict) {
			t.expectBody(a, nil, wantInvalid(name, privacy), wantConflict(name)) // and not a refusal of the name
		}
	})
}

// concurrentNames mixes requests that succeed with requests that are refused, so that a mixed-up status shows too.
func concurrentNames(t *trial) {
	const id = "created.concurrent-names"
	for range max(2, t.cfg.Repeat/3) {
		answers := t.simultaneously(func(i int, g *gate) *answer {
			name, privacy := t.name(), t.invalid(0)
			w := wantInvalid(name, privacy)
			if i%2 == 0 {
				privacy = t.accepted()[i/2%len(t.accepted())]
				w = wantCreated(name, privacy)
			}
			a := t.send(request{clause: id, header: headers(name, privacy), gate: g})
			if !a.is(http.StatusTooManyRequests) {
				t.checks[id].judge(aboutStatus|aboutName|aboutPrivacy, a, []want{w})
			}
			return a
		})
		t.crowd.limit(answers)
	}
	if t.crowd.limited {
		t.checks[id].unchecked(tooManyAtOnce)
	}
}
