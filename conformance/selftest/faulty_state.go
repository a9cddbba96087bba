package selftest

import (
	"bytes"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/text/unicode/norm"
)

// roundTrip is how long a database takes to answer, in the implementations whose mistake needs that time. They sleep instead of
// asking one: that a second request comes meanwhile is what the suite must bring about.
const roundTrip = 5 * time.Millisecond

// faultyState are wrong about which names are in use, alone or under simultaneous requests.
func faultyState() []Implementation {
	return []Implementation{
		{"invalid-privacy-creates", "The row is inserted before the setting is validated.", "invalid-privacy.creates-nothing",
			createsBefore(invalidPrivacy)},
		{"blocked-creates", "The address is looked at when the answer is written.", "blocked.creates-nothing",
			createsBefore(blocked)},
		{"blocked-name-is-burnt", "A name that a blocked caller asked for is blocked, too.", "blocked.creates-nothing",
			func(a *app) {
				var burnt sync.Map
				a.checks = append([]func(request) kind{func(q request) kind {
					if checkBlocked(q) == blocked {
						burnt.Store(q.name, true)
					}
					if _, found := burnt.Load(q.name); found {
						return blocked
					}
					return 0
				}}, a.checks...)
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

		{"conflict-frees-the-name", "The transaction that fails is rolled back by hand, with DELETE.", "conflict.changes-nothing",
			claims(func(n *names, q request) kind {
				end := n.claim(q)
				if end == conflict {
					n.forget(q)
				}
				return end
			})},
		{"second-conflict-is-403", "Whoever asks twice for a used name is taken for an attacker.", "conflict.changes-nothing",
			conflictOnce(blocked)},
		{"second-conflict-is-500", "The first conflict leaves the transaction aborted.", "conflict.changes-nothing",
			conflictOnce(crashed)},

		{"names-forgotten-after-16-others", "The names are in a cache of sixteen.", "conflict.persists",
			cachedOnly(16)},
		{"names-forgotten-after-some-requests", "A worker lives for 30 requests, and the names with it.", "conflict.persists",
			func(a *app) {
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
		{"names-freed-by-invalid-privacy", "A refused setting removes the account that it was meant for.", "conflict.any-privacy",
			func(a *app) {
				right := a.checks[2]
				a.checks[2] = func(q request) kind {
					end := right(q)
					if end == invalidPrivacy {
						a.names.forget(q)
					}
					return end
				}
			}},
		{"names-per-user-agent", "A session is made of the User-Agent, and names belong to sessions.", "conflict.persists",
			compares(func(q request) string { return q.UserAgent() + "\n" + q.name })},
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

		{"compares-8-characters", "The index covers the first 8 characters.", "conflict.distinct-names",
			compares(func(q request) string { return cutAt(8)(q.name) })},
		{"compares-20-characters", "The index covers the first 20 characters.", "conflict.distinct-names",
			compares(func(q request) string { return cutAt(20)(q.name) })},
		{"compares-32-characters", "The index covers the first 32 characters.", "conflict.distinct-names",
			compares(func(q request) string { return cutAt(32)(q.name) })},
		{"compares-last-8-characters", "The shard and the key are made of the end of the name.", "conflict.distinct-names",
			compares(func(q request) string { return q.name[max(0, len(q.name)-8):] })},
		{"compares-without-digits", "Digits at the end are taken for a counter.", "conflict.distinct-names",
			compares(func(q request) string { return strings.TrimRight(q.name, "0123456789") })},
		{"compares-letters-and-digits", "Punctuation is ignored against lookalikes.", "conflict.distinct-names",
			compares(func(q request) string { return regexp.MustCompile(`[^\pL\pN]`).ReplaceAllString(q.name, "") })},
		{"compares-sorted-letters", "A checksum that adds the bytes up takes ab for ba.", "conflict.distinct-names",
			compares(func(q request) string {
				bytes := []byte(q.name)
				slices.Sort(bytes)
				return string(bytes)
			})},
		{"compares-url-decoded", "The key of the store is decoded: %41 is A.", "conflict.distinct-names",
			compares(func(q request) string { return strings.ReplaceAll(q.name, "%41", "A") })},
		{"compares-up-to-the-at-sign", "A mail address stands for the name before its @.", "conflict.distinct-names",
			compares(func(q request) string { before, _, _ := strings.Cut(q.name, "@"); return before })},
		{"compares-single-blanks", "Runs of blanks are made one.", "conflict.distinct-names",
			compares(func(q request) string { return strings.Join(strings.Fields(q.name), " ") })},
		{"compares-as-numbers", "A name of digits is taken for a number, as PHP's == does.", "conflict.distinct-names",
			compares(func(q request) string {
				if number, err := strconv.ParseUint(q.name, 10, 64); err == nil {
					return strconv.FormatUint(number, 10)
				}
				return q.name
			})},
		{"compares-in-normal-form", "\u00B2 and 2 are one character to Unicode's compatibility.", "conflict.distinct-names",
			compares(func(q request) string { return norm.NFKC.String(q.name) })},
		{"compares-without-accents", "The collation takes \u00E9 for e.", "conflict.distinct-names",
			compares(func(q request) string { return regexp.MustCompile(`\pM`).ReplaceAllString(norm.NFD.String(q.name), "") })},
		{"compares-beginnings", "A search index finds every name that begins so.", "conflict.distinct-names",
			claims(func(n *names, q request) kind {
				n.mu.Lock()
				defer n.mu.Unlock()
				for used := range n.used {
					if strings.HasPrefix(used, q.name) || strings.HasPrefix(q.name, used) {
						return conflict
					}
				}
				n.used[q.name] = true
				return created
			})},

		{"checks-then-inserts", "The name is looked up, and inserted a round trip later.", "conflict.concurrent",
			claims(func(n *names, q request) kind {
				if n.check(q) == conflict {
					return conflict
				}
				time.Sleep(roundTrip)
				n.claim(q)
				return created
			})},
		{"nobody-wins", "Each simultaneous request sees the other's reservation and gives up.", "conflict.concurrent",
			simultaneous(func(others int, _ request, right kind) kind {
				if others > 0 {
					return conflict
				}
				return right
			})},
		{"loser-gets-500", "The unique index stops the loser of a race, and nobody catches that.", "conflict.concurrent",
			simultaneous(func(others int, _ request, right kind) kind {
				if others > 0 && right == conflict {
					return crashed
				}
				return right
			})},
		{"loser-gets-400", "The loser's insert fails, and failed inserts are answered with 400.", "conflict.concurrent",
			simultaneous(func(others int, _ request, right kind) kind {
				if others > 0 && right == conflict {
					return refusedUsername
				}
				return right
			})},
		{"loser-gets-403", "A lock that cannot be had is answered like a blocked caller.", "conflict.concurrent",
			simultaneous(func(others int, _ request, right kind) kind {
				if others > 0 && right == conflict {
					return blocked
				}
				return right
			})},
		{"equal-requests-share-an-answer", "A proxy joins equal requests into one, and all get its answer.", "conflict.concurrent",
			simultaneous(func(others int, _ request, _ kind) kind {
				if others > 0 {
					return created
				}
				return 0
			})},

		{"name-in-a-global", "The handler keeps the name in a global variable while the database works.",
			"created.concurrent-names", overlapping(func(mine, latest *answer) { mine.members = latest.members })},
		{"answer-in-a-global", "Status and body are kept in a global answer object.",
			"created.concurrent-names", overlapping(func(mine, latest *answer) {
				mine.status, mine.members = latest.status, latest.members
			})},
		{"name-mixed-with-privacy", "Only the name is kept in a global variable.",
			"created.concurrent-names", overlapping(func(mine, latest *answer) {
				if mine.kind == created && latest.kind == created {
					mine.members = []member{latest.members[0], mine.members[1]}
				}
			})},
		{"body-in-a-global-buffer", "All answers are written into one buffer.", "created.concurrent-names", sharedBuffer},
		{"answers-from-a-stack", "Workers put answers on a stack, and whoever waits takes the topmost.",
			"created.concurrent-names", stacked},
		{"busy-503", "A pool of two connections refuses the third simultaneous request.", "answer.no-server-error",
			busy(2, func(q request, a *answer) {
				a.status = http.StatusServiceUnavailable
				members("code", "503", "description", "Busy")(q, a)
			})},
		{"busy-breaks", "More than two simultaneous requests exceed the backlog, and are dropped.", "answer.complete",
			busy(2, func(request, *answer) { abort() })},
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

// simultaneous decides knowing how many other requests for the same name are under way; right is what the base decides.
func simultaneous(decide func(others int, q request, right kind) kind) deviation {
	return func(a *app) {
		var mu sync.Mutex
		underWay, crowd := map[string]int{}, map[string]int{}
		a.claim = func(q request) kind {
			mu.Lock()
			underWay[q.name]++
			crowd[q.name] = max(crowd[q.name], underWay[q.name])
			mu.Unlock()
			time.Sleep(roundTrip)
			mu.Lock()
			defer mu.Unlock()
			others := crowd[q.name] - 1
			if underWay[q.name]--; underWay[q.name] == 0 {
				delete(crowd, q.name)
			}
			right := a.names.claim(q)
			if end := decide(others, q, right); end != 0 {
				return end
			}
			return right
		}
	}
}

// overlapping lets an answer be changed by the one that was made last, a round trip after its own.
func overlapping(mix func(mine, latest *answer)) deviation {
	return func(a *app) {
		var latest atomic.Pointer[answer]
		a.edits = append(a.edits, func(_ request, mine *answer) {
			whole := *mine
			latest.Store(&whole)
			time.Sleep(roundTrip)
			mix(mine, latest.Load())
		})
	}
}

// sharedBuffer writes every body into the same buffer, half before a round trip and half after it.
func sharedBuffer(a *app) {
	var mu sync.Mutex
	var buffer bytes.Buffer
	write := func(piece []byte) []byte {
		mu.Lock()
		defer mu.Unlock()
		buffer.Write(piece)
		return bytes.Clone(buffer.Bytes())
	}
	a.edits = append(a.edits, func(_ request, answer *answer) {
		answer.encode(encodeCompact)
		half := len(answer.body) / 2
		mu.Lock()
		buffer.Reset()
		mu.Unlock()
		write(answer.body[:half])
		time.Sleep(roundTrip)
		answer.body = write(answer.body[half:])
	})
}

// stacked gives each request the answer that was made last and not yet taken.
func stacked(a *app) {
	var mu sync.Mutex
	var stack []*answer
	a.edits = append(a.edits, func(_ request, mine *answer) {
		whole := *mine
		mu.Lock()
		stack = append(stack, &whole)
		mu.Unlock()
		time.Sleep(roundTrip)
		mu.Lock()
		defer mu.Unlock()
		*mine = *stack[len(stack)-1]
		stack = stack[:len(stack)-1]
	})
}

// busy applies an edit while more requests than these are under way.
func busy(most int64, refuse edit) deviation {
	return func(a *app) {
		var underWay atomic.Int64
		a.edits = append(a.edits, func(q request, answer *answer) {
			now := underWay.Add(1)
			defer underWay.Add(-1)
			time.Sleep(roundTrip)
			if now > most {
				refuse(q, answer)
			}
		})
	}
}
