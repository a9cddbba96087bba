// Package dashboard is the mock server's web page: what a frontend developer wants to see and change at a glance. It
// is plain HTML, CSS and JavaScript, served from the binary, and does everything through the control API it is served
// beside.
package dashboard

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/faults"
)

//go:embed page
var page embed.FS

// policy lets the page load nothing but its own files, and run no script that came in as data: names are whatever a
// caller sent. Requests may go further, because the try-it form calls the endpoint, which need not share the page's
// origin.
const policy = "default-src 'self'; connect-src 'self' http: https:; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// contract is what the page needs to know of the contract and of the mock, so that its script repeats none of it.
type contract struct {
	UsersPath   string                `json:"users_path"`
	Answers     []answer              `json:"answers"`
	Assumptions []fixtures.Assumption `json:"assumptions"`
	Faults      []faults.Fault        `json:"faults"`
}

// answer is a documented answer.
type answer struct {
	Status int    `json:"status"`
	Reason string `json:"reason"` // the phrase that RFC 9110 has for the status
	When   string `json:"when"`
}

// Handler serves the page at /, its files beside it, and at /contract.json the answers, assumptions and faults that
// it lets one choose from. The page's requests to the control API are relative to its own URL, so the handler fits
// under any prefix that ends in a slash. What it serves is the same for everybody and holds no state.
func Handler() http.Handler {
	files, err := fs.Sub(page, "page")
	if err != nil {
		panic("dashboard: " + err.Error()) // the folder is embedded above
	}
	choices := contract{
		UsersPath:   fixtures.UsersPath,
		Assumptions: fixtures.Assumptions(),
		Faults:      faults.All(),
	}
	for _, documented := range fixtures.Answers() {
		choices.Answers = append(choices.Answers,
			answer{Status: documented.Status, Reason: http.StatusText(documented.Status), When: documented.When})
	}

	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /contract.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(choices) // an error means that the browser has gone
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		// A page that opens this one in a window cannot steer it from one space's dashboard to the next.
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		// An embedded file has no date to revalidate by, and a page older than its server would misread it.
		header.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}
