package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionLine is what --version prints.
func versionLine() string {
	return fmt.Sprintf("mockserver %s (%s %s/%s)", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// version is that of the module, which comes from the tag or the commit. Where Go recorded none, as in go run, it is
// "devel", with the commit if that is known.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	if version := info.Main.Version; version != "" && version != "(devel)" {
		return version
	}
	found := "devel"
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			found += "-" + setting.Value[:min(12, len(setting.Value))]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			found += "+dirty"
		}
	}
	return found
}
