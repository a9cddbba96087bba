// Package clauses says which clauses of the contract the committed Pact interactions state.
package clauses

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
)

//go:embed clauses.json
var table []byte

// OfInteractions returns, for the description of each interaction in the committed contracts, the ids of the clauses it states.
func OfInteractions() map[string][]string {
	var found map[string][]string
	if err := json.Unmarshal(table, &found); err != nil {
		panic(fmt.Sprintf("clauses.json: %v", err)) // a fact of the build, held by the tests
	}
	return found
}

// StatedBy returns, for each clause id that an interaction states, the descriptions of those interactions in alphabetical order.
func StatedBy() map[string][]string {
	stated := map[string][]string{}
	for interaction, ids := range OfInteractions() {
		for _, id := range ids {
			stated[id] = append(stated[id], interaction)
		}
	}
	for _, interactions := range stated {
		slices.Sort(interactions)
	}
	return stated
}
