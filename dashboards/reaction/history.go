package reaction

import (
	_ "embed"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"
)

// Past is a great public outage of the past, told in facts.
type Past struct {
	ID    string    `yaml:"id" json:"id"`
	Title string    `yaml:"title" json:"title"`
	Start time.Time `yaml:"start" json:"start"`
	End   time.Time `yaml:"end" json:"end"`
	// Precision is how exactly Start and End are known: minute, hour or day.
	Precision string   `yaml:"precision" json:"precision"`
	Vendors   []string `yaml:"vendors" json:"vendors"`
	// Cause is in whose systems it began, or empty; Kind is what went wrong there.
	Cause string `yaml:"cause" json:"cause,omitempty"`
	Kind  string `yaml:"kind" json:"kind"`
	// Reaction is what people said, Sources where all this stands.
	Reaction string   `yaml:"reaction" json:"reaction"`
	Sources  []string `yaml:"sources" json:"sources"`
}

// Duration is how long it took; zero where only days are known.
func (p Past) Duration() time.Duration {
	if p.Precision == "day" {
		return 0
	}
	return p.End.Sub(p.Start)
}

//go:embed history.yaml
var historyYAML []byte

// History lists them in the order of their time.
var History = sync.OnceValue(func() []Past {
	var all []Past
	if err := yaml.Unmarshal(historyYAML, &all); err != nil {
		panic(fmt.Sprintf("reading history.yaml, which is part of the program: %v", err))
	}
	return all
})

// Alike gives past outages that an incident may be set beside, the nearest kin first:
// the same vendor, then the same cause, then others that fell with a supplier.
func Alike(vendor, cause string, before time.Time) []Past {
	rank := func(p Past) int {
		switch {
		case slices.Contains(p.Vendors, vendor):
			return 0
		case cause != "" && p.Cause == cause:
			return 1
		case cause != "" && p.Cause != "" && !slices.Contains(p.Vendors[:1], p.Cause):
			return 2
		}
		return 3
	}
	var all []Past
	for _, p := range History() {
		if p.Start.Before(before.AddDate(0, 0, -2)) && rank(p) < 3 {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b Past) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return b.Start.Compare(a.Start)
	})
	return all
}
