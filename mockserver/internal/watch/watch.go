// Package watch tells when the content behind a set of file names has changed, in whichever way: written in place, replaced by
// rename, reached through a symbolic link that was swapped (as Kubernetes does with mounted configuration), removed, made anew.
package watch

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Config says how patient a watcher is.
type Config struct {
	// Quiet is how long files must have stayed the same before a change is reported, so that one written in several steps is
	// reported once, when it is whole. 0 means 100 ms.
	Quiet time.Duration
	// Poll is how often files are looked at without being told. Network shares and some container mounts tell nothing. 0
	// means 2 s.
	Poll time.Duration
}

// Watcher watches files until its context ends. Its methods are safe for concurrent use.
type Watcher struct {
	config  Config
	notify  *fsnotify.Watcher
	set     chan map[string]State
	changes chan []string
	done    chan struct{}
}

// New starts a watcher of no files. It ends with ctx.
func New(ctx context.Context, config Config) (*Watcher, error) {
	if config.Quiet == 0 {
		config.Quiet = 100 * time.Millisecond
	}
	if config.Poll == 0 {
		config.Poll = 2 * time.Second
	}
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("cannot watch files: %w", err)
	}
	w := &Watcher{config: config, notify: notify, set: make(chan map[string]State), changes: make(chan []string), done: make(chan struct{})}
	go w.loop(ctx)
	return w, nil
}

// Set replaces the files that are watched. Each comes with its state from before it was last read, so that a change made
// while it was read is not lost.
func (w *Watcher) Set(files map[string]State) {
	select {
	case w.set <- maps.Clone(files):
	case <-w.done:
	}
}

// Changes yields the names, as given to Set, of files that have changed and then stayed the same for Config.Quiet. It is
// closed when the watcher has ended.
func (w *Watcher) Changes() <-chan []string { return w.changes }

// loop compares what the files look like with what they looked like when a change was last reported. What an event says does
// not matter, only that there was one: that is right for every editor, mount and operating system.
func (w *Watcher) loop(ctx context.Context) {
	defer close(w.done)
	defer close(w.changes)
	defer w.notify.Close()

	reported, seen := map[string]State{}, map[string]State{}
	var pending []string      // changed files of which nobody has been told yet
	var changes chan []string // w.changes while there are any, so that whoever is to be told may call Set meanwhile
	quiet := time.NewTimer(w.config.Quiet)
	quiet.Stop()
	poll := time.NewTicker(w.config.Poll)
	defer poll.Stop()

	look := func() {
		changed := false
		for file, before := range seen {
			if now := Look(file); now != before {
				seen[file], changed = now, true
			}
		}
		if changed {
			w.follow(seen)
			quiet.Reset(w.config.Quiet)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case files := <-w.set:
			reported, seen = files, maps.Clone(files)
			w.follow(seen)
			look() // for what happened between looking and following
		case _, ok := <-w.notify.Events:
			if !ok {
				return
			}
			look()
		case <-w.notify.Errors: //nolint:errcheck // a queue that overflowed, say: whatever it was, look
			look()
		case <-poll.C:
			look()
		case <-quiet.C:
			for file, now := range seen {
				if reported[file] != now && !slices.Contains(pending, file) {
					pending = append(pending, file)
				}
				reported[file] = now
			}
			if len(pending) > 0 { // else all is again as it was
				slices.Sort(pending)
				changes = w.changes
			}
		case changes <- pending:
			pending, changes = nil, nil
		}
	}
}

// State tells one content of a file from another: which file the name leads to, and its size and time.
type State string

// Look returns the state a file is in, without reading it.
func Look(file string) State {
	info, err := os.Stat(file)
	if err != nil {
		return "missing"
	}
	target, err := filepath.EvalSymlinks(file)
	if err != nil {
		return "missing"
	}
	return State(fmt.Sprintf("%s %d %d %v", target, info.Size(), info.ModTime().UnixNano(), info.Mode()))
}

// follow asks to be told of whatever may change the content behind the files. What cannot be followed, such as a folder that
// is not there, is left to polling.
func (w *Watcher) follow(files map[string]State) {
	var wanted []string
	for file := range files {
		wanted = append(wanted, places(file)...)
	}
	for _, watched := range w.notify.WatchList() {
		if !slices.Contains(wanted, watched) {
			_ = w.notify.Remove(watched)
		}
	}
	for _, place := range wanted {
		_ = w.notify.Add(place)
	}
}

// places are the folders in which a file, or a symbolic link on the way to it, could be replaced; and the file itself, for one
// that is mounted by itself into a container is written from outside of its folder.
func places(file string) []string {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil
	}
	var found []string
	for range 40 { // links, after which the system gives up too
		link, target := firstLink(path)
		if link == "" {
			break
		}
		found = append(found, filepath.Dir(link))
		path = target
	}
	return append(found, filepath.Dir(path), path)
}

// firstLink returns the first part of an absolute path that is a symbolic link, and the path with the link's target in its
// place; empty when there is none.
func firstLink(path string) (link, resolved string) {
	for end := len(filepath.VolumeName(path)) + 1; end <= len(path); end++ {
		if end < len(path) && !os.IsPathSeparator(path[end]) {
			continue
		}
		prefix := path[:end]
		info, err := os.Lstat(prefix)
		if err != nil || info.Mode()&os.ModeSymlink == 0 {
			continue
		}
		target, err := os.Readlink(prefix)
		if err != nil {
			continue
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(prefix), target)
		}
		return prefix, filepath.Clean(target + string(filepath.Separator) + strings.TrimPrefix(path[end:], string(filepath.Separator)))
	}
	return "", ""
}
