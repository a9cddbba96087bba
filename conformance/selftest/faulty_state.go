package selftest

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// faultyState are wrong about which names are in use, and for how long.
func faultyState() []Implementation {
	return []Implementation{
		{"invalid-privacy-creates", "The row is inserted before the setting is validated.",
			"invalid-privacy.creates-nothing", createsBefore(invalidPrivacy)},
		{"blocked-creates", "The address is looked at when the answer is written.", "blocked.creates-nothing",
			createsBefore(blocked)},
		{"blocked-name-is-burnt", "A name that a blocked caller asked for is blocked, too.", "blocked.creates-nothing",
			func(a *app) {
				var burnt sync.Map
				a.checks = slices.Insert(a.checks, 0, func(q request) kind {
					if checkBlocked(q) == blocked {
						burnt.Store(q.name, true)
					}
					if _, found := burnt.Load(q.name); found {
						return blocked
					}
					return 0
				})
			}},

		{"unique-per-privacy", "The unique index is on name and privacy.", "conflict.any-privacy",
			compares(func(q request) string { return q.name + "\n" + q.privacy })},
		{"private-accounts-not-looked-at", "The lookup sees public accounts only.", "conflict.any-privacy",
			claims(func(n *names, q request) kind {
				if q.privacy != "Public" {
					return created
				}
				return n.claim(q)
			})},
		{"unique-when-privacy-asked", "An explicit setting takes a path without the lookup.", "conflict.any-privacy",
			claims(func(n *names, q request) kind {
				end := n.claim(q)
				if q.asked {
					return created
				}
				return end
			})},
		{"other-privacy-updates", "POST with another setting updates the account.", "conflict.any-privacy",
			func(a *app) {
				var settings sync.Map
				a.claim = func(q request) kind {
					end := a.names.claim(q)
					if before, _ := settings.Swap(q.name, q.privacy); end == conflict && before != q.privacy {
						return created
					}
					return end
				}
			}},

		{"conflict-frees-the-name", "The transaction that fails is rolled back by hand, with DELETE.",
			"conflict.changes-nothing", claims(func(n *names, q request) kind {
				end := n.claim(q)
				if end == conflict {
					n.forget(q)
				}
				return end
			})},
		{"second-conflict-is-403", "Whoever asks twice for a used name is taken for an attacker.",
			"conflict.changes-nothing", conflictOnce(blocked)},
		{"second-conflict-is-500", "The first conflict leaves the transaction aborted.", "conflict.changes-nothing",
			conflictOnce(crashed)},

		{"names-forgotten-after-16-others", "The names are in a cache of sixteen.", "conflict.persists",
			cachedOnly(16)},
		{"names-forgotten-after-some-requests", "A worker lives for 30 requests, and the names with it.",
			"conflict.persists", func(a *app) {
				a.claim = func(q request) kind {
					if q.number%30 == 0 {
						a.names.mu.Lock()
						clear(a.names.used)
						a.names.mu.Unlock()
					}
					return a.names.claim(q)
				}
			}},
		{"names-expire", "The key in the store has a time to live.", "conflict.persists",
			expiring(40 * time.Millisecond)},
		{"names-expire-after-a-second", "The key in the store lives for a second, as one for idempotency does.",
			"conflict.persists", expiring(time.Second)},
		{"names-freed-by-invalid-privacy", "A refused setting removes the account that it was meant for.",
			"conflict.any-privacy", func(a *app) {
				right := a.checks[privacyCheck]
				a.checks[privacyCheck] = func(q request) kind {
					end := right(q)
					if end == invalidPrivacy {
						a.names.forget(q)
					}
					return end
				}
			}},
		{"names-per-user-agent", "A session is made of the User-Agent, and names belong to sessions.",
			"conflict.persists", compares(func(q request) string { return q.UserAgent() + "\n" + q.name })},
		{"names-per-connection", "The state is in the connection's object.", "conflict.concurrent",
			compares(func(q request) string { return q.RemoteAddr + "\n" + q.name })},
		{"names-per-worker", "Four worker processes have their own memory each.", "conflict.concurrent",
			compares(func(q request) string {
				_, port, _ := strings.Cut(q.RemoteAddr, ":")
				number, _ := strconv.Atoi(port)
				return strconv.Itoa(number/2%4) + "\n" + q.name
			})},
		{"names-per-replica", "Two replicas each have their own memory, and requests take turns.", "conflict.status",
			compares(func(q request) string { return strconv.FormatInt(q.number%2, 10) + "\n" + q.name })},
	}
}

// createsBefore claims the name of a request that ends so, too.
func createsBefore(end kind) deviation {
	return func(a *app) {
		for i, right := range a.checks {
			a.checks[i] = func(q request) kind {
				found := right(q)
				if found == end {
					a.names.claim(q)
				}
				return found
			}
		}
	}
}

// conflictOnce answers the second conflict over a name in another way.
func conflictOnce(then kind) deviation {
	return func(a *app) {
		var met sync.Map
		a.claim = func(q request) kind {
			end := a.names.claim(q)
			if end == conflict {
				if _, again := met.LoadOrStore(q.name, true); again {
					return then
				}
			}
			return end
		}
	}
}

// expiring forgets a name some time after it was created.
func expiring(life time.Duration) deviation {
	return func(a *app) {
		var mu sync.Mutex
		made := map[string]time.Time{}
		a.claim = func(q request) kind {
			mu.Lock()
			defer mu.Unlock()
			if at, found := made[q.name]; found && time.Since(at) < life {
				return conflict
			}
			made[q.name] = time.Now()
			return created
		}
	}
}

// cachedOnly forgets a name when so many others were created after it.
func cachedOnly(most int) deviation {
	return func(a *app) {
		var mu sync.Mutex
		made, last := map[string]int{}, 0
		a.claim = func(q request) kind {
			mu.Lock()
			defer mu.Unlock()
			if number, found := made[q.name]; found && last-number <= most {
				return conflict
			}
			last++
			made[q.name] = last
			return created
		}
	}
}
