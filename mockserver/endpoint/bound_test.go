package endpoint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/heap"
)

// Names of 1,000 bytes count as four accounts each, and no longer once they are gone.
func TestLongNamesCountMoreTowardsTheBound(t *testing.T) {
	state := endpoint.NewMemory(100)
	name := func(i int) string { return fmt.Sprint(i, strings.Repeat("n", 1000)) }
	fill := func() (created int) {
		for state.Create(endpoint.Account{Name: name(created)}) == endpoint.Created {
			created++
		}
		return created
	}
	if created := fill(); created != 25 {
		t.Errorf("%d long names with room for 100 accounts, want 25", created)
	}
	for i := range 10 {
		state.Remove(name(i))
	}
	if state.Create(endpoint.Account{Name: "short"}) != endpoint.Created {
		t.Error("no room for a short name after ten long ones were removed")
	}
	for i := range 25 {
		state.Remove(name(i))
	}
	state.Remove("short")
	if created := fill(); created != 25 || state.Count() != 25 {
		t.Errorf("%d long names after all were removed, want 25", created)
	}
}

// Settings are kept once, however many accounts have them, and count by their length when they are new.
func TestSettingsAreKeptOnce(t *testing.T) {
	state := endpoint.NewMemory(10_000)
	state.Create(endpoint.Account{Name: "first", Privacy: "Public"}) // for the first setting is found without the index
	long := strings.Repeat("p", 50_000)
	before := heap.InUse()
	for i := range 5000 {
		if state.Create(endpoint.Account{Name: fmt.Sprint("n", i), Privacy: long}) != endpoint.Created {
			t.Fatalf("no room for account %d", i)
		}
	}
	if grown := heap.InUse() - before; grown > 2<<20 {
		t.Errorf("5000 accounts with a setting of 50,000 bytes take %d bytes", grown)
	}
	for account := range state.Accounts(4999, 1) {
		if account.Privacy != long || account.Name != "n0" {
			t.Errorf("the oldest account is %.20v", account)
		}
	}
	created := 0
	for state.Create(endpoint.Account{
		Name: fmt.Sprint("m", created), Privacy: fmt.Sprint(created, long),
	}) == endpoint.Created {
		created++
	}
	if created > 5000/(50_000/256) {
		t.Errorf("%d different settings of 50,000 bytes have room", created)
	}
}
