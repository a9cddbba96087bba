package config

import (
	"errors"
	"slices"
)

// RestartNeeded reports every setting in which next differs from c and that cannot change while the server runs; nil when there
// is none.
func (c *Config) RestartNeeded(next *Config) error {
	var errs []error
	for i, s := range next.settings {
		before := texts(c.settings[i].values())
		if now := s.values(); s.tag.Has("restart") && !slices.Equal(texts(now), before) {
			first := Value{Key: s.key, Origin: "default"}
			if len(now) > 0 {
				first = now[0]
			}
			errs = append(errs, first.wrong(errors.New("cannot change while the server runs; restart it, or undo the change")))
		}
	}
	if len(errs) == 0 && c.Mock.Control.Token != next.Mock.Control.Token {
		errs = append(errs, errors.New("control-token-file: the token cannot change while the server runs; restart it"))
	}
	return errors.Join(errs...)
}
