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
	// Failing are IDs of ranges that are said to fail.
	Failing []int
	// Clauses is the sentiment by clause, Sentiment that of the whole.
	Clauses   map[int32]float64
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
	f.whole(r, all, c)
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

// whole gives the vendors for which no pattern spoke what the text suggests.
func (f *Finder) whole(r *text.Reading, all []votes, c Context) {
	anyAffected := false
	for _, v := range all {
		anyAffected = anyAffected || v[affected] > 0 || v[blamed] > 0
	}
	for i := range all {
		if all[i] != (votes{}) {
			continue
		}
		switch {
		case c.Outage == tag.Report && !anyAffected:
			all[i][affected] = 0.5
		case c.Outage == tag.Report && len(all) == 1:
			all[i][affected] = 0.5
		case c.Outage == tag.News && !anyAffected:
			all[i][affected] = 0.5
		case c.Outage == tag.Reaction && !anyAffected && len(all) == 1 && c.Sentiment <= -0.35:
			all[i][blamed] = 0.4
		case c.Outage == tag.Reaction && !anyAffected && len(all) == 1:
			all[i][affected] = 0.4
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
