package listen

import (
	"errors"

	"golang.org/x/sys/windows"
)

// addressInUse is what the system says of a port that another socket has. The constants of package syscall are invented
// ones on Windows.
const addressInUse = windows.WSAEADDRINUSE

// unavailable reports whether the machine does not have the address, or not its family.
func unavailable(err error) bool {
	return errors.Is(err, windows.WSAEADDRNOTAVAIL) || errors.Is(err, windows.WSAEAFNOSUPPORT)
}
