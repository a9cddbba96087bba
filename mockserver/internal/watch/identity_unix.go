//go:build !windows

package watch

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// identity is which file it is, and when it was last written, renamed or given another time: no program can set that.
func identity(file string) string {
	var stat unix.Stat_t
	if err := unix.Stat(file, &stat); err != nil {
		return "missing"
	}
	return fmt.Sprint(stat.Ino, stat.Ctim.Nano())
}
