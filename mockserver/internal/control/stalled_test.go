package control_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// deadlines notes, in order, the deadlines that a handler sets for its writes, and what it writes.
type deadlines struct {
	*httptest.ResponseRecorder
	done []string
}

func (d *deadlines) SetWriteDeadline(deadline time.Time) error {
	if deadline.IsZero() {
		d.done = append(d.done, "no deadline")
	} else {
		d.done = append(d.done, "deadline")
	}
	return nil
}

func (d *deadlines) Write(p []byte) (int, error) {
	d.done = append(d.done, "write")
	return d.ResponseRecorder.Write(p)
}

// A client that stops reading a long answer keeps it no longer than the deadline of a write says. After it there is
// none.
func TestAnswersHaveADeadline(t *testing.T) {
	target := start(t)
	for i := range 1000 {
		target.create(t, "", fmt.Sprint("name-", i))
	}
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	target.api.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/__mock/requests", nil))
	last := len(w.done) - 1
	if w.done[last] != "no deadline" {
		t.Errorf("the deadline stays: %v", w.done)
	}
	for i := 0; i < last; i += 2 {
		if w.done[i] != "deadline" || w.done[i+1] != "write" {
			t.Fatalf("a write without a deadline of its own: %v", w.done[:i+2])
		}
	}
	if writes := last / 2; writes > w.Body.Len()/1000 {
		t.Errorf("%d writes of %d bytes in all", writes, w.Body.Len())
	}
}

func TestABodyThatDoesNotArriveInTime(t *testing.T) {
	recorder := httptest.NewRecorder()
	body := iotest.ErrReader(&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded})
	start(t).api.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "http://localhost/__mock/accounts", body))
	if got := recorder.Body.String(); recorder.Code != http.StatusRequestTimeout ||
		!strings.Contains(got, "--header-timeout") {
		t.Errorf("%d %s", recorder.Code, got)
	}
}

// The answer to a HEAD has no body whose writing could fail, so a client that went away has to be noticed otherwise.
func TestAListForAClientThatIsGone(t *testing.T) {
	target := start(t)
	for i := range 100 {
		target.create(t, "", fmt.Sprint("name-", i))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, list := range []string{"requests", "accounts"} {
		w := httptest.NewRecorder()
		target.api.ServeHTTP(w,
			httptest.NewRequestWithContext(ctx, http.MethodHead, "http://localhost/__mock/"+list, nil))
		if strings.Contains(w.Body.String(), "name-") {
			t.Errorf("%s are listed for nobody", list)
		}
	}
}
