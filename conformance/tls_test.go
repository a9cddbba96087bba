package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

// TestMutualTLS judges a target whose certificate authority is its own, and which wants a certificate from its clients.
func TestMutualTLS(t *testing.T) {
	cert, key := selfSigned(t)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	authority := x509.NewCertPool()
	content, err := os.ReadFile(cert)
	if err != nil || !authority.AppendCertsFromPEM(content) {
		t.Fatal("the certificate was not read: ", err)
	}
	target := httptest.NewUnstartedServer(serveMockHandler(t))
	target.TLS = &tls.Config{
		Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authority,
	}
	target.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshakes that fail here
	target.StartTLS()
	t.Cleanup(target.Close)

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

// selfSigned writes a certificate for 127.0.0.1, good for a server, a client and an authority, and its key.
func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "conformance test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encodedKey, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	inPEM := func(kind string, content []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
	}
	return write(t, folder, "cert.pem", inPEM("CERTIFICATE", der)),
		write(t, folder, "key.pem", inPEM("PRIVATE KEY", encodedKey))
}
