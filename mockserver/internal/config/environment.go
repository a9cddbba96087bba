package config

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// kubernetes matches what Kubernetes sets in every pod for a service that is called mockserver.
var kubernetes = regexp.MustCompile(`^MOCKSERVER_(SERVICE_(HOST|PORT.*)|PORT(_.*)?)$`)

// UnknownEnvironment has a sentence for every environment variable that looks like a setting of this command and is none. It
// is no error: such a variable may well be somebody else's.
func UnknownEnvironment(ctx *kong.Context) []string {
	var known, sentences []string
	for _, s := range settingsOf(ctx) {
		known = append(known, envName(s.key))
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "MOCKSERVER_") || slices.Contains(known, name) || kubernetes.MatchString(name) {
			continue
		}
		sentence := fmt.Sprintf("the environment variable %s is no setting", name)
		if near := nearest(name, known); near != "" {
			sentence += fmt.Sprintf("; did you mean %s?", near)
		}
		sentences = append(sentences, sentence)
	}
	return sentences
}
