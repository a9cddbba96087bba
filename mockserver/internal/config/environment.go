package config

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// environment returns what the environment gives a setting, and nil when that is nothing. An empty variable counts as
// unset: that is what container tools and CI systems make of one that they do not know.
func environment(flag *kong.Flag) []value {
	variable := envName(flag.Name)
	text := os.Getenv(variable)
	if text == "" {
		return nil
	}
	if kindOf(flag) == scalar {
		return []value{{text: text, origin: variable}}
	}
	separator := flag.Tag.Get("split")
	if separator == "" {
		separator = ","
	}
	var values []value
	for part := range strings.SplitSeq(text, separator) {
		if part = strings.TrimSpace(part); part != "" {
			values = append(values, value{text: part, origin: variable})
		}
	}
	return values
}

// serviceLink matches what Kubernetes sets in every pod for each service whose name begins with mockserver, and what
// Docker sets for a link to such a container.
var serviceLink = regexp.MustCompile(`^MOCKSERVER(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|` +
	`PORT_\d+_(TCP|UDP|SCTP)(_[A-Z]+)*|NAME|ENV_.*)$`)

// UnknownEnvironment has a sentence for every environment variable that looks like a setting and is none. It is no
// error: such a variable may well be another program's.
func UnknownEnvironment(ctx *kong.Context) []string {
	var known, sentences []string
	for _, flag := range settings(ctx) {
		known = append(known, envName(flag.Name))
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "MOCKSERVER_") || slices.Contains(known, name) || serviceLink.MatchString(name) {
			continue
		}
		sentences = append(sentences, fmt.Sprintf("the environment variable %s is no setting%s", name,
			didYouMean(name, known)))
	}
	return sentences
}
