// Package role says which part each vendor plays in a text about an outage:
// blamed, affected, alternative or merely mentioned. It goes by patterns of the
// clause in which the vendor stands, and where those are silent by what the text
// says as a whole.
package role

import (
	_ "embed"
	"strconv"

	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/text"
)

//go:embed patterns.txt
var patternsText string

// Finder finds roles. It is safe for concurrent use.
type Finder struct {
	patterns *text.Patterns
	weights  []float64 // of the sections
}

// New reads the patterns in the program.
func New() *Finder {
	f := &Finder{patterns: text.MustPatterns(patternsText)}
	for _, name := range f.patterns.Sections {
		w, err := strconv.ParseFloat(name, 64)
		if err != nil {
			panic("reading built-in roles: " + err.Error())
		}
		f.weights = append(f.weights, w)
	}
	return f
}

// Context is what the other stages say of the text.
type Context struct {
	Outage tag.Outage
	// Unlikely: hardly anything says that it is about an outage at all.
	Unlikely bool
	// Failing are IDs of ranges that are said to fail.
	Failing []int
	// Complaint: the text is angry at how somebody deals with its customers.
	// Choice: it asks why somebody depends on somebody else.
	Complaint, Choice bool
	// Supply are pairs of IDs: a customer and its supplier.
	Supply [][2]int
	// Sentiment of the whole.
	Sentiment float64
}

// order of the votes.
const (
	blamed = iota
	affected
	alternative
	mentioned
	roles
)

var names = [roles]tag.Role{tag.Blamed, tag.Affected, tag.Alternative, tag.Mentioned}

// votes are what speaks for each role of one vendor.
type votes [roles]float64

// Find gives the role of each of the n vendors whose names r reads as the ranges
// with the IDs 0 to n-1.
func (f *Finder) Find(r *text.Reading, n int, c Context) []tag.Role {
	all := make([]votes, n)
	var room [32]text.Match
	for _, m := range f.patterns.Find(r, room[:0]) {
		w := f.weights[m.Section]
		for _, k := range m.Captures {
			if i := index(k.Name); i >= 0 && k.ID < n {
				all[k.ID][i] = max(all[k.ID][i], w)
			}
		}
	}
	for _, id := range c.Failing {
		if id < n {
			all[id][affected] = max(all[id][affected], 2)
		}
	}
	suppose(all, c)
	out := make([]tag.Role, n)
	for i, v := range all {
		out[i] = v.best()
	}
	return out
}

func index(name string) int {
	for i, r := range names {
		if name == string(r) {
			return i
		}
	}
	return -1
}

// suppose gives the vendors for which no pattern spoke the role that the text as
// a whole suggests.
func suppose(all []votes, c Context) {
	if c.Outage == tag.None && c.Unlikely {
		return
	}
	silent := func(id int) bool { return all[id] == votes{} }
	for _, p := range c.Supply {
		customer, supplier := p[0], p[1]
		switch {
		case c.Choice:
			all[customer][blamed] = max(all[customer][blamed], 3.5)
			if silent(supplier) {
				all[supplier][mentioned] = 1
			}
		case silent(supplier) && c.Outage != tag.None:
			all[supplier][blamed] = 1
		}
		if silent(customer) {
			all[customer][affected] = 1
		}
	}
	others := false
	for id := range all {
		others = others || all[id][affected] > 0 || all[id][blamed] > 0
	}
	for id := range all {
		if !silent(id) {
			continue
		}
		switch {
		case c.Complaint && len(all) == 1 && c.Outage == tag.Reaction:
			all[id][blamed] = 1
		case !others:
			all[id][affected] = 0.5
		}
	}
}

// best is the role with the most votes; of equal ones, the first in the order of
// the labelling rules.
func (v votes) best() tag.Role {
	top := mentioned
	for i := mentioned; i >= 0; i-- {
		if v[i] > 0 && v[i] >= v[top] {
			top = i
		}
	}
	return names[top]
}
