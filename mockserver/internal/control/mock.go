package control

import (
	"errors"
	"iter"
	"net/http"
	"net/netip"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
)

// Mocks are the main mock and the spaces, as the control API sees them.
type Mocks interface {
	// Get returns the mock of this name, "" for the main one. It makes a space when there is none yet. The error may be
	// [ErrNoRoom].
	Get(name string) (Mock, error)
	// Look is Get that makes no space: one that does not exist is as it would be made.
	Look(name string) (Mock, error)
	// All returns the spaces by name, without the main mock.
	All() []Mock
	// Delete forgets a space; it reports false when there is none of this name.
	Delete(name string) bool
	// Coverage adds up what the mocks whose names match a pattern have met; the pattern "" is the main one, "*" all. An
	// error says that there is none.
	Coverage(pattern string) (Coverage, error)
	ClearCoverage(pattern string) error
}

// Mock is one mock, and all that the control API does to it.
type Mock interface {
	// Name is that of the space; "" for the main mock.
	Name() string
	// BaseURL is what a client of this mock is configured with, given that of the main mock.
	BaseURL(main string) string
	// Done is closed when the space was evicted or deleted.
	Done() <-chan struct{}
	// Stuck reports whether no change has been possible for this time.
	Stuck(patience time.Duration) bool
	// Version changes with every change but requests.
	Version() uint64
	// Caller returns the address by which a request is judged; the zero Addr when it is not known.
	Caller(r *http.Request) netip.Addr

	// Accounts yields up to limit accounts after the first offset ones, newest first.
	Accounts(offset, limit int) iter.Seq[endpoint.Account]
	CountAccounts() int
	// AddAccounts adds all of these accounts or, on an error, none, and returns them as added. Errors may be [ErrInUse]
	// or [ErrFull].
	AddAccounts(accounts []endpoint.Account) ([]endpoint.Account, error)
	// RemoveAccount frees a name; it reports false when the name was free.
	RemoveAccount(name string) (endpoint.Account, bool)
	// ClearAccounts frees all names, also the configured ones.
	ClearAccounts()

	Blocked() *endpoint.AddressSet
	// ChangeBlocked replaces the blocked entries by what change makes of them, and returns what is blocked then.
	// There is an error when that is too much.
	ChangeBlocked(change func(now []netip.Prefix) []netip.Prefix) (*endpoint.AddressSet, error)

	Behaviour() Behaviour
	// ChangeBehaviour applies a change wholly or, on an error, not at all.
	ChangeBehaviour(change BehaviourChange) error

	// EndStates undoes what the caller has set up for an earlier interaction and not torn down.
	EndStates(caller []netip.Addr) error
	SetUpState(state string, params map[string]any, caller []netip.Addr) error
	TearDownState(state string, params map[string]any) error

	Journal() *journal.Journal
	ClearJournal()
	// Reset goes back to the configured state.
	Reset()
}

// ErrNoRoom is the error of [Mocks.Get] when there are as many spaces as may be, and all of them are in use.
var ErrNoRoom = errors.New("there is no room for another space")

// ErrPattern is the error of [Mocks.Coverage] for a pattern that cannot be read.
var ErrPattern = errors.New("bad pattern")

// Errors of [Mock.AddAccounts], besides those for accounts that cannot be.
var (
	ErrInUse = errors.New("name already in use")
	ErrFull  = errors.New("there is no room for more accounts: reset, or raise --max-accounts")
)

// Behaviour is how a mock answers, beyond its accounts and blocked addresses.
type Behaviour struct {
	Latency     string            `json:"latency"`
	Faults      []faults.Spec     `json:"faults"`
	Forced      []faults.Forced   `json:"forced"`
	Seed        int64             `json:"seed"`
	Privacy     []string          `json:"privacy"`
	Assumptions map[string]string `json:"assumptions"`
}

// BehaviourChange is a [Behaviour] of which members can be left out; those keep their value.
type BehaviourChange struct {
	Latency *string `json:"latency"`
	// Faults and Forced replace those in force.
	Faults  *[]faults.Spec   `json:"faults"`
	Forced  *[]faults.Forced `json:"forced"`
	Seed    *int64           `json:"seed"`
	Privacy *[]string        `json:"privacy"`
	// Assumptions that are left out keep their value.
	Assumptions map[string]string `json:"assumptions"`
}

// Coverage is which answers clients have met.
type Coverage struct {
	// Answers has every documented status, also those not met, and how often it was met.
	Answers map[string]uint64 `json:"answers"`
	// Missing are the documented statuses that were not met, in the page's order.
	Missing []int `json:"missing"`
	// Other has the statuses that were met and are not documented, such as 404.
	Other map[string]uint64 `json:"other"`
}
