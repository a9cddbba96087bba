package hostile

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	whole "github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// Whatever bytes are sent, the mock as a whole answers or hangs up, and a normal request afterwards works.
func FuzzRawRequest(f *testing.F) {
	for _, c := range corpus() {
		if len(c.sent) < 4<<10 {
			f.Add([]byte(c.sent))
		}
	}
	m, err := whole.New(whole.Config{MaxSpaces: 4, JournalRequests: 100})
	if err != nil {
		f.Fatal(err)
	}
	served := httptest.NewUnstartedServer(m)
	served.Config.ErrorLog = log.New(io.Discard, "", 0)
	served.Start()
	f.Cleanup(func() { m.Drain(); served.Close() })
	address := served.Listener.Addr().String()
	f.Fuzz(func(t *testing.T, sent []byte) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(patience))
		go func() {
			_, _ = conn.Write(sent)
			_ = conn.(*net.TCPConn).CloseWrite()
		}()
		answers := bufio.NewReader(conn)
		for {
			response, err := http.ReadResponse(answers, nil)
			if timedOut(err) {
				t.Errorf("%q: neither answered nor closed", sent)
			}
			if err != nil {
				break
			}
			if response.StatusCode >= 500 &&
				response.StatusCode != notImplemented && response.StatusCode != versionNotSupported {
				t.Errorf("%q: %d", sent, response.StatusCode)
			}
			if _, err := io.Copy(io.Discard, response.Body); err != nil {
				break
			}
		}
		response, err := served.Client().Get(served.URL + "/__mock/health")
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("after %q: %v %v", sent, response, err)
		}
		_ = response.Body.Close()
	})
}
