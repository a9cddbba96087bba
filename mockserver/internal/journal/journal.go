// Package journal remembers the requests that the mock has answered, so many and no more, for whoever asks later or
// listens live.
package journal

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// DefaultRequests is how many requests a journal holds when nobody says how many.
const DefaultRequests = 10_000

// maxBytes is what all journals with one [Budget] hold at most, in bytes, but for the [share] of each.
const maxBytes = 256 << 20

// share is what a journal may hold, in bytes, however much the others do.
const share = 256 << 10

// fixedBytes is what an entry takes beyond its texts, in bytes.
const fixedBytes = 320

// Budget is what journals may hold together: [maxBytes]. A journal that would go beyond it drops the oldest of its own
// requests, but keeps its [share]. The zero value is unused.
type Budget struct{ used atomic.Int64 }

// Journal is a ring of requests. It is safe for use by any number of goroutines.
type Journal struct {
	max    int
	budget *Budget

	mu     sync.Mutex // guards what follows; held for the copy of an entry, or of all of them
	ring   []endpoint.Exchange
	first  int // where in ring the oldest is
	held   int
	bytes  int
	lastID uint64
	lost   lost
	closed bool

	subscriptions atomic.Pointer[[]*Subscription] // replaced, never changed, under mu
}

// lost is what a journal no longer has because there was no room.
type lost struct {
	throughID uint64 // 0: nothing is lost
	newest    time.Time
}

// New returns an empty journal that holds at most max requests; 0 stands for [DefaultRequests].
func New(max int, budget *Budget) *Journal {
	return &Journal{max: cmp.Or(max, DefaultRequests), budget: budget}
}

// Record adds an exchange and gives it its ID. Where there is no room, the oldest go. Long texts are cut, and say so.
func (j *Journal) Record(exchange *endpoint.Exchange) {
	// Without the monotonic clock: which of two entries is newer goes by the clock that a Filter's AfterTime goes by,
	// and that may have been set between the two.
	exchange.Time = exchange.Time.Round(0).UTC()
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return
	}
	j.lastID++
	exchange.ID = j.lastID
	*j.place() = kept(exchange)
	j.held++
	j.count(size(j.at(j.held - 1)))
	for j.bytes > share && j.budget.used.Load() > maxBytes {
		j.drop()
	}
	j.mu.Unlock()
	j.Wake()
}

// kept is an exchange as it is kept.
func kept(exchange *endpoint.Exchange) endpoint.Exchange {
	entry := *exchange
	entry.Header, entry.Body = nil, nil
	for _, text := range []*string{&entry.Method, &entry.Path, &entry.Name, &entry.Privacy, &entry.Detail} {
		*text = endpoint.Cut(*text)
	}
	return entry
}

func size(entry *endpoint.Exchange) int {
	return fixedBytes + len(entry.Method) + len(entry.Path) + len(entry.Name) + len(entry.Privacy) + len(entry.Detail) +
		entry.Headers.Bytes()
}

// place returns where the next entry goes.
func (j *Journal) place() *endpoint.Exchange {
	if j.held == j.max {
		j.drop()
	}
	if j.held == len(j.ring) {
		grown := make([]endpoint.Exchange, min(max(2*j.held, 16), j.max))
		for i := range j.held {
			grown[i] = *j.at(i)
		}
		j.ring, j.first = grown, 0
	}
	return j.at(j.held)
}

// at returns the i-th entry, the oldest first.
func (j *Journal) at(i int) *endpoint.Exchange { return &j.ring[(j.first+i)%len(j.ring)] }

// drop forgets the oldest entry.
func (j *Journal) drop() {
	oldest := j.at(0)
	j.lost.throughID = oldest.ID
	if oldest.Time.After(j.lost.newest) {
		j.lost.newest = oldest.Time
	}
	j.count(-size(oldest))
	*oldest = endpoint.Exchange{}
	j.first = (j.first + 1) % len(j.ring)
	j.held--
}

func (j *Journal) count(bytes int) {
	j.bytes += bytes
	j.budget.used.Add(int64(bytes))
}

// Clear forgets all entries, and that any were lost.
func (j *Journal) Clear() {
	j.mu.Lock()
	j.clear()
	j.mu.Unlock()
	j.Wake()
}

func (j *Journal) clear() {
	j.count(-j.bytes)
	j.ring, j.first, j.held, j.lost = nil, 0, 0, lost{}
}

// Close forgets all entries, and whatever is recorded later.
func (j *Journal) Close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.clear()
	j.closed = true
}

// Bytes is the memory that the entries take.
func (j *Journal) Bytes() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.bytes
}

// LastID is the ID of the latest entry, also of one that is gone; 0 before the first.
func (j *Journal) LastID() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lastID
}

// Len is the number of entries held.
func (j *Journal) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.held
}

// Filter chooses entries; its zero value chooses all.
type Filter struct {
	// HasName limits the choice to entries of exactly this Name.
	HasName bool
	Name    string
	// Contains limits the choice to entries whose Name contains this text, in any letter case.
	Contains string
	// HasStatus limits the choice to answers of exactly this Status.
	HasStatus bool
	Status    int
	// AfterID and AfterTime limit the choice to later entries.
	AfterID   uint64
	AfterTime time.Time
	// Limit keeps the newest of the choice; 0 keeps all.
	Limit int
}

func (f Filter) matches(entry *endpoint.Exchange) bool {
	return (!f.HasName || entry.Name == f.Name) &&
		(f.Contains == "" || strings.Contains(strings.ToLower(entry.Name), strings.ToLower(f.Contains))) &&
		(!f.HasStatus || entry.Status == f.Status) &&
		(f.AfterTime.IsZero() || entry.Time.After(f.AfterTime))
}

// Page is what a journal has for a Filter, as it was when it was read.
type Page struct {
	// Complete is false when entries that the filter might have chosen were dropped because there was no room.
	Complete bool
	// Total is how many of the entries held match, whatever the limit.
	Total int
	// Entries come oldest first.
	Entries []endpoint.Exchange
}

// Read returns the entries that match. Requests are held up while it copies all of them, and not while it chooses.
func (j *Journal) Read(filter Filter) Page {
	entries, lost := j.after(filter.AfterID)
	filter.Name = endpoint.Cut(filter.Name) // as the entries have it
	page := Page{Complete: lost.throughID <= filter.AfterID || filter.AfterTime.After(lost.newest)}
	for i := range entries {
		if filter.matches(&entries[i]) {
			page.Entries = append(page.Entries, entries[i])
		}
	}
	page.Total = len(page.Entries)
	if skipped := page.Total - filter.Limit; filter.Limit > 0 && skipped > 0 {
		page.Entries = slices.Clone(page.Entries[skipped:]) // and nothing of the others stays
	}
	return page
}

// after copies the entries with greater ids.
func (j *Journal) after(id uint64) ([]endpoint.Exchange, lost) {
	j.mu.Lock()
	defer j.mu.Unlock()
	wanted := j.held
	if known := j.lastID - min(id, j.lastID); known < uint64(j.held) {
		wanted = int(known)
	}
	entries := make([]endpoint.Exchange, wanted)
	for i := range entries {
		entries[i] = *j.at(j.held - wanted + i)
	}
	return entries, j.lost
}
