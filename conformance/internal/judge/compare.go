package judge

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gavv/httpexpect/v2"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// aspect is what a mismatch is about; a set of aspects is what a check looks at.
type aspect uint

const (
	aboutStatus  aspect = 1 << iota
	aboutMembers        // which there are, and that they are strings
	aboutName
	aboutPrivacy
	aboutCode
	aboutDescription
	// What follows is the form of any answer, whatever it says (clauses answer.*).
	aboutJSON
	aboutUTF8
	aboutUnique
	aboutRest
	aboutContentType
	aboutRedirect
	aboutServerError
	aboutComplete

	aboutValues   = aboutName | aboutPrivacy | aboutCode | aboutDescription
	aboutContent  = aboutMembers | aboutValues
	aboutEncoding = aboutJSON | aboutUTF8 | aboutUnique | aboutRest
	aboutForm     = aboutEncoding | aboutContentType | aboutRedirect | aboutServerError | aboutComplete
)

// memberAspects are the aspects of the documented members.
var memberAspects = map[string]aspect{
	"name": aboutName, "privacy": aboutPrivacy, "code": aboutCode, "description": aboutDescription,
}

// mostMembers is how many members are named that are wrong in one way; the documented answers have four.
const mostMembers = 20

// mismatch is one thing that is wrong with an answer.
type mismatch struct {
	about aspect
	// text is one sentence.
	text string
}

// want is an answer that would be right.
type want struct {
	status int
	// name and privacy are what the body echoes.
	name, privacy string
	// only is what is judged besides the form; zero means everything.
	only aspect
}

// The documented answers.
func wantCreated(name, privacy string) want {
	return want{status: http.StatusCreated, name: name, privacy: privacy}
}

func wantInvalid(name, privacy string) want {
	return want{status: http.StatusBadRequest, name: name, privacy: privacy}
}

func wantBlocked() want { return want{status: http.StatusForbidden} }

func wantConflict(name string) want { return want{status: http.StatusConflict, name: name} }

// wantRefused is a well-formed 400 of any wording: the answer to a Username that the target does not take.
func wantRefused() want { return want{status: http.StatusBadRequest, only: aboutStatus} }

// wantMissing is the answer to a missing or empty Username, whose wording and name are the target's own.
func wantMissing() want { return want{status: http.StatusBadRequest, only: aboutStatus | aboutCode} }

// pick returns the want that the answer is to be compared with: the one of its status, or the first.
func pick(wants []want, status int) want {
	for _, w := range wants {
		if w.status == status {
			return w
		}
	}
	return wants[0]
}

// compare returns everything that is wrong with an answer that should be one of wants, its form included.
func compare(a *answer, wants []want) []mismatch {
	w := pick(wants, a.status)
	looksAt := func(about aspect) bool { return w.only == 0 || w.only&about != 0 }
	found := collector{}

	if a.status != w.status {
		found.add(aboutStatus, "the status must be %s, was %d", statuses(wants), a.status)
	}
	found = append(found, a.form...)
	documented, ok := fixtures.AnswerOf(w.status)
	if !ok || a.object == nil {
		return found
	}
	names := map[string]bool{}
	for _, member := range documented.Members {
		names[member.Name] = true
		if about := memberAspects[member.Name]; looksAt(about) {
			found.object(a.object, about|aboutMembers, member.Name).HasValue(member.Name, w.value(member))
		}
	}
	if looksAt(aboutMembers) {
		others := slices.DeleteFunc(slices.Sorted(maps.Keys(a.object)), func(name string) bool { return names[name] })
		for _, name := range others[:min(len(others), mostMembers)] {
			found.object(a.object, aboutMembers, name).NotContainsKey(name)
		}
		if more := len(others) - mostMembers; more > 0 {
			found.add(aboutMembers, "%d more members are not documented", more)
		}
	}
	return found
}

// value is what a documented member must hold.
func (w want) value(member fixtures.Member) string {
	switch member.Source {
	case fixtures.EchoesUsername:
		return w.name
	case fixtures.EchoesPrivacy:
		return w.privacy
	default:
		return member.Value
	}
}

func statuses(wants []want) string {
	var texts []string
	for _, w := range wants {
		if text := strconv.Itoa(w.status); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, " or ")
}

// collector gathers mismatches, among them the failed assertions of httpexpect: all of them, where a testing reporter would stop
// at the first.
type collector []mismatch

func (c *collector) add(about aspect, format string, args ...any) {
	*c = append(*c, mismatch{about, fmt.Sprintf(format, args...)})
}

// object lets assertions be made about one member. Httpexpect says nothing more of an object once an assertion about it has
// failed, so each member is asserted on its own.
func (c *collector) object(members object, about aspect, name string) *httpexpect.Object {
	value := map[string]any{}
	if raw, ok := members[name]; ok {
		var decoded any
		_ = json.Unmarshal(raw, &decoded) // it was read once already
		value[name] = decoded
	}
	return httpexpect.NewObjectC(httpexpect.Config{
		AssertionHandler: &assertions{c, about, name, members[name]},
		Client:           http.DefaultClient, // never used: without one, httpexpect makes one with a cookie jar
	}, value)
}

// assertions turns failed assertions about one member into sentences.
type assertions struct {
	*collector
	about aspect
	name  string
	raw   jsontext.Value
}

// Success is told of assertions that hold.
func (a *assertions) Success(*httpexpect.AssertionContext) {}

// Failure is told of assertions that do not.
func (a *assertions) Failure(_ *httpexpect.AssertionContext, failure *httpexpect.AssertionFailure) {
	switch failure.Type {
	case httpexpect.AssertContainsKey:
		a.add(a.about, "the member `%s` is missing", a.name)
	case httpexpect.AssertNotContainsKey:
		a.add(a.about, "the member `%s` is not documented", excerpt([]byte(a.name)))
	case httpexpect.AssertEqual:
		if a.raw.Kind() == jsontext.KindString {
			a.about &^= aboutMembers // a string, as the page has it, but not the right one
		}
		expected, _ := jsontext.AppendQuote(nil, failure.Expected.Value.(string))
		a.add(a.about, "`%s` must be the string %s, was %s", a.name, expected, describe(a.raw))
	default:
		a.add(a.about, "`%s`: %v", a.name, failure.Errors)
	}
}
