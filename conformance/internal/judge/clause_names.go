package judge

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

func namesProbes() []probe {
	return []probe{
		{clauses: []string{"names.case", "conflict.name"}, run: namesCase},
		{clauses: []string{"names.non-ascii", "names.latin-1"}, run: namesNonASCII},
		{
			clauses: []string{"names.length", "answer.no-server-error", "answer.complete", "answer.json"},
			run:     namesLength,
		},
	}
}

func namesCase(r *run) {
	const id = "names.case"
	name := r.name()
	lower := r.send(request{clause: id, header: headers(name)})
	if !lower.is(http.StatusCreated) {
		r.checks[id].unchecked("the first of the two names could not be created: %s", lower.text())
		return
	}
	other := strings.ToUpper(name)
	upper := r.send(request{clause: id, header: headers(other)})
	r.expectBody(upper, []*answer{lower}, wantCreated(other, fixtures.DefaultPrivacy), wantConflict(other))
	o := report.Observation{Exchanges: evidence(lower, upper)}
	switch upper.status {
	case http.StatusCreated:
		o.Text, o.Choices = "yes: letter case matters", choice("name-comparison", "exact")
	case http.StatusConflict:
		o.Text, o.Choices = "no: letter case does not matter", choice("name-comparison", "fold")
	default:
		o.Text = "a name in upper case is answered with " + upper.text()
	}
	r.observe(id, o, o.Choices != nil)
}

// namesNonASCII asks for a name in both encodings that clients send. A letter is all that is added to a name that is
// taken, so that nothing else is why one is refused. The mock refuses both encodings or none.
func namesNonASCII(r *run) {
	name, inLatin1 := r.name()+"ë", r.name()+"\xEB"
	utf8 := r.send(request{clause: "names.non-ascii", header: headers(name), unusual: true})
	latin := r.send(request{clause: "names.latin-1", header: headers(inLatin1), unusual: true})
	var refuse []report.Choice
	if utf8.is(http.StatusBadRequest) && latin.is(http.StatusBadRequest) {
		refuse = choice("non-ascii-names", "refuse")
	}
	r.observeUTF8(name, utf8, refuse)
	r.observeLatin1(inLatin1, latin, refuse)
	// A character of four bytes is more than some databases hold; it may be refused, but nothing may break.
	r.send(request{clause: "names.non-ascii", header: headers(r.name() + "-\U0001F600"), unusual: true})
}

func (r *run) observeUTF8(name string, a *answer, refuse []report.Choice) {
	o := report.Observation{Exchanges: evidence(a)}
	switch echoed, _ := a.object.text("name"); {
	case a.is(http.StatusBadRequest):
		o.Text, o.Choices = "the name is answered with 400", refuse
	case a.is(http.StatusCreated) && echoed == name:
		o.Text, o.Choices = "the name is echoed as it was sent", choice("non-ascii-names", "utf-8")
	case a.is(http.StatusCreated) && echoed == latin1(name):
		o.Text = "its bytes are read as ISO-8859-1: ë comes back as Ã«"
		o.Choices = choice("non-ascii-names", "latin-1")
	default:
		o.Text = "the name is answered with " + a.text()
	}
	r.observe("names.non-ascii", o, o.Choices != nil)
}

func (r *run) observeLatin1(name string, a *answer, refuse []report.Choice) {
	o := report.Observation{Exchanges: evidence(a)}
	likeReference := false
	switch echoed, _ := a.object.text("name"); {
	case a.is(http.StatusBadRequest):
		o.Text, o.Choices = "the name is answered with 400", refuse
	case a.is(http.StatusCreated) && echoed == latin1(name):
		o.Text, likeReference = "the name is read as ISO-8859-1", true
	default:
		o.Text = "the name is answered with " + a.text()
	}
	r.observe("names.latin-1", o, likeReference)
}

// latin1 reads bytes as ISO-8859-1.
func latin1(bytes string) string {
	runes := make([]rune, len(bytes))
	for i := range len(bytes) {
		runes[i] = rune(bytes[i])
	}
	return string(runes)
}

// longestName is how many characters a name may have that is no excuse for a broken answer.
const longestName = 1000

// lengths are tried first; when one is refused, the limit is looked for between it and the longest that was accepted.
var lengths = []int{16, 32, 64, 128, 256, 512, longestName}

// namesLength looks for the longest name that is echoed whole.
func namesLength(r *run) {
	const id = "names.length"
	try := func(length int) *answer {
		name := r.name()
		name += strings.Repeat("n", length-len(name))
		a := r.send(request{clause: id, header: headers(name), aside: true})
		for _, about := range []aspect{aboutServerError, aboutComplete, aboutJSON} {
			// A web server in front may refuse a long header in its own words; a 400 is the endpoint's.
			if about != aboutJSON || a.is(http.StatusBadRequest) {
				r.checks[formChecks[about]].judge(about, a, []want{{status: a.status, only: aboutStatus}})
			}
		}
		if echoed, _ := a.object.text("name"); a.is(http.StatusCreated) && echoed != name {
			a.cut = true
		}
		return a
	}
	answers := make([]*answer, len(lengths))
	each(len(lengths), func(i int) { answers[i] = try(lengths[i]) })
	taken := func(a *answer) bool { return a.is(http.StatusCreated) && !a.cut }

	longest, shortest := 0, 0 // the longest that is taken, the shortest that is not
	var shown, no *answer
	for i, a := range answers {
		if taken(a) && no == nil {
			longest, shown = lengths[i], a
		} else if no == nil {
			shortest, no = lengths[i], a
		}
	}
	switch {
	case shown == nil:
		r.checks[id].unchecked("a name of %d characters was answered with %s", lengths[0], no.text())
		return
	case no == nil:
		r.observe(id, report.Observation{
			Text:    fmt.Sprintf("at least %d characters", longest),
			Choices: choice("max-name-length", "0"), Exchanges: evidence(shown),
		}, true)
		return
	}
	for shortest-longest > 1 && r.ctx.Err() == nil {
		length := (longest + shortest) / 2
		if a := try(length); taken(a) {
			longest, shown = length, a
		} else {
			shortest, no = length, a
		}
	}
	o := report.Observation{Exchanges: evidence(shown, no)}
	switch {
	case no.cut:
		o.Text = fmt.Sprintf("%d characters; a longer name comes back altered", longest)
	case no.is(http.StatusBadRequest):
		o.Text = fmt.Sprintf("%d characters; a longer name is answered with 400", longest)
		o.Choices = choice("max-name-length", strconv.Itoa(longest))
	default:
		o.Text = fmt.Sprintf("%d characters; a longer name is answered with status %d", longest, no.status)
	}
	r.observe(id, o, false)
}
