package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// npmVersion is the version of Pact's npm packages to take. It holds libpact_ffi 0.5.8, which pact-go v2.7.0 links with, as with
// the 0.5.6 of 20.1.0, which npm lacks for four of the platforms; with the versions before 20 it does not.
const npmVersion = "20.2.0"

// npmScope is what the names of the packages begin with.
const npmScope = "@pact-foundation/"

// libraries are the SHA-256 sums of the library in npm's package of each platform, at npmVersion.
var libraries = map[string]string{
	"linux-x64-glibc":   "f7ffaa50e2a1cba232e65ab8d089a06e9a95f7780582201c723553d52145a5e9",
	"linux-x64-musl":    "3219587cef2204264e3eb5c6912325c0f3740e944043ca01a584351cdd312923",
	"linux-arm64-glibc": "817af07c34b361aeccd7fb4903a702396e4582b3aac98f7cff718eca2457b7e2",
	"linux-arm64-musl":  "89771b46b0e22e4a2e0f320e779ff80f55d9d65e1b5138ef8f71f6bcb7750b9e",
	"darwin-x64":        "02ed60fffce212abd11c98f78d7c746628ffa71ba5399401e3ef538ee879da17",
	"darwin-arm64":      "b4c7de006fb4b8e1afa157054df50c1d3c4ce5b9720dfd496f9acc83a3f89de7",
	"windows-x64":       "baa04ec4759ba22e51de5b4088978befd183fe19bd45cd6c1ae221b00e3b5181",
}

// system is what decides which library fits.
type system struct {
	os, arch string
	// musl tells Alpine and its like from the Linux systems with glibc.
	musl bool
	// compiler is what Go would call to link a program that uses cgo.
	compiler string
}

// detect asks the C compiler, not the running system, which C library programs are linked with: what counts is what it makes.
func detect(ctx context.Context) (system, error) {
	compiler, err := output(ctx, "", "go", "env", "CC")
	if err != nil {
		return system{}, err
	}
	found := system{os: runtime.GOOS, arch: runtime.GOARCH, compiler: strings.TrimSpace(compiler)}
	words := strings.Fields(found.compiler)
	if len(words) == 0 {
		return system{}, errors.New("no C compiler is set: install gcc or clang, which Pact's native library is linked with")
	}
	target, err := output(ctx, "", words[0], append(words[1:], "-dumpmachine")...)
	if err != nil {
		return system{}, fmt.Errorf("no working C compiler, which Pact's native library is linked with: "+
			"install gcc or clang (Debian: gcc libc6-dev; Alpine: gcc musl-dev; macOS: xcode-select --install): %w", err)
	}
	found.musl = strings.Contains(target, "musl")
	return found, nil
}

// platform is how npm names the system, for example linux-x64-glibc.
func (s system) platform() string {
	arch := map[string]string{"amd64": "x64", "arm64": "arm64"}[s.arch]
	switch {
	case s.os == "linux" && s.musl:
		arch += "-musl"
	case s.os == "linux":
		arch += "-glibc"
	}
	return s.os + "-" + arch
}

// npmPackage is the package that holds the library.
func (s system) npmPackage() string {
	return npmScope + "pact-core-" + s.platform() + "@" + npmVersion
}

// library is the name that the linker looks for.
func (s system) library() string {
	switch s.os {
	case "windows":
		return "pact_ffi.dll"
	case "darwin":
		return "libpact_ffi.dylib"
	default:
		return "libpact_ffi.so"
	}
}

// environment returns what a build, and on Windows a run, needs in order to find the library.
func (s system) environment(dir string) ([]string, error) {
	lib := filepath.Join(dir, "lib")
	environment := []string{"CGO_ENABLED=1", "PACT_DO_NOT_TRACK=true"}
	if s.os == "windows" {
		return append(environment,
			`CGO_LDFLAGS="-L`+filepath.ToSlash(lib)+`"`,
			"PATH="+lib+string(os.PathListSeparator)+os.Getenv("PATH")), nil
	}
	wrapper := filepath.Join(dir, "cc")
	if s.compiler == wrapper { // called by a command that we run
		return append(environment, "CC="+wrapper), nil
	}
	if err := writeExecutable(wrapper, compilerWrapper(s.compiler, lib)); err != nil {
		return nil, err
	}
	return append(environment, "CC="+wrapper), nil
}

// compilerWrapper is a C compiler that links with the library in lib. pact-go's sources ask the linker for -L/tmp and
// -rpath /tmp, a folder that everybody on the machine may write to; the wrapper puts lib in its place.
func compilerWrapper(compiler, lib string) string {
	quoted := "'" + strings.ReplaceAll(lib, "'", `'\''`) + "'"
	return `#!/bin/sh
# Written by pacts/nativelib: the C compiler, with this library folder where pact-go would have the world-writable /tmp.
lib=` + quoted + `
for argument do
	case $argument in
	-L/tmp) argument=-L$lib ;;
	-Wl,/tmp) argument=-Wl,$lib ;;
	esac
	set -- "$@" "$argument"
	shift
done
exec ` + compiler + ` "$@"
`
}

// writeExecutable replaces a file in one step, and only when it changes: Go's build cache looks at the compiler's age.
func writeExecutable(path, content string) error {
	if present, err := os.ReadFile(path); err == nil && string(present) == content {
		return nil
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".cc-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // gone already when all went well
	_, err = file.WriteString(content)
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(file.Name(), 0o755); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
