package report

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// WriteFile writes one rendering of a run to a file. The file appears whole or not at all: whoever watches it never
// reads half a report, and a failure leaves an older one as it was. A link stays, and what it leads to is replaced.
// What is no plain file, such as a pipe at /dev/stdout, is written to as it is.
func WriteFile(path string, run Run, render func(io.Writer, Run) error) error {
	to, whole := destination(path)
	write := overwrite
	if whole {
		write = replace
	}
	err := write(to, func(file *os.File) error {
		buffered := bufio.NewWriter(file)
		if err := render(buffered, run); err != nil {
			return err
		}
		return buffered.Flush()
	})
	if err != nil {
		return fmt.Errorf("write report %s: %w", path, err)
	}
	return nil
}

// Writable says why [WriteFile] could not write there, before there is anything to write. It leaves nothing behind.
func Writable(path string) error {
	folder, name := filepath.Split(path)
	if info, err := os.Stat(cmp.Or(folder, ".")); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s to write %s to", folder, name)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder; name a file in it", path)
	}
	to, whole := destination(path)
	if !whole {
		return nil
	}
	probe, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+".*")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// destination is what a report is written to, and whether that is replaced as a whole.
func destination(path string) (to string, whole bool) {
	info, err := os.Stat(path)
	if err != nil {
		return path, true
	}
	to, err = filepath.EvalSymlinks(path)
	if err != nil || !info.Mode().IsRegular() {
		return path, false
	}
	return to, true
}

func overwrite(path string, fill func(*os.File) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(fill(file), file.Close())
}

func replace(path string, fill func(*os.File) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = file.Close() // may be closed already
			_ = os.Remove(file.Name())
		}
	}()
	if err := fill(file); err != nil {
		return err
	}
	// CreateTemp lets only the owner read, but a CI server is often somebody else.
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
