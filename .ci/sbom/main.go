// Sbom writes the modules that a Go binary says it was built from, and the npm packages that its native libraries are
// from, as a CycloneDX 1.6 document: sbom BINARY DOCUMENT [PACKAGE@VERSION...].
package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

type component struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl,omitempty"`
}

type document struct {
	Format     string               `json:"bomFormat"`
	Spec       string               `json:"specVersion"`
	Version    int                  `json:"version"`
	Metadata   map[string]component `json:"metadata"`
	Components []component          `json:"components"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("got %d arguments; use: sbom BINARY DOCUMENT [PACKAGE@VERSION...]", len(args))
	}
	info, err := buildinfo.ReadFile(args[0])
	if err != nil {
		return err
	}
	bom := document{
		Format: "CycloneDX", Spec: "1.6", Version: 1,
		Metadata: map[string]component{
			"component": {Type: "application", Name: info.Path, Version: info.Main.Version},
		},
		Components: []component{
			{Type: "library", Name: "std", Version: info.GoVersion, PURL: "pkg:golang/std@" + info.GoVersion[2:]},
		},
	}
	for _, module := range info.Deps {
		bom.Components = append(bom.Components, library(module))
	}
	for _, name := range args[2:] {
		at := strings.LastIndex(name, "@")
		if at < 1 {
			return fmt.Errorf("%q is no package with its version, such as @scope/name@1.2.3", name)
		}
		bom.Components = append(bom.Components, component{
			Type: "library", Name: name[:at], Version: name[at+1:],
			PURL: "pkg:npm/" + strings.Replace(name, "@", "%40", 1),
		})
	}
	content, err := json.MarshalIndent(bom, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(args[1], append(content, '\n'), 0o644)
}

func library(module *debug.Module) component {
	if module.Replace != nil {
		module = module.Replace
	}
	return component{
		Type:    "library",
		Name:    module.Path,
		Version: module.Version,
		PURL:    "pkg:golang/" + module.Path + "@" + module.Version,
	}
}
