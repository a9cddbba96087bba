package judge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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

// sentTwice is what else a 409 to a name that nobody has asked for before may be.
const sentTwice = "a proxy that sends a POST twice makes a 409 of a right 201, too"

// statusHint says what else a wrong status may come from than the endpoint.
func statusHint(got, want int) string {
	switch {
	case got == http.StatusConflict && want == http.StatusCreated:
		return "; " + sentTwice
	case got == http.StatusNotFound:
		return "; is the base URL right?"
	default:
		return ""
	}
}

// compare returns everything that is wrong with the answer when it should be one of wants, its form included. What
// was found is kept, because most answers are evidence for several clauses.
func (a *answer) compare(wants []want) []mismatch {
	for _, known := range a.compared {
		if slices.Equal(known.wants, wants) {
			return known.found
		}
	}
	found := a.comparison(wants)
	a.compared = append(a.compared, compared{wants, found})
	return found
}

// compared is what was wrong with an answer that should be one of wants.
type compared struct {
	wants []want
	found []mismatch
}

func (a *answer) comparison(wants []want) []mismatch {
	w := pick(wants, a.status)
	looksAt := func(about aspect) bool { return w.only == 0 || w.only&about != 0 }
	c := collector{members: a.object}
	if a.status != w.status {
		c.add(aboutStatus, "the status must be %s, was %d%s", statuses(wants), a.status,
			statusHint(a.status, w.status))
	}
	c.found = append(c.found, a.form...)
	documented, ok := fixtures.AnswerOf(w.status)
	if !ok || a.object == nil || w.only == aboutStatus {
		return c.found
	}
	body, err := c.body(a)
	if err != nil {
		c.add(aboutMembers, "the members must be readable: %v", err)
		return c.found
	}
	names := map[string]bool{}
	for _, member := range documented.Members {
		names[member.Name] = true
		if about := memberAspects[member.Name]; looksAt(about) {
			c.about, c.name = about|aboutMembers, member.Name
			body.Object().HasValue(member.Name, w.value(member))
		}
	}
	if looksAt(aboutMembers) {
		others := slices.DeleteFunc(slices.Sorted(maps.Keys(a.object)), func(name string) bool { return names[name] })
		for _, name := range others[:min(len(others), mostMembers)] {
			c.about, c.name = aboutMembers, name
			body.Object().NotContainsKey(name)
		}
		if more := len(others) - mostMembers; more > 0 {
			c.add(aboutMembers, "%d more members are not documented", more)
		}
	}
	return c.found
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

// collector gathers mismatches. It is also told of the assertions of httpexpect, and turns those that fail into
// sentences: all of them, where a testing reporter would stop at the first.
type collector struct {
	found []mismatch
	// members are those of the answer; about and name say which of them the next assertion is about.
	members object
	about   aspect
	name    string
}

func (c *collector) add(about aspect, format string, args ...any) {
	c.found = append(c.found, mismatch{about, fmt.Sprintf(format, args...)})
}

// body lets assertions be made about the values of an answer whose form was examined already: httpexpect reads the
// object of the body, without what may be wrong around it. An object says nothing more once an assertion about it has
// failed, so every assertion takes one of its own from the body.
func (c *collector) body(a *answer) (*httpexpect.Value, error) {
	body, err := json.Marshal(a.object)
	if err != nil {
		return nil, err
	}
	return httpexpect.NewResponseC(httpexpect.Config{
		AssertionHandler: c,
		Client:           http.DefaultClient, // never used: without one, httpexpect makes one with a cookie jar
	}, &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)),
	}).JSON(), nil
}

// Success is told of assertions that hold.
func (c *collector) Success(*httpexpect.AssertionContext) {}

// Failure is told of assertions that do not.
func (c *collector) Failure(_ *httpexpect.AssertionContext, failure *httpexpect.AssertionFailure) {
	about, value := c.about, c.members[c.name]
	switch failure.Type {
	case httpexpect.AssertContainsKey:
		c.add(about, "the member `%s` is missing", c.name)
	case httpexpect.AssertNotContainsKey:
		c.add(about, "the member `%s` is not documented", excerpt([]byte(c.name)))
	case httpexpect.AssertEqual:
		if value.Kind() == jsontext.KindString {
			about &^= aboutMembers // a string, as the page has it, but not the right one
		}
		expected, _ := jsontext.AppendQuote(nil, failure.Expected.Value.(string))
		c.add(about, "`%s` must be the string %s, was %s", c.name, expected, describe(value))
	default:
		c.add(about, "`%s`: %v", c.name, failure.Errors)
	}
}
