package config

import "strings"

// didYouMean suggests the known word that another was probably meant to be; it returns "" when none is near.
func didYouMean(word string, known []string) string {
	if len(word) > 100 {
		return "" // no typing error, and long to compare
	}
	best, most := "", 1+len(word)/3
	for _, candidate := range known {
		if d := edits(canonical(word), canonical(candidate)); d <= most {
			best, most = candidate, d-1
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

func canonical(word string) string { return strings.ReplaceAll(strings.ToLower(word), "_", "-") }

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
