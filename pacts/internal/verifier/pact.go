package verifier

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// maxPactBytes is how large a pact may be: several times what maxInteractions take.
const maxPactBytes = 32 << 20

// maxInteractions is how many interactions a pact may have. The native library takes 10 to 20 ms for each of 1,000 and
// 20 to 40 ms for each of 4,000. Nobody waits for a pact of many more.
const maxInteractions = 5000

// pact is what one consumer expects of one provider. The specifications 2, 3 and 4 of Pact are read.
type pact struct {
	// origin says where the pact comes from: a path, a URL, or a version of the consumer in a broker.
	origin             string
	consumer, provider string
	// specification is the version that the pact states, "" for none.
	specification string
	interactions  []interaction
	links         map[string]jsontext.Value

	// pending and notices are what a broker says of the pact.
	pending bool
	notices []notice
}

// interaction is one request and the answer that the consumer expects.
type interaction struct {
	// pointer is the JSON pointer of the interaction in its pact.
	pointer string
	// id is how a broker names the interaction.
	id          string
	description string
	states      []string
	path        string
	raw         jsontext.Value
}

var errNotPact = errors.New("not a pact file: it has no consumer and provider")

// lenient reads members that appear twice as Pact's own tools do: the last one counts.
var lenient = jsontext.AllowDuplicateNames(true)

// parsePact reads a pact. Its errors name the origin, and the place by a JSON pointer.
func parsePact(origin string, content []byte) (pact, error) {
	read, err := parse(content)
	if err != nil {
		return pact{}, fmt.Errorf("pact file %s: %w", origin, err)
	}
	read.origin = origin
	return read, nil
}

func parse(content []byte) (pact, error) {
	content, err := untrusted.UTF8(content)
	if err != nil {
		return pact{}, err
	}
	var parties struct {
		Consumer jsontext.Value `json:"consumer"`
		Provider jsontext.Value `json:"provider"`
	}
	err = json.Unmarshal(content, &parties, lenient)
	if wrong, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return pact{}, notJSON(wrong, content)
	}
	if err != nil || parties.Consumer == nil || parties.Provider == nil {
		return pact{}, errNotPact
	}
	var document document
	if err := decode(content, &document, ""); err != nil {
		return pact{}, err
	}
	read := pact{consumer: document.Consumer.Name, provider: document.Provider.Name, links: document.Links}
	if read.specification, err = document.specification(); err != nil {
		return pact{}, err
	}
	if err := document.onlyHTTP(); err != nil {
		return pact{}, err
	}
	if count := len(document.Interactions); count > maxInteractions {
		return pact{}, fmt.Errorf("/interactions: %d interactions, and at most %d are read; split it", count,
			maxInteractions)
	}
	for i, raw := range document.Interactions {
		one, err := read.interaction(fmt.Sprintf("/interactions/%d", i), raw)
		if err != nil {
			return pact{}, err
		}
		read.interactions = append(read.interactions, one)
	}
	return read, nil
}

func notJSON(wrong *jsontext.SyntacticError, content []byte) error {
	place := string(wrong.JSONPointer)
	if place != "" {
		place += ": "
	}
	if utf8.Valid(content) {
		return fmt.Errorf("%snot JSON, at byte %d: %w", place, wrong.ByteOffset, wrong.Err)
	}
	return fmt.Errorf("%snot UTF-8, at byte %d; save the file as UTF-8", place, wrong.ByteOffset)
}

// decode is json.Unmarshal with errors that name the place, which begins with the pointer.
func decode(raw []byte, into any, pointer string) error {
	err := json.Unmarshal(raw, into, lenient)
	if wrong, ok := errors.AsType[*json.SemanticError](err); ok {
		return fmt.Errorf("%s%s: cannot be a JSON %s", pointer, wrong.JSONPointer, kindName(wrong.JSONKind))
	}
	return err
}

func kindName(kind jsontext.Kind) string {
	switch kind {
	case jsontext.KindBeginObject:
		return "object"
	case jsontext.KindBeginArray:
		return "array"
	default:
		return kind.String()
	}
}

// document has what the specifications 2, 3 and 4 have in common.
type document struct {
	Consumer     party            `json:"consumer"`
	Provider     party            `json:"provider"`
	Interactions []jsontext.Value `json:"interactions"`
	// Messages are how specification 3 has interactions that are not HTTP.
	Messages []struct {
		Description string `json:"description"`
	} `json:"messages"`
	Metadata jsontext.Value            `json:"metadata"`
	Links    map[string]jsontext.Value `json:"_links"`
}

type party struct {
	Name string `json:"name"`
}

// metadata is optional; PHP writes an empty one as an array.
func (d document) metadata(into any) error {
	if d.Metadata.Kind() != jsontext.KindBeginObject {
		return nil
	}
	return decode(d.Metadata, into, "/metadata")
}

// specification returns the version that the pact states. Libraries write it as an object in two spellings, or as text.
func (d document) specification() (string, error) {
	var stated map[string]jsontext.Value
	if err := d.metadata(&stated); err != nil {
		return "", err
	}
	for _, member := range []string{"pactSpecification", "pact-specification", "pactSpecificationVersion"} {
		raw := stated[member]
		if raw.Kind() == jsontext.KindNull || raw == nil {
			continue
		}
		pointer := "/metadata/" + member
		var version struct {
			Version string `json:"version"`
		}
		into := any(&version)
		if raw.Kind() == jsontext.KindString {
			into = &version.Version
		}
		if err := decode(raw, into, pointer); err != nil {
			return "", err
		}
		major, _, _ := strings.Cut(version.Version, ".")
		if number, err := strconv.Atoi(major); version.Version != "" && (err != nil || number < 1 || number > 4) {
			return "", fmt.Errorf("%s: Pact specification %q is unknown; known are 1 to 4", pointer, version.Version)
		}
		return version.Version, nil
	}
	return "", nil
}

const (
	typeHTTP  = "Synchronous/HTTP"
	elsewhere = "verify it with Pact's own verifier"
)

// onlyHTTP refuses what an HTTP endpoint cannot answer, and plugins: the native library would download and run them
// because a file says so.
func (d document) onlyHTTP() error {
	for i, message := range d.Messages {
		return fmt.Errorf("/messages/%d: %q is a message, and only requests over HTTP can be verified here; %s",
			i, message.Description, elsewhere)
	}
	var metadata struct {
		Plugins []struct {
			Name string `json:"name"`
		} `json:"plugins"`
	}
	if err := d.metadata(&metadata); err != nil {
		return err
	}
	for i, plugin := range metadata.Plugins {
		return fmt.Errorf("/metadata/plugins/%d: it needs the Pact plugin %q, and plugins are not run here; %s", i,
			plugin.Name, elsewhere)
	}
	return nil
}

// interaction reads and checks one interaction. The native library loses all results of a pact in which it finds
// something odd, and says little, so what is odd is found here.
func (p pact) interaction(pointer string, raw jsontext.Value) (interaction, error) {
	var typed struct {
		Type string `json:"type"`
	}
	if err := decode(raw, &typed, pointer); err != nil {
		return interaction{}, err
	}
	if err := checkType(typed.Type, p.specification); err != nil { // the members of other types have other shapes
		return interaction{}, fmt.Errorf("%s/type: %w", pointer, err)
	}
	var read struct {
		ID          string `json:"_id"`
		Description string `json:"description"`
		// State is how specification 2 names the one state, in two spellings.
		State      jsontext.Value `json:"providerState"`
		OlderState string         `json:"provider_state"`
		States     jsontext.Value `json:"providerStates"`
		Request    struct {
			Path       string         `json:"path"`
			Generators jsontext.Value `json:"generators"`
		} `json:"request"`
		Response struct {
			Status jsontext.Value `json:"status"`
			Rules  jsontext.Value `json:"matchingRules"`
		} `json:"response"`
	}
	if err := decode(raw, &read, pointer); err != nil {
		return interaction{}, err
	}
	one := interaction{pointer: pointer, id: read.ID, description: read.Description, path: read.Request.Path, raw: raw}
	var err error
	if one.states, err = stateNames(pointer, read.States, read.State, read.OlderState); err != nil {
		return interaction{}, err
	}
	if err := checkPath(one.path); err != nil {
		return interaction{}, fmt.Errorf("%s/request/path: %w", pointer, err)
	}
	if generator := pathGenerator(read.Request.Generators); generator != "" {
		return interaction{}, fmt.Errorf(
			"%s/request/generators%s: it would replace the path, and the endpoint has one path", pointer, generator)
	}
	if status := read.Response.Status; status != nil && !validStatus.Match(status) {
		return interaction{}, fmt.Errorf("%s/response/status: %s is not an HTTP status; write an integer such as 201",
			pointer, status)
	}
	if rule, err := badRule(read.Response.Rules); err != nil {
		return interaction{}, fmt.Errorf("%s/response/matchingRules%s: %w", pointer, rule, err)
	}
	return one, nil
}

// stateNames returns the names of the provider states of an interaction: the native library takes the first of these
// members that is there, even a null.
func stateNames(pointer string, states, state jsontext.Value, older string) ([]string, error) {
	switch {
	case states != nil:
		return checkStates(pointer+"/providerStates", states)
	case state != nil:
		older = ""
		if err := decode(state, &older, pointer+"/providerState"); err != nil {
			return nil, err
		}
	}
	if older == "" {
		return nil, nil
	}
	return []string{older}, nil
}

// checkStates returns the names of a list of provider states.
func checkStates(pointer string, states jsontext.Value) ([]string, error) {
	var read []struct {
		Name   *string        `json:"name"`
		Params jsontext.Value `json:"params"`
	}
	if err := decode(states, &read, pointer); err != nil {
		return nil, err
	}
	var names []string
	for i, state := range read {
		if state.Name == nil {
			return nil, fmt.Errorf("%s/%d/name: it is missing", pointer, i)
		}
		if kind := state.Params.Kind(); state.Params != nil && kind != jsontext.KindBeginObject &&
			kind != jsontext.KindNull && !empty(state.Params) {
			return nil, fmt.Errorf("%s/%d/params: cannot be a JSON %s", pointer, i, kindName(kind))
		}
		names = append(names, *state.Name)
	}
	return names, nil
}

// empty reports whether this is an empty array, which is how PHP writes an empty object.
func empty(value jsontext.Value) bool {
	var elements []jsontext.Value
	return json.Unmarshal(value, &elements) == nil && len(elements) == 0
}

var validStatus = regexp.MustCompile(`^[1-5][0-9]{2}$`)

func checkType(stated, specification string) error {
	switch {
	case stated == typeHTTP, stated == "" && !strings.HasPrefix(specification, "4"):
		return nil
	case stated == "":
		return fmt.Errorf("it is missing, and specification 4 needs it; write %q", typeHTTP)
	default:
		return fmt.Errorf("%q cannot be verified here, only %q; %s", stated, typeHTTP, elsewhere)
	}
}

// checkPath refuses a path that a server could resolve to something above the base URL, however it is encoded.
func checkPath(path string) error {
	if path != "" && !strings.HasPrefix(path, "/") {
		return fmt.Errorf("%q does not begin with a slash", path)
	}
	// Whoever reads a URL leaves out tabs and line breaks, and so would make .. of a dot, a tab and a dot.
	if strings.ContainsFunc(path, unicode.IsControl) {
		return fmt.Errorf("%q has a control character in it", path)
	}
	for range 3 { // encoded twice is decoded by some proxies
		for _, segment := range strings.FieldsFunc(path, endsSegment) {
			if name, _, _ := strings.Cut(segment, ";"); strings.TrimSpace(name) == ".." {
				return fmt.Errorf("%q leaves the base URL", path)
			}
		}
		decoded, err := url.PathUnescape(path)
		if err != nil {
			return fmt.Errorf("%q is not the path of a URL: %w", path, err)
		}
		path = decoded
	}
	return nil
}

func endsSegment(r rune) bool { return strings.ContainsRune(`/\?#`, r) }

// pathGenerator returns the pointer, below the generators, of one that makes a path of its own, which nobody would have
// checked; "" when there is none. The native library reads its name in any letter case.
func pathGenerator(generators jsontext.Value) string {
	var named map[string]jsontext.Value
	if generators.Kind() != jsontext.KindBeginObject || json.Unmarshal(generators, &named, lenient) != nil {
		return ""
	}
	for name := range named {
		if strings.EqualFold(name, "path") {
			return string(jsontext.Pointer("").AppendToken(name))
		}
	}
	return ""
}

// ruleSelector is the form of a body's matching rule that the native library can read, such as $.a[*]['b c'].
var ruleSelector = regexp.MustCompile(
	`^(\$|[\pL\pN][\pL\pN_:#@-]*)?(\.(\*|[\pL\pN_:#@-]+)|\[('[^']+'|[0-9]+|\*)\])*$`)

// badRule returns the pointer, below the rules, of a rule that the native library cannot read.
func badRule(rules jsontext.Value) (pointer string, err error) {
	var categories map[string]jsontext.Value
	if rules.Kind() != jsontext.KindBeginObject || json.Unmarshal(rules, &categories, lenient) != nil {
		return "", nil
	}
	var body map[string]jsontext.Value
	// Specifications 3 and 4.
	if raw := categories["body"]; raw.Kind() == jsontext.KindBeginObject && json.Unmarshal(raw, &body, lenient) != nil {
		return "", nil
	}
	check := func(below jsontext.Pointer, rule string) {
		if err == nil && !ruleSelector.MatchString(rule) {
			pointer = string(below.AppendToken(rule))
			err = fmt.Errorf("%q is not a path such as $.a['b c'][*]", rule)
		}
	}
	for rule := range body {
		check("/body", rule)
	}
	for rule := range categories { // specification 2
		if strings.HasPrefix(rule, "$.body") {
			check("", rule)
		}
	}
	return pointer, err
}

// content is the pact with these of its interactions, for the native library.
func (p pact) content(interactions []interaction) ([]byte, error) {
	raw := make([]jsontext.Value, len(interactions))
	for i, one := range interactions {
		raw[i] = one.raw
	}
	document := map[string]any{"consumer": party{p.consumer}, "provider": party{p.provider}, "interactions": raw}
	if p.specification != "" {
		document["metadata"] = map[string]any{"pactSpecification": map[string]string{"version": p.specification}}
	}
	return json.Marshal(document, lenient)
}

// below reports whether every path of the pact lies below the base path, as those that some adapters record from a
// browser do.
func (p pact) below(base string) bool {
	outside := func(one interaction) bool { return !strings.HasPrefix(one.path, base+"/") }
	return base != "" && base != "/" && len(p.interactions) > 0 && !slices.ContainsFunc(p.interactions, outside)
}
