package endpoint

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestIndexIsAMap holds an index against a map, whatever is added and removed.
func TestIndexIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := []string{}
		is := func(key string) func(int) bool { return func(place int) bool { return list[place] == key } }
		tested := newIndex(rapid.IntRange(0, 100).Draw(t, "room"))
		model := map[string]int{}
		add := func(key string) {
			model[key] = len(list)
			tested.add(key, len(list))
			list = append(list, key)
		}
		remove := func(key string) {
			place, ok := tested.remove(key, is(key))
			if want, known := model[key]; ok != known || place != want {
				t.Fatalf("removed %q at %d, %v; want %d, %v", key, place, ok, want, known)
			}
			delete(model, key)
		}
		existing := func() string {
			if len(list) == 0 {
				return "none"
			}
			return list[rapid.IntRange(0, len(list)-1).Draw(t, "key")]
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				for range rapid.IntRange(1, 200).Draw(t, "number") {
					add(strconv.Itoa(len(list)))
				}
			},
			"add again": func(*rapid.T) {
				if key := existing(); key != "none" {
					if _, known := model[key]; !known {
						add(key)
					}
				}
			},
			"remove": func(*rapid.T) { remove(existing()) },
			"remove most": func(*rapid.T) {
				for i, key := range list {
					if _, known := model[key]; known && i%10 > 0 {
						remove(key)
					}
				}
			},
			"": func(t *rapid.T) {
				if tested.live != len(model) {
					t.Fatalf("%d places, want %d", tested.live, len(model))
				}
				if 2*tested.used > len(tested.table) {
					t.Fatalf("%d of %d slots are used, which is more than half", tested.used, len(tested.table))
				}
				for _, key := range list {
					place, ok := tested.find(key, is(key))
					if want, known := model[key]; ok != known || place != want {
						t.Fatalf("found %q at %d, %v; want %d, %v", key, place, ok, want, known)
					}
				}
			},
		})
	})
}

// TestIndexTellsKeysOfOneHashApart stands in for two keys of the same hash with one key that is at two places.
func TestIndexTellsKeysOfOneHashApart(t *testing.T) {
	x := newIndex(0)
	x.add("key", 0)
	x.add("key", 1)
	for wanted := range 2 {
		if place, ok := x.find("key", func(at int) bool { return at == wanted }); !ok || place != wanted {
			t.Errorf("found %d, %v; want %d", place, ok, wanted)
		}
	}
	if place, ok := x.find("key", func(int) bool { return false }); ok {
		t.Errorf("found %d, though neither is it", place)
	}
}

// TestIndexLosesNothing shows that every place is in one of the two tables whenever a new one begins, though every
// other key goes again, which makes room for the fewest adds until the next.
func TestIndexLosesNothing(t *testing.T) {
	x := newIndex(0)
	tables := 0
	for place := range 1_000_000 {
		before := x.used
		x.add(strconv.Itoa(place), place)
		if x.used < before { // a new table
			tables++
			if held := places(x.table) + places(x.old); held != x.live {
				t.Fatalf("after %d adds the tables hold %d places, want %d", place+1, held, x.live)
			}
		}
		if place%2 == 0 {
			x.remove(strconv.Itoa(place), func(at int) bool { return at == place })
		}
	}
	if tables < 10 || x.live != 500_000 {
		t.Errorf("%d tables and %d places; want 10 or more, and 500000", tables, x.live)
	}
}

func places(table []slot) (held int) {
	for _, slot := range table {
		if slot.place != free && slot.place != removed {
			held++
		}
	}
	return held
}
