package endpoint

// accountList holds accounts, oldest first. What they say lies together in one piece of memory for every chunk of them: millions of
// accounts then give the garbage collector nothing to follow, and none keeps a part of its request alive.
type accountList struct {
	// chunks, and not one long list, so that no create waits while a million others are copied.
	chunks []*accountChunk
	length int
	// bytes is what the accounts take, removed how much of it those that were removed.
	bytes, removed int
}

// chunkSize is how many accounts a chunk has: few, so that a space with one account stays small.
const chunkSize = 128

type accountChunk struct {
	text []byte // a name, its privacy, the next name, and so on
	ends [chunkSize]accountEnds
}

// accountEnds are where in text a name and its privacy end. Each begins where what comes before it ends.
type accountEnds struct{ name, privacy int }

func (c *accountChunk) start(i int) int {
	if i == 0 {
		return 0
	}
	return c.ends[i-1].privacy
}

// append adds an account and returns its place.
func (l *accountList) append(account Account) (place int) {
	place = l.length
	if place%chunkSize == 0 {
		room := 0
		if place > 0 {
			room = len(l.chunks[len(l.chunks)-1].text) // names are mostly of a kind, so the next ones take about as much
		}
		l.chunks = append(l.chunks, &accountChunk{text: make([]byte, 0, room)})
	}
	l.length++
	chunk, i := l.locate(place)
	chunk.text = append(chunk.text, account.Name...)
	named := len(chunk.text)
	chunk.text = append(chunk.text, account.Privacy...)
	chunk.ends[i] = accountEnds{named, len(chunk.text)}
	l.bytes += size(account)
	return place
}

// locate returns the chunk of a place, and where in it that is.
func (l *accountList) locate(place int) (chunk *accountChunk, i int) {
	return l.chunks[place/chunkSize], place % chunkSize
}

// at returns the account at a place that was not removed.
func (l *accountList) at(place int) Account {
	chunk, i := l.locate(place)
	start, ends := chunk.start(i), chunk.ends[i]
	text := string(chunk.text[start:ends.privacy])
	return Account{Name: text[:ends.name-start], Privacy: text[ends.name-start:]}
}

// gone reports whether the account at a place was removed.
func (l *accountList) gone(place int) bool {
	chunk, i := l.locate(place)
	return chunk.ends[i].name == chunk.start(i) // for no name is empty
}

// remove removes the account at a place and returns it. Its memory is free when the list is made anew.
func (l *accountList) remove(place int) Account {
	account := l.at(place)
	chunk, i := l.locate(place)
	chunk.ends[i].name = chunk.start(i)
	l.removed += size(account)
	return account
}

// size is what an account takes in bytes: its text, and 16 for its ends.
func size(account Account) int { return len(account.Name) + len(account.Privacy) + 16 }
