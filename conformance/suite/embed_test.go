package suite_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/clicksminuteper/connectmypairs-contract/conformance/suite"
)

// TestYourService is what somebody writes who has a ginkgo suite for a handler of their own: the specs of the
// contract stand beside theirs, and judge the handler over a real connection.
func TestYourService(t *testing.T) {
	gomega.RegisterFailHandler(ginkgo.Fail)
	config := suite.Config{Privacy: []string{"Private"}, BlockedVia: "header=X-Forwarded-For: 192.0.2.1"}
	var server *httptest.Server
	ginkgo.BeforeSuite(func() {
		server = httptest.NewServer(&yourHandler{names: map[string]bool{}})
		config.URL = server.URL
	})
	ginkgo.AfterSuite(func() { server.Close() })

	ginkgo.Describe("Your service", func() {
		ginkgo.It("does what else it does", func() { gomega.Expect(server.URL).To(gomega.HavePrefix("http://")) })
		suite.Register(&config)
	})

	ginkgo.RunSpecs(t, "Your service")
}

// yourHandler is a small implementation of the endpoint.
type yourHandler struct {
	mu    sync.Mutex
	names map[string]bool
}

func (h *yourHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, privacy := r.Header.Get("Username"), r.Header.Get("Privacy")
	if privacy == "" {
		privacy = "Public"
	}
	answer := func(status int, body map[string]string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/users/":
		answer(http.StatusNotFound, map[string]string{"code": "404"})
	case r.Header.Get("X-Forwarded-For") == "192.0.2.1":
		answer(http.StatusForbidden, map[string]string{"description": "Your IP address was blocked.", "code": "403"})
	case name == "":
		answer(http.StatusBadRequest, map[string]string{"code": "400", "description": "who are you?"})
	case privacy != "Public" && privacy != "Private":
		answer(http.StatusBadRequest,
			map[string]string{"name": name, "privacy": privacy, "code": "400", "description": "Privacy was invalid"})
	case !h.claim(name):
		answer(http.StatusConflict, map[string]string{"name": name, "code": "409"})
	default:
		answer(http.StatusCreated, map[string]string{"name": name, "privacy": privacy})
	}
}

func (h *yourHandler) claim(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.names[name] {
		return false
	}
	h.names[name] = true
	return true
}
