package selftest

import (
	"bytes"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// roundTrip is how long a database takes to answer, in the implementations whose mistake needs that time. That a second
// request comes meanwhile is what the suite must bring about.
const roundTrip = 5 * time.Millisecond

// faultyConcurrent are wrong while several requests are under way.
func faultyConcurrent() []Implementation {
	return []Implementation{
		{"checks-then-inserts", "The name is looked up, and inserted a round trip later.", "conflict.concurrent",
			racing(roundTrip)},
		{"races-rlock-then-lock", "The lookup holds a read lock, and the insertion takes another lock.",
			"conflict.concurrent", racing(500 * time.Microsecond)},
		{"races-load-then-store", "sync.Map has LoadOrStore, and Load and Store are called instead.",
			"conflict.concurrent", racing(200 * time.Microsecond)},
		{"races-contains-then-put", "Java's containsKey and put are safe on their own, and not together.",
			"conflict.concurrent", racing(100 * time.Microsecond)},
		{"races-in-forked-processes", "Every request starts a CGI process, which looks for a file and writes it.",
			"conflict.concurrent", func(a *app) {
				racing(300 * time.Microsecond)(a)
				var started atomic.Int64
				right := a.claim
				a.claim = func(q request) kind {
					work(time.Duration(started.Add(1)%4) * time.Millisecond / 2) // processes do not start in step
					return right(q)
				}
			}},
		{"nobody-wins", "Each simultaneous request sees the other's reservation and gives up.", "conflict.concurrent",
			simultaneous(func(others int, right kind) kind {
				if others > 0 {
					return conflict
				}
				return right
			})},
		{"loser-gets-500", "The unique index stops the loser of a race, and nobody catches that.",
			"conflict.concurrent", losersGet(crashed)},
		{"loser-gets-400", "The loser's insert fails, and failed inserts are answered with 400.", "conflict.concurrent",
			losersGet(refusedUsername)},
		{"loser-gets-403", "A lock that cannot be had is answered like a blocked caller.", "conflict.concurrent",
			losersGet(blocked)},
		{"equal-requests-share-an-answer", "A proxy joins equal requests into one, and all get its answer.",
			"conflict.concurrent", simultaneous(func(others int, right kind) kind {
				if others > 0 {
					return created
				}
				return right
			})},

		{"name-in-a-global", "The handler keeps the name in a global variable while the database works.",
			"created.concurrent-names", overlapping(latestMembers)},
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
		{"body-in-a-global-buffer", "All answers are written into one buffer.", "created.concurrent-names",
			sharedBuffer},
		{"answers-from-a-stack", "Workers put answers on a stack, and whoever waits takes the topmost.",
			"created.concurrent-names", stacked},
		{"busy-503", "A pool of two connections refuses the third simultaneous request.", "answer.no-server-error",
			busy(2, func(q request, a *answer) {
				a.status = http.StatusServiceUnavailable
				members("code", "503", "description", "Busy")(q, a)
			})},
		{"busy-breaks", "More than two simultaneous requests exceed the backlog, and are dropped.", "answer.complete",
			busy(2, abort)},
	}
}

// losersGet answers those that lose a race in this way, and everybody else rightly.
func losersGet(end kind) deviation {
	return simultaneous(func(others int, right kind) kind {
		if others > 0 && right == conflict {
			return end
		}
		return right
	})
}

// racing looks a name up and inserts it some time later, as two steps.
func racing(window time.Duration) deviation {
	return claims(func(n *names, q request) kind {
		if n.check(q) == conflict {
			return conflict
		}
		work(window)
		n.claim(q)
		return created
	})
}

// simultaneous decides knowing how many other requests for the same name are under way; right is what the base decides.
func simultaneous(decide func(others int, right kind) kind) deviation {
	return func(a *app) {
		var mu sync.Mutex
		underWay, crowd := map[string]int{}, map[string]int{}
		a.claim = func(q request) kind {
			mu.Lock()
			underWay[q.name]++
			crowd[q.name] = max(crowd[q.name], underWay[q.name])
			mu.Unlock()
			work(roundTrip)
			mu.Lock()
			defer mu.Unlock()
			others := crowd[q.name] - 1
			if underWay[q.name]--; underWay[q.name] == 0 {
				delete(crowd, q.name)
			}
			return decide(others, a.names.claim(q))
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
			work(roundTrip)
			mix(mine, latest.Load())
		})
	}
}

func latestMembers(mine, latest *answer) { mine.members = latest.members }

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
		work(roundTrip)
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
		work(roundTrip)
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
			work(roundTrip)
			if now > most {
				refuse(q, answer)
			}
		})
	}
}
