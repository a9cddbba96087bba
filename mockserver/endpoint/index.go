package endpoint

import (
	"hash/maphash"
	"math/bits"
)

// index finds, by its key, where something is in a list that its owner keeps. It is a hash table with open addressing
// and without pointers: a map takes three times the memory, is read by the garbage collector again and again, and costs
// every create a few cache misses more. Its zero value is not ready; use newIndex.
type index struct {
	seed maphash.Seed
	// table has 0 or a power of 2 slots. At most half of them are used, by places or by what is left of removed ones.
	table      []slot
	used, live int
	// old is the table before, as long as some of it is still to be moved. Every add moves a little, so that no create
	// waits until a million others lie in a larger table. What was moved is gone from old.
	old    []slot
	looked int // how many slots of old have been looked at
}

// slot holds a place in the list, counted from 1, and a part of its key's hash.
type slot struct{ hash, place uint32 }

// Places that are none.
const (
	free    = 0
	removed = 1<<32 - 1 // a search goes on past it
)

// newIndex returns an empty index that has room for a number of places before it grows.
func newIndex(room int) index { return index{seed: maphash.MakeSeed(), table: newTable(room)} }

// newTable returns slots of which that many places use half at most.
func newTable(room int) []slot {
	if room == 0 {
		return nil
	}
	return make([]slot, 1<<bits.Len(uint(max(2*room, 16)-1)))
}

func (x *index) hash(key string) uint32 { return uint32(maphash.String(x.seed, key)) }

// find returns the place of a key. Keys may have the same hash, so is tells whether what is at a place has the key in
// question.
func (x *index) find(key string, is func(place int) bool) (place int, ok bool) {
	if s := x.slot(x.hash(key), is); s != nil {
		return int(s.place - 1), true
	}
	return 0, false
}

// remove forgets the place of a key, and returns it.
func (x *index) remove(key string, is func(place int) bool) (place int, ok bool) {
	s := x.slot(x.hash(key), is)
	if s == nil {
		return 0, false
	}
	place = int(s.place - 1)
	s.place = removed
	x.live--
	return place, true
}

// add remembers the place of a key, which must have none.
func (x *index) add(key string, place int) {
	// All of old is moved long before table is full again, which is a quarter of its length later at the earliest; and
	// soon, for until then every search looks into both.
	for range 16 {
		x.move()
	}
	if 2*x.used >= len(x.table) {
		x.old, x.looked = x.table, 0
		x.table, x.used = newTable(max(2*x.live, len(x.old)/2, 1)), 0
	}
	x.put(slot{x.hash(key), uint32(place + 1)})
	x.live++
}

// move looks at the next slot of old and puts its place into table.
func (x *index) move() {
	if x.old == nil {
		return
	}
	if s := &x.old[x.looked]; s.place != free && s.place != removed {
		x.put(*s)
		s.place = removed
	}
	if x.looked++; x.looked == len(x.old) {
		x.old = nil
	}
}

func (x *index) put(s slot) {
	i := s.hash
	for x.at(x.table, i).place != free {
		i++
	}
	*x.at(x.table, i) = s
	x.used++
}

// slot returns where the key with this hash has its place, or nil.
func (x *index) slot(hash uint32, is func(place int) bool) *slot {
	for _, table := range [...][]slot{x.table, x.old} {
		if len(table) == 0 {
			continue
		}
		for i := hash; ; i++ {
			s := x.at(table, i)
			if s.place == free {
				break
			}
			if s.hash == hash && s.place != removed && is(int(s.place-1)) {
				return s
			}
		}
	}
	return nil
}

// at returns the slot where a search from this hash begins, or goes on.
func (x *index) at(table []slot, i uint32) *slot { return &table[i&uint32(len(table)-1)] }
