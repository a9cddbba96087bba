package endpoint_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// A body that the client is still sending when the endpoint could answer costs neither the answer nor the connection.
func TestBodiesAreReadAndIgnored(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			target := httptest.NewUnstartedServer(start(t, endpoint.Config{}))
			target.EnableHTTP2 = protocol == "HTTP/2.0"
			target.StartTLS()
			defer target.Close()
			for i, body := range []string{"x", strings.Repeat("x", 100_000), strings.Repeat("x", 5_000_000)} {
				sent := strings.NewReader(body)
				request, err := http.NewRequest(http.MethodPost, target.URL+fixtures.BasePath+fixtures.UsersPath, sent)
				if err != nil {
					t.Fatal(err)
				}
				name := fmt.Sprint("zoe", i)
				request.Header.Set("Username", name)
				response, err := target.Client().Do(request)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := io.ReadAll(response.Body)
				_ = response.Body.Close()
				if want := `{"name":"` + name + `","privacy":"Public"}`; err != nil || string(answer) != want {
					t.Errorf("%d bytes: got %q, %v, want %s", len(body), answer, err, want)
				}
				if response.Proto != protocol || sent.Len() > 0 || response.Close {
					t.Errorf("%s: %d bytes were not taken; the connection ends: %t",
						response.Proto, sent.Len(), response.Close)
				}
			}
		})
	}
}
