package reaction

import (
	"cmp"
	"slices"
	"time"
)

// Relations of an edge, as in the vendor catalogue.
const (
	Owns         = "owns"
	RunsOn       = "runs_on"
	CompetesWith = "competes_with"
)

// Edge is a dated relation between two vendors.
type Edge struct {
	From     string `json:"from"`
	Relation string `json:"relation"`
	To       string `json:"to"`
	// Since and Until are years, months or days; empty: not known, or still so. It holds
	// from the first day of Since to the last of Until.
	Since    string `json:"since,omitempty"`
	Until    string `json:"until,omitempty"`
	Evidence string `json:"evidence,omitempty"`
}

// Holds reports whether the edge held at a time; the zero time stands for ever. An edge
// without a date always held, as far as is known.
func (e Edge) Holds(at time.Time) bool {
	if at.IsZero() {
		return true
	}
	day := at.UTC().Format(time.DateOnly)
	return (e.Since == "" || day[:min(len(day), len(e.Since))] >= e.Since) &&
		(e.Until == "" || day[:min(len(day), len(e.Until))] <= e.Until)
}

// Graph is who owns, runs on and competes with whom.
type Graph struct {
	edges []Edge
	of    map[string][]Edge // by either end
}

// NewGraph makes a graph of edges.
func NewGraph(edges []Edge) *Graph {
	g := &Graph{edges: edges, of: map[string][]Edge{}}
	for _, e := range edges {
		g.of[e.From] = append(g.of[e.From], e)
		if e.To != e.From {
			g.of[e.To] = append(g.of[e.To], e)
		}
	}
	return g
}

// Edges are the relations of a vendor that held at a time.
func (g *Graph) Edges(vendor string, at time.Time) []Edge {
	var all []Edge
	for _, e := range g.of[vendor] {
		if e.Holds(at) {
			all = append(all, e)
		}
	}
	return all
}

// Owner is the owner of the owner, and so on: the vendor itself where nobody owns it.
func (g *Graph) Owner(vendor string, at time.Time) string {
	seen := map[string]bool{}
	for !seen[vendor] {
		seen[vendor] = true
		for _, e := range g.Edges(vendor, at) {
			if e.Relation == Owns && e.To == vendor {
				vendor = e.From
				break
			}
		}
	}
	return vendor
}

// Brands are the vendor and all that it owns, directly or through others.
func (g *Graph) Brands(vendor string, at time.Time) []string {
	all := []string{vendor}
	for i := 0; i < len(all); i++ {
		for _, e := range g.Edges(all[i], at) {
			if e.Relation == Owns && e.From == all[i] && !slices.Contains(all, e.To) {
				all = append(all, e.To)
			}
		}
	}
	return all
}

// Suppliers are those that a vendor runs on, and the owners of these, but none of its own house.
func (g *Graph) Suppliers(vendor string, at time.Time) []string {
	home := g.Owner(vendor, at)
	var all []string
	add := func(v string) {
		if g.Owner(v, at) != home && !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	for _, e := range g.Edges(vendor, at) {
		if e.Relation == RunsOn && e.From == vendor {
			add(e.To)
			add(g.Owner(e.To, at))
		}
	}
	return all
}

// Pair is what two vendors are to each other: through what they own themselves for
// supply, through the whole houses that they belong to for rivalry.
type Pair struct {
	A string `json:"a"`
	B string `json:"b"`
	// Supply are runs_on edges from one to the other, either way; Rivalry competes_with edges.
	Supply  []Edge `json:"supply,omitempty"`
	Rivalry []Edge `json:"rivalry,omitempty"`
	// Ownership are the owns edges by which the ends of these belong to the pair.
	Ownership []Edge `json:"ownership,omitempty"`
	// Kin says that both belong to one house.
	Kin bool `json:"kin,omitempty"`
}

// FriendFoe reports whether the two are supplier and rival at once.
func (p Pair) FriendFoe() bool { return !p.Kin && len(p.Supply) > 0 && len(p.Rivalry) > 0 }

// Between says what two vendors were to each other at a time.
func (g *Graph) Between(a, b string, at time.Time) Pair {
	p := Pair{A: a, B: b}
	homeA, homeB := g.Owner(a, at), g.Owner(b, at)
	if p.Kin = homeA == homeB; p.Kin {
		return p
	}
	used := map[string]bool{}
	between := func(from, to []string, relation string) (found []Edge) {
		for _, v := range from {
			for _, e := range g.Edges(v, at) {
				other := e.To
				if e.To == v {
					other = e.From
				}
				if e.Relation == relation && slices.Contains(to, other) {
					found = append(found, e)
					used[e.From], used[e.To] = true, true
				}
			}
		}
		return found
	}
	p.Supply = between(g.Brands(a, at), g.Brands(b, at), RunsOn)
	p.Rivalry = between(g.Brands(homeA, at), g.Brands(homeB, at), CompetesWith)
	for _, home := range []string{homeA, homeB} {
		for _, v := range g.Brands(home, at) {
			for _, e := range g.Edges(v, at) {
				if e.Relation == Owns && e.To == v && used[v] {
					p.Ownership = append(p.Ownership, e)
				}
			}
		}
	}
	return p
}

// Around lists whom a vendor has supply or direct rivalry with, a house once: the
// supplier-and-rival pairs first, then suppliers and customers, then rivals.
func (g *Graph) Around(vendor string, at time.Time) []Pair {
	home := g.Owner(vendor, at)
	var homes []string
	for _, own := range g.Brands(vendor, at) {
		for _, e := range g.Edges(own, at) {
			other := e.To
			if e.To == own {
				other = e.From
			}
			if h := g.Owner(other, at); e.Relation != Owns && h != home && !slices.Contains(homes, h) {
				homes = append(homes, h)
			}
		}
	}
	all := make([]Pair, 0, len(homes))
	for _, h := range homes {
		if p := g.Between(vendor, h, at); len(p.Supply) > 0 || len(p.Rivalry) > 0 {
			all = append(all, p)
		}
	}
	rank := func(p Pair) int {
		switch {
		case p.FriendFoe():
			return 0
		case len(p.Supply) > 0:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(all, func(a, b Pair) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.B, b.B)) })
	return all
}

// Standings of a vendor toward another.
const (
	Itself           = "itself"
	SameHouse        = "same owner"
	SupplierAndRival = "supplier and rival"
	Supplier         = "supplier"
	CustomerAndRival = "customer and rival"
	Customer         = "customer"
	Rival            = "rival"
	Unrelated        = "no known relation"
)

// Standing is what other was to vendor at a time, in one word.
func (g *Graph) Standing(vendor, other string, at time.Time) string {
	if vendor == other {
		return Itself
	}
	p := g.Between(vendor, other, at)
	brands := g.Brands(other, at)
	supplies := slices.ContainsFunc(p.Supply, func(e Edge) bool { return slices.Contains(brands, e.To) })
	rival := len(p.Rivalry) > 0
	switch {
	case p.Kin:
		return SameHouse
	case supplies && rival:
		return SupplierAndRival
	case supplies:
		return Supplier
	case len(p.Supply) > 0 && rival:
		return CustomerAndRival
	case len(p.Supply) > 0:
		return Customer
	case rival:
		return Rival
	}
	return Unrelated
}

// Split adds up the people who blame by what the blamed are to the vendor. A person
// counts once a standing.
func (g *Graph) Split(all []Guilt, vendor string, at time.Time) map[string]uint64 {
	split := map[string]uint64{}
	for _, set := range all {
		seen := map[string]bool{}
		for _, b := range set.Blamed {
			if s := g.Standing(vendor, b, at); !seen[s] {
				seen[s] = true
				split[s] += set.People
			}
		}
	}
	return split
}
