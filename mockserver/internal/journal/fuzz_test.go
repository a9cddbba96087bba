package journal_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
)

// Entries come back as they were, whatever bytes they hold, and two of them do not run into each other.
func FuzzRecord(f *testing.F) {
	f.Add("POST", "/users/", "alice", "created", int64(0), int64(time.Millisecond), uint16(201), []byte{127, 0, 0, 1})
	f.Add("", "\xff\x00", "\u2028", "", int64(-1), int64(-1), uint16(65535), []byte("0123456789abcdef"))
	f.Fuzz(func(t *testing.T, method, path, name, rule string, nanoseconds, took int64, status uint16, address []byte) {
		caller, _ := netip.AddrFromSlice(address)
		entry := journal.Entry{
			Time: time.Unix(0, nanoseconds), Method: method, Path: path, Name: name, Privacy: rule, Status: int(status), Rule: rule,
			Detail: path, Caller: caller, Fault: method, Duration: time.Duration(took),
		}
		second := journal.Entry{Name: "second", Time: time.Unix(1, 0)}
		j := journal.New(0)
		j.Record(&entry)
		j.Record(&second)
		page := j.Read(journal.Filter{})
		entries := slices.Collect(page.Entries)
		if !page.Complete || len(entries) != 2 {
			t.Fatalf("%d entries, complete %v", len(entries), page.Complete)
		}
		got := entries[0]
		if !got.Time.Equal(entry.Time) {
			t.Errorf("the time %v came back as %v", entry.Time, got.Time)
		}
		got.Time = entry.Time
		if got != entry || entries[1].Name != "second" {
			t.Errorf("%+v came back as %+v, followed by %+v", entry, got, entries[1])
		}
	})
}
