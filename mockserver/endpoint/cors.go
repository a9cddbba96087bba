package endpoint

import (
	"net/http"

	"github.com/jub0bs/cors"
)

// preflightMaxAge is how long a browser may remember a preflight, in seconds. Short, so that a frontend developer who
// changes --cors-origin sees it soon; long enough to spare a test run most of its preflights.
const preflightMaxAge = 60

// newCORS returns the middleware that lets pages of these origins call the endpoint, with credentials; without origins,
// pages of every origin, without credentials. Preflights are answered before anything else sees them, so no blocked
// address and no fault can stop one.
func newCORS(origins []string) (func(http.Handler) http.Handler, error) {
	config := cors.Config{
		Origins:         []string{"*"},
		Methods:         []string{"*"},
		RequestHeaders:  []string{"*", "Authorization"},
		ResponseHeaders: []string{"*"},
		MaxAgeInSeconds: preflightMaxAge,
	}
	if len(origins) > 0 {
		config.Origins = origins
		config.Credentialed = true
		// A wildcard means nothing to a browser that sends credentials (Fetch standard), so both are named.
		config.RequestHeaders = []string{"*"}
		config.ResponseHeaders = []string{"Allow", "Location", "Preference-Applied", "Retry-After"}
		// Frontend developers serve their pages over plain HTTP from whatever their machines are called.
		config.DangerouslyTolerateInsecureOrigins = true
	}
	middleware, err := cors.NewMiddleware(config)
	if err != nil {
		return nil, err // it says "cors: " and which origin is wrong
	}
	return middleware.Wrap, nil
}
