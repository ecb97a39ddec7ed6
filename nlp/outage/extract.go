package outage

import (
	"slices"

	"github.com/outcry/outcry/nlp/text"
)

// kind is how a section is treated.
type kind uint8

const (
	cue     kind = iota // stands for itself
	trouble             // says that something fails
	weak                // says so of a vendor in the same sentence; else says nothing
	claims              // takes its words: trouble within them is none
)

type section struct {
	name string
	kind kind
}

var kinds = map[string]kind{
	"down": trouble, "down-weak": weak, "down-again": trouble, "down-for": trouble, "down-question": trouble, "not-working": trouble,
	"access": trouble, "login": trouble, "error": trouble, "crash": trouble, "slow": trouble, "issue": trouble,
	"outage": trouble, "signal": trouble, "payment": trouble, "gone": trouble, "just-me": trouble,
	"finance": claims, "idiom": claims, "physical": claims, "not-down": claims, "hypothetical": claims, "was-down": claims, "as-known": claims,
}

// extractor finds the features of one text.
type extractor struct {
	Facts
	f        *Finder
	r        *text.Reading
	features []Feature
	failing  []int
	trouble  int // pieces of trouble
	known    bool
	vendors  bool
}

func (e *extractor) extract() {
	var room [48]text.Match
	matches := e.f.patterns.Find(e.r, room[:0])
	for _, u := range e.r.Units {
		e.vendors = e.vendors || u.ID >= 0
	}
	for _, m := range matches {
		if k := e.f.sections[m.Section].kind; k == cue || k == claims {
			e.cue(m)
		}
	}
	for _, m := range matches {
		switch e.f.sections[m.Section].kind {
		case weak:
			if !e.vendorIn(e.sentence(m.First)) {
				continue
			}
			fallthrough
		case trouble:
			if !e.claimed(m, matches) {
				e.addTrouble(m)
			}
		}
	}
	e.facts()
}

// cue adds a feature that is no trouble, once for each section.
func (e *extractor) cue(m text.Match) {
	s := e.f.sections[m.Section]
	switch s.name {
	case "as-known", "was-down":
		e.known = true
		e.fails(m)
	case "back", "not-down":
		e.known = true
	}
	e.add(s.name, m)
}

func (e *extractor) addTrouble(m text.Match) {
	s := e.f.sections[m.Section]
	if e.add(s.name, m) {
		e.trouble++
	}
	e.fails(m)
}

// fails notes which vendors the match says to fail.
func (e *extractor) fails(m text.Match) {
	for _, c := range m.Captures {
		if c.Name != "" && !slices.Contains(e.failing, c.ID) {
			e.failing = append(e.failing, c.ID)
		}
	}
}

// add adds a feature. A second match of a section adds nothing but, if it is
// longer, its place.
func (e *extractor) add(name string, m text.Match) bool {
	for i := range e.features {
		if f := &e.features[i]; f.Name == name {
			if m.Last-m.First > f.Last-f.First {
				f.First, f.Last = m.First, m.Last
			}
			return false
		}
	}
	e.features = append(e.features, Feature{name, m.First, m.Last})
	return true
}

// claimed reports whether the words of a match belong to an idiom, to the stock
// market, or to an outage that is past or only imagined.
func (e *extractor) claimed(m text.Match, all []text.Match) bool {
	for _, c := range all {
		s := e.f.sections[c.Section]
		if s.kind != claims {
			continue
		}
		if s.name == "hypothetical" {
			if e.sentence(c.First) == e.sentence(m.First) && c.First <= m.Last {
				return true
			}
			continue
		}
		if s.name == "physical" { // says nothing about what stands beside it
			if c.First <= m.First && c.Last >= m.Last {
				return true
			}
			continue
		}
		if c.First <= m.Last && c.Last >= m.First {
			return true
		}
	}
	return false
}

// vendorIn reports whether the sentence names a vendor.
func (e *extractor) vendorIn(sentence int32) bool {
	for _, u := range e.r.Units {
		if u.ID >= 0 && e.sentence(u.First) == sentence {
			return true
		}
	}
	return false
}

func (e *extractor) sentence(token int) int32 { return e.r.Doc.Tokens[token].Sentence }
