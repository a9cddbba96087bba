package hostile

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Journal, spaces and listeners are at their bounds at once, and the listeners read nothing.
func TestBoundsUnderLoad(t *testing.T) {
	const spaces, listeners, each = 32, 40, 125
	m := start(t, "--max-spaces", fmt.Sprint(spaces), "--journal-requests", "1000")
	for range listeners {
		conn := m.dial(t)
		fmt.Fprint(conn, "GET /__mock/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if _, err := conn.Read(make([]byte, 1)); err != nil { // it is answered, with 200 or with 503
			t.Fatal(err)
		}
	}
	l := newLedger()
	long := strings.Repeat("/long", 5000)
	var made atomic.Int64
	l.during(t, m.base, "normal", 1000**scale, func() {
		client := newClient(t, 4)
		var group sync.WaitGroup
		for worker := range 4 {
			group.Go(func() {
				for i := range each * *scale {
					space := strings.Replace(m.base, "/connect", fmt.Sprintf("/~churn-%d-%d/connect", worker, i), 1)
					status, err := create(t.Context(), client, space, "anybody")
					switch status {
					case http.StatusCreated:
						made.Add(1)
					case http.StatusServiceUnavailable: // for all spaces are in use
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
	t.Logf("%d spaces made of %d asked for, %d requests in the journal, %d listeners that read nothing",
		made.Load(), 4*each**scale, page.Total, listeners)
	l.verify(t, m.base)
	m.bounded(t, 256<<20)
}

// Past its bound on accounts the server says so, however many ask at once, and what it has it keeps.
func TestAccountsAtTheirBound(t *testing.T) {
	const most, each = 500, 200
	m := start(t, "--max-accounts", fmt.Sprint(most))
	client := newClient(t, 8)
	var created, full atomic.Int64
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range each {
				status, err := create(t.Context(), client, m.base, fmt.Sprintf("many-%d-%d", worker, i))
				switch status {
				case http.StatusCreated:
					created.Add(1)
				case http.StatusInsufficientStorage:
					full.Add(1)
				default:
					t.Errorf("%d %v, want 201 or 507", status, err)
				}
			}
		})
	}
	group.Wait()
	if created.Load() != most || full.Load() != 8*each-most || len(m.names(t)) != most {
		t.Errorf("%d accounts were created, %d refused, and %d are there; want %d created",
			created.Load(), full.Load(), len(m.names(t)), most)
	}
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
				if response, err := client.Get(m.root + strings.Repeat("/long", 300)); err == nil {
					_ = response.Body.Close()
				}
			}
		})
	}
	group.Wait()
	accounts := make([]map[string]string, 100_000)
	long := strings.Repeat("n", 120) // so that a list of them is 15 MB
	for i := range accounts {
		accounts[i] = map[string]string{"name": fmt.Sprint(long, i)}
	}
	m.control(t, http.MethodPost, "/__mock/accounts", accounts, nil)
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
	t.Logf("%d readers each who asked for the whole journal and for 100,000 accounts and stopped at the first byte",
		readers)
	m.bounded(t, 256<<20)
}
