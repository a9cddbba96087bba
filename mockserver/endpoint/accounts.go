package endpoint

import (
	"iter"
	"strings"
)

// accountList holds accounts, oldest first. Their names lie together in one piece of memory for every chunk of them:
// millions of accounts then give the garbage collector nothing to follow, and none keeps a part of its request alive.
type accountList struct {
	// chunks, and not one long list, so that no create waits while a million others are copied.
	chunks []*accountChunk
	length int
	// bytes is what the accounts take, removed how much of it those that were removed.
	bytes, removed int
	// extra is for how many more accounts the long texts among them count.
	extra int
	// settings are the privacy settings of the accounts, each once, and places where they are in it.
	settings []string
	places   map[string]uint32
}

// longText is how many bytes of a text count as one more account, for the bound on accounts is there to bound memory,
// and a header leaves room for names and settings of 64 KiB.
const longText = 256

// chunkSize is how many accounts a chunk has: few, so that a space with one account stays small.
const chunkSize = 128

type accountChunk struct {
	text []byte // one name after the other
	ends [chunkSize]accountEnd
}

// accountEnd is where in text a name ends, and which of the settings its account has. A name begins where the one
// before it ends.
type accountEnd struct {
	name    int
	privacy uint32
	gone    bool
}

func (c *accountChunk) start(i int) int {
	if i == 0 {
		return 0
	}
	return c.ends[i-1].name
}

// append adds an account and returns its place.
func (l *accountList) append(account Account) (place int) {
	place = l.length
	if place%chunkSize == 0 {
		room := 0
		if place > 0 {
			// Names are mostly of a kind, so the next ones take about as much.
			room = len(l.chunks[len(l.chunks)-1].text)
		}
		l.chunks = append(l.chunks, &accountChunk{text: make([]byte, 0, room)})
	}
	l.length++
	chunk, i := l.locate(place)
	chunk.text = append(chunk.text, account.Name...)
	chunk.ends[i] = accountEnd{name: len(chunk.text), privacy: l.setting(account.Privacy)}
	l.bytes += size(account)
	l.extra += len(account.Name) / longText
	return place
}

// setting returns the place of a privacy setting, of which there are few; so each is kept once.
func (l *accountList) setting(privacy string) uint32 {
	if len(l.settings) > 0 && l.settings[0] == privacy {
		return 0 // without the cost of a hash
	}
	place, known := l.places[privacy]
	if !known {
		if l.places == nil {
			l.places = map[string]uint32{}
		}
		place, privacy = uint32(len(l.settings)), strings.Clone(privacy)
		l.settings, l.places[privacy] = append(l.settings, privacy), place
		l.extra += len(privacy) / longText
	}
	return place
}

// locate returns the chunk of a place, and where in it that is.
func (l *accountList) locate(place int) (chunk *accountChunk, i int) {
	return l.chunks[place/chunkSize], place % chunkSize
}

// at returns the account at a place, also one that was removed.
func (l *accountList) at(place int) Account {
	chunk, i := l.locate(place)
	end := chunk.ends[i]
	return Account{Name: string(chunk.text[chunk.start(i):end.name]), Privacy: l.settings[end.privacy]}
}

// all yields the accounts that were not removed, oldest first.
func (l *accountList) all() iter.Seq[Account] {
	return func(yield func(Account) bool) {
		for place := range l.length {
			if !l.gone(place) && !yield(l.at(place)) {
				return
			}
		}
	}
}

// gone reports whether the account at a place was removed.
func (l *accountList) gone(place int) bool {
	chunk, i := l.locate(place)
	return chunk.ends[i].gone
}

// remove removes the account at a place and returns it. Its memory is free when the list is made anew.
func (l *accountList) remove(place int) Account {
	account := l.at(place)
	chunk, i := l.locate(place)
	chunk.ends[i].gone = true
	l.removed += size(account)
	l.extra -= len(account.Name) / longText
	return account
}

// size is what an account takes in bytes: its name, and 16 for its end.
func size(account Account) int { return len(account.Name) + 16 }
