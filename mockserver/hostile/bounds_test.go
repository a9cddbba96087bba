package hostile

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
)

// Everything that grows is at its bound at once: journal, spaces and listeners, with clients that listen and read
// nothing.
func TestBoundsUnderLoad(t *testing.T) {
	const spaces, listeners = 32, 40
	m := start(t, "--max-spaces", fmt.Sprint(spaces), "--journal-requests", "1000")
	refused := 0
	for range listeners {
		conn := m.dial(t)
		fmt.Fprint(conn, "GET /__mock/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
		status, err := bufio.NewReaderSize(conn, 16).ReadString('\n') // and nothing after that
		switch {
		case err != nil:
			t.Fatal(err)
		case strings.Contains(status, " 503 "):
			refused++
		case !strings.Contains(status, " 200 "):
			t.Fatalf("events: %s", status)
		}
	}
	if refused != listeners-journal.MaxSubscriptions {
		t.Errorf("%d of %d listeners were refused, want all but %d", refused, listeners, journal.MaxSubscriptions)
	}
	l := newLedger()
	long := strings.Repeat("/long", 5000)
	var made, full atomic.Int64
	l.during(t, m.base, "normal", 3000**scale, func() {
		client := newClient(t, 4)
		var group sync.WaitGroup
		for worker := range 4 {
			group.Go(func() {
				for i := range 500 * *scale {
					space := strings.Replace(m.base, "/connect", fmt.Sprintf("/~churn-%d-%d/connect", worker, i), 1)
					status, err := create(t.Context(), client, space, "anybody")
					switch status {
					case http.StatusCreated:
						made.Add(1)
					case http.StatusServiceUnavailable: // for all spaces are in use
						full.Add(1)
					default:
						t.Errorf("a new space: %d %v, want 201 or 503", status, err)
						return
					}
					if response, err := client.Get(m.root + long); err == nil { // 25 kB in the journal
						_ = response.Body.Close()
					}
				}
			})
		}
		group.Wait()
	})
	var listed []struct{ Space string }
	m.control(t, http.MethodGet, "/__mock/spaces", nil, &listed)
	if len(listed) != spaces || made.Load() != spaces {
		t.Errorf("%d spaces were made and %d kept, want %d", made.Load(), len(listed), spaces)
	}
	var page struct {
		Complete bool
		Total    int
	}
	m.control(t, http.MethodGet, "/__mock/requests", nil, &page)
	if page.Complete {
		t.Error("the journal does not say that it has dropped requests")
	}
	t.Logf("%d spaces made, %d refused because all are in use, %d requests in the journal, "+
		"%d listeners that read nothing and %d refused",
		made.Load(), full.Load(), page.Total, listeners-refused, refused)
	l.verify(t, m.base)
	m.bounded(t, 256<<20)
}

// createMany lets eight clients create so many accounts each, and counts the answers by status.
func (m *mock) createMany(t *testing.T, each int, name func(worker, i int) string) map[int]int {
	t.Helper()
	client := newClient(t, 8)
	var mu sync.Mutex
	counted := map[int]int{}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range each {
				status, _ := create(t.Context(), client, m.base, name(worker, i))
				mu.Lock()
				counted[status]++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return counted
}

// Past its bound on accounts the server says so, and what it has it keeps.
func TestAccountsAtTheirBound(t *testing.T) {
	const most = 500
	m := start(t, "--max-accounts", fmt.Sprint(most))
	counted := m.createMany(t, 200, func(worker, i int) string { return fmt.Sprintf("many-%d-%d", worker, i) })
	if counted[http.StatusCreated] != most || counted[http.StatusInsufficientStorage] != 1600-most {
		t.Errorf("answers %v, want %d times 201 and 507 for the rest", counted, most)
	}
	if names := m.names(t); len(names) != most {
		t.Errorf("%d accounts, want %d", len(names), most)
	}
	t.Logf("1600 requests with room for %d: %v", most, counted)
}

// Long names fill memory faster than short ones, so they reach the bound sooner.
func TestLongNamesAreBounded(t *testing.T) {
	t.Parallel()
	m := start(t, "--max-accounts", "10000")
	padding := strings.Repeat("n", 60_000)
	counted := m.createMany(t, 250**scale, func(worker, i int) string {
		return fmt.Sprintf("%d-%d-%s", worker, i, padding)
	})
	if counted[http.StatusInsufficientStorage] == 0 || counted[http.StatusCreated] == 0 {
		t.Errorf("answers %v, want 201, and 507 past the bound", counted)
	}
	t.Logf("names of 60,000 bytes with room for 10,000 accounts: %v", counted)
	m.bounded(t, 256<<20)
}

// Readers of long lists who stall take little memory, for lists are written as they are made: what they were sent and
// have not read, and what the journal has dropped since, as long as they want it. The deadline that package control
// gives them ends them.
func TestStalledReadersOfLists(t *testing.T) {
	t.Parallel()
	const readers = 20
	m := start(t)
	client := newClient(t, 8)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 500 { // requests whose paths fill the journal
				if response, err := client.Get(m.root + strings.Repeat("/long", 4000)); err == nil {
					_ = response.Body.Close()
				}
			}
		})
	}
	group.Wait()
	accounts := make([]map[string]string, 100_000)
	for batch := range 3 {
		for i := range accounts {
			accounts[i] = map[string]string{"name": fmt.Sprintf("listed-%d-%d", batch, i)}
		}
		m.control(t, http.MethodPost, "/__mock/accounts", accounts, nil)
	}
	l := newLedger()
	l.during(t, m.base, "normal", 1000**scale, func() {
		for i := range 2 * readers {
			list := []string{"requests", "accounts"}[i%2]
			conn := m.dial(t)
			fmt.Fprintf(conn, "GET /__mock/%s?limit=1000000 HTTP/1.1\r\nHost: localhost\r\n\r\n", list)
			if _, err := conn.Read(make([]byte, 1)); err != nil {
				t.Error(err)
			}
		}
	})
	l.verify(t, m.base)
	t.Logf("%d readers each who asked for the whole journal and for 300,000 accounts and stopped at the first byte",
		readers)
	m.bounded(t, 256<<20)
}

// A preflight storm and calls from strangers are refused cheaply.
func TestStrangersAtTheControlAPI(t *testing.T) {
	m := start(t)
	l := newLedger()
	l.during(t, m.base, "normal", 1000**scale, func() {
		client := newClient(t, 4)
		for i := range 1000 * *scale {
			request, err := http.NewRequestWithContext(context.Background(), http.MethodPost,
				m.root+fmt.Sprintf("/~s%d/__mock/reset", i), nil)
			if err != nil {
				t.Error(err)
				return
			}
			request.Host = "attacker.example"
			request.Header.Set("Origin", "http://attacker.example")
			response, err := client.Do(request)
			if err != nil {
				t.Error(err)
				return
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusForbidden {
				t.Errorf("a stranger got %d, want 403", response.StatusCode)
				return
			}
		}
	})
	l.verify(t, m.base)
	var listed []struct{ Space string }
	m.control(t, http.MethodGet, "/__mock/spaces", nil, &listed)
	if len(listed) > 0 {
		t.Errorf("strangers made %d spaces", len(listed))
	}
	t.Logf("%d calls from strangers refused", 1000**scale)
}
