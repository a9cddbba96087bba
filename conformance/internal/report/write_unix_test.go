//go:build unix

package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// As root, a rename would replace the device for the whole machine.
func TestWriteFileDoesNotReplaceADevice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stdout")
	if err := os.Symlink(os.DevNull, path); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, violated(), JSON); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link to the device was replaced: %v, %v", info, err)
	}
}

// /dev/stdout leads to a plain file when a shell has redirected the output. As root, a rename would replace the link.
func TestWriteFileReplacesWhatALinkLeadsTo(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "out"), filepath.Join(dir, "stdout")
	if err := os.WriteFile(file, bytes.Repeat([]byte("older and longer\n"), 1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(link, violated(), JSON); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
	if content, err := os.ReadFile(file); err != nil || !json.Valid(content) {
		t.Errorf("%d bytes that are no JSON, %v", len(content), err)
	}
}
