package endpoint

import (
	"iter"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Account is one account.
type Account struct {
	Name    string `json:"name"`
	Privacy string `json:"privacy"`
}

// Creation is what became of an attempt to create an account.
type Creation int

// The outcomes of State.Create.
const (
	// Created means that the name was free and is now in use.
	Created Creation = iota
	// InUse means that the name was in use already.
	InUse
	// Full means that the name is free, but the bound on accounts is reached.
	Full
)

// State is what the endpoint remembers. It compares names as the preloaded ones are compared (assumption name-comparison). All
// methods may be called at the same time, and each is atomic (clause conflict.concurrent). Memory keeps it in the process; a
// store that several replicas share would be another implementation.
type State interface {
	Create(account Account) Creation
	InUse(name string) bool
	// Remove frees a name; ok is false when it was free.
	Remove(name string) (account Account, ok bool)
	// Accounts yields up to limit accounts after the first offset ones, newest first; preloaded ones come last. They are
	// those that there are when the first is asked for, but for what is removed before its turn; creates go on between them.
	Accounts(offset, limit int) iter.Seq[Account]
	// Count returns how many accounts there are.
	Count() int
	// Preload replaces the preloaded names, of which those that were removed stay so; accounts that were created stay, too, and are
	// compared from now on as these names are.
	Preload(names *Names)
	// Reset forgets every account and preloads names.
	Reset(names *Names)

	// Blocked returns the narrowest blocked entry that holds the address.
	Blocked(caller netip.Addr) (entry netip.Prefix, ok bool)
	// BlockedSet returns what is blocked.
	BlockedSet() *AddressSet
	// SetBlocked replaces what is blocked.
	SetBlocked(set *AddressSet)
}

// Memory is the State in memory: one mutex over a list of accounts and an index of it. At the rates that HTTP allows it costs
// less than a concurrent map, and order, count and reset come for nothing.
type Memory struct {
	max     int
	blocked atomic.Pointer[AddressSet]

	mu        sync.Mutex
	preloaded *Names
	// hidden are the keys of preloaded names that do not count: removed since, or created by a request as well.
	hidden map[string]struct{}
	// order holds the created accounts, oldest first; removed ones keep their places and their text until compact.
	order accountList
	// created holds where in order the account with a key is.
	created index
	// extra is for how many more accounts the long names among them count.
	extra int
}

// longName is how many bytes of a name count as one more account, for the bound on accounts is there to bound memory, and a
// header leaves room for names of 64 KiB.
const longName = 256

// NewMemory returns a state without accounts that holds at most max of them.
func NewMemory(max int) *Memory {
	m := &Memory{max: max}
	m.blocked.Store(&AddressSet{})
	m.Reset(newNames(nil, exact))
	return m
}

// Create implements State.
func (m *Memory) Create(account Account) Creation {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := m.preloaded.key(account.Name)
	if m.inUse(key) {
		return InUse
	}
	if m.count()+m.extra >= m.max {
		return Full
	}
	m.add(key, account)
	return Created
}

func (m *Memory) add(key string, account Account) {
	m.created.add(key, m.order.append(account))
	m.extra += len(account.Name) / longName
}

// InUse implements State.
func (m *Memory) InUse(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.inUse(m.preloaded.key(name))
}

func (m *Memory) inUse(key string) bool {
	_, created := m.created.find(key, m.has(key))
	return created || m.isPreloaded(key)
}

// has tells whether the account at a place in order has this key.
func (m *Memory) has(key string) func(place int) bool {
	return func(place int) bool { return m.preloaded.key(m.order.at(place).Name) == key }
}

func (m *Memory) isPreloaded(key string) bool {
	_, hidden := m.hidden[key]
	return !hidden && m.preloaded.has(key)
}

// Remove implements State.
func (m *Memory) Remove(name string) (account Account, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := m.preloaded.key(name)
	if place, created := m.created.remove(key, m.has(key)); created {
		account = m.order.remove(place)
		m.extra -= len(account.Name) / longName
		m.compact()
		return account, true
	}
	if m.isPreloaded(key) {
		m.hidden[key] = struct{}{}
		name, _ := m.preloaded.find(key)
		return Account{Name: name, Privacy: fixtures.DefaultPrivacy}, true
	}
	return Account{}, false
}

// compactFrom is how many bytes of removed accounts are worth the work of dropping them.
const compactFrom = 64 << 10

// compact drops the removed accounts from order once they are most of it, so that a client that creates and removes all day
// costs no memory.
func (m *Memory) compact() {
	if m.order.removed < compactFrom || m.order.removed < m.order.bytes/2 {
		return
	}
	before := m.order
	m.order, m.created = accountList{}, newIndex(m.created.live)
	for i := range before.length {
		if !before.gone(i) {
			account := before.at(i)
			m.created.add(m.preloaded.key(account.Name), m.order.append(account))
		}
	}
}

// Accounts implements State.
func (m *Memory) Accounts(offset, limit int) iter.Seq[Account] {
	return func(yield func(Account) bool) {
		skip, left := offset, limit
		for account := range m.all() {
			switch {
			case skip > 0:
				skip--
				continue
			case left == 0 || !yield(account):
				return
			}
			left--
		}
	}
}

// all yields the accounts, newest first. The lock is held for one at a time, for there may be millions, and whoever asked may be
// slow to take them.
func (m *Memory) all() iter.Seq[Account] {
	m.mu.Lock()
	defer m.mu.Unlock()
	// A reset, a preload or compact puts others in the place of these, and what is created since lies behind length.
	order, preloaded, hidden := m.order, m.preloaded, m.hidden
	return func(yield func(Account) bool) {
		for place := order.length - 1; place >= 0; place-- {
			m.mu.Lock()
			gone, account := order.gone(place), Account{}
			if !gone {
				account = order.at(place)
			}
			m.mu.Unlock()
			if !gone && !yield(account) {
				return
			}
		}
		for _, name := range preloaded.list {
			key := preloaded.key(name)
			m.mu.Lock()
			_, gone := hidden[key]
			m.mu.Unlock()
			if !gone && !yield(Account{Name: name, Privacy: fixtures.DefaultPrivacy}) {
				return
			}
		}
	}
}

// Count implements State.
func (m *Memory) Count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count()
}

func (m *Memory) count() int { return len(m.preloaded.list) - len(m.hidden) + m.created.live }

// Preload implements State.
func (m *Memory) Preload(names *Names) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before, preloaded, hidden := m.order, m.preloaded, m.hidden
	m.reset(names)
	m.hideRemoved(preloaded, hidden)
	for i := range before.length {
		if before.gone(i) {
			continue
		}
		account := before.at(i)
		key := names.key(account.Name)
		if _, known := m.created.find(key, m.has(key)); known {
			continue
		}
		m.add(key, account)
		if names.has(key) {
			m.hidden[key] = struct{}{}
		}
	}
}

// hideRemoved hides the preloaded names that were hidden before. One that now compares as another which was not is in use.
func (m *Memory) hideRemoved(before *Names, hidden map[string]struct{}) {
	if len(hidden) == 0 {
		return // without looking at every name
	}
	for _, name := range m.preloaded.list {
		if _, gone := hidden[before.key(name)]; gone {
			m.hidden[m.preloaded.key(name)] = struct{}{}
		}
	}
	for _, name := range before.list {
		if _, gone := hidden[before.key(name)]; !gone {
			delete(m.hidden, m.preloaded.key(name))
		}
	}
}

// Reset implements State.
func (m *Memory) Reset(names *Names) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reset(names)
}

func (m *Memory) reset(names *Names) {
	m.preloaded, m.hidden, m.created, m.order = names, map[string]struct{}{}, newIndex(0), accountList{}
	m.extra = 0
}

// Blocked implements State.
func (m *Memory) Blocked(caller netip.Addr) (entry netip.Prefix, ok bool) {
	return m.blocked.Load().Match(caller)
}

// BlockedSet implements State.
func (m *Memory) BlockedSet() *AddressSet { return m.blocked.Load() }

// SetBlocked implements State.
func (m *Memory) SetBlocked(set *AddressSet) { m.blocked.Store(set) }
