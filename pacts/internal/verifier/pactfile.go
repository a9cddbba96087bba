// Package pactfile finds and reads pact files of specification 2, 3 and 4, as far as a verification needs to know them before
// it starts: a file that is missing, broken or empty is better reported before the first request than after the last.
package verifier

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// maxPactBytes is how large a pact file may be: several times what maxInteractions take.
const maxPactBytes = 32 << 20

// maxInteractions is how many interactions a pact file may have. The native library takes 10 to 20 ms for each of 1,000 and 20 to
// 40 ms for each of 4,000, so a file of many more would not end in any time that somebody waits.
const maxInteractions = 5000

// pactFile is a pact file: what one consumer expects of one provider.
type pactFile struct {
	Path     string
	Consumer string
	Provider string
	// Version is the major version of the Pact specification: 2, 3 or 4.
	Version      int
	Interactions []pactInteraction
}

// pactInteraction is one request and the answer that the consumer expects.
type pactInteraction struct {
	Description string
	States      []pactState
}

// pactState is a provider state that an interaction asks for.
type pactState struct {
	Name   string         `json:"name"`
	Params map[string]any `json:"params"`
}

// findPacts returns the pact files among paths. A folder stands for every pact file directly in it; other JSON in it is left out.
// findPacts reads each file, and its error names the one that is missing or broken.
func findPacts(paths []string) ([]pactFile, error) {
	var found []pactFile
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("pact file: %w", err)
		}
		if !info.IsDir() {
			file, err := read(path)
			if err != nil {
				return nil, err
			}
			found = append(found, file)
			continue
		}
		files, err := inFolder(path)
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("pact folder %s: there is no pact file in it", path)
		}
		found = append(found, files...)
	}
	return found, nil
}

func inFolder(folder string) ([]pactFile, error) {
	names, err := filepath.Glob(filepath.Join(escape(folder), "*.json"))
	if err != nil {
		return nil, err
	}
	var found []pactFile
	for _, name := range names {
		file, err := read(name)
		switch {
		case errors.Is(err, errNotPact):
			continue
		case err != nil:
			return nil, err
		}
		found = append(found, file)
	}
	return found, nil
}

// escape keeps a folder's name from being read as a pattern.
func escape(folder string) string {
	if os.PathSeparator == '\\' {
		return folder // where Glob has no escapes, and names have none of its characters
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(folder)
}

var errNotPact = errors.New("not a pact file: it has no consumer and provider")

// read reads one pact file. Its errors name the file.
func read(path string) (pactFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return pactFile{}, fmt.Errorf("pact file: %w", err)
	}
	if info.Size() > maxPactBytes {
		return pactFile{}, fmt.Errorf("pact file %s: it has %d bytes, more than %d; split it", path, info.Size(), maxPactBytes)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return pactFile{}, fmt.Errorf("pact file: %w", err)
	}
	return parsePact(path, content)
}

// parsePact reads the content of a pact file that came from path, which its errors name.
func parsePact(path string, content []byte) (pactFile, error) {
	file, err := parse(content)
	if err != nil {
		return pactFile{}, fmt.Errorf("pact file %s: %w", path, err)
	}
	file.Path = path
	return file, nil
}

// document is what the three specifications have in common, and where they differ, all of them.
type document struct {
	Consumer     *party        `json:"consumer"`
	Provider     *party        `json:"provider"`
	Interactions []interaction `json:"interactions"`
	// Messages are how specification 3 has interactions that are not HTTP.
	Messages []struct {
		Description string `json:"description"`
	} `json:"messages"`
	Metadata struct {
		Specification struct {
			Version string `json:"version"`
		} `json:"pactSpecification"`
		OlderSpecification struct {
			Version string `json:"version"`
		} `json:"pact-specification"`
		Plugins []struct {
			Name string `json:"name"`
		} `json:"plugins"`
	} `json:"metadata"`
}

type party struct {
	Name string `json:"name"`
}

type interaction struct {
	// Type is what specification 4 calls "Synchronous/HTTP" or a kind of message; older ones have none.
	Type        string `json:"type"`
	Description string `json:"description"`
	// State is how specification 2 names the one state, in two spellings.
	State      string      `json:"providerState"`
	OlderState string      `json:"provider_state"`
	States     []pactState `json:"providerStates"`
}

func parse(content []byte) (pactFile, error) {
	var pact document
	err := json.Unmarshal(content, &pact)
	if wrong := (*json.SyntaxError)(nil); errors.As(err, &wrong) {
		return pactFile{}, fmt.Errorf("not JSON, at byte %d: %w", wrong.Offset, err)
	}
	if pact.Consumer == nil || pact.Provider == nil { // whatever else may be wrong with it
		return pactFile{}, errNotPact
	}
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return pactFile{}, fmt.Errorf("not a pact file: its %s cannot be a JSON %s", strings.TrimPrefix(wrong.Field, "."), wrong.Value)
	}
	if err != nil {
		return pactFile{}, fmt.Errorf("not a pact file: %w", err)
	}
	if count := len(pact.Interactions); count > maxInteractions {
		return pactFile{}, fmt.Errorf("it has %d interactions, more than %d; split it", count, maxInteractions)
	}
	major, err := version(pact)
	if err == nil {
		err = pact.onlyHTTP()
	}
	if err != nil {
		return pactFile{}, err
	}
	file := pactFile{Consumer: pact.Consumer.Name, Provider: pact.Provider.Name, Version: major}
	for _, one := range pact.Interactions {
		file.Interactions = append(file.Interactions, pactInteraction{Description: one.Description, States: one.states()})
	}
	return file, nil
}

// onlyHTTP refuses what an HTTP endpoint cannot answer, and plugins, which the native library would download and run because a
// file says so.
func (d document) onlyHTTP() error {
	const http = "Synchronous/HTTP"
	for _, message := range d.Messages {
		return fmt.Errorf("%q is a message, not a request over HTTP, which alone can be verified here", message.Description)
	}
	for _, one := range d.Interactions {
		if one.Type != "" && one.Type != http {
			return fmt.Errorf("%q is of type %q; only %q can be verified here", one.Description, one.Type, http)
		}
	}
	for _, plugin := range d.Metadata.Plugins {
		return fmt.Errorf("it needs the Pact plugin %q; only files without plugins can be verified here", plugin.Name)
	}
	return nil
}

// version reads "2.0.0" as 2. A file that states no version is of the second, as libraries of that time wrote them.
func version(pact document) (int, error) {
	stated := pact.Metadata.Specification.Version
	if stated == "" {
		stated = pact.Metadata.OlderSpecification.Version
	}
	if stated == "" {
		return 2, nil
	}
	major, _, _ := strings.Cut(stated, ".")
	number, err := strconv.Atoi(major)
	if err != nil || number < 1 || number > 4 {
		return 0, fmt.Errorf("it is of Pact specification %q; known are 2, 3 and 4", stated)
	}
	return max(number, 2), nil // a file of the first is one of the second without matchers
}

func (i interaction) states() []pactState {
	for _, name := range []string{i.State, i.OlderState} {
		if name != "" {
			return []pactState{{Name: name}}
		}
	}
	return i.States
}
