package hostile

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// jumpingClock builds the mock server with a clock that is set every 17 ms, as bad as any that NTP, a suspended laptop
// or a person may set: hours ahead, a day back, a century on. The monotonic clock goes on as it does then. Setting the
// machine's own clock would harm whatever else runs there, so this changes the standard library's time.Now, for this
// one build.
func jumpingClock(t *testing.T) (program string) {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	content, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	const read = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(content), read) != 1 {
		t.Fatalf("%s does not read the clock with %q any more: change this test", source, read)
	}
	folder := t.TempDir()
	changed := filepath.Join(folder, "time.go")
	write(t, changed, strings.Replace(string(content), read,
		read+"\tsec += [...]int64{0, 3600, -86400, 0, 3155760000, -1}[uint64(mono)>>24%6]\n", 1))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: changed}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "overlay.json"), string(overlay))
	program = filepath.Join(folder, filepath.Base(binary))
	out, err := exec.Command("go", "build",
		"-overlay", filepath.Join(folder, "overlay.json"), "-o", program, "..").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// Whatever the clock is set to meanwhile: nothing is lost, time-outs are as long as ever, no request goes missing from
// the journal or changes its place there, and what the journal had to drop it tells.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	m := launch(t, exec.Command(jumpingClock(t), "--header-timeout", "500ms", "--idle-timeout", "500ms",
		"--journal-requests", "500", "--latency", "0s..4ms")) // so that the clock jumps while requests are under way
	l := newLedger()
	var longest time.Duration
	jumps := 0
	l.during(t, m.base, "normal", 1000**scale, func() {
		longest = m.crowd(t, 20, slow{"slow headers", post, "X"})
		before := m.date(t)
		eventually(t, "the clock jumps again and again", func() bool {
			now := m.date(t)
			if now.Sub(before).Abs() > 30*time.Minute {
				jumps++
			}
			before = now
			return jumps == 10**scale
		})
	})
	l.verify(t, m.base)

	var page struct {
		Requests []struct {
			ID         uint64
			DurationMS float64 `json:"duration_ms"`
		}
		Complete bool
	}
	m.control(t, http.MethodGet, "/__mock/requests?limit=1000000", nil, &page)
	if len(page.Requests) == 0 {
		t.Fatal("the journal is empty")
	}
	first := page.Requests[0].ID
	for i, entry := range page.Requests {
		if entry.ID != first+uint64(i) {
			t.Fatalf("request %d of the journal has the id %d, and the first has %d", i, entry.ID, first)
		}
		if entry.DurationMS < 0 || entry.DurationMS > 60_000 {
			t.Errorf("request %d took %v ms", entry.ID, entry.DurationMS)
		}
	}
	held := len(page.Requests)
	page.Complete = true
	m.control(t, http.MethodGet, "/__mock/requests?since=2100-01-01T00:00:00Z", nil, &page)
	if page.Complete {
		t.Error("the journal has dropped requests that came in the century that the clock was set to, " +
			"but says that it has them all")
	}
	t.Logf("the clock was seen to jump %d times; %d requests in the journal, from %d on; "+
		"slow connections ended after %v", jumps, held, first, longest.Round(time.Millisecond))
}

// date is what time the server says it is.
func (m *mock) date(t *testing.T) time.Time {
	t.Helper()
	response, err := newClient(t, 1).Get(m.root + "/__mock/health")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	date, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		t.Fatal(err)
	}
	return date
}
