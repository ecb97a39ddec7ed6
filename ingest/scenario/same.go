package scenario

import (
	"io"
	"math/rand/v2"
	"strings"
	"unicode"
)

// synonym is a phrase that people write in several ways; every way keeps all labels.
type synonym struct {
	phrase string
	ways   []string
}

// readSame reads same.txt: one phrase a line and, behind slashes, how else it is
// written. A way that stands twice is drawn twice as often.
func readSame(r io.Reader) ([]synonym, error) {
	var list []synonym
	err := eachLine(r, func(_ int, line string) error {
		ways := strings.Split(line, " / ")
		list = append(list, synonym{ways[0], ways})
		return nil
	})
	return list, err
}

// reword puts other words for phrases of the list. Addresses stay as they are.
func reword(r *rand.Rand, text string, list []synonym) string {
	lower := strings.ToLower(text)
	for _, s := range list {
		if strings.Contains(lower, s.phrase) && len(lower) == len(text) {
			text = s.replace(r, text, lower)
			lower = strings.ToLower(text)
		}
	}
	return text
}

// replace draws a way for each place in text where the phrase stands by itself.
func (s synonym) replace(r *rand.Rand, text, lower string) string {
	var b strings.Builder
	from := 0
	for {
		i := strings.Index(lower[from:], s.phrase)
		if i < 0 {
			b.WriteString(text[from:])
			return b.String()
		}
		start, end := from+i, from+i+len(s.phrase)
		b.WriteString(text[from:start])
		if standsAlone(text, start, end) {
			b.WriteString(likeCase(text[start:end], s.ways[r.IntN(len(s.ways))]))
		} else {
			b.WriteString(text[start:end])
		}
		from = end
	}
}

// standsAlone says whether text[start:end] is neither part of a longer word nor of
// an address or a hashtag.
func standsAlone(text string, start, end int) bool {
	joins := func(c byte) bool {
		return c == '_' || c == '@' || c == '#' || c == '.' || c == '\'' || c >= 0x80 || unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))
	}
	if start > 0 && joins(text[start-1]) {
		return false
	}
	if end >= len(text) || !joins(text[end]) {
		return true
	}
	return text[end] == '.' && (end+1 == len(text) || text[end+1] == ' ' || text[end+1] == '.')
}

// likeCase writes way in capitals where old is, or with a capital where old has one.
func likeCase(old, way string) string {
	letters := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) {
			return c
		}
		return -1
	}, old)
	switch {
	case len(letters) > 3 && letters == strings.ToUpper(letters):
		return strings.ToUpper(way)
	case old != "" && unicode.IsUpper(rune(old[0])) && way != "" && way[0] >= 'a' && way[0] <= 'z':
		return strings.ToUpper(way[:1]) + way[1:]
	}
	return way
}
