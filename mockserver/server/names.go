package server

import (
	"hash/maphash"
	"math/bits"
)

// Names is an immutable set of preloaded names, which any number of states share. Its accounts have the default privacy.
//
// It is a hash table with open addressing, for a map of a million names takes three times the memory and is read by the garbage
// collector again and again, while requests wait.
type Names struct {
	list []string
	key  func(name string) string
	seed maphash.Seed
	// slots hold indices in list, counted from 1; 0 is an empty slot. Their number is a power of 2, and at least a third is empty.
	slots []uint32
}

// newNames keeps the list itself, which may be long, as far as no name is in it twice.
func newNames(list []string, key func(name string) string) *Names {
	names := &Names{key: key, seed: maphash.MakeSeed(), slots: make([]uint32, 1<<bits.Len(uint(len(list)*3/2)))}
	for i, name := range list {
		slot := names.slot(key(name))
		switch {
		case *slot != 0:
			continue
		case len(names.list) == i:
			names.list = list[: i+1 : i+1] // no longer, so that appending to it copies
		default:
			names.list = append(names.list, name)
		}
		*slot = uint32(len(names.list))
	}
	return names
}

func (n *Names) has(key string) bool {
	return len(n.list) > 0 && *n.slot(key) != 0
}

// slot returns the slot of a key: the one that has it, or the empty one where it would be.
func (n *Names) slot(key string) *uint32 {
	last := uint64(len(n.slots) - 1)
	for i := maphash.String(n.seed, key); ; i++ {
		slot := &n.slots[i&last]
		if *slot == 0 || n.key(n.list[*slot-1]) == key {
			return slot
		}
	}
}
