package verifier

import (
	"context"
	"net/http"
	"testing"
)

type noSetter struct{}

func (noSetter) Set(_ context.Context, change stateChange) (map[string]any, error) {
	return change.Params, nil
}

// Whatever a verifier sends is answered with 200 or 400: after a 5xx it would ask again for two minutes.
func FuzzHandler(f *testing.F) {
	for _, seed := range []string{`{"state":"a","params":{"name":"b"},"action":"setup"}`, `{"state":""}`, `null`, `{`,
		`{"params":[]}`, `{"state":1e999}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		recorder := post(t, &stateHandler{setter: noSetter{}}, body)
		if recorder.Code != http.StatusOK && recorder.Code != http.StatusBadRequest {
			t.Errorf("%q: %d %s", body, recorder.Code, recorder.Body)
		}
	})
}
