package nlp

import (
	"github.com/outcry/outcry/nlp/grammar"
	"github.com/outcry/outcry/nlp/text"
)

// Where a text names one vendor, what is said is said of it. Where it names several,
// grammar tells who does what to whom. Reading that is dear, so it is done there only.

// maybeAbout is the probability that a text is about an outage from which on roles
// matter.
const maybeAbout = 0.1

// parse reads the clauses that name vendors. The number of a vendor in the text is the
// number of its stand-in.
func (w *work) parse(t *Tagger) {
	w.parts = w.parts[:0]
	if len(w.vendors) < 2 {
		return
	}
	for _, c := range w.clauses(w.ranges) {
		if parts, err := t.grammar.Parts(c); err == nil { // an error leaves the clause unread
			w.parts = append(w.parts, parts...)
		}
	}
}

// readParts adds what the grammar says of vendor number id.
func (w *work) readParts(k *knowledge, r *reader, id int) {
	say := func(parts ...string) { r.feature(-1, -1, syntax, parts...) }
	for _, p := range w.parts {
		if p.Object == id && p.Vendor < len(w.vendors) {
			say("suffers from", k.relation(w.vendors[id], w.vendors[p.Vendor]), p.Does)
		}
		if p.Vendor != id {
			continue
		}
		say("between", p.Before, p.After)
		if p.Preposition != "" {
			say("behind", p.Preposition)
		}
		does := p.Does
		if p.Denied {
			does = "not " + does
		}
		if does != "" {
			say("does", does)
		}
		if p.Object >= 0 && p.Object < len(w.vendors) {
			say("does to", k.relation(w.vendors[id], w.vendors[p.Object]), does)
		}
		if p.Suffers != "" {
			say("suffers", p.Suffers)
		}
	}
}

// clauses gives the words of each clause as they are written, without mentions, links
// and emoji. Ranges become the stand-ins of their vendors.
func (w *work) clauses(ranges []text.Range) []string {
	var all []string
	for i := 0; i < len(w.doc.Tokens); i++ {
		tok := &w.doc.Tokens[i]
		if i == 0 || tok.Clause != w.doc.Tokens[i-1].Clause {
			all = append(all, "")
		}
		word := w.doc.Raw[tok.Start:tok.End]
		for len(ranges) > 0 && ranges[0].First < i {
			ranges = ranges[1:]
		}
		switch {
		case len(ranges) > 0 && ranges[0].First == i && ranges[0].ID < grammar.MostVendors:
			word = grammar.StandIn(ranges[0].ID)
			i = ranges[0].Last
		case tok.Kind == text.Mention || tok.Kind == text.URL || tok.Kind == text.Emoji:
			continue
		}
		last := &all[len(all)-1]
		if *last != "" {
			*last += " "
		}
		*last += word
	}
	return all
}
