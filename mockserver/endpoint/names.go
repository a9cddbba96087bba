package endpoint

// Names is an immutable set of preloaded names, which any number of states share. Its accounts have the default
// privacy.
type Names struct {
	list  []string
	key   func(name string) string
	index index
}

// newNames keeps the list itself, which may be long, as far as no name is in it twice.
func newNames(list []string, key func(name string) string) *Names {
	names := &Names{key: key, index: newIndex(len(list))}
	for i, name := range list {
		k := key(name)
		switch {
		case names.has(k):
			continue
		case len(names.list) == i:
			names.list = list[: i+1 : i+1] // no longer, so that appending to it copies
		default:
			names.list = append(names.list, name)
		}
		names.index.add(k, len(names.list)-1)
	}
	return names
}

func (n *Names) has(key string) bool {
	_, ok := n.find(key)
	return ok
}

// find returns the name with this key as it was preloaded.
func (n *Names) find(key string) (name string, ok bool) {
	if len(n.list) == 0 {
		return "", false // without the cost of a hash
	}
	place, ok := n.index.find(key, func(place int) bool { return n.key(n.list[place]) == key })
	if !ok {
		return "", false
	}
	return n.list[place], true
}

// exact is how names are compared unless an assumption says otherwise.
func exact(name string) string { return name }
