package mock

import (
	"sync"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
)

// Whatever changes a mock while its configuration is reloaded, names are compared afterwards as its behaviour says.
// Without a lock that both hold, a few in a thousand of these races end otherwise.
func TestAReloadDoesNotMixWithOtherChanges(t *testing.T) {
	comparison := func(value string) map[string]string { return map[string]string{"name-comparison": value} }
	for _, change := range []struct {
		name     string
		reloaded string // the comparison that the reload brings
		apply    func(main *Mock) error
	}{
		{"behaviour", "exact", func(main *Mock) error {
			return main.ChangeBehaviour(control.BehaviourChange{Assumptions: comparison("fold")})
		}},
		{"clear", "fold", func(main *Mock) error { main.ClearAccounts(); return nil }},
		{"reset", "fold", func(main *Mock) error { main.Reset(); return nil }},
	} {
		t.Run(change.name, func(t *testing.T) {
			configured := Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"configured"}}}}
			reloaded := Live{Endpoint: endpoint.Live{
				Names: []string{"configured", "new"}, Privacy: []string{"Public"},
				Assumptions: comparison(change.reloaded),
			}}
			set := mustSet(t, configured)
			for range 1000 {
				if err := set.Reconfigure(configured.Live()); err != nil {
					t.Fatal(err)
				}
				set.Main().Reset()
				var both sync.WaitGroup
				both.Go(func() {
					if err := change.apply(set.Main()); err != nil {
						t.Error(err)
					}
				})
				both.Go(func() {
					if err := set.Reconfigure(reloaded); err != nil {
						t.Error(err)
					}
				})
				both.Wait()
				state := set.Main().server.Memory()
				state.Create(endpoint.Account{Name: "probe", Privacy: "Public"})
				said := set.Main().Behaviour().Assumptions["name-comparison"]
				if folded := state.InUse("PROBE"); folded != (said == "fold") {
					t.Fatalf("the comparison is said to be %s, and PROBE for probe is in use: %v", said, folded)
				}
			}
		})
	}
}
