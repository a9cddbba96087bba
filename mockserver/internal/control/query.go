package control

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// checkQuery reports what is wrong with the query of a request, in which each of the known parameters may be once.
func checkQuery(r *http.Request, known []string) *problem {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return badRequest(fmt.Errorf("the query cannot be read: %w", err))
	}
	for name, given := range values {
		switch {
		case len(known) == 0:
			return badRequest(fmt.Errorf("unknown parameter %q; this call takes none", name))
		case !slices.Contains(known, name):
			return badRequest(fmt.Errorf("unknown parameter %q; use one of %s", name, strings.Join(known, ", ")))
		case len(given) > 1:
			return badRequest(fmt.Errorf("the parameter %s is given %d times; give it once", name, len(given)))
		}
	}
	return nil
}

// query is the query of a request that was checked.
type query url.Values

func queryOf(r *http.Request) query { return query(r.URL.Query()) }

func (q query) text(name string) (value string, given bool) {
	values := q[name]
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

func (q query) number(name string, least, otherwise int) (int, *problem) {
	text, given := q.text(name)
	if !given {
		return otherwise, nil
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < least {
		return 0, badRequest(fmt.Errorf("the parameter %s cannot be %q; use a whole number, %d or more", name, text,
			least))
	}
	return number, nil
}
