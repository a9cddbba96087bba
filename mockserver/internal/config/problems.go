package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxReported is how many wrong lines of a file are reported. Whoever gave the wrong file does not want a million.
const maxReported = 10

// problems collects what is wrong with a file.
type problems struct {
	file string
	errs []error
}

// add notes what is wrong at a line. It returns false when that was one too many, so that the caller can stop.
func (p *problems) add(line int, err error) bool {
	if len(p.errs) == maxReported {
		p.errs = append(p.errs, fmt.Errorf("%s: and more lines from here on", at(p.file, line)))
	}
	if len(p.errs) > maxReported {
		return false
	}
	p.errs = append(p.errs, fmt.Errorf("%s: %w", at(p.file, line), err))
	return true
}

// err has a line for each problem; it is nil when there is none.
func (p *problems) err() error { return errors.Join(p.errs...) }

// at names a line of a file the way compilers do, so that editors and terminals can jump there.
func at(file string, line int) string { return file + ":" + strconv.Itoa(line) }

// maxQuoted is how much of a parser's message an error has, in bytes: the message may quote the file.
const maxQuoted = 200

// short is a message, or the beginning of a long one.
func short(text string) string {
	if len(text) <= maxQuoted {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:maxQuoted], ""), len(text))
}
