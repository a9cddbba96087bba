package control

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// defaultLimit is how many accounts or requests are listed when nobody says how many.
const defaultLimit = 1000

func reset(w http.ResponseWriter, _ *http.Request, mock Mock) *problem {
	mock.Reset()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func listAccounts(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	query := queryOf(r)
	limit, problem := query.number("limit", 1, defaultLimit)
	if problem != nil {
		return problem
	}
	offset, problem := query.number("offset", 0, 0)
	if problem != nil {
		return problem
	}
	w.Header().Set("Mock-Total", strconv.Itoa(mock.CountAccounts()))
	sendJSON(w, http.StatusOK, listOf(r, mock.Accounts(offset, limit)))
	return nil
}

func addAccounts(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	var accounts []endpoint.Account
	if problem := receive(w, r, &accounts); problem != nil {
		return problem
	}
	added, err := mock.AddAccounts(accounts)
	switch {
	case errors.Is(err, ErrInUse):
		return newProblem(http.StatusConflict, err.Error())
	case errors.Is(err, ErrFull):
		return newProblem(http.StatusInsufficientStorage, err.Error())
	case err != nil:
		return badRequest(err)
	}
	sendJSON(w, http.StatusCreated, added)
	return nil
}

// clearAccounts takes the name of a single account too, in the query: "." and ".." cannot be a segment of a path (RFC
// 3986, section 5.2.4), and are names that one may create.
func clearAccounts(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	if name, given := queryOf(r).text("name"); given {
		return removeNamed(w, name, mock)
	}
	mock.ClearAccounts()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func removeAccount(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	return removeNamed(w, r.PathValue("name"), mock)
}

func removeNamed(w http.ResponseWriter, name string, mock Mock) *problem {
	if _, ok := mock.RemoveAccount(name); !ok {
		return newProblem(http.StatusNotFound,
			fmt.Sprintf("no account is called %s; GET accounts lists them", untrusted.Quote(name)))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func listBlocked(w http.ResponseWriter, _ *http.Request, mock Mock) *problem {
	sendJSON(w, http.StatusOK, mock.Blocked().Strings())
	return nil
}

func replaceBlocked(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	return changeBlocked(w, r, mock, func(_, given []netip.Prefix) []netip.Prefix { return given })
}

func addBlocked(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	return changeBlocked(w, r, mock,
		func(now, given []netip.Prefix) []netip.Prefix { return slices.Concat(now, given) })
}

func changeBlocked(
	w http.ResponseWriter, r *http.Request, mock Mock, change func(now, given []netip.Prefix) []netip.Prefix,
) *problem {
	var entries []string
	if problem := receive(w, r, &entries); problem != nil {
		return problem
	}
	given, problem := readBlocked(entries, callers(r, mock))
	if problem != nil {
		return problem
	}
	blocked, err := mock.ChangeBlocked(func(now []netip.Prefix) []netip.Prefix { return change(now, given) })
	if err != nil {
		return badRequest(err)
	}
	sendJSON(w, http.StatusOK, blocked.Strings())
	return nil
}

func readBlocked(entries []string, callers []netip.Addr) ([]netip.Prefix, *problem) {
	var given []netip.Prefix
	for _, entry := range entries {
		if entry == "caller" {
			if len(callers) == 0 {
				return nil, badRequest(errors.New(`your address is not known; give it instead of "caller"`))
			}
			for _, caller := range callers {
				given = append(given, netip.PrefixFrom(caller, caller.BitLen()))
			}
			continue
		}
		prefix, err := endpoint.ParseBlocked(entry)
		if err != nil {
			return nil, badRequest(fmt.Errorf(`%w, or "caller" for your own address`, err))
		}
		given = append(given, prefix)
	}
	return given, nil
}

// callers are the addresses of whoever sent this request. One who calls over loopback gets here by 127.0.0.1 one time
// and by ::1 the next, as localhost happens to be looked up, and so is both.
func callers(r *http.Request, mock Mock) []netip.Addr {
	switch caller := mock.Caller(r); {
	case !caller.IsValid():
		return nil
	case caller.IsLoopback():
		loopback := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
		if !slices.Contains(loopback, caller) {
			loopback = append(loopback, caller)
		}
		return loopback
	default:
		return []netip.Addr{caller}
	}
}

func clearBlocked(w http.ResponseWriter, _ *http.Request, mock Mock) *problem {
	_, _ = mock.ChangeBlocked(func([]netip.Prefix) []netip.Prefix { return nil }) // which is never too much
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func showBehaviour(w http.ResponseWriter, _ *http.Request, mock Mock) *problem {
	sendJSON(w, http.StatusOK, mock.Behaviour())
	return nil
}

func changeBehaviour(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	var change BehaviourChange
	if problem := receive(w, r, &change); problem != nil {
		return problem
	}
	if err := mock.ChangeBehaviour(change); err != nil {
		return badRequest(err)
	}
	return showBehaviour(w, r, mock)
}

func (a *API) showCoverage(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	coverage, err := a.config.Mocks.Coverage(pattern(r, mock))
	if err != nil {
		return coverageProblem(err)
	}
	sendJSON(w, http.StatusOK, coverage)
	return nil
}

func (a *API) clearCoverage(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	if err := a.config.Mocks.ClearCoverage(pattern(r, mock)); err != nil {
		return coverageProblem(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// pattern returns which mocks the coverage is asked of: the one whose path it is, unless the query chooses others.
func pattern(r *http.Request, mock Mock) string {
	if pattern, given := queryOf(r).text("space"); given {
		return pattern
	}
	return mock.Name()
}

func coverageProblem(err error) *problem {
	if errors.Is(err, ErrPattern) {
		return badRequest(err)
	}
	return newProblem(http.StatusNotFound, err.Error())
}

// stateChange is the body that verifiers send: with an empty state for an interaction that asks for none. Older ones
// add members that say the same again.
type stateChange struct {
	State    *string        `json:"state"`
	Params   map[string]any `json:"params"`
	Action   string         `json:"action"`
	Consumer any            `json:"consumer"`
	States   any            `json:"states"`
}

func providerState(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	var change stateChange
	if problem := receive(w, r, &change); problem != nil {
		return problem
	}
	var err error
	switch {
	case change.State == nil:
		err = errors.New("the member state is missing; send an object with the members state, params, action")
	case change.Action != "setup" && change.Action != "" && change.Action != "teardown":
		err = fmt.Errorf("the action cannot be %s; use setup or teardown", untrusted.Quote(change.Action))
	case *change.State == "" && change.Action != "teardown":
		err = mock.EndStates(callers(r, mock))
	case *change.State == "":
	case change.Action == "teardown":
		err = mock.TearDownState(*change.State, change.Params)
	default: // a verifier that does not tear down does not say what it does
		err = mock.SetUpState(*change.State, change.Params, callers(r, mock))
	}
	if errors.Is(err, ErrFull) {
		return newProblem(http.StatusInsufficientStorage, err.Error())
	}
	if err != nil {
		return badRequest(err)
	}
	sendJSON(w, http.StatusOK, struct{}{})
	return nil
}
