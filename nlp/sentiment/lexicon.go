// Package sentiment rates what an author expresses, from -1 to 1, overall and by
// clause. It is a lexicon with rules: the words of VADER, a list of our own for
// how people speak of failing services, emoji, phrases, negation, intensifiers.
//
// A report that something does not work is no opinion, so the words for symptoms
// weigh nothing here; "again", swearing and "thanks for nothing" do. English only,
// but for emoji.
package sentiment

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/outcry/outcry/nlp/text"
)

//go:embed vader.txt
var vaderText string

//go:embed outage.txt
var outageText string

//go:embed emoji.txt
var emojiText string

//go:embed phrases.txt
var phrasesText string

// Rater rates texts. It is safe for concurrent use.
type Rater struct {
	words   map[string]float64
	emoji   map[string]float64
	phrases *text.Patterns
	ratings []float64 // of the sections of phrases
}

// New reads the lexicons in the program.
func New() *Rater {
	r := &Rater{words: map[string]float64{}, emoji: map[string]float64{}, phrases: text.MustPatterns(phrasesText)}
	for _, src := range []string{vaderText, outageText} {
		must(readLexicon(src, r.words))
	}
	must(readLexicon(emojiText, r.emoji))
	for _, name := range r.phrases.Sections {
		v, err := strconv.ParseFloat(name, 64)
		must(err)
		r.ratings = append(r.ratings, v)
	}
	return r
}

func must(err error) {
	if err != nil {
		panic("reading built-in lexicon: " + err.Error())
	}
}

// readLexicon reads lines of a rating and the words that have it. A word of a
// later line has the later rating.
func readLexicon(src string, into map[string]float64) error {
	for n, line := range strings.Split(src, "\n") {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		v, err := strconv.ParseFloat(f[0], 64)
		if err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
		for _, w := range f[1:] {
			into[w] = v
		}
	}
	return nil
}
