//go:build !windows

package watch

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// look returns what tells one content of a file from another. The last of it is when the file was written, renamed or
// given another time of writing, which no program can set.
func look(file string) (string, error) {
	var stat unix.Stat_t
	if err := unix.Stat(file, &stat); err != nil {
		return "", err
	}
	return fmt.Sprint(stat.Size, stat.Mtim.Nano(), stat.Mode, stat.Ctim.Nano()), nil
}
