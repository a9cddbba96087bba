package journal

import (
	"errors"
	"slices"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// maxSubscriptions is how many can listen to one journal at once.
const maxSubscriptions = 32

var errTooManySubscriptions = errors.New("too many listeners to the journal: close one, or read the journal instead")

// Subscription reads a journal as it grows. It holds a position and no entries: one that reads slowly costs no memory
// and holds up no request, it merely skips what the journal has dropped, or what is more than it asks for at once.
type Subscription struct {
	journal *Journal
	ready   chan struct{}
	seen    uint64
}

// Subscribe listens from the next entry on. The subscription must be closed.
func (j *Journal) Subscribe() (*Subscription, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	current := j.current()
	if len(current) >= maxSubscriptions {
		return nil, errTooManySubscriptions
	}
	added := &Subscription{journal: j, ready: make(chan struct{}, 1), seen: j.lastID}
	current = append(slices.Clone(current), added)
	j.subscriptions.Store(&current)
	return added, nil
}

// Close ends the subscription.
func (s *Subscription) Close() {
	j := s.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	rest := slices.DeleteFunc(slices.Clone(j.current()), func(other *Subscription) bool { return other == s })
	j.subscriptions.Store(&rest)
}

// Ready gets a value when there may be something new to read.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Next returns the newest entries that it has not returned before, at most limit of them and oldest first, and how many
// others it had to skip.
func (s *Subscription) Next(limit int) (entries []endpoint.Exchange, skipped int) {
	lastID := s.journal.LastID()
	unseen := int(lastID - s.seen)
	from := s.seen
	if unseen > limit {
		from = lastID - uint64(limit)
	}
	newer, _ := s.journal.after(from)
	for _, entry := range newer {
		if entry.ID <= lastID {
			entries = append(entries, entry)
		}
	}
	s.seen = lastID
	return entries, unseen - len(entries)
}

func (j *Journal) current() []*Subscription {
	if current := j.subscriptions.Load(); current != nil {
		return *current
	}
	return nil
}

// Wake signals every subscription, also when whoever calls it has more to tell than requests. It never waits: a
// subscription that has not read yet has its signal already.
func (j *Journal) Wake() {
	for _, subscription := range j.current() {
		select {
		case subscription.ready <- struct{}{}:
		default:
		}
	}
}
