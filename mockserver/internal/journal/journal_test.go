package journal

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

var compare = cmp.Options{cmpopts.EquateComparable(netip.Addr{}, endpoint.Headers{}), cmpopts.EquateEmpty()}

func TestEntriesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 100, 300)
		entries := rapid.SliceOf(rapid.Custom(func(t *rapid.T) endpoint.Exchange {
			caller, _ := netip.ParseAddr(rapid.SampledFrom([]string{"", "192.0.2.1", "2001:db8::1"}).Draw(t, "caller"))
			return endpoint.Exchange{
				Time: time.Unix(0, rapid.Int64Range(0, 1<<60).Draw(t, "time")).UTC(), Method: text.Draw(t, "method"),
				Path: text.Draw(t, "path"), Name: text.Draw(t, "name"), Privacy: text.Draw(t, "privacy"),
				Detail: text.Draw(t, "detail"), Status: rapid.IntRange(0, 599).Draw(t, "status"),
				Rule: "rule", Fault: "fault", Caller: caller, Duration: 7,
			}
		})).Draw(t, "entries")
		journal := New(0, &Budget{})
		for i := range entries {
			journal.Record(&entries[i])
		}
		page := journal.Read(Filter{})
		if diff := cmp.Diff(entries, page.Entries, compare); diff != "" {
			t.Fatalf("recorded (-), read (+):\n%s", diff)
		}
		if !page.Complete || page.Total != len(entries) || journal.Len() != len(entries) {
			t.Fatalf("complete %v, total %d, len %d of %d entries",
				page.Complete, page.Total, journal.Len(), len(entries))
		}
	})
}

// A ring of any size holds the newest, in their order, whatever is cleared and dropped in between, and knows its bytes.
func TestTheRingHoldsTheNewest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const size = 320 + 1000 // of an entry
		most := rapid.IntRange(1, 300).Draw(t, "max")
		budget := &Budget{}
		journal := New(most, budget)
		var held []uint64
		lost := false
		requests := rapid.Uint64Range(0, 400).Draw(t, "requests")
		for id := uint64(1); id <= requests; id++ {
			switch rapid.IntRange(0, 30).Draw(t, "before") {
			case 0:
				journal.Clear()
				held, lost = nil, false
			case 1: // another journal has used the budget up
				budget.used.Add(maxBytes)
			}
			journal.Record(&endpoint.Exchange{Name: fmt.Sprintf("%01000d", id)})
			if held = append(held, id); len(held) > most {
				held, lost = held[1:], true
			}
			if budget.used.Load() > maxBytes {
				budget.used.Add(-maxBytes)
				if over := len(held) - share/size; over > 0 {
					held, lost = held[over:], true
				}
			}
		}
		page := journal.Read(Filter{})
		var got []uint64
		for i := range page.Entries {
			got = append(got, page.Entries[i].ID)
		}
		if !cmp.Equal(got, held) || page.Complete == lost {
			t.Fatalf("ids %v, complete %v; want %v, %v", got, page.Complete, held, !lost)
		}
		if want := size * len(held); journal.Bytes() != want || budget.used.Load() != int64(want) {
			t.Fatalf("%d bytes in the journal, %d of the budget, want %d", journal.Bytes(), budget.used.Load(), want)
		}
		journal.Close()
		journal.Record(&endpoint.Exchange{Name: "late"})
		if journal.Len() != 0 || budget.used.Load() != 0 {
			t.Fatalf("closed, the journal holds %d requests and %d bytes of the budget",
				journal.Len(), budget.used.Load())
		}
	})
}

// When others have used the budget up, a journal holds its share and no more.
func TestAJournalKeepsItsShare(t *testing.T) {
	t.Parallel()
	const size = 320 + 1000 // of an entry
	budget := &Budget{}
	budget.used.Store(maxBytes)
	journal := New(0, budget)
	for id := range 2 * share / size {
		journal.Record(&endpoint.Exchange{Name: fmt.Sprintf("%01000d", id)})
	}
	if got, want := journal.Len(), share/size; got != want || journal.Read(Filter{}).Complete {
		t.Errorf("it holds %d requests and says that these are all, want %d", got, want)
	}
}

// No request takes more than a few kilobytes, however much it sends, and what is missing is told.
func TestEntriesAreBounded(t *testing.T) {
	t.Parallel()
	request := httptest.NewRequest(http.MethodPost, "/", nil)
	long := strings.Repeat("é", 100_000)
	request.Header["Username"] = []string{long}
	for i := range 4000 {
		request.Header[fmt.Sprint("H", i)] = []string{"v"}
	}
	journal := New(0, &Budget{})
	journal.Record(&endpoint.Exchange{
		Method: long, Path: long, Name: long, Privacy: long, Detail: long, Headers: endpoint.HeadersOf(request),
		Body: []byte(long), Header: map[string][]string{"X": {long}},
	})
	entry := journal.Read(Filter{}).Entries[0]
	if got := journal.Bytes(); got > 10_000 {
		t.Errorf("an entry takes %d bytes", got)
	}
	for _, text := range []string{entry.Method, entry.Path, entry.Name, entry.Privacy, entry.Detail} {
		if !strings.HasSuffix(text, "é... (198976 more bytes)") {
			t.Errorf("a cut text does not say so: %.20s...%s", text, text[max(0, len(text)-30):])
		}
	}
	if entry.Body != nil || entry.Header != nil {
		t.Error("the answer is kept")
	}
	if page := journal.Read(Filter{HasName: true, Name: long}); page.Total != 1 {
		t.Error("an entry is not found by its name because that was cut")
	}
}

func TestDroppedEntriesAreAdmitted(t *testing.T) {
	t.Parallel()
	journal := New(100, &Budget{})
	start := time.Unix(1_000_000, 0).UTC()
	for i := range 1000 {
		journal.Record(&endpoint.Exchange{
			Name: fmt.Sprint(i), Time: start.Add(time.Duration(i) * time.Second), Status: 201,
		})
	}
	all := journal.Read(Filter{})
	if all.Complete || all.Total != 100 {
		t.Fatalf("complete %v, total %d: want an incomplete 100", all.Complete, all.Total)
	}
	held := all.Entries
	if last := held[len(held)-1]; last.ID != 1000 || last.Name != "999" {
		t.Errorf("the newest entry is %+v", last)
	}
	if page := journal.Read(Filter{AfterID: held[0].ID}); !page.Complete {
		t.Error("nothing after the oldest entry held was dropped, but the page is not complete")
	}
	if page := journal.Read(Filter{AfterTime: held[0].Time}); !page.Complete {
		t.Error("nothing later than the oldest entry held was dropped, but the page is not complete")
	}
	if page := journal.Read(Filter{AfterTime: start}); page.Complete {
		t.Error("entries after the start were dropped, but the page is complete")
	}
	journal.Clear()
	if page := journal.Read(Filter{}); !page.Complete || page.Total != 0 || journal.Bytes() != 0 {
		t.Errorf("after Clear: %+v, %d bytes", page, journal.Bytes())
	}
	entry := endpoint.Exchange{}
	if journal.Record(&entry); entry.ID != 1001 {
		t.Errorf("after Clear the next id is %d, want 1001", entry.ID)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	journal := New(0, &Budget{})
	start := time.Unix(1_000_000, 0).UTC()
	at := func(seconds time.Duration) time.Time { return start.Add(seconds * time.Second) }
	for _, entry := range []endpoint.Exchange{ // in this order, though the clock has been set in between
		{Time: at(0), Name: "alice", Status: 201}, {Time: at(3600), Name: "alice", Status: 409},
		{Time: at(-86400), Name: "", Status: 404}, {Time: at(3), Name: "bob", Status: 201}, {Time: at(4), Status: 0},
	} {
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
		{"a time", Filter{AfterTime: at(2)}, 3, []uint64{2, 4, 5}},
		{"a limit", Filter{Limit: 2}, 5, []uint64{4, 5}},
		{"a limit of one", Filter{Limit: 1, HasStatus: true, Status: 201}, 2, []uint64{4}},
	} {
		page := journal.Read(test.filter)
		var ids []uint64
		for _, entry := range page.Entries {
			ids = append(ids, entry.ID)
		}
		if !cmp.Equal(ids, test.ids) || page.Total != test.total || !page.Complete {
			t.Errorf("%s: ids %v, total %d, complete %v; want %v, %d, true",
				test.what, ids, page.Total, page.Complete, test.ids, test.total)
		}
	}
}

func TestSubscriptionSkipsWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	journal := New(0, &Budget{})
	journal.Record(&endpoint.Exchange{Name: "before"})
	subscription, err := journal.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	defer subscription.Close()
	for i := range 10 {
		journal.Record(&endpoint.Exchange{Name: fmt.Sprint(i)})
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
	t.Parallel()
	journal := New(0, &Budget{})
	var all []*Subscription
	for range maxSubscriptions {
		subscription, err := journal.Subscribe()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, subscription)
	}
	if _, err := journal.Subscribe(); !errors.Is(err, errTooManySubscriptions) {
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
	t.Parallel()
	const writers, each = 8, 2000
	journal := New(500, &Budget{})
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
				journal.Record(&endpoint.Exchange{Name: fmt.Sprint(w), Detail: fmt.Sprint(i), Status: 201})
			}
		})
	}
	reading.Go(func() {
		for {
			last := uint64(0)
			for _, entry := range journal.Read(Filter{Limit: 100}).Entries {
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
	journal := New(0, &Budget{})
	request := httptest.NewRequest(http.MethodPost, "/connectmypairs/users/", nil)
	request.Header.Set("Username", "a-name-of-16-byt")
	entry := endpoint.Exchange{
		Time: time.Now(), Method: "POST", Path: "/connectmypairs/users/", Name: "a-name-of-16-byt", Privacy: "Public",
		Status: 201, Rule: "created", Caller: netip.MustParseAddr("127.0.0.1"),
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		entry := entry
		for pb.Next() {
			entry.Headers = endpoint.HeadersOf(request)
			journal.Record(&entry)
		}
	})
}
