//go:build !windows

package listen

import (
	"errors"
	"syscall"
)

// addressInUse is what the system says of a port that another socket has.
const addressInUse = syscall.EADDRINUSE

// unavailable reports whether the machine does not have the address, or not its family.
func unavailable(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)
}
