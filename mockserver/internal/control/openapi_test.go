package control_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/go-cmp/cmp"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/internal/control"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	loader := openapi3.NewLoader()
	document, err := loader.LoadFromFile("control-openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(loader.Context); err != nil {
		t.Fatal(err)
	}
	return document
}

// router finds in a document what a request is described by.
func router(t *testing.T) routers.Router {
	t.Helper()
	document := document(t)
	document.Servers = openapi3.Servers{{URL: "/__mock"}}
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

func TestEveryRouteIsInTheDocument(t *testing.T) {
	var documented []string
	for path, item := range document(t).Paths.Map() {
		for method := range item.Operations() {
			documented = append(documented, method+" "+path)
		}
	}
	api, err := control.New(control.Config{})
	if err != nil {
		t.Fatal(err)
	}
	served := api.Routes()
	slices.Sort(documented)
	slices.Sort(served)
	if diff := cmp.Diff(documented, served); diff != "" {
		t.Errorf("documented (-), served (+):\n%s", diff)
	}
}

// Every kind of answer is as the document describes it.
func TestAnswersFitTheDocument(t *testing.T) {
	router := router(t)
	options := &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
	}
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.FileBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/yaml", openapi3filter.FileBodyDecoder)
	target := start(t)
	target.create(t, "", "bob")
	target.create(t, "w1", "bob")
	for _, call := range []string{
		`GET /`,
		`GET /health`,
		`GET /metrics`,
		`GET /openapi.yaml`,
		`GET /control-openapi.yaml`,
		`GET /accounts`,
		`POST /accounts [{"name":"zoe"},{"name":"eve","privacy":"Private"}]`,
		`POST /accounts [{"name":"zoe"}]`,
		`DELETE /accounts/zoe`,
		`DELETE /accounts/zoe`,
		`DELETE /accounts`,
		`POST /blocked ["caller"]`,
		`PUT /blocked ["192.0.2.0/24"]`,
		`GET /blocked`,
		`DELETE /blocked`,
		`PUT /behaviour {"latency":"1ms","seed":2,"faults":[{"fault":"reset","next":2}],` +
			`"forced":[{"status":409,"next":1}]}`,
		`PUT /behaviour {"assumptions":{"name-comparison":"fold"},"privacy":["Public"]}`,
		`GET /behaviour`,
		`GET /requests?limit=1`,
		`DELETE /requests`,
		`GET /coverage`,
		`GET /coverage?space=w*`,
		`GET /coverage?space=nobody`,
		`DELETE /coverage`,
		`DELETE /coverage?space=nobody`,
		`POST /provider-states {"state":"no account exists","params":{"name":"bob"},"action":"setup"}`,
		`POST /provider-states {"state":"no account exists","params":{"name":"bob"},"action":"teardown"}`,
		`GET /spaces`,
		`DELETE /spaces/w1`,
		`DELETE /spaces/w1`,
		`POST /reset`,
		`GET /accounts?limit=x`,
	} {
		method, rest, _ := strings.Cut(call, " ")
		path, body, _ := strings.Cut(rest, " ")
		request := httptest.NewRequest(method, "http://localhost/__mock"+path, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		found, params, err := router.FindRoute(request)
		if err != nil {
			t.Errorf("%s: %v", call, err)
			continue
		}
		recorder := httptest.NewRecorder()
		request.RemoteAddr = "127.0.0.1:1"
		target.api.ServeHTTP(recorder, request)
		input := &openapi3filter.RequestValidationInput{
			Request: request, Route: found, PathParams: params, Options: options,
		}
		if recorder.Code < 400 {
			request.Body = io.NopCloser(strings.NewReader(body))
			if err := openapi3filter.ValidateRequest(t.Context(), input); err != nil {
				t.Errorf("%s: accepted, but not as documented: %v", call, err)
			}
		}
		err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: recorder.Code, Header: recorder.Header(),
			Body: io.NopCloser(bytes.NewReader(recorder.Body.Bytes())), Options: options,
		})
		if err != nil {
			t.Errorf("%s: %v\n%s", call, err, recorder.Body)
		}
	}
}

// A document that describes anything would let everything pass.
func TestTheDocumentCanBeBroken(t *testing.T) {
	request := httptest.NewRequest(http.MethodGet, "http://localhost/__mock/coverage", nil)
	found, params, err := router(t).FindRoute(request)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		`{"answers":{},"missing":[]}`, `{"answers":{},"missing":[],"other":{},"more":1}`,
		`{"answers":{"201":"1"},"missing":[],"other":{}}`,
	} {
		err := openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{
				Request: request, Route: found, PathParams: params,
			},
			Status: 200, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(body)),
		})
		if err == nil {
			t.Errorf("%s passes", body)
		}
	}
}
