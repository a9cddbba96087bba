package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// page is a rendered page as a browser parses it.
type page struct {
	raw   string
	nodes []*html.Node // elements, in document order
}

func render(t *testing.T, run Run) page {
	t.Helper()
	p := page{raw: rendered(t, HTML, run)}
	root, err := html.Parse(strings.NewReader(p.raw))
	if err != nil {
		t.Fatal(err)
	}
	for node := range root.Descendants() {
		if node.Type == html.ElementNode {
			p.nodes = append(p.nodes, node)
		}
	}
	return p
}

func (p page) all(name string) []*html.Node {
	var found []*html.Node
	for _, node := range p.nodes {
		if node.Data == name {
			found = append(found, node)
		}
	}
	return found
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// content is the text of a node.
func content(node *html.Node) string {
	var text strings.Builder
	for child := range node.Descendants() {
		if child.Type == html.TextNode {
			text.WriteString(child.Data)
		}
	}
	return text.String()
}

// plain is the text of a node in single spaces.
func plain(node *html.Node) string { return strings.Join(strings.Fields(content(node)), " ") }

func (p page) byID(id string) *html.Node {
	for _, node := range p.nodes {
		if attribute(node, "id") == id {
			return node
		}
	}
	return nil
}

func TestHTMLGolden(t *testing.T) {
	golden(t, "violated.html", rendered(t, HTML, excerpt()))
}

func TestHTMLLetsInOnlyItsOwnStyleAndScript(t *testing.T) {
	for name, run := range samples() {
		p := render(t, run)
		var policy string
		for _, meta := range p.all("meta") {
			if attribute(meta, "http-equiv") == "Content-Security-Policy" {
				policy = attribute(meta, "content")
			}
		}
		if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", name, policy)
		}
		for _, element := range []string{"style", "script"} {
			nodes := p.all(element)
			if len(nodes) != 1 {
				t.Fatalf("%s: %d %s elements", name, len(nodes), element)
			}
			sum := sha256.Sum256([]byte(content(nodes[0])))
			want := element + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy %q lacks %s", name, policy, want)
			}
		}
	}
}

func TestHTMLIsSelfContained(t *testing.T) {
	for name, run := range samples() {
		for _, node := range render(t, run).nodes {
			switch node.Data {
			case "img", "iframe", "object", "embed", "link", "base", "form", "audio", "video", "source":
				t.Errorf("%s: there is an element %s", name, node.Data)
			}
			for _, a := range node.Attr {
				switch {
				case a.Key == "style", a.Key == "src", a.Key == "srcset", strings.HasPrefix(a.Key, "on"):
					t.Errorf("%s: <%s %s=%q>", name, node.Data, a.Key, a.Val)
				case a.Key == "href" && !strings.HasPrefix(a.Val, "#"):
					t.Errorf("%s: a link out of the page: %q", name, a.Val)
				}
			}
		}
	}
}

func TestHTMLShowsHostileAnswersAsText(t *testing.T) {
	p := render(t, hostile())
	shown := false
	for _, pre := range p.all("pre") {
		shown = shown ||
			strings.Contains(content(pre), `</script><script>alert(1)</script><img src=x onerror=alert(2)>]]>"'`)
	}
	if !shown {
		t.Error("the hostile body is not shown")
	}
	if !strings.Contains(p.raw, "more were kept, and the rest was not") {
		t.Error("it does not say how much of the body was cut")
	}
}

func TestHTMLStaysBounded(t *testing.T) {
	run := hostile()
	evidence := clauseOf(&run, "created.name").Failures[0]
	for range 100 {
		evidence.Exchanges = append(evidence.Exchanges, evidence.Exchanges[0])
	}
	for i := range run.Clauses {
		fail(&run.Clauses[i])
		for range 100 {
			run.Clauses[i].Failures = append(run.Clauses[i].Failures, evidence)
		}
	}
	run.Verdict, run.Reason = Judge(run.Level, run.Clauses)
	if size := len(rendered(t, HTML, run)); size > 32<<20 {
		t.Errorf("%d bytes", size)
	}
}

func TestHTMLShowsEveryClauseAndItsOutcome(t *testing.T) {
	for name, run := range samples() {
		p := render(t, run)
		for _, c := range run.Clauses {
			node := p.byID("clause-" + c.Clause.ID)
			if node == nil {
				t.Fatalf("%s: %s is missing", name, c.Clause.ID)
			}
			text := plain(node)
			if !strings.Contains(text, outcomeWords[c.Outcome].one) || !strings.Contains(text, c.Clause.Text) {
				t.Errorf("%s: %s is shown as %q, but is %s", name, c.Clause.ID, text, c.Outcome)
			}
		}
		if title := plain(p.all("h1")[0]); title != string(run.Verdict) {
			t.Errorf("%s: headed %q", name, title)
		}
	}
}

// The structure that screen readers and keyboards go by. Contrast and the like take a browser.
func TestHTMLStructure(t *testing.T) {
	for name, run := range samples() {
		p := render(t, run)
		ids := map[string]bool{}
		for _, node := range p.nodes {
			if id := attribute(node, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: id %q is there twice", name, id)
				}
				ids[id] = true
			}
		}
		level := 0
		for _, node := range p.nodes {
			for _, key := range []string{"aria-labelledby", "href"} {
				if id := strings.TrimPrefix(attribute(node, key), "#"); id != "" && !ids[id] {
					t.Errorf("%s: %s=%q leads nowhere", name, key, id)
				}
			}
			var heading int
			if _, err := fmt.Sscanf(node.Data, "h%d", &heading); err == nil {
				if heading > level+1 {
					t.Errorf("%s: %q is an h%d after an h%d", name, plain(node), heading, level)
				}
				level = heading
			}
			if node.Data == "button" && plain(node) == "" {
				t.Errorf("%s: a button without a name", name)
			}
			if node.Data == "a" && plain(node) == "" {
				t.Errorf("%s: a link without a name", name)
			}
		}
		for _, landmark := range []string{"header", "main", "h1", "title"} {
			if n := len(p.all(landmark)); n != 1 {
				t.Errorf("%s: %d %s elements", name, n, landmark)
			}
		}
		if lang := attribute(p.all("html")[0], "lang"); lang != "en" {
			t.Errorf("%s: language %q", name, lang)
		}
	}
}
