package control_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
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

// A client that stops reading a list keeps it in memory no longer than a deadline says.
func TestAnswersHaveADeadline(t *testing.T) {
	api := start(t).api
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	api.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost/__mock/requests", nil))
	if want := []string{"deadline", "write", "no deadline"}; !slices.Equal(w.done, want) {
		t.Errorf("%v, want %v", w.done, want)
	}
}

func TestABodyThatDoesNotArriveInTime(t *testing.T) {
	recorder := httptest.NewRecorder()
	body := iotest.ErrReader(&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded})
	start(t).api.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "http://localhost/__mock/accounts", body))
	if got := recorder.Body.String(); recorder.Code != http.StatusRequestTimeout || !strings.Contains(got, "--header-timeout") {
		t.Errorf("%d %s", recorder.Code, got)
	}
}
