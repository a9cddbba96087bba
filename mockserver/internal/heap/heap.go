// Package heap measures the memory of this process, for tests of what may grow and what must not.
package heap

import "runtime"

// InUse returns how many bytes are in use, once what nobody refers to is gone. What the caller wants counted it keeps
// with [runtime.KeepAlive].
func InUse() int64 {
	runtime.GC()
	return int64(read().HeapAlloc)
}

// Allocated returns how many bytes work allocates, those included that are free again.
func Allocated(work func()) int64 {
	before := read().TotalAlloc
	work()
	return int64(read().TotalAlloc - before)
}

func read() runtime.MemStats {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory
}
