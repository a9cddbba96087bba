package mock_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
	"github.com/clicksminuteper/connectmypairs-contract/mockserver/mock"
)

// A Go test starts the whole mock in-process and points its client at it.
func Example() {
	m, err := mock.New(mock.Config{Endpoint: endpoint.Config{Live: endpoint.Live{Names: []string{"alice"}}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	target := httptest.NewServer(m)
	defer target.Close()

	fmt.Println(signUp(target.URL+"/connectmypairs", "alice"))
	fmt.Println(signUp(target.URL+"/connectmypairs", "bob"))
	// Output:
	// 409
	// 201
}

// Workers that run at the same time use the same names and do not disturb each other: each has a space of its own,
// which is nothing but another base URL.
func Example_spaces() {
	m, err := mock.New(mock.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	target := httptest.NewServer(m)
	defer target.Close()

	var workers sync.WaitGroup
	answers := make([][]int, 4)
	for worker := range answers {
		workers.Go(func() {
			baseURL := fmt.Sprintf("%s/~worker-%d/connectmypairs", target.URL, worker)
			answers[worker] = []int{signUp(baseURL, "alice"), signUp(baseURL, "bob"), signUp(baseURL, "alice")}
		})
	}
	workers.Wait()
	fmt.Println(answers)
	// Output:
	// [[201 201 409] [201 201 409] [201 201 409] [201 201 409]]
}

// signUp stands for the code under test.
func signUp(baseURL, name string) int {
	request, err := http.NewRequest(http.MethodPost, baseURL+"/users/", nil)
	if err != nil {
		panic(err)
	}
	request.Header.Set("Username", name)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}
