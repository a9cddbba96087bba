package mock

import (
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
	if diff := cmp.Diff(want, met.report()); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	met.reset()
	want = control.Coverage{
		Answers: map[string]uint64{"201": 0, "400": 0, "403": 0, "409": 0}, Missing: []int{201, 400, 403, 409}, Other: map[string]uint64{},
	}
	if diff := cmp.Diff(want, met.report()); diff != "" {
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
	if report := met.report(); len(report.Missing) != 0 || report.Answers["403"] != 8 {
		t.Errorf("%+v", report)
	}
}
