package endpoint

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/cases"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// rules are the accepted settings and the assumptions, read once so that a request need not.
type rules struct {
	// assumptions are all of them, by id.
	assumptions map[string]string
	privacy     []string
	// settings are the accepted ones in words.
	settings string

	order               []int
	usernameDescription string
	usernameMembers     []string
	repeatedUsername    string
	privacyFold         bool
	emptyPrivacy        string
	repeatedPrivacy     string
	nameFold            bool
	nonASCIINames       string
	maxNameLength       int
	missingSlash        string
	otherMethod         string
}

// newRules checks and reads the settings and assumptions; assumptions that are left out have their default.
func newRules(privacy []string, assumptions map[string]string) (*rules, error) {
	if len(privacy) == 0 {
		privacy = DefaultPrivacy()
	}
	for _, setting := range privacy {
		if err := checkText(setting); err != nil {
			return nil, fmt.Errorf("the privacy setting %s %w", untrusted.Quote(setting), err)
		}
	}
	settings := strings.Join(privacy, ", ")
	if len(settings) > maxText {
		return nil, fmt.Errorf("the privacy settings have %d bytes in all; use at most %d", len(settings), maxText)
	}
	all := map[string]string{}
	for _, assumption := range fixtures.Assumptions() {
		all[assumption.ID] = assumption.Default
	}
	for id, value := range assumptions {
		if err := CheckAssumption(id, value); err != nil {
			return nil, err
		}
		all[id] = value
	}
	length, _ := strconv.Atoi(all["max-name-length"])
	return &rules{
		assumptions:         all,
		privacy:             slices.Clone(privacy),
		settings:            settings,
		order:               checkOrder(all["check-order"]),
		usernameDescription: all["username-description"],
		usernameMembers:     strings.Split(all["username-refusal-members"], ","),
		repeatedUsername:    all["repeated-username"],
		privacyFold:         all["privacy-comparison"] == "fold",
		emptyPrivacy:        all["empty-privacy"],
		repeatedPrivacy:     all["repeated-privacy"],
		nameFold:            all["name-comparison"] == "fold",
		nonASCIINames:       all["non-ascii-names"],
		maxNameLength:       length,
		missingSlash:        all["missing-slash"],
		otherMethod:         all["other-method"],
	}, nil
}

// maxValueBytes bounds the value of an assumption. A description is sent with every refusal, and members or digits can
// be repeated without end.
const maxValueBytes = 4 << 10

// CheckAssumption reports what is wrong with an assumption's id or value, and what would be right.
func CheckAssumption(id, value string) error {
	known := fixtures.Assumptions()
	i := slices.IndexFunc(known, func(a fixtures.Assumption) bool { return a.ID == id })
	if i < 0 {
		ids := make([]string, len(known))
		for i, assumption := range known {
			ids[i] = assumption.ID
		}
		return fmt.Errorf("unknown assumption %s; use some of %s", untrusted.Quote(id), strings.Join(ids, ", "))
	}
	if len(value) > maxValueBytes {
		return fmt.Errorf("the assumption %s has %d bytes; use at most %d", id, len(value), maxValueBytes)
	}
	switch assumption := known[i]; assumption.Kind {
	case fixtures.Choice:
		var values []string
		for _, choice := range assumption.Values {
			values = append(values, choice.Value)
		}
		if !slices.Contains(values, value) {
			return fmt.Errorf("the assumption %s cannot be %s; use %s", id, untrusted.Quote(value),
				strings.Join(values, " or "))
		}
	case fixtures.Integer:
		if number, err := strconv.Atoi(value); err != nil || number < 0 {
			return fmt.Errorf("the assumption %s cannot be %s; use a whole number, 0 or more", id,
				untrusted.Quote(value))
		}
	case fixtures.Members:
		allowed := []string{"name", "privacy", "code", "description"}
		members := strings.Split(value, ",")
		for _, member := range members {
			if !slices.Contains(allowed, member) {
				return fmt.Errorf("the assumption %s cannot have the member %s; use some of %s", id,
					untrusted.Quote(member), strings.Join(allowed, ","))
			}
		}
		if !slices.Contains(members, "code") { // clause missing-username.code
			return fmt.Errorf("the assumption %s lacks the member code, which every 400 has", id)
		}
	}
	return nil
}

// DefaultPrivacy returns the settings that are accepted when none are configured.
func DefaultPrivacy() []string { return []string{fixtures.DefaultPrivacy, "Private"} }

// checkOrder reads the assumption check-order. A 409 that comes last needs no check of its own: creating finds it.
func checkOrder(value string) []int {
	var order []int
	for status := range strings.SplitSeq(value, ",") {
		number, _ := strconv.Atoi(status)
		order = append(order, number)
	}
	if last := len(order) - 1; order[last] == http.StatusConflict {
		order = order[:last]
	}
	return order
}

// accepts reports whether a setting is one that an account may have (assumption privacy-comparison).
func (r *rules) accepts(privacy string) bool {
	return slices.ContainsFunc(r.privacy, func(setting string) bool {
		return setting == privacy || r.privacyFold && strings.EqualFold(setting, privacy)
	})
}

// key returns the form in which names are compared (assumption name-comparison).
func (r *rules) key(name string) string {
	if r.nameFold {
		return strings.Map(upperCherokee, cases.Fold().String(name))
	}
	return name
}

// upperCherokee folds the letters of Cherokee, whose two cases [cases.Fold] takes for each other.
func upperCherokee(letter rune) rune {
	if unicode.Is(unicode.Cherokee, letter) {
		return unicode.ToUpper(letter)
	}
	return letter
}

func (r *rules) equal(other *rules) bool {
	return slices.Equal(r.privacy, other.privacy) && maps.Equal(r.assumptions, other.assumptions)
}
