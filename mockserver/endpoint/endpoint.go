package endpoint

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Answer decides what a request to the endpoint is answered with, and creates the account when that is a 201. The file
// endpoint.go is the endpoint's whole behaviour; read it beside fixtures/create-account.md.
func (s *Server) Answer(r *http.Request) Exchange {
	rules := s.rules.Load()
	if !s.creates(r, rules) {
		return s.elsewhere(r, rules)
	}
	request := s.read(r, rules)
	if status, err := forced(r); err != nil {
		return request.badForce(err)
	} else if status != 0 {
		return request.force(status)
	}
	for _, check := range rules.order {
		switch check {
		case http.StatusForbidden:
			if entry, blocked := s.memory.Blocked(request.Caller); blocked {
				return request.blocked(entry)
			}
		case http.StatusBadRequest:
			if request.usernameProblem != "" {
				return request.invalidUsername(rules)
			}
			if request.privacyProblem != "" {
				return request.invalidPrivacy()
			}
		case http.StatusConflict:
			if s.memory.InUse(request.Name) {
				return request.conflict()
			}
		}
	}
	switch s.memory.Create(Account{Name: request.Name, Privacy: request.Privacy}) {
	case Created:
		return request.created()
	case InUse:
		return request.conflict()
	default:
		return request.full()
	}
}

// creates reports whether a request is POST {base}/users/.
func (s *Server) creates(r *http.Request, rules *rules) bool {
	return r.Method == http.MethodPost && s.isUsers(r.URL.Path, rules)
}

func (s *Server) isUsers(path string, rules *rules) bool {
	return path == s.usersPath || rules.missingSlash == "accept" && s.lacksSlash(path)
}

func (s *Server) lacksSlash(path string) bool { return path == s.usersPath[:len(s.usersPath)-1] }

// elsewhere answers requests that are not that, on which the page is silent.
func (s *Server) elsewhere(r *http.Request, rules *rules) Exchange {
	switch path := r.URL.Path; {
	case s.isUsers(path, rules) && rules.otherMethod != "404":
		return s.methodNotAllowed(r)
	case rules.missingSlash == "redirect" && s.lacksSlash(path):
		return s.redirect(r)
	default:
		return s.notFound(r)
	}
}

// request is what the endpoint reads from an HTTP request, two headers and the address of the caller, in an exchange
// that lacks its answer.
type request struct {
	Exchange
	// usernameProblem and privacyProblem say what is wrong with the value; empty when nothing is.
	usernameProblem, privacyProblem string
}

func (s *Server) read(r *http.Request, rules *rules) request {
	request := request{Exchange: s.other(r)}
	request.Name, request.usernameProblem = rules.username(r.Header[fixtures.UsernameHeader])
	request.Privacy, request.privacyProblem = rules.setting(r.Header[fixtures.PrivacyHeader])
	return request
}

// username returns the name that the Username headers give, and what is wrong with it (clause missing-username.status).
func (r *rules) username(sent []string) (name, problem string) {
	switch {
	case len(sent) == 0:
		return "", "no Username header"
	case len(sent) == 1:
		name = sent[0]
	default:
		switch r.repeatedUsername {
		case "first":
			name = sent[0]
		case "last":
			name = sent[len(sent)-1]
		case "join":
			name = strings.Join(sent, ", ")
		default:
			return decode(strings.Join(sent, ", ")), strconv.Itoa(len(sent)) + " Username headers"
		}
	}
	if !isASCII(name) {
		switch r.nonASCIINames {
		case "refuse":
			return decode(name), "a Username with characters beyond ASCII"
		case "latin-1":
			name = latin1(name)
		default:
			name = decode(name)
		}
	}
	if err := checkText(name); err != nil {
		return name, "a Username that " + err.Error()
	}
	if r.maxNameLength > 0 && utf8.RuneCountInString(name) > r.maxNameLength {
		return name, "a Username of more than " + strconv.Itoa(r.maxNameLength) + " characters"
	}
	return name, ""
}

// setting returns the setting that the Privacy headers ask for, and what is wrong with it (clause
// invalid-privacy.status).
func (r *rules) setting(sent []string) (privacy, problem string) {
	switch {
	case len(sent) == 0:
		return fixtures.DefaultPrivacy, "" // clause created.default-privacy
	case len(sent) == 1:
		privacy = sent[0]
	default:
		switch r.repeatedPrivacy {
		case "first":
			privacy = sent[0]
		case "last":
			privacy = sent[len(sent)-1]
		default:
			return decode(strings.Join(sent, ", ")), strconv.Itoa(len(sent)) + " Privacy headers"
		}
	}
	privacy = decode(privacy)
	if privacy == "" {
		if r.emptyPrivacy == "default" {
			return fixtures.DefaultPrivacy, ""
		}
		return "", "an empty Privacy header"
	}
	if !r.accepts(privacy) {
		return privacy, "a Privacy that is not one of " + r.settings
	}
	return privacy, ""
}

// created is the documented 201.
func (r *request) created() Exchange {
	return r.answered(http.StatusCreated, RuleCreated, "", object("name", r.Name, "privacy", r.Privacy))
}

// invalidPrivacy is the documented 400.
func (r *request) invalidPrivacy() Exchange {
	return r.answered(http.StatusBadRequest, RuleInvalidPrivacy, r.privacyProblem,
		object("name", r.Name, "privacy", r.Privacy, "code", "400", "description", "Privacy was invalid"))
}

// invalidUsername is a 400 of which the page says only the status (clauses missing-username.body, empty-username.body).
func (r *request) invalidUsername(rules *rules) Exchange {
	all := []string{"name", r.Name, "privacy", r.Privacy, "code", "400", "description", rules.usernameDescription}
	var members []string
	for member := range slices.Chunk(all, 2) {
		if slices.Contains(rules.usernameMembers, member[0]) {
			members = append(members, member...)
		}
	}
	return r.answered(http.StatusBadRequest, RuleInvalidUsername, r.usernameProblem, object(members...))
}

// blocked is the documented 403.
func (r *request) blocked(entry netip.Prefix) Exchange {
	return r.answered(http.StatusForbidden, RuleBlocked, "the blocked entry "+entryString(entry),
		object("description", "Your IP address was blocked.", "code", "403"))
}

// conflict is the documented 409.
func (r *request) conflict() Exchange {
	return r.answered(http.StatusConflict, RuleConflict, "", object("name", r.Name, "code", "409"))
}
