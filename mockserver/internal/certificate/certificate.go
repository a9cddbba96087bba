// Package certificate holds what a server shows to its HTTPS clients: a certificate from files, which may be replaced
// while the server runs, or one that it makes and signs itself.
package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// Certificate is what a server shows to each new connection; Reload exchanges it. It is safe for concurrent use.
type Certificate struct {
	certFile, keyFile string // empty when self-signed
	current           atomic.Pointer[tls.Certificate]
}

// maxBytes bounds each of the two files.
const maxBytes = 1 << 20

// Load reads a certificate with its chain and its private key, both in PEM. An error names the file that is wrong.
func Load(certFile, keyFile string) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile}
	if err := c.Reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// Reload reads the files again; a self-signed certificate has none. On an error the certificate stays what it was: of
// two files that are replaced one after the other, the first does not fit alone.
func (c *Certificate) Reload() error {
	cert, err := untrusted.ReadFile(c.certFile, maxBytes)
	if err != nil {
		return fmt.Errorf("cannot read the certificate: %w", err)
	}
	key, err := untrusted.ReadFile(c.keyFile, maxBytes)
	if err != nil {
		return fmt.Errorf("cannot read the private key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("%s and %s are not a certificate and its private key in PEM: %w", c.certFile, c.keyFile, err)
	}
	c.current.Store(&pair)
	return nil
}

// lifetime is that of a self-signed certificate. Apple's clients refuse more than 825 days.
const lifetime = 365 * 24 * time.Hour

// SelfSigned makes a certificate for these host names and addresses, besides localhost, 127.0.0.1 and ::1.
func SelfSigned(hosts []string) (*Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("cannot make a private key: %w", err)
	}
	template := &x509.Certificate{ // it gets a serial number at random
		Subject: pkix.Name{CommonName: "mockserver"},
		// An hour ago, for clients whose clock is slow.
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(lifetime),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	all := slices.Concat([]string{"localhost", "127.0.0.1", "::1"}, hosts)
	slices.Sort(all)
	for _, host := range slices.Compact(all) {
		if addr, err := netip.ParseAddr(host); err == nil {
			template.IPAddresses = append(template.IPAddresses, addr.WithZone("").AsSlice())
		} else if host != "" {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("cannot make a self-signed certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("cannot make a self-signed certificate: %w", err)
	}
	c := &Certificate{}
	c.current.Store(&tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf})
	return c, nil
}

// Config returns the TLS configuration of a server that shows the certificate as it is at the time of each connection.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.current.Load(), nil
		},
	}
}

// Fingerprint is the SHA-256 of the certificate, as browsers show it.
func (c *Certificate) Fingerprint() string {
	sum := sha256.Sum256(c.current.Load().Certificate[0])
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
}
