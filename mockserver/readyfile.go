package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/clicksminuteper/connectmypairs-contract/fixtures/untrusted"
)

// readyFile tells those who wait for it that the server is ready. The zero value tells nobody.
type readyFile struct {
	// path is where the file is, links followed; empty for none.
	path string
	// special is whether it is no regular file, or one that this program logs to: it is written to, and never replaced.
	special bool
	// fifo is whether writing waits until somebody reads.
	fifo    bool
	content string // what write has written
}

// openReadyFile removes what a server that was killed has left, which would say that this one is ready.
func openReadyFile(path string) (readyFile, error) {
	if path == "" {
		return readyFile{}, nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return readyFile{}, cannot("be written", path, err)
	case info.IsDir():
		return readyFile{}, fmt.Errorf("%s is a folder; use the name of a file", path)
	case !info.Mode().IsRegular() || isOutput(info):
		return readyFile{path: path, special: true, fifo: info.Mode()&fs.ModeNamedPipe != 0}, nil
	}
	target, err := follow(path)
	if err != nil {
		return readyFile{}, cannot("be written", path, err)
	}
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return readyFile{}, cannot("be replaced", path, err)
	}
	return readyFile{path: target}, nil
}

// follow returns where the links of a path lead. Unlike [filepath.EvalSymlinks], it does so when nothing is there yet.
func follow(path string) (string, error) {
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	path = filepath.Join(folder, filepath.Base(path))
	link, err := os.Readlink(path)
	if err != nil {
		return path, nil // it is no link
	}
	if !filepath.IsAbs(link) {
		link = filepath.Join(folder, link)
	}
	return follow(link)
}

// isOutput reports whether a file is where the output of this program goes.
func isOutput(file fs.FileInfo) bool {
	for _, output := range []*os.File{os.Stdout, os.Stderr} {
		if info, err := output.Stat(); err == nil && os.SameFile(file, info) {
			return true
		}
	}
	return false
}

// write writes the base URL. Others see a regular file either not at all or whole.
func (r *readyFile) write(baseURL string) error {
	if r.path == "" {
		return nil
	}
	content := baseURL + "\n"
	if r.fifo {
		go appendTo(r.path, content) //nolint:errcheck // whoever reads finds out; others are served meanwhile
		return nil
	}
	write := writeWhole
	if r.special {
		write = appendTo
	}
	if err := write(r.path, content); err != nil {
		return cannot("be written", r.path, err)
	}
	r.content = content
	return nil
}

// remove removes the file, unless another server has put its URL there. It does so once: another server at the same
// address writes the same.
func (r *readyFile) remove() {
	if r.content == "" || r.special {
		return
	}
	if now, err := untrusted.ReadFile(r.path, int64(len(r.content))); err == nil && string(now) == r.content {
		_ = os.Remove(r.path) // nobody is left to tell
	}
	r.content = ""
}

func writeWhole(path, content string) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temporary.WriteString(content)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}

func appendTo(path, content string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(content)
	return errors.Join(err, file.Close())
}

// cannot names the path once.
func cannot(what, path string, err error) error {
	if named, ok := errors.AsType[*fs.PathError](err); ok {
		err = named.Err
	}
	return fmt.Errorf("%s cannot %s: %w", path, what, err)
}
