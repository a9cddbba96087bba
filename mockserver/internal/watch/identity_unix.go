//go:build !windows

package watch

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// identity is when the file was last written, renamed or given another time of writing: no program can set that.
func identity(file string) string {
	var stat unix.Stat_t
	if err := unix.Stat(file, &stat); err != nil {
		return "missing"
	}
	return strconv.FormatInt(stat.Ctim.Nano(), 10)
}
