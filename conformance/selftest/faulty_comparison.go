package selftest

import (
	"html"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// faultyComparisons take two names for one.
func faultyComparisons() []Implementation {
	const distinct = "conflict.distinct-names"
	key := comparesBy
	return []Implementation{
		// The name is shortened, or tidied up.
		{"compares-8-characters", "The index covers the first 8 characters.", distinct, key(cutAt(8))},
		{"compares-20-characters", "The index covers the first 20 characters.", distinct, key(cutAt(20))},
		{"compares-32-characters", "The index covers the first 32 characters.", distinct, key(cutAt(32))},
		{"compares-last-8-characters", "The shard and the key are made of the end of the name.", distinct,
			key(func(name string) string { return name[max(0, len(name)-8):] })},
		{"compares-without-digits", "Digits at the end are taken for a counter.", distinct,
			key(func(name string) string { return strings.TrimRight(name, "0123456789") })},
		{"compares-letters-and-digits", "Punctuation is ignored against lookalikes.", distinct,
			key(pattern(`[^\pL\pN]`, ""))},
		{"compares-sorted-letters", "A checksum that adds the bytes up takes ab for ba.", distinct,
			key(func(name string) string {
				bytes := []byte(name)
				slices.Sort(bytes)
				return string(bytes)
			})},
		{"compares-single-blanks", "Runs of blanks are made one.", distinct,
			key(func(name string) string { return strings.Join(strings.Fields(name), " ") })},
		{"compares-as-numbers", "A name of digits is taken for a number, as PHP's == does.", distinct,
			key(func(name string) string {
				if number, err := strconv.ParseUint(name, 10, 64); err == nil {
					return strconv.FormatUint(number, 10)
				}
				return name
			})},
		{"compares-in-normal-form", "\u00B2 and 2 are one character to Unicode's compatibility.", distinct,
			key(norm.NFKC.String)},
		{"compares-without-accents", "The collation takes \u00E9 for e.", distinct,
			key(func(name string) string { return pattern(`\pM`, "")(norm.NFD.String(name)) })},

		// The name has a meaning, and parts of it have none.
		{"compares-url-decoded", "The key of the store is decoded: %41 is A.", distinct, key(replaced("%41", "A"))},
		{"compares-form-decoded", "The key of the store is decoded as a form: + is a blank.", distinct,
			key(replaced("+", " "))},
		{"compares-unescaped-from-html", "The key of the store is unescaped: &amp; is &.", distinct,
			key(html.UnescapeString)},
		{"compares-without-tags", "The key of the store is stripped of tags such as <b>.", distinct,
			key(pattern(`<[^>]*>?`, ""))},
		{"compares-up-to-the-at-sign", "A mail address stands for the name before its @.", distinct, key(until("@"))},
		{"compares-up-to-the-comma", "The header is taken for a list, and its first element is the key.", distinct,
			key(until(","))},
		{"compares-up-to-the-semicolon", "What follows a semicolon is taken for parameters.", distinct,
			key(until(";"))},
		{"compares-up-to-the-hash", "The name ends up in a URL, where # begins the fragment.", distinct,
			key(until("#"))},
		{"compares-up-to-the-question-mark", "The name ends up in a URL, where ? begins the query.", distinct,
			key(until("?"))},
		{"compares-without-plus-address", "What stands between + and @ is the owner's own business, as mail has it.",
			distinct,
			key(pattern(`\+[^@]*`, ""))},
		{"compares-clean-paths", "The account is a file, and /./ in its path is nothing.", distinct,
			key(func(name string) string { return path.Clean("/" + name) })},
		{"compares-without-trailing-dots", "Windows takes the dot off the end of a file's name.", distinct,
			key(func(name string) string { return strings.TrimRight(name, ".") })},
		{"compares-without-quotes", "The quotes around a value are not part of it.", distinct, key(without(`"`))},
		{"compares-without-backslashes", "A backslash quotes what follows it, and goes.", distinct, key(without(`\`))},

		// The name is a pattern.
		{"compares-like", "SELECT … WHERE name LIKE ? finds what the name matches: % is anything, _ any character.",
			distinct, confuses(matches(likeToRegexp, ""))},
		{"compares-like-stored", "SELECT … WHERE ? LIKE name: those in use are the patterns.", distinct,
			confuses(func(used, asked string) bool { return matches(likeToRegexp, "")(asked, used) })},
		{"compares-ilike", "PostgreSQL's ILIKE is to make Alice and alice one, and knows % and _.", distinct,
			confuses(matches(likeToRegexp, "(?i)"))},
		{"compares-glob", "SQLite's GLOB, or Redis's KEYS: * is anything, ? any character, [ab] one of two.", distinct,
			confuses(matches(globToRegexp, ""))},
		{"compares-regexp", "MongoDB's {name: {$regex: …}} with ^ and $ around the name, in any letter case.",
			distinct, confuses(matches(func(name string) string { return name }, "(?i)"))},
		{"compares-beginnings", "A search index finds every name that begins so.", distinct,
			confuses(func(used, asked string) bool {
				return strings.HasPrefix(used, asked) || strings.HasPrefix(asked, used)
			})},
	}
}

// confuses takes a name for one in use when same says so, or when they are equal.
func confuses(same func(used, asked string) bool) deviation {
	return claims(func(n *names, q request) kind {
		n.mu.Lock()
		defer n.mu.Unlock()
		for used := range n.used {
			if used == q.name || same(used, q.name) {
				return conflict
			}
		}
		n.used[q.name] = true
		return created
	})
}

// matches takes the name asked for as a pattern. One that is no pattern matches nothing.
func matches(toRegexp func(string) string, flags string) func(used, asked string) bool {
	return func(used, asked string) bool {
		pattern, err := regexp.Compile("(?s)" + flags + "^(?:" + toRegexp(asked) + ")$")
		return err == nil && pattern.MatchString(used)
	}
}

// likeToRegexp knows the wildcards of SQL's LIKE, and its escape.
func likeToRegexp(pattern string) string {
	escapes := regexp.MustCompile(`(?s)\\.|[%_]|[^%_\\]+|\\$`)
	return escapes.ReplaceAllStringFunc(pattern, func(part string) string {
		switch part {
		case "%":
			return ".*"
		case "_":
			return "."
		default:
			return regexp.QuoteMeta(strings.TrimPrefix(part, `\`))
		}
	})
}

// globToRegexp knows the wildcards of file names.
func globToRegexp(pattern string) string {
	quoted := regexp.QuoteMeta(pattern)
	return strings.NewReplacer(`\*`, ".*", `\?`, ".", `\[`, "[", `\]`, "]").Replace(quoted)
}
