package mock

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
)

func TestWhatWasMetAndWhatIsMissing(t *testing.T) {
	var met coverage
	for _, status := range []int{201, 409, 201, 404, 503, -1, 0, 99, 1000} {
		met.met(status)
	}
	want := control.Coverage{
		Answers: map[string]uint64{"201": 2, "400": 0, "403": 0, "409": 1},
		Missing: []int{400, 403},
		Other:   map[string]uint64{"404": 1, "503": 1},
	}
	if diff := cmp.Diff(want, report(&met)); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	met.reset()
	want = control.Coverage{
		Answers: map[string]uint64{"201": 0, "400": 0, "403": 0, "409": 0},
		Missing: []int{201, 400, 403, 409}, Other: map[string]uint64{},
	}
	if diff := cmp.Diff(want, report(&met)); diff != "" {
		t.Errorf("after a reset, want (-), got (+):\n%s", diff)
	}
}

func TestNoneIsMissingWhenAllAreMet(t *testing.T) {
	var met coverage
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for _, status := range []int{201, 400, 403, 409} {
				met.met(status)
			}
		})
	}
	wait.Wait()
	if report := report(&met); len(report.Missing) != 0 || report.Answers["403"] != 8 {
		t.Errorf("%+v", report)
	}
}

func TestCoverageOutlivesSpacesAndIsAddedUp(t *testing.T) {
	set := mustSet(t, Config{MaxSpaces: 2})
	mustCreate(t, set.Main(), "a", 201)
	for _, name := range []string{"ui-1", "ui-2", "api-1"} { // the third evicts the first
		space := mustGet(t, set, name)
		mustCreate(t, space, "a", 201)
		mustCreate(t, space, "a", 409)
		space.Reset()
		idle(space)
	}
	if set.find("ui-1") != nil {
		t.Fatal("the space ui-1 is not evicted")
	}
	if !set.Delete("ui-2") {
		t.Error("there is no space ui-2")
	}
	for pattern, want := range map[string][2]uint64{
		"": {1, 0}, "*": {4, 3}, "ui-*": {2, 2}, "ui-1": {1, 1}, "ui-2": {1, 1}, "*-1": {2, 2}, "api-?": {1, 1},
	} {
		got, err := set.Coverage(pattern)
		if err != nil || got.Answers["201"] != want[0] || got.Answers["409"] != want[1] {
			t.Errorf("%q: %v %v, want %d times 201 and %d times 409", pattern, got.Answers, err, want[0], want[1])
		}
	}
	for _, pattern := range []string{"nobody", "x*", "["} {
		if got, err := set.Coverage(pattern); err == nil {
			t.Errorf("%q: %v, want an error", pattern, got)
		}
		if err := set.ClearCoverage(pattern); err == nil {
			t.Errorf("clearing %q: no error", pattern)
		}
	}
	if err := set.ClearCoverage("ui-*"); err != nil {
		t.Fatal(err)
	}
	if _, err := set.Coverage("ui-1"); err == nil {
		t.Error("the coverage of a space that is gone can be asked for after it was cleared")
	}
	if got, err := set.Coverage("*"); err != nil || got.Answers["201"] != 2 {
		t.Errorf("after clearing some: %v %v", got.Answers, err)
	}
}

func TestNamesWithCoverageAreBounded(t *testing.T) {
	set := mustSet(t, Config{MaxSpaces: 1})
	for i := range maxCovered + 10 {
		space := mustGet(t, set, fmt.Sprint("space-", i))
		mustCreate(t, space, "a", 201)
		idle(space)
	}
	if got := len(set.covered); got != maxCovered {
		t.Errorf("the coverage of %d names is kept, want %d", got, maxCovered)
	}
	if got, err := set.Coverage("*"); err != nil || got.Answers["201"] != maxCovered+10 {
		t.Errorf("%v %v, want that all are counted", got.Answers, err)
	}
}
