//go:build unix

package report

import (
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
