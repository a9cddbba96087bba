package verifier

import (
	"fmt"
	"syscall"
)

// limitMemory bounds what this process may allocate from now on; past it the native library ends the process.
func limitMemory(bytes uint64) error {
	// Not the address space, of which Go reserves much more than it uses.
	if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: bytes, Max: bytes}); err != nil {
		return fmt.Errorf("cannot bound the memory of the verification: %w", err)
	}
	return nil
}
