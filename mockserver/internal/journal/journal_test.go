package journal

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var compareAddresses = cmpopts.EquateComparable(netip.Addr{})

func TestEntriesComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := rapid.SampledFrom([]string{"", "192.0.2.1", "2001:db8::1", "::1"})
		text := rapid.OneOf(rapid.SampledFrom([]string{"", "as before"}), rapid.String())
		entries := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Entry {
			caller, _ := netip.ParseAddr(address.Draw(t, "caller"))
			return Entry{
				Time:     time.Unix(0, rapid.Int64Range(0, 1<<60).Draw(t, "time")).UTC(),
				Duration: time.Duration(rapid.Int64Min(0).Draw(t, "duration")),
				Method:   text.Draw(t, "method"),
				Path:     text.Draw(t, "path"),
				Name:     text.Draw(t, "name"),
				Privacy:  text.Draw(t, "privacy"),
				Status:   rapid.IntRange(0, 599).Draw(t, "status"),
				Rule:     text.Draw(t, "rule"),
				Detail:   text.Draw(t, "detail"),
				Fault:    text.Draw(t, "fault"),
				Caller:   caller,
			}
		})).Draw(t, "entries")
		journal := New(0)
		for i := range entries {
			journal.Record(&entries[i])
		}
		page := journal.Read(Filter{})
		if diff := cmp.Diff(entries, slices.Collect(page.Entries), compareAddresses, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("recorded (-), read (+):\n%s", diff)
		}
		if !page.Complete || page.Total != len(entries) || journal.Len() != len(entries) {
			t.Fatalf("complete %v, total %d, len %d of %d entries", page.Complete, page.Total, journal.Len(), len(entries))
		}
	})
}

func TestBudgetHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		budget := rapid.IntRange(1, 100_000).Draw(t, "budget")
		sizes := rapid.SliceOfN(rapid.IntRange(0, 20_000), 1, 200).Draw(t, "sizes")
		journal := New(budget)
		for i, size := range sizes {
			journal.Record(&Entry{Name: strings.Repeat("x", size)})
			if journal.Bytes() > budget {
				t.Fatalf("%d bytes taken of %d", journal.Bytes(), budget)
			}
			page := journal.Read(Filter{})
			held := slices.Collect(page.Entries)
			if page.Complete != (len(held) == i+1) {
				t.Fatalf("complete is %v with %d of %d entries", page.Complete, len(held), i+1)
			}
			_, needed := differing(&Entry{Name: strings.Repeat("x", size)}, &none)
			fits := needed <= budget
			if newest := len(held) - 1; fits && (newest < 0 || held[newest].ID != uint64(i+1)) {
				t.Fatalf("entry %d of %d bytes is not the newest of %d held", i+1, size, len(held))
			}
		}
	})
}

func TestEvictedEntriesAreAdmitted(t *testing.T) {
	journal := New(4 << 10)
	start := time.Unix(1_000_000, 0).UTC()
	for i := range 1000 {
		journal.Record(&Entry{Name: fmt.Sprint(i), Time: start.Add(time.Duration(i) * time.Second), Status: 201})
	}
	all := journal.Read(Filter{})
	if all.Complete || all.Total == 0 || all.Total == 1000 {
		t.Fatalf("complete %v, total %d: want an incomplete part", all.Complete, all.Total)
	}
	held := slices.Collect(all.Entries)
	if last := held[len(held)-1]; last.ID != 1000 || last.Name != "999" {
		t.Errorf("the newest entry is %+v", last)
	}
	if page := journal.Read(Filter{AfterID: held[0].ID}); !page.Complete {
		t.Error("nothing after the oldest entry held was evicted, but the page is not complete")
	}
	if page := journal.Read(Filter{AfterTime: held[0].Time}); !page.Complete {
		t.Error("nothing later than the oldest entry held was evicted, but the page is not complete")
	}
	if page := journal.Read(Filter{AfterTime: start}); page.Complete {
		t.Error("entries after the start were evicted, but the page is complete")
	}
	journal.Clear()
	if page := journal.Read(Filter{}); !page.Complete || page.Total != 0 || journal.Bytes() != 0 {
		t.Errorf("after Clear: %+v, %d bytes", page, journal.Bytes())
	}
	entry := Entry{}
	if journal.Record(&entry); entry.ID != 1001 {
		t.Errorf("after Clear the next id is %d, want 1001", entry.ID)
	}
}

func TestFilters(t *testing.T) {
	journal := New(0)
	start := time.Unix(1_000_000, 0).UTC()
	for i, entry := range []Entry{
		{Name: "alice", Status: 201}, {Name: "alice", Status: 409}, {Name: "", Status: 404}, {Name: "bob", Status: 201}, {Status: 0},
	} {
		entry.Time = start.Add(time.Duration(i) * time.Second)
		journal.Record(&entry)
	}
	for _, test := range []struct {
		what   string
		filter Filter
		total  int
		ids    []uint64
	}{
		{"everything", Filter{}, 5, []uint64{1, 2, 3, 4, 5}},
		{"a name", Filter{HasName: true, Name: "alice"}, 2, []uint64{1, 2}},
		{"no name", Filter{HasName: true}, 2, []uint64{3, 5}},
		{"a part of a name", Filter{Contains: "LIC"}, 2, []uint64{1, 2}},
		{"a status", Filter{HasStatus: true, Status: 201}, 2, []uint64{1, 4}},
		{"no answer", Filter{HasStatus: true}, 1, []uint64{5}},
		{"an id", Filter{AfterID: 3}, 2, []uint64{4, 5}},
		{"an id to come", Filter{AfterID: 9}, 0, nil},
		{"a time", Filter{AfterTime: start.Add(2 * time.Second)}, 2, []uint64{4, 5}},
		{"a limit", Filter{Limit: 2}, 5, []uint64{4, 5}},
		{"a limit of one", Filter{Limit: 1, HasStatus: true, Status: 201}, 2, []uint64{4}},
	} {
		page := journal.Read(test.filter)
		var ids []uint64
		for entry := range page.Entries {
			ids = append(ids, entry.ID)
		}
		if !cmp.Equal(ids, test.ids) || page.Total != test.total || !page.Complete {
			t.Errorf("%s: ids %v, total %d, complete %v; want %v, %d, true", test.what, ids, page.Total, page.Complete, test.ids, test.total)
		}
	}
}

func TestSubscriptionSkipsWhatIsTooMuch(t *testing.T) {
	journal := New(0)
	journal.Record(&Entry{Name: "before"})
	subscription, err := journal.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	defer subscription.Close()
	for i := range 10 {
		journal.Record(&Entry{Name: fmt.Sprint(i)})
	}
	<-subscription.Ready()
	entries, skipped := subscription.Next(3)
	if skipped != 7 || len(entries) != 3 || entries[0].Name != "7" || entries[2].Name != "9" {
		t.Errorf("skipped %d, entries %+v; want 7 and the newest three", skipped, entries)
	}
	if entries, skipped := subscription.Next(3); len(entries) != 0 || skipped != 0 {
		t.Errorf("a second time: %d entries, %d skipped", len(entries), skipped)
	}
	journal.Wake()
	<-subscription.Ready()
}

func TestSubscriptionsAreBounded(t *testing.T) {
	journal := New(0)
	var all []*Subscription
	for range MaxSubscriptions {
		subscription, err := journal.Subscribe()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, subscription)
	}
	if _, err := journal.Subscribe(); !errors.Is(err, ErrTooManySubscriptions) {
		t.Errorf("one too many: %v", err)
	}
	all[7].Close()
	subscription, err := journal.Subscribe()
	if err != nil {
		t.Fatalf("after one was closed: %v", err)
	}
	subscription.Close()
}

func TestReadersAndWritersAtOnce(t *testing.T) {
	const writers, each = 8, 2000
	journal := New(256 << 10)
	subscription, err := journal.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	defer subscription.Close()
	var writing, reading sync.WaitGroup
	written := make(chan struct{})
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				journal.Record(&Entry{Name: fmt.Sprint(w), Detail: fmt.Sprint(i), Status: 201})
			}
		})
	}
	reading.Go(func() {
		for {
			last := uint64(0)
			for entry := range journal.Read(Filter{Limit: 100}).Entries {
				if entry.ID <= last || entry.Status != 201 {
					t.Errorf("entry %+v after id %d", entry, last)
				}
				last = entry.ID
			}
			select {
			case <-written:
				return
			default:
			}
		}
	})
	seen := 0
	reading.Go(func() {
		for seen < writers*each {
			<-subscription.Ready()
			entries, skipped := subscription.Next(50)
			seen += len(entries) + skipped
		}
	})
	writing.Wait()
	close(written)
	reading.Wait()
	if seen != writers*each {
		t.Errorf("%d entries shown or skipped, want %d", seen, writers*each)
	}
}

func BenchmarkRecord(b *testing.B) {
	journal := New(0)
	entry := Entry{
		Time: time.Now(), Method: "POST", Path: "/connectmypairs/users/", Name: "a-name-of-16-byt", Privacy: "Public",
		Status: 201, Rule: "created", Caller: netip.MustParseAddr("127.0.0.1"), Duration: time.Microsecond,
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		entry := entry
		for pb.Next() {
			journal.Record(&entry)
		}
	})
}
