package watch

import (
	"fmt"
	"os"
	"syscall"
)

// look returns what tells one content of a file from another. The last of it is when the file was made: one that takes
// the place of another was made at another time. Windows does not tell more of a file that is not open.
func look(file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	seen := fmt.Sprint(info.Size(), info.ModTime().UnixNano(), info.Mode())
	if data, ok := info.Sys().(*syscall.Win32FileAttributeData); ok {
		seen += fmt.Sprint(" ", data.CreationTime.Nanoseconds())
	}
	return seen, nil
}
