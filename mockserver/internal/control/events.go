package control

import (
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/journal"
)

// A stream shows at most eventsPerBatch requests every batchPause: five hundred a second, more than anybody can follow.
const (
	eventsPerBatch = 50
	batchPause     = 100 * time.Millisecond
	// heartbeat is how often a silent stream gets a comment, which keeps proxies from closing it.
	heartbeat = 15 * time.Second
)

// events streams the journal of a space as server-sent events (HTML standard, section 9.2).
func (a *API) events(w http.ResponseWriter, r *http.Request, mock Mock) *problem {
	subscription, err := mock.Journal().Subscribe()
	if err != nil {
		return newProblem(http.StatusServiceUnavailable, err.Error())
	}
	defer subscription.Close()
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // as proxies like nginx have it
	if r.Method == http.MethodHead {
		return nil
	}
	stream := &stream{patientWriter: newPatientWriter(w), seen: mock.Version()}
	defer stream.done()
	stream.comment("requests, live")

	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	ready := subscription.Ready()
	var pause <-chan time.Time
	for stream.err == nil {
		select {
		case <-ready:
			stream.catchUp(subscription, mock)
			// One request at a time is shown at once; only those that come faster are gathered.
			ready, pause = nil, time.After(batchPause)
		case <-pause:
			ready, pause = subscription.Ready(), nil
		case <-beat.C:
			stream.comment("still here")
		case <-r.Context().Done():
			return nil
		case <-mock.Done():
			return nil
		case <-a.draining:
			return nil
		}
	}
	return nil
}

// stream writes events until the first error, which means that nobody reads any more.
type stream struct {
	*patientWriter
	seen uint64 // the version of the space that was told last
}

// catchUp tells what has happened since the last time.
func (s *stream) catchUp(subscription *journal.Subscription, mock Mock) {
	entries, skipped := subscription.Next(eventsPerBatch)
	if skipped > 0 {
		s.print("event: skipped\ndata: {\"count\":%d}\n\n", skipped)
	}
	for _, entry := range entries {
		data, err := json.Marshal(entry, jsontext.AllowInvalidUTF8(true))
		if err != nil {
			panic(fmt.Sprintf("control: %v", err)) // our own types always marshal
		}
		s.print("event: request\nid: %d\ndata: %s\n\n", entry.ID, data)
	}
	if version := mock.Version(); version != s.seen {
		s.seen = version
		s.print("event: state\ndata: {}\n\n")
	}
	s.flush()
}

func (s *stream) comment(text string) {
	s.print(": %s\n\n", text)
	s.flush()
}

func (s *stream) print(format string, values ...any) { _, _ = fmt.Fprintf(s, format, values...) }
