// Package spam guesses whether a text is advertising or written by a machine, and
// gives texts of nearly the same words the same number. Both look at one text
// alone; who repeats himself is for others to see.
package spam

import (
	_ "embed"
	"math"
	"strconv"

	"github.com/outcry/outcry/nlp/text"
)

//go:embed patterns.txt
var patternsText string

// Scorer scores texts. It is safe for concurrent use.
type Scorer struct {
	patterns *text.Patterns
	weights  []float64
}

// New reads the patterns in the program.
func New() *Scorer {
	s := &Scorer{patterns: text.MustPatterns(patternsText)}
	for _, name := range s.patterns.Sections {
		w, err := strconv.ParseFloat(name, 64)
		if err != nil {
			panic("reading built-in spam patterns: " + err.Error())
		}
		s.weights = append(s.weights, w)
	}
	return s
}

// Score is the probability, by rules of thumb, that r is spam.
func (s *Scorer) Score(r *text.Reading) float64 {
	sum := -4.0
	seen := map[int]bool{}
	var room [16]text.Match
	for _, m := range s.patterns.Find(r, room[:0]) {
		if !seen[m.Rule] {
			seen[m.Rule] = true
			sum += s.weights[m.Section]
		}
	}
	sum += counts(r.Doc)
	p := 1 / (1 + math.Exp(-sum))
	return math.Round(p*1000) / 1000
}

// counts weighs how much of a text is links, tags, handles and the like.
func counts(d *text.Doc) float64 {
	var words, tags, handles, links, money int
	for i := range d.Tokens {
		switch t := &d.Tokens[i]; t.Kind {
		case text.Word:
			words++
		case text.Mention:
			handles++
		case text.URL:
			links++
		case text.Punct:
			if t.Norm == "$" || t.Norm == "$$" || t.Norm == "$$$" {
				money++
			}
		}
	}
	tags = len(d.Tags)
	sum := 0.0
	if tags > 4 {
		sum += 0.5 * float64(min(tags-4, 6))
	}
	if handles > 5 {
		sum += 0.3 * float64(min(handles-5, 6))
	}
	if links > 1 {
		sum += 0.5 * float64(min(links-1, 3))
	}
	if links > 0 && tags+handles > words {
		sum += 1
	}
	if money > 1 {
		sum += 0.7
	}
	return sum
}
