package verifier

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// newTransport returns a transport that takes the proxies of HTTP_PROXY, HTTPS_PROXY and NO_PROXY, but none to this
// machine.
func newTransport(config *tls.Config) *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = config
	// http.ProxyFromEnvironment reads the environment once for the whole process.
	proxy := httpproxy.FromEnvironment().ProxyFunc()
	transport.Proxy = func(r *http.Request) (*url.URL, error) { return proxy(r.URL) }
	return transport
}

// workerEnvironment is the environment for the native library. It gets the proxy that newTransport would take to the
// provider, and none to the state handler: its own reading of the variables sends requests to this machine through a
// proxy, too. It gets no empty variables either: an empty SSL_CERT_FILE would leave it nobody to trust.
func workerEnvironment(provider *url.URL) []string {
	environment := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, value, _ := strings.Cut(variable, "=")
		return value == "" || strings.HasSuffix(strings.ToUpper(name), "_PROXY")
	})
	if proxy, err := httpproxy.FromEnvironment().ProxyFunc()(provider); err == nil && proxy != nil {
		environment = append(environment, strings.ToLower(provider.Scheme)+"_proxy="+proxy.String(),
			"no_proxy=127.0.0.1")
	}
	return append(environment, "PACT_DO_NOT_TRACK=true")
}
