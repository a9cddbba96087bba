package endpoint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
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
