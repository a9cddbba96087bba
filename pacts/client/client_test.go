package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/pacts/client"
)

// answering returns a client of a server that gives one answer, and the requests that the server got.
func answering(t *testing.T, status int, contentType, body string) (*client.Client, *[]*http.Request) {
	var requests []*http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Location", "/elsewhere/")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL+"/connectmypairs/", server.Client())
	if err != nil {
		t.Fatal(err)
	}
	return c, &requests
}

func TestNameAndPrivacyAreSentAsHeaders(t *testing.T) {
	c, requests := answering(t, 201, "application/json; charset=utf-8", `{"name":"alice","privacy":"Public"}`)
	for _, privacy := range []string{"", "Public"} {
		account, err := c.CreateAccount(t.Context(), "alice", privacy)
		if err != nil || account != (client.Account{Name: "alice", Privacy: "Public"}) {
			t.Errorf("got %v, %v", account, err)
		}
	}
	for i, want := range [][]string{nil, {"Public"}} {
		r := (*requests)[i]
		got := r.Method + " " + r.URL.String() + " " + r.Header.Get("Username")
		if got != "POST /connectmypairs/users/ alice" || fmt.Sprint(r.Header["Privacy"]) != fmt.Sprint(want) {
			t.Errorf("got %s, Privacy %v, want %v", got, r.Header["Privacy"], want)
		}
	}
}

func TestUndocumentedAnswersAreUnexpected(t *testing.T) {
	answers := []struct {
		status            int
		contentType, body string
	}{
		{200, "application/json", `{"name":"alice","privacy":"Public"}`},
		{500, "application/json", `{}`},
		{302, "application/json", `{}`},
		{201, "text/html", `{"name":"alice","privacy":"Public"}`},
		{201, "", `{"name":"alice","privacy":"Public"}`},
		{201, "application/json", ``},
		{201, "application/json", `null`},
		{201, "application/json", `{"name":"alice"}`},
		{201, "application/json", `{"name":"alice","privacy":1}`},
		{201, "application/json", `{"name":"alice","Privacy":"Public"}`},
		{201, "application/json", `{"name":"alice","privacy":"Public","id":"7"}`},
		{201, "application/json", `{"name":"alice","name":"alice","privacy":"Public"}`},
		{201, "application/json", `{"name":"alice","privacy":"Public"}{}`},
		{201, "application/json", `{"name":"bob","privacy":"Public"}`},
		{409, "application/json", `{"name":"bob","code":"409"}`},
		{400, "application/json", `{"name":"alice","privacy":"x","code":"400"` + "\n" +
			`"description":"Privacy was invalid"}`},
		{409, "application/json", `{"name":"alice","code":409}`},
	}
	for _, answer := range answers {
		c, requests := answering(t, answer.status, answer.contentType, answer.body)
		_, err := c.CreateAccount(t.Context(), "alice", "")
		var unexpected *client.UnexpectedError
		if !errors.As(err, &unexpected) || unexpected.Status != answer.status || len(*requests) != 1 {
			t.Errorf("%d %s %s: got %v after %d requests", answer.status, answer.contentType, answer.body, err,
				len(*requests))
		}
	}
}

func TestWhatHTTPWouldChangeIsNotSent(t *testing.T) {
	c, requests := answering(t, 201, "application/json", `{}`)
	for _, value := range []string{" ", " alice", "alice\t", "ali\nce", "ali\rce", "ali\x00ce", "ali\x7fce",
		"ali\xffce"} {
		if _, err := c.CreateAccount(t.Context(), value, ""); !errors.Is(err, client.ErrUsername) {
			t.Errorf("name %q: got %v", value, err)
		}
		if _, err := c.CreateAccount(t.Context(), "alice", value); !errors.Is(err, client.ErrPrivacy) {
			t.Errorf("privacy %q: got %v", value, err)
		}
	}
	if _, err := c.CreateAccount(t.Context(), "", ""); !errors.Is(err, client.ErrUsername) {
		t.Errorf("no name: got %v", err)
	}
	if len(*requests) > 0 {
		t.Errorf("%d requests were sent", len(*requests))
	}
}

// Every name that can be sent arrives as it is, and is understood again.
func TestNamesThatAreSentArrive(t *testing.T) {
	endpoint, err := endpoint.New(endpoint.Config{})
	if err != nil {
		t.Fatal(err)
	}
	provider := httptest.NewServer(endpoint)
	defer provider.Close()
	c, err := client.New(provider.URL+fixtures.BasePath, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "Zoë", "日本", "\u00a0a\u00a0", "a b", `"\%41,;`, "é́", "𝔸"} {
		if account, err := c.CreateAccount(t.Context(), name, ""); err != nil || account.Name != name {
			t.Errorf("%q: got %q, %v", name, account.Name, err)
		}
	}
}

func TestContextEndsTheRequest(t *testing.T) {
	arrived := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}))
	defer server.Close()
	c, err := client.New(server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	go func() {
		<-arrived
		cancel()
	}()
	if _, err := c.CreateAccount(ctx, "alice", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestBaseURLMustBeOne(t *testing.T) {
	for _, url := range []string{"", "localhost:8080", "ftp://a.example", "http://", "http://%zz",
		"https://a.example/?b=c", "https://a.example/#b"} {
		if _, err := client.New(url, nil); err == nil || !strings.Contains(err.Error(),
			"the base URL is not one such as https://") {
			t.Errorf("%q: got %v", url, err)
		}
	}
}
