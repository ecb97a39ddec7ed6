package reaction

import (
	"slices"
	"strings"
)

// KeyWords are the words of a statement by which it can be recognised when others repeat
// it: no small words, no names, each once.
func KeyWords(text string, names []string) []string {
	boring := map[string]bool{}
	for _, n := range names {
		for _, w := range words(n) {
			boring[w] = true
		}
	}
	var all []string
	for _, w := range words(text) {
		if len(w) > 3 && !strings.Contains(w, "'") && !stop[w] && !boring[w] && !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return all[:min(40, len(all))]
}

// EchoWords is how many of them a post must repeat to count as an echo.
func EchoWords(n int) int { return max(3, (2*n+4)/5) }
