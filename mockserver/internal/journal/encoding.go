package journal

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"time"
)

// Entries are kept as bytes and not as structs, so that the garbage collector has nothing to scan in a full journal and the
// budget is exact. One request is much like another, so an entry has only what differs from the one before it in its chunk: a
// byte with a bit for each text that does and one for the caller, how much later it came, its other numbers, and what differs.

// none is what the first entry of a chunk is told apart from.
var none = Entry{Time: time.Unix(0, 0)}

// texts are those of an entry.
func (e *Entry) texts() [7]*string {
	return [...]*string{&e.Method, &e.Path, &e.Name, &e.Privacy, &e.Rule, &e.Detail, &e.Fault}
}

// callerDiffers is the bit after those of the texts.
const callerDiffers = 1 << 7

// differing has a bit for everything in an entry that is not as before; size is the most that encode needs for it.
func differing(entry, before *Entry) (bits byte, size int) {
	size = 1 + 3*binary.MaxVarintLen64 // the bits and the numbers
	old := before.texts()
	for i, text := range entry.texts() {
		if *text != *old[i] {
			bits |= 1 << i
			size += binary.MaxVarintLen32 + len(*text)
		}
	}
	if entry.Caller != before.Caller {
		bits |= callerDiffers
		size += 1 + 16
	}
	return bits, size
}

// encode appends what differs in an entry.
func encode(to []byte, entry, before *Entry, bits byte) []byte {
	to = append(to, bits)
	to = binary.AppendVarint(to, entry.Time.UnixNano()-before.Time.UnixNano())
	to = binary.AppendVarint(to, int64(entry.Duration))
	to = binary.AppendVarint(to, int64(entry.Status))
	for i, text := range entry.texts() {
		if bits&(1<<i) != 0 {
			to = append(binary.AppendUvarint(to, uint64(len(*text))), *text...)
		}
	}
	if bits&callerDiffers != 0 {
		switch {
		case entry.Caller.Is4():
			address := entry.Caller.As4()
			to = append(append(to, 4), address[:]...)
		case entry.Caller.Is6():
			address := entry.Caller.As16()
			to = append(append(to, 16), address[:]...)
		default:
			to = append(to, 0)
		}
	}
	return to
}

// after yields the chunk's entries whose id is greater than the one given.
func (c chunk) after(id uint64) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		decoder, entry := decoder{c.encoded}, none
		for offset := range uint64(c.count) {
			decoder.next(&entry)
			entry.ID = c.firstID + offset
			if entry.ID > id && !yield(entry) {
				return
			}
		}
	}
}

// decoder reads what encode has appended.
type decoder struct{ rest []byte }

// next makes of an entry the one after it.
func (d *decoder) next(entry *Entry) {
	bits := d.rest[0]
	d.rest = d.rest[1:]
	entry.Time = time.Unix(0, entry.Time.UnixNano()+d.number()).UTC()
	entry.Duration = time.Duration(d.number())
	entry.Status = int(d.number())
	for i, text := range entry.texts() {
		if bits&(1<<i) != 0 {
			*text = string(d.bytes())
		}
	}
	if bits&callerDiffers != 0 {
		entry.Caller, _ = netip.AddrFromSlice(d.bytes())
	}
}

func (d *decoder) number() int64 {
	number, size := binary.Varint(d.rest)
	d.rest = d.rest[size:]
	return number
}

// bytes reads bytes that come after their length.
func (d *decoder) bytes() []byte {
	length, size := binary.Uvarint(d.rest)
	bytes := d.rest[size : size+int(length)]
	d.rest = d.rest[size+int(length):]
	return bytes
}
