// Package facet finds the particulars of a complaint: symptoms, devices, places
// and intents, by lists of patterns. It says what words are there, not whether
// the text is about an outage.
package facet

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/outcry/outcry/nlp/text"
)

//go:embed patterns.txt
var patternsText string

//go:embed places.txt
var placesText string

// Facets are the particulars of one text, each list sorted and without repeats.
type Facets struct {
	Symptoms, Devices, Places, Intents []string
}

// Finder finds facets. It is safe for concurrent use.
type Finder struct {
	patterns *text.Patterns
	names    []string // of the sections, without their kind
	kinds    []string
	places   *text.Patterns
}

// New reads the lists in the program.
func New() *Finder {
	f := &Finder{patterns: text.MustPatterns(patternsText), places: text.MustPatterns(placePatterns(placesText))}
	for _, s := range f.patterns.Sections {
		kind, name, ok := strings.Cut(s, ":")
		if !ok {
			panic("reading built-in facets: section " + s + " has no kind")
		}
		f.kinds, f.names = append(f.kinds, kind), append(f.names, name)
	}
	return f
}

// placePatterns turns the list of places into patterns, a section a place.
func placePatterns(list string) string {
	var b strings.Builder
	b.WriteString("{in} = in|from|near|around|across|here|outside|throughout|over|at|downtown|all\n")
	for line := range strings.Lines(list) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, doubtful := strings.CutPrefix(line, "~")
		names := strings.Split(name, " | ")
		fmt.Fprintf(&b, "[%s]\n", names[0])
		for _, n := range names {
			var words []string
			for _, t := range text.Parse(n).Tokens {
				if t.Kind != text.Punct {
					words = append(words, t.Norm)
				}
			}
			row := strings.Join(words, " ")
			if doubtful {
				row = "{in} " + row
			}
			b.WriteString(row + "\n")
		}
	}
	return b.String()
}

// Find finds the facets. In names, the vendors of a text are ranges; plain reads
// the same text without ranges, since a vendor's product may be a device.
func (f *Finder) Find(names, plain *text.Reading) Facets {
	var out Facets
	var room [32]text.Match
	for _, m := range f.patterns.Find(plain, room[:0]) {
		f.add(&out, m.Section)
	}
	for _, m := range f.patterns.Find(names, room[:0]) {
		if m.Captures[0].Name != "" {
			f.add(&out, m.Section)
		}
	}
	for _, m := range f.places.Find(names, room[:0]) {
		out.Places = append(out.Places, f.places.Sections[m.Section])
	}
	for _, l := range []*[]string{&out.Symptoms, &out.Devices, &out.Places, &out.Intents} {
		slices.Sort(*l)
		*l = slices.Compact(*l)
	}
	return out
}

func (f *Finder) add(out *Facets, section int) {
	switch name := f.names[section]; f.kinds[section] {
	case "symptom":
		out.Symptoms = append(out.Symptoms, name)
	case "device":
		out.Devices = append(out.Devices, name)
	case "intent":
		out.Intents = append(out.Intents, name)
	}
}
