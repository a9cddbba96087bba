package main

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// pactGo is the module whose installer is asked when npm is not there. It downloads libpact_ffi 0.5.6 from the releases of
// Pact's own project.
const pactGo = "github.com/pact-foundation/pact-go/v2"

// maxLibrary is more than any of the libraries has bytes, and little enough not to hurt.
const maxLibrary = 64 << 20

// installer puts the library of a system into a folder.
type installer struct {
	system system
	// sum is the committed checksum of the system's library.
	sum string
	dir string
	log io.Writer
	// run runs a program in a folder and returns what it printed.
	run func(ctx context.Context, dir, name string, args ...string) (string, error)
}

// origin stands beside the library and says where it came from. It lets a library be recognised that has no committed
// checksum: one from pact-go's installer, or one on macOS, where the file must be changed to say where it lies.
type origin struct {
	From   string `json:"from"`
	SHA256 string `json:"sha256"`
}

// install does nothing when the right library is there already.
func (i installer) install(ctx context.Context) error {
	if i.present() {
		return nil
	}
	work, err := os.MkdirTemp(i.dir, ".fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	from := i.system.npmPackage()
	fmt.Fprintf(i.log, "nativelib: fetching %s with npm\n", from)
	library, npmErr := i.fromNPM(ctx, work, from)
	if wrong := (*checksumError)(nil); errors.As(npmErr, &wrong) {
		return npmErr // somebody tampered with it, or the pin is wrong: no reason to look elsewhere
	}
	if npmErr != nil {
		from = pactGo + " install"
		fmt.Fprintf(i.log, "nativelib: npm cannot: %v\nnativelib: asking the installer of pact-go\n", npmErr)
		var err error
		if library, err = i.fromPactGo(ctx, work); err != nil {
			return i.explain(npmErr, err)
		}
	}
	return i.place(ctx, library, from)
}

// present says whether the library is there and is the one that install put there.
func (i installer) present() bool {
	sum, err := sumOf(filepath.Join(i.dir, i.system.library()))
	if err != nil {
		return false
	}
	var recorded origin
	if content, err := os.ReadFile(i.originFile()); err == nil {
		_ = json.Unmarshal(content, &recorded) // one that cannot be read recognises nothing
	}
	if strings.HasPrefix(recorded.From, npmScope) && recorded.From != i.system.npmPackage() {
		return false // from before the pin moved
	}
	return sum == i.sum && i.system.os != "darwin" || sum == recorded.SHA256
}

func (i installer) originFile() string { return filepath.Join(i.dir, "origin.json") }

// fromNPM returns the path of a library whose checksum is the committed one.
func (i installer) fromNPM(ctx context.Context, work, pkg string) (string, error) {
	if _, err := i.run(ctx, work, "npm", "pack", "--loglevel=error", "--fetch-retries=1", pkg); err != nil {
		return "", err
	}
	archives, err := filepath.Glob(filepath.Join(work, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return "", fmt.Errorf("npm pack left %d archives, wanted one", len(archives))
	}
	library := filepath.Join(work, i.system.library())
	if err := extract(archives[0], library); err != nil {
		return "", err
	}
	sum, err := sumOf(library)
	if err != nil {
		return "", err
	}
	if sum != i.sum {
		return "", &checksumError{pkg: pkg, got: sum, want: i.sum}
	}
	return library, nil
}

// fromPactGo asks pact-go's installer. What it downloads has no checksum committed here: it is another build than npm's, and
// pact-go has none either. The verifier checks its version before it uses it.
func (i installer) fromPactGo(ctx context.Context, work string) (string, error) {
	if _, err := i.run(ctx, "", "go", "run", pactGo, "install", "--force", "--libDir", work); err != nil {
		return "", err
	}
	// The installer calls it pact_ffi.dll on Windows and libpact_ffi elsewhere, as the linker does.
	return filepath.Join(work, i.system.library()), nil
}

// place moves the library to where it is used.
func (i installer) place(ctx context.Context, library, from string) error {
	target := filepath.Join(i.dir, i.system.library())
	if i.system.os == "darwin" {
		// A program on macOS looks for its libraries where they say they are.
		if _, err := i.run(ctx, "", "install_name_tool", "-id", target, library); err != nil {
			return err
		}
		if _, err := i.run(ctx, "", "codesign", "--force", "--sign", "-", library); err != nil {
			return err
		}
	}
	if err := os.Chmod(library, 0o755); err != nil {
		return err
	}
	sum, err := sumOf(library)
	if err != nil {
		return err
	}
	if err := os.Rename(library, target); err != nil {
		return err
	}
	content, err := json.Marshal(origin{From: from, SHA256: sum})
	if err != nil {
		return err
	}
	fmt.Fprintf(i.log, "nativelib: %s is in place\n", target)
	return os.WriteFile(i.originFile(), append(content, '\n'), 0o644)
}

func (i installer) explain(npmErr, installerErr error) error {
	return fmt.Errorf(`cannot get Pact's native library:
  npm:                 %w
  pact-go's installer: %w
Do one of these, then run this again:
  - install npm, and let it reach its registry
  - let pact-go's installer reach the releases of Pact's project
  - on a machine that has npm, run "npm pack %s", unpack it,
    bring the one library in it here, and run "go run ./pacts/nativelib --library FILE"`,
		npmErr, installerErr, i.system.npmPackage())
}

type checksumError struct{ pkg, got, want string }

func (e *checksumError) Error() string {
	return fmt.Sprintf("the library in %s has SHA-256 %s, not the committed %s: do not use it", e.pkg, e.got, e.want)
}

// extract writes the one native library of an npm package; musl's has another name there than the linker wants.
func extract(archive, target string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(archive), err)
	}
	entries := tar.NewReader(unzipped)
	for {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s holds no library", filepath.Base(archive))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(archive), err)
		}
		if entry.Typeflag == tar.TypeReg && strings.Contains(path.Base(entry.Name), "pact_ffi") {
			return write(target, entries)
		}
	}
}

func write(target string, content io.Reader) error {
	file, err := os.Create(target)
	if err != nil {
		return err
	}
	written, err := io.Copy(file, io.LimitReader(content, maxLibrary))
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err == nil && written == maxLibrary {
		err = fmt.Errorf("the library has %d bytes or more", maxLibrary)
	}
	return err
}

func sumOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// adopt puts a library in place that somebody brought by hand. One that has not the committed checksum is taken, and said so: it
// may be of another version that works.
func (i installer) adopt(ctx context.Context, library string) error {
	content, err := os.Open(library)
	if err != nil {
		return err
	}
	defer content.Close()
	work, err := os.MkdirTemp(i.dir, ".fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	copied := filepath.Join(work, i.system.library())
	if err := write(copied, content); err != nil {
		return err
	}
	sum, err := sumOf(copied)
	if err != nil {
		return err
	}
	if sum != i.sum {
		fmt.Fprintf(i.log, "nativelib: %s is not the library in %s: its SHA-256 is %s, not %s\n", library, i.system.npmPackage(), sum, i.sum)
	}
	return i.place(ctx, copied, library)
}
