package watch

import (
	"fmt"
	"os"
	"syscall"
)

// identity is when the file was made: one that takes the place of another was made at another time. Windows does not
// tell more of a file that is not open.
func identity(file string) string {
	info, err := os.Stat(file)
	if err != nil {
		return "missing"
	}
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	if !ok {
		return "unknown"
	}
	return fmt.Sprint(data.CreationTime.Nanoseconds())
}
