package judge

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/internal/report"
	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// blockedClauses need a way to be a blocked caller.
var blockedClauses = []string{
	"blocked.status", "blocked.body", "blocked.description", "blocked.code",
	"blocked.creates-nothing", "blocked.not-spoofed",
}

func blockedProbes() []probe {
	return []probe{{run: blockedCaller, phase: alone, clauses: append(slices.Clone(blockedClauses), "order.checks")}}
}

// noWay is why the clauses on 403 are not checked by default.
const noWay = "nobody said how to be a blocked caller; --blocked-via does"

// blockedCaller asks as a blocked caller, and then, no longer blocked, for the names that were refused.
func blockedCaller(r *run) {
	way, err := r.blockedWay()
	order := checkOrder{}
	switch {
	case err != nil:
		r.broke(err, blockedClauses...)
	case way == nil:
		for _, id := range blockedClauses {
			r.checks[id].unchecked(noWay)
		}
		way = &blockedWay{free: r.target}
	}
	if way == nil {
		return
	}

	used := r.name()
	created := r.send(request{clause: "order.checks", header: headers(used), via: way.free})
	r.expectBody(created, nil, wantCreated(used, fixtures.DefaultPrivacy))
	order.ask(r, way.free, 400, 409, []*answer{created}, headers(used, r.invalid(0)), wantInvalid(used, r.invalid(0)),
		wantConflict(used))
	order.blockedKnown = way.via != nil && r.asBlocked(way, &order, created, used)
	order.observe(r)
}

// asBlocked blocks this caller, asks, and undoes it. It returns whether the caller was blocked.
func (r *run) asBlocked(way *blockedWay, order *checkOrder, created *answer, used string) bool {
	defer func() {
		if err := r.leave(way); err != nil && !errors.Is(err, errUnauthorized) {
			r.broke(err, "blocked.creates-nothing")
		}
	}()
	err := r.changeState(way, "setup")
	switch {
	case errors.Is(err, errUnauthorized) && way.space != "":
		for _, id := range blockedClauses {
			r.checks[id].unchecked("the mock server blocks nobody without its control token; give it with " +
				"--header 'Authorization: Bearer TOKEN'")
		}
		return false
	case err != nil:
		r.broke(err, blockedClauses...)
		return false
	}
	// A block may leak now and then; a refused request creates nothing, so there can be many. Fewer names are asked
	// for again.
	names := make([]string, max(r.cfg.Repeat/2, min(4*r.cfg.Repeat, 40)))
	refused := make([]*answer, len(names))
	free := r.name()
	send := func(clause string, header http.Header) *answer {
		return r.send(request{clause: clause, header: header, via: way.via, blocked: true})
	}
	all(
		func() {
			each(len(names), func(i int) {
				names[i] = r.name()
				header := headers(names[i])
				if i%2 == 1 {
					header = headers(names[i], fixtures.DefaultPrivacy)
				}
				if i%4 == 3 {
					maps.Copy(header, preferences[i/4%len(preferences)])
				}
				refused[i] = send("blocked.status", header)
				r.expect(refused[i], nil, wantBlocked())
			})
		},
		func() { r.spoof(way, send) },
		func() {
			order.ask(r, way.via, 403, 400, nil, headers(free, r.invalid(0)), wantBlocked(),
				wantInvalid(free, r.invalid(0)))
		},
		func() {
			order.ask(r, way.via, 403, 409, []*answer{created}, headers(used), wantBlocked(), wantConflict(used))
		},
	)
	if err := r.changeState(way, "teardown"); err != nil {
		r.broke(err, "blocked.creates-nothing")
		return true
	}
	each(max(3, r.cfg.Repeat/2), func(i int) {
		if refused[i].status < 400 || refused[i].status >= 500 {
			return
		}
		a := r.send(request{clause: "blocked.creates-nothing", header: headers(names[i]), via: way.free})
		if a.is(http.StatusForbidden) && r.stillBlocked(way, a.exchange.Clause) {
			r.broke(errors.New("this caller is still blocked after the block was undone"), "blocked.creates-nothing")
			return
		}
		r.expect(a, []*answer{refused[i]}, wantCreated(names[i], fixtures.DefaultPrivacy))
	})
	return slices.ContainsFunc(refused, func(a *answer) bool { return a.is(http.StatusForbidden) })
}

func (r *run) stillBlocked(way *blockedWay, clause string) bool {
	return r.send(request{clause: clause, header: headers(r.name()), via: way.free}).is(http.StatusForbidden)
}

// forged are headers by which proxies tell the address of a caller. Anybody can send them, with addresses that nobody
// blocks.
var forged = map[string]string{
	"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=198.51.100.7", "X-Real-IP": "198.51.100.7",
	"True-Client-IP": "198.51.100.7", "CF-Connecting-IP": "198.51.100.7",
}

// spoof asks as a blocked caller who claims another address. The header by which this caller is a blocked one is left
// alone.
func (r *run) spoof(way *blockedWay, send func(string, http.Header) *answer) {
	headerNames := slices.DeleteFunc(slices.Sorted(maps.Keys(forged)), func(name string) bool {
		return way.via.header.Get(name) != ""
	})
	each(len(headerNames), func(i int) {
		header := headers(r.name())
		header[headerNames[i]] = []string{forged[headerNames[i]]}
		r.expect(send("blocked.not-spoofed", header), nil, wantBlocked())
	})
}

// broke notes for every clause that it cannot be judged, because the tool or what it was given failed.
func (r *run) broke(err error, ids ...string) {
	for _, id := range ids {
		r.checks[id].broke(err)
	}
}

// checkOrder gathers which of two refusals came first, as pairs of statuses.
type checkOrder struct {
	mu           sync.Mutex
	blockedKnown bool
	before       [][2]int
	asked        []*answer
	odd          []string
}

// ask sends a request that two checks could refuse, and notes which one did.
func (o *checkOrder) ask(r *run, via *route, one, other int, before []*answer, header http.Header, wants ...want) {
	a := r.send(request{clause: "order.checks", header: header, via: via, blocked: one == http.StatusForbidden})
	r.expectBody(a, before, wants...)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked = append(o.asked, a)
	switch a.status {
	case one:
		o.before = append(o.before, [2]int{one, other})
	case other:
		o.before = append(o.before, [2]int{other, one})
	default:
		o.odd = append(o.odd, fmt.Sprintf("where %d or %d was due, %s came", one, other, a.text()))
	}
}

// observe reports the order. Without a way to be blocked only two of the checks can be compared; the third is then
// taken to come first, as it does in the reference server.
func (o *checkOrder) observe(r *run) {
	const id = "order.checks"
	result := report.Observation{Exchanges: evidence(o.asked...)}
	if len(o.odd) > 0 {
		result.Text = strings.Join(o.odd, "; ")
		r.observe(id, result, false)
		return
	}
	if !o.blockedKnown {
		o.before = append(o.before, [2]int{403, 400}, [2]int{403, 409})
	}
	for _, value := range assumptionOf("check-order").Values {
		if o.fits(value.Value) {
			result.Text, result.Choices = value.Text, choice("check-order", value.Value)
		}
	}
	switch {
	case result.Text == "":
		result.Text = "there is no one order"
	case !o.blockedKnown && o.before[0][0] == 400:
		result.Text = "invalid input, then used name; where a blocked caller stands is not known"
	case !o.blockedKnown:
		result.Text = "used name, then invalid input; where a blocked caller stands is not known"
	}
	r.observe(id, result, result.Choices != nil)
}

// fits reports whether an order such as 403,400,409 agrees with every pair.
func (o *checkOrder) fits(order string) bool {
	for _, pair := range o.before {
		if strings.Index(order, fmt.Sprint(pair[0])) > strings.Index(order, fmt.Sprint(pair[1])) {
			return false
		}
	}
	return true
}
