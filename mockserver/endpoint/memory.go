package endpoint

import (
	"iter"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// Account is a name in use, and the privacy setting that it was created with.
type Account struct {
	Name    string `json:"name"`
	Privacy string `json:"privacy"`
}

// Creation is what became of an attempt to create accounts.
type Creation int

// The outcomes of [Memory.Create], [Memory.Add] and [Memory.Put].
const (
	// Created means that the name was free and is now in use.
	Created Creation = iota
	// InUse means that the name was in use already.
	InUse
	// Full means that the name is free, but the bound on accounts is reached.
	Full
)

// Memory is what the endpoint remembers: accounts, and which addresses are blocked. It compares names as the preloaded
// ones are compared (assumption name-comparison). All methods may be called at the same time, and each is atomic
// (clause conflict.concurrent). It is one mutex over a list of accounts and an index of it: at the rates that HTTP
// allows that costs less than a concurrent map, and order, count and reset come for nothing.
type Memory struct {
	max     int
	blocked atomic.Pointer[AddressSet]

	mu sync.Mutex // guards content, and is the last lock that anybody takes
	content
}

// content is all that a Memory knows of accounts.
type content struct {
	preloaded *Names
	// hidden are the keys of preloaded names that do not count: removed since, or created by a request as well.
	hidden map[string]struct{}
	// order holds the created accounts, oldest first; removed ones keep their places and their text until compact.
	order accountList
	// created holds where in order the account with a key is.
	created index
}

func newContent(names *Names) content {
	return content{preloaded: names, hidden: map[string]struct{}{}, created: newIndex(0)}
}

// NewMemory returns a state without accounts that holds at most max of them.
func NewMemory(max int) *Memory {
	m := &Memory{max: max, content: newContent(newNames(nil, exact))}
	m.blocked.Store(&AddressSet{})
	return m
}

// Create creates an account.
func (m *Memory) Create(account Account) Creation {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.create(account)
}

func (m *Memory) create(account Account) Creation {
	key := m.preloaded.key(account.Name)
	if m.inUse(key) {
		return InUse
	}
	if m.weight() >= m.max {
		return Full
	}
	m.add(key, account)
	return Created
}

// Add creates all of the accounts or, unless the outcome is [Created], none, and nobody sees anything in between. The
// outcome is that of the account at i.
func (m *Memory) Add(accounts []Account) (outcome Creation, i int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, account := range accounts {
		if outcome := m.create(account); outcome != Created {
			for _, earlier := range accounts[:i] {
				m.remove(earlier.Name)
			}
			return outcome, i
		}
	}
	return Created, 0
}

// Put creates accounts in place of those that have their names, as far as there is room, and returns the latter. The
// outcome is [Created] or, when nothing was changed, [Full].
func (m *Memory) Put(accounts ...Account) (outcome Creation, before []Account) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, account := range accounts {
		if replaced, existed := m.remove(account.Name); existed {
			before = append(before, replaced)
		}
	}
	for i, account := range accounts {
		if m.create(account) != Full {
			continue
		}
		for _, created := range accounts[:i] {
			m.remove(created.Name)
		}
		for _, replaced := range before {
			m.add(m.preloaded.key(replaced.Name), replaced)
		}
		return Full, nil
	}
	return Created, before
}

func (c *content) add(key string, account Account) { c.created.add(key, c.order.append(account)) }

// InUse reports whether an account has this name.
func (m *Memory) InUse(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.inUse(m.preloaded.key(name))
}

func (c *content) inUse(key string) bool {
	_, created := c.created.find(key, c.has(key))
	return created || c.isPreloaded(key)
}

// has tells whether the account at a place in order has this key.
func (c *content) has(key string) func(place int) bool {
	return func(place int) bool { return c.preloaded.key(c.order.at(place).Name) == key }
}

func (c *content) isPreloaded(key string) bool {
	_, hidden := c.hidden[key]
	return !hidden && c.preloaded.has(key)
}

// Remove frees a name; ok is false when it was free.
func (m *Memory) Remove(name string) (account Account, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.remove(name)
}

func (c *content) remove(name string) (account Account, ok bool) {
	key := c.preloaded.key(name)
	if place, created := c.created.remove(key, c.has(key)); created {
		account = c.order.remove(place)
		c.compact()
		return account, true
	}
	if c.isPreloaded(key) {
		c.hidden[key] = struct{}{}
		name, _ := c.preloaded.find(key)
		return Account{Name: name, Privacy: fixtures.DefaultPrivacy}, true
	}
	return Account{}, false
}

// compactFrom is how many bytes of removed accounts are worth the work of dropping them.
const compactFrom = 64 << 10

// compact drops the removed accounts from order once they are most of it, so that a client that creates and removes all
// day costs no memory.
func (c *content) compact() {
	if c.order.removed < compactFrom || c.order.removed < c.order.bytes/2 {
		return
	}
	before := c.order
	c.order, c.created = accountList{}, newIndex(c.created.live)
	for account := range before.all() {
		c.add(c.preloaded.key(account.Name), account)
	}
}

// Accounts yields up to limit accounts after the first offset ones, newest first; preloaded ones come last. They are
// those that there are when the first is asked for, but for what is removed before its turn; creates go on between
// them.
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

// all yields the accounts, newest first. The lock is held for one at a time, for there may be millions, and whoever
// asked may be slow to take them.
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

// Count returns how many accounts there are.
func (m *Memory) Count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count()
}

func (c *content) count() int { return len(c.preloaded.list) - len(c.hidden) + c.created.live }

// weight is what the accounts count for towards the bound: one each, and more for long texts.
func (c *content) weight() int { return c.count() + c.order.extra }

// Preload replaces the preloaded names, of which those that were removed stay so. Accounts that were created stay, too,
// and are compared from now on as these names are.
func (m *Memory) Preload(names *Names) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.content
	m.content = newContent(names)
	m.hideRemoved(before.preloaded, before.hidden)
	for account := range before.order.all() {
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

// hideRemoved hides the preloaded names that were hidden before. One that now compares as another which was not is in
// use.
func (c *content) hideRemoved(before *Names, hidden map[string]struct{}) {
	if len(hidden) == 0 {
		return // without looking at every name
	}
	for _, name := range c.preloaded.list {
		if _, gone := hidden[before.key(name)]; gone {
			c.hidden[c.preloaded.key(name)] = struct{}{}
		}
	}
	for _, name := range before.list {
		if _, gone := hidden[before.key(name)]; !gone {
			delete(c.hidden, c.preloaded.key(name))
		}
	}
}

// Reset forgets every account and preloads names.
func (m *Memory) Reset(names *Names) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.content = newContent(names)
}

// Taken is what [Memory.Take] took.
type Taken struct {
	content
	// left is what was preloaded then, which is nothing.
	left *Names
}

// Weight is what keeping it counts for towards the bound on accounts. Preloaded names are not counted: they are kept
// anyhow.
func (t *Taken) Weight() int { return t.created.live + t.order.extra + len(t.hidden) }

// Take removes all accounts, preloaded ones included, for [Memory.PutBack]. Nothing is copied.
func (m *Memory) Take() *Taken {
	m.mu.Lock()
	defer m.mu.Unlock()
	taken := &Taken{content: m.content, left: newNames(nil, m.preloaded.key)}
	m.content = newContent(taken.left)
	return taken
}

// PutBack adds the accounts that were taken, in place of those that have their names by now. When there is no room for
// all of them and those created since, the outcome is [Full], and nothing was changed.
func (m *Memory) PutBack(taken *Taken) Creation {
	m.mu.Lock()
	defer m.mu.Unlock()
	since, back := m.content, taken.content
	if since.preloaded != taken.left { // a new configuration came in between, whose names and comparison hold now
		back = newContent(since.preloaded)
		for account := range taken.order.all() {
			back.put(account)
		}
		for key := range since.hidden {
			back.hidden[key] = struct{}{}
		}
		for _, name := range taken.preloaded.list {
			if _, gone := taken.hidden[taken.preloaded.key(name)]; !gone {
				back.put(Account{Name: name, Privacy: fixtures.DefaultPrivacy})
			}
		}
	}
	for account := range since.order.all() {
		back.put(account)
	}
	if back.weight() > m.max {
		return Full
	}
	m.content = back
	return Created
}

// put adds an account unless its name is in use.
func (c *content) put(account Account) {
	if key := c.preloaded.key(account.Name); !c.inUse(key) {
		c.add(key, account)
	}
}

// Blocked returns the narrowest blocked entry that holds the address.
func (m *Memory) Blocked(caller netip.Addr) (entry netip.Prefix, ok bool) {
	return m.blocked.Load().Match(caller)
}

// BlockedSet returns what is blocked.
func (m *Memory) BlockedSet() *AddressSet { return m.blocked.Load() }

// SetBlocked replaces what is blocked.
func (m *Memory) SetBlocked(set *AddressSet) { m.blocked.Store(set) }
