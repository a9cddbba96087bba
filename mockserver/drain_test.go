package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
)

// slow is a server whose requests end when the test says so.
func slow(t *testing.T) (under *requests, server *httptest.Server, arrived, release chan struct{}) {
	t.Helper()
	under, arrived, release = newRequests(), make(chan struct{}, 10), make(chan struct{})
	server = httptest.NewServer(under.counted(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			arrived <- struct{}{}
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	})))
	t.Cleanup(server.Close)
	return under, server, arrived, release
}

// ask sends a request and tells what came of it.
func ask(url string) chan error {
	done := make(chan error, 1)
	go func() {
		response, err := client.Get(url)
		if err == nil {
			_ = response.Body.Close()
		}
		done <- err
	}()
	return done
}

func TestDrainLetsRequestsFinishAndAnswersMeanwhile(t *testing.T) {
	t.Parallel()
	under, server, arrived, release := slow(t)
	answer := ask(server.URL + "/slow")
	<-arrived
	drained := make(chan int64, 1)
	go func() { drained <- under.drain(t.Context(), []*http.Server{server.Config}) }()
	for !under.draining.Load() {
		runtime.Gosched()
	}
	if err := <-ask(server.URL + "/health"); err != nil {
		t.Errorf("a request while the slow one goes on: %v", err)
	}
	select {
	case cutOff := <-drained:
		t.Fatalf("drained with a request under way; %d cut off", cutOff)
	default:
	}
	close(release)
	if err := <-answer; err != nil {
		t.Errorf("the slow request: %v", err)
	}
	if cutOff := <-drained; cutOff != 0 {
		t.Errorf("%d requests were cut off", cutOff)
	}
	if err := <-ask(server.URL + "/health"); err == nil {
		t.Error("a request after draining was answered")
	}
}

func TestDrainIsBounded(t *testing.T) {
	t.Parallel()
	under, server, arrived, _ := slow(t)
	answer := ask(server.URL + "/slow")
	<-arrived
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // a second signal, or the end of the time
	if cutOff := under.drain(ctx, []*http.Server{server.Config}); cutOff != 1 {
		t.Errorf("%d requests were cut off, want 1", cutOff)
	}
	if err := <-answer; err == nil {
		t.Error("the slow request was answered")
	}
}
