package verifier

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// maxTotalBytes is how large all pacts of a run may be together.
const maxTotalBytes = 256 << 20

var errNoPacts = errors.New("no pact file")

// sources is what there is to verify: pacts, what a reader should know of them, and errors that name what cannot be
// read.
type sources struct {
	pacts  []pact
	notes  []string
	errors []error
	// bytes is the size of the pacts.
	bytes int
}

func (s *sources) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

func (s *sources) fail(err error) { s.errors = append(s.errors, err) }

// path adds the pact file at path, or the pact files directly in the folder at path. Of a folder, other JSON and the
// pacts of other providers are left out.
func (s *sources) path(path, provider string) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		s.fail(fmt.Errorf("pact file: %w", err))
	case info.IsDir():
		s.folder(path, provider)
	default:
		read, err := readPact(path)
		if err == nil {
			err = read.isOf(provider)
		}
		s.add(read, err)
	}
}

func (s *sources) add(read pact, err error) {
	if err != nil {
		s.fail(err)
		return
	}
	for _, one := range read.interactions {
		s.bytes += len(one.raw)
	}
	if s.bytes > maxTotalBytes {
		s.fail(fmt.Errorf("pact file %s: the pacts are more than %d MiB together; verify them in several runs",
			read.origin, maxTotalBytes>>20))
		return
	}
	if len(read.interactions) == 0 {
		s.note("%s holds no interaction", read.origin)
	}
	s.pacts = append(s.pacts, read)
}

func (s *sources) folder(folder, provider string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		s.fail(fmt.Errorf("pact folder: %w", err))
		return
	}
	before := len(s.pacts) + len(s.errors)
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) == ".json" {
			s.inFolder(filepath.Join(folder, entry.Name()), provider)
		}
	}
	if len(s.pacts)+len(s.errors) == before {
		s.fail(fmt.Errorf("pact folder %s: %w of the provider %q in it", folder, errNoPacts, provider))
	}
}

func (s *sources) inFolder(path, provider string) {
	info, err := os.Stat(path)
	if target, linkErr := os.Readlink(path); err != nil && linkErr == nil && filepath.Ext(target) != ".json" {
		// Such as the lock file of an editor.
		s.note("skipped %s: it is a link to %s, which cannot be read", path, target)
		return
	}
	if err == nil && !info.Mode().IsRegular() {
		s.note("skipped %s: it %s", path, untrusted.ErrNotRegular)
		return
	}
	read, err := readPact(path)
	if errors.Is(err, errNotPact) {
		return
	}
	if err == nil && read.provider != provider {
		s.note("skipped %s: its provider is %q, not %q", path, read.provider, provider)
		return
	}
	s.add(read, err)
}

func readPact(path string) (pact, error) {
	content, err := untrusted.ReadFile(path, maxPactBytes)
	if errors.Is(err, untrusted.ErrTooLarge) {
		return pact{}, fmt.Errorf("pact file %w; split it", err)
	}
	if err != nil {
		return pact{}, fmt.Errorf("pact file: %w", err)
	}
	return parsePact(path, content)
}

// isOf returns an error unless the pact is one with this provider.
func (p pact) isOf(provider string) error {
	if p.provider == provider {
		return nil
	}
	return fmt.Errorf("pact file %s: /provider/name: its provider is %q, not %q; see --provider", p.origin, p.provider,
		provider)
}
