package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// byteOrderMark is what some editors write at the start of a file in UTF-8. It is not part of the first line.
const byteOrderMark = "\ufeff"

// maxReported is how many wrong lines of a file are reported; whoever gave the wrong file does not want a million.
const maxReported = 10

// parseNames reads names, one a line. Every line that is not empty is a name, "#" included, for a name may begin with it. The
// name of the file is for errors.
func parseNames(file, content string) ([]string, error) {
	names := make([]string, 0, strings.Count(content, "\n")+1)
	err := eachLine(file, content, func(name string) error {
		if err := endpoint.CheckName(name); err != nil {
			return err
		}
		names = append(names, name)
		return nil
	})
	return names, err
}

// parseBlocked reads addresses and CIDRs, one a line. What follows a "#" is a comment, and blanks around an address do not
// count.
func parseBlocked(file, content string) ([]string, error) {
	var entries []string
	err := eachLine(file, content, func(line string) error {
		entry, _, _ := strings.Cut(line, "#")
		if entry = strings.TrimSpace(entry); entry == "" {
			return nil
		}
		entries = append(entries, entry)
		_, err := endpoint.ParseBlocked(entry)
		return err
	})
	return entries, err
}

// eachLine calls parse with each line of a file that is not empty, without its end, and puts the place before what it reports.
func eachLine(file, content string, parse func(line string) error) error {
	var errs []error
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(content, byteOrderMark)) {
		number++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line == "" {
			continue
		}
		if err := parse(line); err != nil {
			if len(errs) == maxReported {
				errs = append(errs, fmt.Errorf("%s: and more lines from here on", at(file, number)))
				break
			}
			errs = append(errs, fmt.Errorf("%s: %w", at(file, number), err))
		}
	}
	return errors.Join(errs...)
}
