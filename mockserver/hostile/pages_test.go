package hostile

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// send sends a request with these headers, written "Name: value", and returns its status.
func (m *mock) send(t *testing.T, client *http.Client, method, path, body string, headers ...string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, m.root+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// A foreign page sends whatever a browser lets it send unasked: images, forms, frames and calls to the control API. It
// neither makes a space nor takes the place of one that a test uses.
func TestForeignPagesTakeNoSpace(t *testing.T) {
	const most = 4
	m := start(t, "--max-spaces", fmt.Sprint(most))
	client := newClient(t, 1)
	create := func(space string) int {
		return m.send(t, client, "POST", "/~"+space+"/connectmypairs/users/", "", "Username: alice")
	}
	for worker := range most - 1 {
		if status := create(fmt.Sprint("worker-", worker)); status != http.StatusCreated {
			t.Fatalf("worker %d: %d", worker, status)
		}
	}
	origin, site := "Origin: http://evil.example", "Sec-Fetch-Site: cross-site"
	for i := range 100 {
		space := fmt.Sprint("/~evil-", i)
		m.send(t, client, "GET", space+"/x", "", site, "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image")
		m.send(t, client, "POST", space+"/connectmypairs/users/", "Username=eve", site, origin)
		m.send(t, client, "GET", space+"/__mock/health", "", site)
		m.send(t, client, "GET", space+"/__mock/", "", site, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")
		for _, call := range []string{"POST reset", "PUT blocked", "GET events", "DELETE spaces/worker-0"} {
			method, path, _ := strings.Cut(call, " ")
			if status := m.send(t, client, method, space+"/__mock/"+path,
				"", site, origin); status != http.StatusForbidden {
				t.Fatalf("%s: %d, want 403", call, status)
			}
		}
	}
	if status := create("worker-3"); status != http.StatusCreated {
		t.Errorf("the last space that there is room for: %d", status)
	}
	if status := create("worker-4"); status != http.StatusServiceUnavailable {
		t.Errorf("a space too many: %d, want 503", status)
	}
	var listed []struct{ Space string }
	m.control(t, http.MethodGet, "/__mock/spaces", nil, &listed)
	if got := fmt.Sprint(listed); got != "[{worker-0} {worker-1} {worker-2} {worker-3}]" {
		t.Errorf("the spaces are %s", got)
	}
}

// What one caller sends again and again is held once or not at all: the memory after the second round is that after the
// first. Holding all that a round sends would take 45 MiB.
func TestWhatIsSentAgainTakesNoMemory(t *testing.T) {
	t.Setenv("GOGC", "20") // of the server, so that its memory is what it holds
	privacy := strings.Repeat("p", 50_000)
	m := start(t, "--privacy", "Public", "--privacy", privacy, "--max-accounts", "20000")
	client := newClient(t, 1)
	name := strings.Repeat("n", 1<<20)
	blocked := "[" + strings.Repeat(`"192.0.2.1",`, 100_000) + `"192.0.2.1"]`
	accounts := `[{"name":"account"}`
	for i := range 5000 {
		accounts += fmt.Sprintf(`,{"name":"account-%d"}`, i)
	}
	accounts += "]"
	send := func(want int, method, path, body string, headers ...string) {
		t.Helper()
		if status := m.send(t, client, method, path, body, headers...); status != want {
			t.Fatalf("%s %s: %d, want %d", method, path, status, want)
		}
	}
	round := func() (resident int, ok bool) {
		for range 20 {
			send(400, "POST", "/__mock/provider-states", `{"state":"an account exists","params":{"name":"`+name+`"}}`)
		}
		for range 3 {
			send(204, "DELETE", "/__mock/accounts", "")
			send(201, "POST", "/__mock/accounts", accounts)
			send(200, "POST", "/__mock/provider-states", `{"state":"no account exists"}`) // and remembers them
			send(200, "PUT", "/__mock/blocked", blocked)
			send(204, "DELETE", "/__mock/blocked", "")
		}
		for i := range 500 {
			send(201, "POST", "/connectmypairs/users/", "", fmt.Sprint("Username: long-", i), "Privacy: "+privacy)
		}
		return m.resident()
	}
	before, _ := round()
	after, ok := round()
	t.Logf("%d MiB after the first round, %d MiB after the second", before>>20, after>>20)
	if ok && after > before+16<<20 {
		t.Error("the memory grows")
	}
}

// What is kept of a request keeps nothing else of it: the query of a request line is neither in the journal nor in the
// name of a space that the request makes. Holding all of them would take 230 MiB.
func TestLongQueriesTakeNoMemory(t *testing.T) {
	const each = 1000
	t.Setenv("GOGC", "off") // of the server, whose memory is 40 MiB then, or what it holds
	t.Setenv("GOMEMLIMIT", "40MiB")
	m := start(t, "--max-spaces", fmt.Sprint(each))
	client := newClient(t, 1)
	query := "?" + strings.Repeat("q", 60_000)
	for i := range each {
		for _, space := range []string{"", fmt.Sprint("/~space-", i)} {
			path := space + "/connectmypairs/users/" + query
			if status := m.send(t, client, "POST", path, "", fmt.Sprint("Username: name-", i)); status != 201 {
				t.Fatalf("request %d: %d", i, status)
			}
			m.send(t, client, "POST", space+"/elsewhere"+query, "")
		}
	}
	m.bounded(t, 80<<20)
}
