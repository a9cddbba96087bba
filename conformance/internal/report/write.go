package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// HTMLFile is the name of the page that WriteDir makes.
const HTMLFile = "report.html"

// WriteDir writes every file report of a run into a folder, which it makes when it is missing. It writes all that it
// can, and returns what went wrong with the rest.
func WriteDir(dir string, run Run) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the report folder: %w", err)
	}
	return errors.Join(
		WriteFile(filepath.Join(dir, HTMLFile), run, HTML),
		WriteFile(filepath.Join(dir, "report.json"), run, JSON),
		WriteFile(filepath.Join(dir, "junit.xml"), run, JUnit),
		WriteFile(filepath.Join(dir, "report.har"), run, HAR),
	)
}

// WriteFile writes one rendering of a run to a file. The file appears whole or not at all: whoever watches it never
// reads half a report, and a failure leaves an older one as it was. A link stays, and what it leads to is replaced.
// What is no plain file, such as a pipe at /dev/stdout, is written to as it is.
func WriteFile(path string, run Run, render func(io.Writer, Run) error) error {
	write, to := replace, path
	if info, err := os.Stat(path); err == nil {
		to, err = filepath.EvalSymlinks(path)
		if err != nil || !info.Mode().IsRegular() {
			write, to = overwrite, path
		}
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
