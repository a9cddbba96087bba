package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// TestMutualTLS judges a target whose certificate authority is its own, and which wants a certificate from its clients.
// The certificate of httptest serves for all three.
func TestMutualTLS(t *testing.T) {
	target := httptest.NewUnstartedServer(serveMockHandler(t))
	target.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	target.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshakes that fail here
	target.StartTLS()
	t.Cleanup(target.Close)

	pair := target.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	inPEM := func(name, kind string, content []byte) string {
		return write(t, folder, name, string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})))
	}
	cert, key := inPEM("cert.pem", "CERTIFICATE", pair.Certificate[0]), inPEM("key.pem", "PRIVATE KEY", private)

	judge := []string{"--url", target.URL + fixtures.BasePath, "--run", "created.*", "--repeat", "1"}
	for name, c := range map[string]struct {
		args []string
		code int
		say  string
	}{
		"trusted, with a certificate": {[]string{"--ca", cert, "--cert", cert, "--key", key}, 0, "PARTIAL"},
		"unverified":                  {[]string{"--insecure", "--cert", cert, "--key", key}, 0, "PARTIAL"},
		"not trusted":                 {[]string{"--cert", cert, "--key", key}, 3, "--ca"},
		"without a certificate":       {[]string{"--ca", cert}, 3, "--cert"},
		"a certificate without a key": {[]string{"--ca", cert, "--cert", cert}, 2, "--key"},
		"no PEM":                      {[]string{"--ca", key}, 2, "holds no PEM certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			got := program(t, nil, append(c.args, judge...)...)
			if got.code != c.code || !strings.Contains(got.stdout+got.stderr, c.say) {
				t.Errorf("exit code %d, want %d and %q\n%s\n%s", got.code, c.code, c.say, got.stdout, got.stderr)
			}
		})
	}
}
