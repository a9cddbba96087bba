package main

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	revision := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123"}
	for want, info := range map[string]*debug.BuildInfo{
		"v1.2.3":                   {Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{revision}},
		"devel":                    {Main: debug.Module{Version: "(devel)"}},
		"devel-0123456789ab":       {Settings: []debug.BuildSetting{revision}},
		"devel-0123456789ab+dirty": {Settings: []debug.BuildSetting{revision, {Key: "vcs.modified", Value: "true"}}},
	} {
		if got := versionOf(info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestVersionIsPrintedOnce(t *testing.T) {
	for _, args := range [][]string{{"--version"}, {"--version", "--version"}, {"--version", "serve", "--version"},
		{"--version", "--help"}} {
		if code, stdout, stderr := try(args...); code != exitOK || stdout != versionLine()+"\n" || stderr != "" {
			t.Errorf("%q: %d %q %q, want the version once", args, code, stdout, stderr)
		}
	}
}
