package verifier

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Each pact may be waited for; a broker that lists a thousand and hands out none must not take a thousand times that.
func TestABrokerThatHandsOutNoPactsEndsInTime(t *testing.T) {
	broker := http.NewServeMux()
	broker.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"_links":{"pb:provider-pacts-for-verification":{"href":"http://%s/select"}}}`, r.Host)
	})
	broker.HandleFunc("POST /select", func(w http.ResponseWriter, r *http.Request) {
		one := fmt.Sprintf(`{"_links":{"self":{"href":"http://%s/pact"}}}`, r.Host)
		fmt.Fprintf(w, `{"_embedded":{"pacts":[%s]}}`, strings.Repeat(one+",", 99)+one)
	})
	broker.HandleFunc("GET /pact", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	server := httptest.NewServer(broker)
	t.Cleanup(server.Close)

	h := newHAL(Config{Broker: Broker{URL: server.URL + "/", Retries: 3}, Timeout: time.Second}, nil)
	h.patience = 100 * time.Millisecond
	began := time.Now()
	var found sources
	err := h.pacts(t.Context(), &found)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	if err == nil || !strings.Contains(err.Error(), "100ms") || len(found.errors) > 1 {
		t.Errorf("%v; besides, %d errors", err, len(found.errors))
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-3": 0, "3": 3 * time.Second, "86400": maxRetryAfter, "99999999999999999999": maxRetryAfter,
		"Sat, 28 Nov 2026 12:00:05 GMT": 5 * time.Second, "Sat, 28 Nov 2026 11:00:00 GMT": 0,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("Retry-After: %s means %v, want %v", text, got, want)
		}
	}
}
