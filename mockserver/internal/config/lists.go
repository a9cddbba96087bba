package config

import (
	"fmt"
	"strings"

	"github.com/clicksminuteper/connectmypairs-contract/mockserver/endpoint"
)

// parseNames reads names, one a line. Every line that is not empty is a name, "#" included, for a name may begin with
// it. The name of the file is for errors, and room is how many names there are.
func parseNames(file, content string, room int) ([]string, error) {
	names := make([]string, 0, room)
	err := eachLine(file, content, func(name string) error {
		if err := endpoint.CheckName(name); err != nil {
			return err
		}
		names = append(names, name)
		return nil
	})
	return names, err
}

// parseBlocked reads addresses and CIDRs, one a line. What follows a "#" is a comment, and blanks around an address do
// not count.
func parseBlocked(file, content string) ([]string, error) {
	var entries []string
	err := eachLine(file, content, func(line string) error {
		entry, _, _ := strings.Cut(line, "#")
		if entry = strings.TrimSpace(entry); entry == "" {
			return nil
		}
		entries = append(entries, entry)
		return checkBlocked(entry)
	})
	return entries, err
}

// eachLine calls parse with each line of a file that is not empty, without its end, and puts the place before what it
// reports. A line may be as long as a plain value of the configuration file.
func eachLine(file, content string, parse func(line string) error) error {
	wrong := problems{file: file}
	number := 0
	for line := range strings.Lines(content) {
		number++
		if line = withoutEnd(line); line == "" {
			continue
		}
		var err error
		if len(line) > maxValueBytes {
			err = fmt.Errorf("the line has %d bytes; use at most %d", len(line), maxValueBytes)
		} else {
			err = parse(line)
		}
		if err != nil && !wrong.add(number, err) {
			break
		}
	}
	return wrong.err()
}

// countLines returns how many lines are not empty.
func countLines(content string) (count int) {
	for line := range strings.Lines(content) {
		if withoutEnd(line) != "" {
			count++
		}
	}
	return count
}

func withoutEnd(line string) string { return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r") }
