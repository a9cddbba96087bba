package hostile

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func contains(log []byte, text string) bool { return bytes.Contains(log, []byte(text)) }

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

// inForce waits until a name is in use because it is configured.
func (m *mock) inForce(t *testing.T, name string) {
	t.Helper()
	eventually(t, name+" is in force", func() bool { return m.configured(t)[name] })
}

// The configuration may be abused in every way while clients work: they notice nothing, and what is whole at last is in
// force.
func TestConfigurationAbused(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "mock.yaml")
	version := func(name string) string { return "latency: 0s\nname: [" + name + "]\nprivacy: [Public, Private]\n" }
	write(t, path, version("begin"))
	m := start(t, "--config", path)
	l := newLedger()
	rounds := 3 * *scale
	l.during(t, m.base, "normal", 1000**scale, func() {
		for round := range rounds {
			name := func(how string) string { return fmt.Sprintf("%s-%d", how, round) }

			whole := version(name("in-place")) // written in three steps
			file, err := os.Create(path)
			if err != nil {
				t.Error(err)
				return
			}
			for _, part := range []string{whole[:20], whole[20:30], whole[30:]} {
				_, _ = file.WriteString(part)
				_ = file.Sync()
			}
			_ = file.Close()
			m.inForce(t, name("in-place"))

			replace(t, path, version(name("renamed")))
			m.inForce(t, name("renamed"))

			_ = os.Remove(path)
			write(t, path, version(name("made-anew")))
			m.inForce(t, name("made-anew"))

			write(t, path, "name: [never") // refused, and the old one stays
			refused := bytes.Count(m.log(), []byte("refused as a whole"))
			eventually(t, "half a file is refused", func() bool {
				return bytes.Count(m.log(), []byte("refused as a whole")) > refused || contains(m.log(), "never")
			})
			if names := m.configured(t); !names[name("made-anew")] {
				t.Errorf("half a file undid the configuration")
			}

			target := filepath.Join(folder, fmt.Sprintf("version-%d.yaml", round))
			write(t, target, version(name("linked")))
			_ = os.Remove(path + ".link")
			if err := os.Symlink(target, path+".link"); err != nil {
				t.Logf("no symbolic links here: %v", err) // Windows, without the right to make them
				continue
			}
			_ = os.Rename(path+".link", path)
			m.inForce(t, name("linked"))
			_ = os.Remove(path)
		}
		replace(t, path, version("end"))
		m.inForce(t, "end")
	})
	l.verify(t, m.base)
	t.Logf("%d rounds of writing in steps, renaming, removing, halving and linking", rounds)
}

// A configuration that only costs is refused at once, costs little, and the server goes on and ends when it is told to.
func TestConfigurationThatOnlyCosts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mock.yaml")
	write(t, path, "name: [alice]\n")
	m := start(t, "--config", path)
	l := newLedger()
	l.during(t, m.base, "normal", 500**scale, func() {
		for i, content := range []string{
			"name: " + strings.Repeat("[", 100_000),
			"name:\n" + strings.Repeat("- ", 50_000),
			repeat(50_000, func(i int) string { return fmt.Sprintf("key%d: 1\n", i) }),
			"x: &a " + strings.Repeat("[", 15) + strings.Repeat("]", 15) +
				"\nname: [" + strings.Repeat("*a, ", 25_000) + "]",
			"# " + strings.Repeat("x", 64<<20),
			"name: [\"" + strings.Repeat("\\x00", 250_000) + "\"]",
		} {
			began := time.Now()
			replace(t, path, content)
			eventually(t, "it is refused", func() bool {
				return bytes.Count(m.log(), []byte("refused as a whole")) > i
			})
			t.Logf("%.20q: refused %v after it was written", content, time.Since(began).Round(time.Millisecond))
			if !m.configured(t)["alice"] {
				t.Error("the old configuration is gone")
			}
		}
	})
	l.verify(t, m.base)
	m.bounded(t, 192<<20)
	if log := m.log(); len(log) > 64<<10 {
		t.Errorf("a log of %d bytes", len(log))
	}
}

// A names file that is replaced while it is loaded is in force whole, one version or another, and at last the last one.
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
	l := newLedger()
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
	for version := 1; version <= versions; version++ {
		replace(t, path, content(version)) // not waiting for the one before
	}
	eventually(t, "the last version is in force", func() bool { return latest.Load() == int64(many+versions) })
	cancel()
	<-watched
	if status := l.create(t.Context(), http.DefaultClient, m.base, "v0-0"); status != http.StatusCreated {
		t.Errorf("a name of the first version: %d, want 201", status)
	}
	l.work(t.Context(), t, m.base, "normal", 4, 400, 0)
	l.verify(t, m.base)
	t.Logf("%d versions of %d names, %d looks at how many are in use", versions, many, seen.Load())
	m.bounded(t, 512<<20)
}

func certificate(t *testing.T, serial int64) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
}

func anyCertificate() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

// Certificates are rotated while clients connect: no handshake fails, whichever of the two files comes first.
func TestCertificateRotation(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
	cert, key := certificate(t, 1)
	write(t, certFile, cert)
	write(t, keyFile, key)
	m := start(t, "--tls-cert", certFile, "--tls-key", keyFile)
	var handshakes, failed atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{}, 4)
	for range cap(over) {
		go func() {
			defer func() { over <- struct{}{} }()
			dialer := &tls.Dialer{NetDialer: &net.Dialer{Timeout: patience}, Config: anyCertificate()}
			pacing := time.NewTicker(10 * time.Millisecond)
			defer pacing.Stop()
			for ; ctx.Err() == nil; <-pacing.C {
				conn, err := dialer.DialContext(ctx, "tcp", m.address)
				if err == nil {
					handshakes.Add(1)
					_ = conn.Close()
				} else if ctx.Err() == nil {
					failed.Add(1)
					t.Error(err)
				}
			}
		}()
	}
	rotations := 5 * *scale
	l := newLedger()
	l.during(t, m.base, "normal", 500**scale, func() {
		for i := range rotations {
			first, then := certFile, keyFile
			content, rest := certificate(t, int64(i+2))
			if i%2 == 1 {
				first, then, content, rest = then, first, rest, content
			}
			refused := bytes.Count(m.log(), []byte("certificate is refused"))
			replace(t, first, content)
			if i > 1 { // the first two are replaced as fast as can be
				eventually(t, "one file without the other is refused", func() bool {
					return bytes.Count(m.log(), []byte("certificate is refused")) > refused
				})
			}
			replace(t, then, rest)
			eventually(t, "the new certificate is shown", func() bool {
				conn, err := tls.Dial("tcp", m.address, anyCertificate())
				if err != nil {
					t.Error(err)
					return false
				}
				defer conn.Close()
				return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64() == int64(i+2)
			})
		}
	})
	cancel()
	for range cap(over) {
		<-over
	}
	l.verify(t, m.base)
	t.Logf("%d rotations, %d of them seen halfway, %d handshakes meanwhile, %d failed",
		rotations, rotations-2, handshakes.Load(), failed.Load())
}

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
