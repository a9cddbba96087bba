// Package journal remembers the requests that the mock has answered, in a fixed budget of bytes, for whoever asks later or
// listens live.
package journal

import (
	"iter"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultBytes is the budget of a journal when none is given: 4 MiB, about 100,000 requests.
const DefaultBytes = 4 << 20

// A journal grows chunk by chunk, each twice the one before, so that an idle one costs next to nothing.
const (
	smallestChunk = 1 << 10
	largestChunk  = 64 << 10
)

// Entry is one request and what it met.
type Entry struct {
	// ID counts the requests of a journal from 1; it goes on after Clear.
	ID uint64
	// Time is when the request arrived.
	Time   time.Time
	Method string
	Path   string
	// Name and Privacy are what the request asked for; empty when it was not one for the endpoint.
	Name    string
	Privacy string
	// Status is that of the answer, also of one that Fault kept from the client; 0 when there was none.
	Status int
	// Rule is why the answer is what it is; Detail says more where there is more to say.
	Rule   string
	Detail string
	Caller netip.Addr
	// Fault is the fault that was injected, empty for none.
	Fault string
	// Duration is from the arrival of the request to the end of its answer, injected latency included.
	Duration time.Duration
}

// Journal is safe for use by any number of goroutines. The zero value holds nothing: use New.
type Journal struct {
	budget int

	mu        sync.Mutex // guards what follows; held for one copy of a few hundred bytes
	chunks    []chunk    // oldest first
	bytes     int        // the capacity of all chunks
	lastEntry Entry      // of the last chunk
	lastID    uint64
	lost      lost

	subscriptions atomic.Pointer[[]*Subscription] // replaced, never changed, under mu
}

// chunk is a run of encoded entries with consecutive ids. Its bytes are only ever appended to, and a dropped chunk is left to
// the garbage collector, so a reader goes on with what it has taken while requests go on writing.
type chunk struct {
	firstID uint64
	count   int
	newest  time.Time
	encoded []byte
}

// lost is what a journal no longer has because its budget was used up.
type lost struct {
	throughID uint64 // 0: nothing is lost
	newest    time.Time
}

// New returns an empty journal which never takes more than budget bytes for its entries; 0 stands for DefaultBytes.
func New(budget int) *Journal {
	if budget == 0 {
		budget = DefaultBytes
	}
	return &Journal{budget: budget}
}

// Record adds an entry and gives it its ID. When the budget is used up, the oldest entries go.
func (j *Journal) Record(entry *Entry) {
	// Without the monotonic clock: which of two entries is newer goes by the clock that a Filter's AfterTime goes by, and that
	// may have been set between the two.
	entry.Time = entry.Time.Round(0)
	j.mu.Lock()
	j.lastID++
	entry.ID = j.lastID
	bits, size := differing(entry, &j.lastEntry)
	if !j.fits(size) {
		j.lastEntry = none // in the chunk that comes
		bits, size = differing(entry, &j.lastEntry)
		j.grow(size)
	}
	if j.fits(size) {
		last := &j.chunks[len(j.chunks)-1]
		last.encoded = encode(last.encoded, entry, &j.lastEntry, bits)
		last.count++
		if entry.Time.After(last.newest) {
			last.newest = entry.Time
		}
		j.lastEntry = *entry
	} else {
		j.lose(entry.ID, entry.Time)
	}
	j.mu.Unlock()
	j.notify()
}

// fits reports whether the last chunk has room for size bytes.
func (j *Journal) fits(size int) bool {
	if len(j.chunks) == 0 {
		return false
	}
	last := j.chunks[len(j.chunks)-1].encoded
	return cap(last)-len(last) >= size
}

// grow adds a chunk with room for size bytes, in place of the oldest ones where need be; none when the whole budget has no room.
func (j *Journal) grow(size int) {
	next := smallestChunk
	if n := len(j.chunks); n > 0 {
		next = 2 * cap(j.chunks[n-1].encoded)
	}
	next = max(size, min(next, largestChunk, max(j.budget/8, smallestChunk)))
	for len(j.chunks) > 0 && j.bytes+next > j.budget {
		oldest := j.chunks[0]
		j.lose(oldest.firstID+uint64(oldest.count)-1, oldest.newest)
		j.bytes -= cap(oldest.encoded)
		j.chunks[0] = chunk{}
		j.chunks = j.chunks[1:]
	}
	if next = min(next, j.budget); next < size {
		return
	}
	encoded := make([]byte, 0, next)
	j.chunks = append(j.chunks, chunk{firstID: j.lastID, encoded: encoded})
	j.bytes += cap(encoded)
}

func (j *Journal) lose(throughID uint64, newest time.Time) {
	j.lost.throughID = throughID
	if newest.After(j.lost.newest) {
		j.lost.newest = newest
	}
}

// Clear forgets all entries, and that any were lost.
func (j *Journal) Clear() {
	j.mu.Lock()
	j.chunks, j.bytes, j.lost = nil, 0, lost{}
	j.mu.Unlock()
	j.notify()
}

// Bytes is the memory that the entries take, never more than the budget.
func (j *Journal) Bytes() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.bytes
}

// Len is the number of entries held.
func (j *Journal) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	held := 0
	for _, chunk := range j.chunks {
		held += chunk.count
	}
	return held
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

func (f Filter) matches(entry *Entry) bool {
	return (!f.HasName || entry.Name == f.Name) &&
		(f.Contains == "" || strings.Contains(strings.ToLower(entry.Name), strings.ToLower(f.Contains))) &&
		(!f.HasStatus || entry.Status == f.Status) &&
		(f.AfterTime.IsZero() || entry.Time.After(f.AfterTime))
}

// Page is what a journal has for a Filter, as it was when it was read.
type Page struct {
	// Complete is false when entries that the filter might have chosen were dropped to keep within the budget.
	Complete bool
	// Total is how many of the entries held match, whatever the limit.
	Total int
	// Entries come oldest first. They are decoded one by one, for all of them may take many times the journal's memory.
	Entries iter.Seq[Entry]
}

// Read returns the entries that match. Requests are not held up while it reads.
func (j *Journal) Read(filter Filter) Page {
	chunks, lost := j.snapshot(filter.AfterID)
	matching := func(yield func(Entry) bool) {
		for _, chunk := range chunks {
			for entry := range chunk.after(filter.AfterID) {
				if filter.matches(&entry) && !yield(entry) {
					return
				}
			}
		}
	}
	page := Page{Complete: lost.throughID <= filter.AfterID || filter.AfterTime.After(lost.newest), Entries: matching}
	for range matching {
		page.Total++
	}
	if skipped := page.Total - filter.Limit; filter.Limit > 0 && skipped > 0 {
		page.Entries = func(yield func(Entry) bool) {
			seen := 0
			for entry := range matching {
				if seen++; seen > skipped && !yield(entry) {
					return
				}
			}
		}
	}
	return page
}

// snapshot returns the chunks that hold ids after this one.
func (j *Journal) snapshot(afterID uint64) ([]chunk, lost) {
	j.mu.Lock()
	defer j.mu.Unlock()
	first := 0
	for first < len(j.chunks) && j.chunks[first].firstID+uint64(j.chunks[first].count) <= afterID+1 {
		first++
	}
	return append([]chunk(nil), j.chunks[first:]...), j.lost
}
