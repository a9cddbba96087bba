package control

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// query is the query of a request, of which every parameter is known and given once.
type query url.Values

func readQuery(r *http.Request, known ...string) (query, *problem) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest(fmt.Errorf("the query cannot be read: %w", err))
	}
	for name, given := range values {
		if !slices.Contains(known, name) {
			return nil, badRequest(fmt.Errorf("unknown parameter %q; use one of %s", name, strings.Join(known, ", ")))
		}
		if len(given) > 1 {
			return nil, badRequest(fmt.Errorf("the parameter %s is given %d times; give it once", name, len(given)))
		}
	}
	return query(values), nil
}

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
