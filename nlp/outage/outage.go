// Package outage finds what a text says of failing services: patterns of words, in
// named sections, and facts of the text as a whole. It decides no label: its finds
// are features, which the trained network weighs together with the words
// themselves, so that a few lines written down here hold for names and wordings that
// no training post had.
//
// It does not know which vendors there are; it is told where the text names one.
package outage

import (
	_ "embed"

	"github.com/outcry/outcry/nlp/text"
)

//go:embed patterns.txt
var patternsText string

// Feature is one thing found in a text.
type Feature struct {
	Name string
	// First and Last are its tokens; First is -1 where the whole text is meant.
	First, Last int
}

// Findings are what was found in one text.
type Findings struct {
	// Features in no particular order, each name once.
	Features []Feature
	// Failing are the IDs of the ranges that are said to fail.
	Failing []int
}

// Finder finds. It is safe for concurrent use.
type Finder struct {
	patterns *text.Patterns
	sections []section
}

// New reads the patterns in the program.
func New() *Finder {
	f := &Finder{patterns: text.MustPatterns(patternsText)}
	for _, name := range f.patterns.Sections {
		f.sections = append(f.sections, section{name: name, kind: kinds[name]})
	}
	return f
}

// Facts are what is known of the vendors in a text.
type Facts struct {
	// Tagged: a hashtag says that one fails, such as #netflixdown.
	Tagged bool
	// Supply: one of them runs on another.
	Supply bool
}

// Find looks at the text that r reads. The IDs of the ranges of r are vendors.
func (f *Finder) Find(r *text.Reading, facts Facts) Findings {
	e := extractor{f: f, r: r, Facts: facts}
	e.extract()
	return Findings{Features: e.features, Failing: e.failing}
}
