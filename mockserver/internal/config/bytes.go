package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes is a number of bytes, written as 65536, 64KiB, 16MiB or 1GiB.
type Bytes int64

var units = [...]struct {
	name string
	size int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

// UnmarshalText reads a number of bytes. It implements [encoding.TextUnmarshaler].
func (b *Bytes) UnmarshalText(text []byte) error {
	digits, size := string(text), int64(1)
	for _, unit := range units {
		if rest, ok := strings.CutSuffix(digits, unit.name); ok {
			digits, size = strings.TrimSpace(rest), unit.size
		}
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || number < 0 || number > math.MaxInt64/size {
		return fmt.Errorf("%q is not a number of bytes such as 65536, 64KiB or 16MiB", text)
	}
	*b = Bytes(number * size)
	return nil
}

// String writes it with the largest unit that leaves a whole number.
func (b Bytes) String() string {
	for _, unit := range units {
		if b != 0 && int64(b)%unit.size == 0 {
			return fmt.Sprintf("%d%s", int64(b)/unit.size, unit.name)
		}
	}
	return strconv.FormatInt(int64(b), 10)
}
