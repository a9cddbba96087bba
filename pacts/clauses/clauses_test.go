package clauses_test

import (
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/pacts/clauses"
)

func TestEveryClauseIsStatedOrSaysWhyNot(t *testing.T) {
	stated := clauses.StatedBy()
	for _, clause := range fixtures.Clauses() {
		switch interactions := stated[clause.ID]; {
		case clause.WithoutPact == "" && len(interactions) == 0:
			t.Errorf("no interaction states %s, and it does not say why", clause.ID)
		case clause.WithoutPact != "" && len(interactions) > 0:
			t.Errorf("%s is stated by %q, although it says: %s", clause.ID, interactions, clause.WithoutPact)
		}
		delete(stated, clause.ID)
	}
	for id := range stated {
		t.Errorf("there is no clause %q", id)
	}
}
