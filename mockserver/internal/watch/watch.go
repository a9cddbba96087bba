// Package watch tells when the content behind a set of file names has changed, in whichever way: written in place,
// replaced by rename, reached through a symbolic link that was swapped (as Kubernetes does with mounted configuration),
// removed, made anew. It looks at the files from time to time: that is right for every editor, mount and operating
// system.
package watch

import (
	"maps"
	"path/filepath"
	"time"
)

// Interval is how often files should be looked at.
const Interval = 500 * time.Millisecond

// State tells one content of a file from another: which file the name leads to, its size and time, and the time that
// no program can set, for "cp -p" gives a file the time of another one.
type State string

// Look returns the state a file is in, without opening it.
func Look(file string) State {
	target, err := filepath.EvalSymlinks(file)
	if err != nil {
		return "missing"
	}
	seen, err := look(target)
	if err != nil {
		return "missing"
	}
	return State(target + " " + seen)
}

// Watcher knows what files looked like. It is for one goroutine.
type Watcher struct {
	known map[string]State // when they were read
	last  map[string]State // at the last look
}

// New returns a watcher of files. Each comes with its state from before it was read, so that a change made while it was
// read is not lost.
func New(files map[string]State) *Watcher {
	return &Watcher{known: maps.Clone(files), last: maps.Clone(files)}
}

// Changed looks at the files, and reports whether one of them has changed and all look the same as at the last look:
// one that is written in several steps is reported once, when it is whole. They count as read then.
func (w *Watcher) Changed() bool {
	changed, settled := false, true
	for file, before := range w.last {
		now := Look(file)
		settled = settled && now == before
		changed = changed || now != w.known[file]
		w.last[file] = now
	}
	if !settled {
		return false
	}
	maps.Copy(w.known, w.last)
	return changed
}
