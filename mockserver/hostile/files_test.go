package hostile

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// replace puts a whole file in another's place, as editors and deployments do.
func replace(t *testing.T, path, content string) {
	t.Helper()
	write(t, path+".new", content)
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// A names file that is replaced while it is loaded is in force whole, one version or another, and at last the last one.
// Clients who work in a space meanwhile, which gets the same names, lose nothing.
func TestNamesFileChangesWhileItLoads(t *testing.T) {
	t.Parallel()
	const many = 200_000
	path := filepath.Join(t.TempDir(), "names.txt")
	content := func(version int) string {
		return repeat(many+version, func(i int) string { return fmt.Sprintf("v%d-%d\n", version, i) })
	}
	replace(t, path, content(0))
	m := start(t, "--names-file", path)
	versions := 6 * *scale
	var seen, latest atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		client := newClient(t, 1)
		for ctx.Err() == nil {
			response, err := client.Get(m.root + "/__mock/accounts?limit=1&offset=1000000000")
			if err != nil {
				t.Error(err)
				return
			}
			_ = response.Body.Close()
			seen.Add(1)
			var total int
			_, _ = fmt.Sscan(response.Header.Get("Mock-Total"), &total)
			latest.Store(int64(total))
			// Each version has another number of names.
			if total < many || total >= many+versions+1 {
				t.Errorf("%d names in use: half a file", total)
				return
			}
		}
	}()
	l := newLedger()
	space := m.root + "/~busy/connectmypairs"
	l.during(t, space, "normal", 400**scale, func() {
		for version := 1; version <= versions; version++ {
			replace(t, path, content(version)) // not waiting for the one before
		}
		eventually(t, "the last version is in force", func() bool { return latest.Load() == int64(many+versions) })
	})
	cancel()
	<-watched
	l.verify(t, space)
	m.works(t, "v0-0") // a name of the first version only
	t.Logf("%d versions of %d names, %d looks at how many are in use", versions, many, seen.Load())
	m.bounded(t, 512<<20)
}

func anyCertificate() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

// Bytes that are no TLS end their connection and nothing else.
func TestGarbageForTLS(t *testing.T) {
	m := start(t, "--tls-self-signed")
	for i, garbage := range []string{
		"", "\r\n\r\n", post + "Username: smuggled\r\n\r\n", "\x16\x03\x01\xff\xff" + strings.Repeat("\x00", 70_000),
		"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "\x15\x03\x01\x00\x02\x02\x28", strings.Repeat("\x80\x00", 5000),
	} {
		if statuses, err := m.exchange(t, garbage); timedOut(err) || len(statuses) > 1 ||
			len(statuses) == 1 && !refused(statuses[0]) {
			t.Errorf("%.20q: %v %v, want 4xx or the end of the connection", garbage, statuses, err)
		}
		m.works(t, fmt.Sprintf("after-%d", i))
	}
}
