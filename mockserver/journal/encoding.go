package journal

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"time"
)

// Entries are kept as bytes and not as structs, so that the garbage collector has nothing to scan in a full journal and the
// budget is exact. An entry is its length, its numbers, and its texts, each text after its own length.

const fixedSize = 4 + 8 + 8 + 2 + 1 // length, time, duration, status, length of the caller's address

// encodedSize is an upper bound: a text's length takes at most as many bytes as the largest possible one.
func encodedSize(entry *Entry) int {
	return fixedSize + 16 + 7*binary.MaxVarintLen32 +
		len(entry.Method) + len(entry.Path) + len(entry.Name) + len(entry.Privacy) +
		len(entry.Rule) + len(entry.Detail) + len(entry.Fault)
}

func appendEntry(to []byte, entry *Entry) []byte {
	start := len(to)
	to = append(to, 0, 0, 0, 0)
	to = binary.LittleEndian.AppendUint64(to, uint64(entry.Time.UnixNano()))
	to = binary.LittleEndian.AppendUint64(to, uint64(entry.Duration))
	to = binary.LittleEndian.AppendUint16(to, uint16(entry.Status))
	switch address := entry.Caller; {
	case address.Is4():
		bytes := address.As4()
		to = append(append(to, 4), bytes[:]...)
	case address.Is6():
		bytes := address.As16()
		to = append(append(to, 16), bytes[:]...)
	default:
		to = append(to, 0)
	}
	for _, text := range [...]string{
		entry.Method, entry.Path, entry.Name, entry.Privacy, entry.Rule, entry.Detail, entry.Fault,
	} {
		to = append(binary.AppendUvarint(to, uint64(len(text))), text...)
	}
	binary.LittleEndian.PutUint32(to[start:], uint32(len(to)-start))
	return to
}

// after yields the chunk's entries whose id is greater than the one given.
func (c chunk) after(id uint64) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		rest := c.encoded
		for offset := range uint64(c.count) {
			length := binary.LittleEndian.Uint32(rest)
			encoded := rest[:length]
			rest = rest[length:]
			if c.firstID+offset <= id {
				continue
			}
			entry := decodeEntry(encoded)
			entry.ID = c.firstID + offset
			if !yield(entry) {
				return
			}
		}
	}
}

func decodeEntry(encoded []byte) (entry Entry) {
	entry.Time = time.Unix(0, int64(binary.LittleEndian.Uint64(encoded[4:]))).UTC()
	entry.Duration = time.Duration(binary.LittleEndian.Uint64(encoded[12:]))
	entry.Status = int(binary.LittleEndian.Uint16(encoded[20:]))
	address := encoded[fixedSize : fixedSize+int(encoded[22])]
	entry.Caller, _ = netip.AddrFromSlice(address)
	rest := encoded[fixedSize+len(address):]
	for _, text := range [...]*string{
		&entry.Method, &entry.Path, &entry.Name, &entry.Privacy, &entry.Rule, &entry.Detail, &entry.Fault,
	} {
		length, n := binary.Uvarint(rest)
		*text = string(rest[n : n+int(length)])
		rest = rest[n+int(length):]
	}
	return entry
}
