// Package role finds what patterns of a clause say of the part that each vendor plays
// in it: blamed, affected, alternative or merely mentioned. It decides nothing: its
// finds are features, which the trained network weighs.
package role

import (
	_ "embed"
	"strconv"

	"github.com/outcry/outcry/nlp/text"
)

//go:embed patterns.txt
var patternsText string

// Vote is what a pattern says of one vendor.
type Vote struct {
	// ID is that of the Range that names the vendor.
	ID   int
	Role string
	// Weight is how much patterns of this kind have to say, from 1 to 5.
	Weight int
}

// Finder finds votes. It is safe for concurrent use.
type Finder struct {
	patterns *text.Patterns
	weights  []int // of the sections
}

// New reads the patterns in the program.
func New() *Finder {
	f := &Finder{patterns: text.MustPatterns(patternsText)}
	for _, name := range f.patterns.Sections {
		w, err := strconv.Atoi(name)
		if err != nil {
			panic("reading built-in roles: " + err.Error())
		}
		f.weights = append(f.weights, w)
	}
	return f
}

// Find appends the votes on the vendors whose names r reads as ranges. Of equal
// ones there is one.
func (f *Finder) Find(r *text.Reading, into []Vote) []Vote {
	from := len(into)
	var room [32]text.Match
	for _, m := range f.patterns.Find(r, room[:0]) {
		for _, k := range m.Captures {
			if k.Name == "" || k.Name == "v" {
				continue
			}
			into = vote(into, from, Vote{k.ID, k.Name, f.weights[m.Section]})
		}
	}
	return into
}

func vote(into []Vote, from int, v Vote) []Vote {
	for i := from; i < len(into); i++ {
		if x := &into[i]; x.ID == v.ID && x.Role == v.Role {
			x.Weight = max(x.Weight, v.Weight)
			return into
		}
	}
	return append(into, v)
}
