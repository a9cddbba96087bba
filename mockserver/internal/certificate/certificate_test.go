package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func selfSigned(t *testing.T, hosts ...string) *Certificate {
	t.Helper()
	c, err := SelfSigned(hosts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// writePEM writes a certificate and its key as a user would keep them.
func writePEM(t *testing.T, c *Certificate, certFile, keyFile string) {
	t.Helper()
	pair := c.current.Load()
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
		keyFile:  {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSelfSignedIsForLoopbackAndTheGivenHosts(t *testing.T) {
	t.Parallel()
	leaf := selfSigned(t, "mock.test", "192.0.2.7", "fe80::1%eth0", "localhost", "").current.Load().Leaf
	for _, host := range []string{"localhost", "127.0.0.1", "::1", "mock.test", "192.0.2.7", "fe80::1"} {
		if err := leaf.VerifyHostname(host); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if err := leaf.VerifyHostname("other.test"); err == nil {
		t.Error("other.test: accepted, want an error")
	}
	// A client that is given the certificate trusts it.
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "localhost"}); err != nil {
		t.Error(err)
	}
	if days := leaf.NotAfter.Sub(leaf.NotBefore) / (24 * time.Hour); days > 825 {
		t.Errorf("valid for %d days, want at most 825", days)
	}
}

func TestReloadShowsTheNewCertificateAndKeepsTheOldOneOnAnError(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	certFile, keyFile := filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key")
	first, second := selfSigned(t), selfSigned(t)
	writePEM(t, first, certFile, keyFile)
	c, err := Load(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	shown := func() string {
		t.Helper()
		if _, err := c.Config().GetCertificate(&tls.ClientHelloInfo{}); err != nil {
			t.Fatal(err)
		}
		return c.Fingerprint()
	}
	if shown() != first.Fingerprint() {
		t.Error("another certificate than the one in the file")
	}
	writePEM(t, second, certFile, filepath.Join(folder, "not yet"))
	if err := c.Reload(); err == nil || shown() != first.Fingerprint() {
		t.Errorf("half replaced: error %v, want one, and the first certificate", err)
	}
	writePEM(t, second, certFile, keyFile)
	if err := c.Reload(); err != nil || shown() != second.Fingerprint() {
		t.Errorf("replaced: error %v, want none, and the second certificate", err)
	}
}

func TestLoadSaysWhichFileIsWrong(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	certFile, keyFile, text := filepath.Join(folder, "tls.crt"), filepath.Join(folder, "tls.key"),
		filepath.Join(folder, "text")
	writePEM(t, selfSigned(t), certFile, keyFile)
	if err := os.WriteFile(text, []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ cert, key, want string }{
		{filepath.Join(folder, "none"), keyFile, "cannot read the certificate: open " + filepath.Join(folder, "none")},
		{certFile, filepath.Join(folder, "none"), "cannot read the private key: open " + filepath.Join(folder, "none")},
		{text, keyFile, text + " and " + keyFile + " are not a certificate and its private key"},
		{certFile, certFile, "are not a certificate and its private key"},
	} {
		if _, err := Load(c.cert, c.key); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Load(%s, %s): %v, want %q", c.cert, c.key, err, c.want)
		}
	}
}
