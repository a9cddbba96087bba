// Package dashboard is the mock server's web page: what a frontend developer wants to see and change at a glance. It is plain
// HTML, CSS and JavaScript, served from the binary, and does everything through the control API that it is served beside.
package dashboard

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures"
)

//go:embed page
var page embed.FS

// policy lets the page load nothing but its own files, and run no script that came in as data: names are whatever a caller
// sent. Requests may go further, because the try-it form calls the endpoint, which need not share the page's origin.
const policy = "default-src 'self'; connect-src 'self' http: https:; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// Handler serves the page at /, its files beside it, and at /assumptions.json the assumptions that it lets one choose
// ([fixtures.Assumptions]). The page's requests to the control API are relative to its own URL, so the handler fits under any
// prefix that ends in a slash.
func Handler() http.Handler {
	files, err := fs.Sub(page, "page")
	if err != nil {
		panic("dashboard: " + err.Error()) // the folder is embedded above
	}
	assumptions, err := json.Marshal(fixtures.Assumptions())
	if err != nil {
		panic("dashboard: " + err.Error()) // plain strings always marshal
	}

	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.HandleFunc("GET /assumptions.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(assumptions)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		// An embedded file has no date to revalidate by, and a page older than its server would misread it.
		header.Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}
