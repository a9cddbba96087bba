//go:build release

package release

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// balancer is a load balancer of the manual, with its own configuration.
type balancer struct {
	file    string
	command func(configuration string) *exec.Cmd
	// listens is the line of the configuration that says where, and what takes its place.
	listens, at string
}

var balancers = map[string]balancer{
	"nginx": {
		"nginx.conf",
		func(configuration string) *exec.Cmd {
			folder := filepath.Dir(configuration)
			return exec.Command("nginx", "-p", folder, "-c", configuration, "-e", "stderr",
				"-g", "daemon off; pid "+folder+"/pid; user root;")
		},
		"listen 8080;", "listen %s; access_log off;",
	},
	"HAProxy": {
		"haproxy.cfg",
		func(configuration string) *exec.Cmd { return exec.Command("haproxy", "-db", "-f", configuration) },
		"bind :8080", "bind %s",
	},
}

// replica is one of the mock servers behind a load balancer.
type replica struct {
	*exec.Cmd
	url string
}

func TestSpacesSpreadOverReplicas(t *testing.T) {
	programs := unpacked(t, archive)
	for name, b := range balancers {
		t.Run(name, func(t *testing.T) {
			replicas := replicas(t, programs, 3)
			url := b.start(t, replicas)
			judgedTogether(t, programs, url, 20)

			// A space is where it was: its names are in use, and on one replica only.
			homes := map[string]int{}
			var counts [3]int
			for i := range 30 {
				space := fmt.Sprintf("/~stay-%d", i)
				base := strings.Replace(url, "/connectmypairs", space+"/connectmypairs", 1)
				if first, second := created(base, "dana"), created(base, "dana"); first != 201 || second != 409 {
					t.Errorf("%s: %d, then %d; want 201, then 409", space, first, second)
				}
				for at, r := range replicas {
					if strings.Contains(spacesOf(t, r.url), fmt.Sprintf(`"stay-%d"`, i)) {
						homes[space] = at
						counts[at]++
					}
				}
			}
			t.Logf("%d spaces on the replicas: %v", len(homes), counts)
			if total := counts[0] + counts[1] + counts[2]; total != len(homes) ||
				counts[0] == 0 || counts[1] == 0 || counts[2] == 0 {
				t.Errorf("the spaces are on the replicas so: %v", counts)
			}

			// kill -9 of one: its spaces begin anew elsewhere, all others stay.
			const lost = 1
			if err := replicas[lost].Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = replicas[lost].Wait() // it was killed
			for space, home := range homes {
				base := strings.Replace(url, "/connectmypairs", space+"/connectmypairs", 1)
				want := 409
				if home == lost {
					want = 201
				}
				eventually(t, "an answer of "+space, func() bool { return created(base, "probe") < 500 })
				if got := created(base, "dana"); got != want {
					t.Errorf("%s, which was on replica %d, answers %d after replica %d is gone; want %d",
						space, home, got, lost, want)
				}
			}
		})
	}
}

// With more replicas, no more is served here, where all of them share the machine; what is printed is that nothing is
// lost either.
func TestCreatesPerSecondForOneTwoAndThreeReplicas(t *testing.T) {
	programs := unpacked(t, archive)
	script, err := filepath.Abs(filepath.Join(root, "mockserver/bench/create.lua"))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`load ([0-9.]+) \d+ \d+ (\d+)`)
	for name, b := range balancers {
		for count := 1; count <= 3; count++ {
			url := b.start(t, replicas(t, programs, count))
			out := must(t, exec.Command("wrk", "-t1", "-c32", "-d2", "-s", script, url, "--", "r", "60"))
			found := line.FindStringSubmatch(out)
			if found == nil || found[2] != "0" {
				t.Fatalf("wrk says: %s", out)
			}
			t.Logf("%s, %d replicas: %s creates a second", name, count, found[1])
		}
	}
}

// spacesOf is what a mock server says of its spaces.
func spacesOf(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(strings.TrimSuffix(url, "/connectmypairs") + "/__mock/spaces")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func replicas(t *testing.T, programs string, count int) []replica {
	t.Helper()
	var started []replica
	for range count {
		command := exec.Command(filepath.Join(programs, "mockserver"),
			"--listen", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1/32")
		started = append(started, replica{command, serving(t, command)})
	}
	return started
}

// start runs the load balancer with the manual's configuration, in which only addresses are replaced, and returns the
// base URL.
func (b balancer) start(t *testing.T, replicas []replica) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()

	text := read(t, filepath.Join(root, "mockserver/deploy", b.file))
	if !strings.Contains(text, b.listens) {
		t.Fatalf("%s lacks %q", b.file, b.listens)
	}
	text = strings.Replace(text, b.listens, fmt.Sprintf(b.at, address), 1)
	for i := range 3 {
		host := fmt.Sprintf("mock-%d:8080", i+1)
		if i < len(replicas) {
			text = strings.Replace(text, host,
				strings.TrimSuffix(strings.TrimPrefix(replicas[i].url, "http://"), "/connectmypairs"), 1)
			continue
		}
		text = regexp.MustCompile(`(?m)^.*`+host+`.*$`).ReplaceAllString(text, "")
	}
	configuration := filepath.Join(t.TempDir(), b.file)
	write(t, configuration, text)
	command := b.command(configuration)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Signal(os.Interrupt); _ = command.Wait() })
	url := "http://" + address + "/connectmypairs"
	eventually(t, b.file+" to serve", func() bool {
		status := created(url, "up")
		return status == 201 || status == 409
	})
	return url
}

// judgedTogether judges so many spaces at once.
func judgedTogether(t *testing.T, programs, url string, spaces int) {
	t.Helper()
	var runs sync.WaitGroup
	var mu sync.Mutex // guards failures
	var failures []string
	for i := range spaces {
		runs.Go(func() {
			base := strings.Replace(url, "/connectmypairs", fmt.Sprintf("/~judged-%d/connectmypairs", i), 1)
			out, err := exec.Command(filepath.Join(programs, "conformance"),
				"--url", base, "--timeout", "60s").CombinedOutput()
			if err != nil || !strings.Contains(string(out), "CONFORMANT") {
				mu.Lock()
				failures = append(failures, fmt.Sprintf("%s: %v\n%s", base, err, out))
				mu.Unlock()
			}
		})
	}
	runs.Wait()
	if len(failures) > 0 {
		t.Errorf("%d of %d spaces are not conformant; the first:\n%s", len(failures), spaces, failures[0])
	}
}
