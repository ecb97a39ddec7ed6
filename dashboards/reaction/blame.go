package reaction

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// Guilt is how many people blame exactly these vendors in the posts that are looked
// at. A person counts once, with all whom they blame in any post; nobody is an answer
// too.
type Guilt struct {
	Blamed []string
	// Choice says that they blame the vendor in question and name its supplier beside it
	// without blaming it: why do you run on them?
	Choice bool
	People uint64
}

// Share is the part of the people who blame somebody that blames one vendor.
type Share struct {
	Vendor string `json:"vendor"`
	People uint64 `json:"people"`
	Interval
}

// Ledger says whom people blame who speak of a vendor.
//
// Shares are of the people who blame anybody; who blames two counts for both, so that
// shares may add up to more than one. The intervals are those of the Bayesian bootstrap
// over people (Rubin, Annals of Statistics 9, 1981) with a prior of one person spread
// over the sets of vendors that were seen and one that was not (Perks); for one set that
// is Jeffreys' interval. They say how far the shares could lie from those of all who might have
// posted just as well. They do not say how often the tagger errs.
type Ledger struct {
	// Speaking is how many people speak of the vendor, Blaming how many of them blame somebody.
	Speaking uint64  `json:"people_speaking"`
	Blaming  uint64  `json:"people_blaming"`
	Shares   []Share `json:"shares"` // the most blamed first
	// Choice is the part that blames the vendor for its choice of supplier.
	Choice Share `json:"choice"`
	// Deflection is the part of the blame on the vendor or its suppliers that goes to the
	// suppliers; ok where somebody blames either.
	Deflection   Interval `json:"deflection"`
	Deflected    uint64   `json:"people_deflecting"`
	HasDeflected bool     `json:"has_deflection"`
}

// draws is how often the bootstrap draws.
const draws = 2000

// NewLedger counts guilt. Vendor is who is spoken of, suppliers are those it runs on,
// with their owners. The same counts and seed give the same intervals.
func NewLedger(all []Guilt, vendor string, suppliers []string, seed uint64) Ledger {
	var l Ledger
	var sets []Guilt
	for _, g := range all {
		l.Speaking += g.People
		if len(g.Blamed) > 0 && g.People > 0 {
			sets = append(sets, g)
			l.Blaming += g.People
		}
	}
	l.Choice.Vendor = vendor
	if len(sets) == 0 {
		return l
	}
	// Each question is which of the sets count, of which.
	type question struct {
		share   *Interval
		of, and []bool
		unseen  bool // whether the set that was not seen is among those
	}
	var questions []question
	ask := func(share *Interval, counts func(Guilt) bool, of func(Guilt) bool) (people uint64) {
		q := question{share: share, of: make([]bool, len(sets)), and: make([]bool, len(sets)), unseen: of(Guilt{})}
		var n uint64
		for i, g := range sets {
			q.of[i] = of(g)
			q.and[i] = q.of[i] && counts(g)
			if q.of[i] {
				n += g.People
			}
			if q.and[i] {
				people += g.People
			}
		}
		if n > 0 {
			share.Value = float64(people) / float64(n)
			questions = append(questions, q)
		}
		return people
	}
	everybody := func(Guilt) bool { return true }
	var names []string
	for _, g := range sets {
		names = append(names, g.Blamed...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	l.Shares = make([]Share, len(names))
	for i, name := range names {
		l.Shares[i].Vendor = name
		l.Shares[i].People = ask(&l.Shares[i].Interval, func(g Guilt) bool { return slices.Contains(g.Blamed, name) }, everybody)
	}
	l.Choice.People = ask(&l.Choice.Interval, func(g Guilt) bool { return g.Choice }, everybody)
	supplier := func(g Guilt) bool {
		return slices.ContainsFunc(g.Blamed, func(b string) bool { return slices.Contains(suppliers, b) })
	}
	either := func(g Guilt) bool { return supplier(g) || slices.Contains(g.Blamed, vendor) }
	l.Deflected = ask(&l.Deflection, supplier, either)
	l.HasDeflected = slices.ContainsFunc(sets, either)

	r := rand.New(rand.NewPCG(seed, uint64(len(sets))))
	sets = append(sets, Guilt{}) // somebody whom nobody in the sample blames
	weights := make([]float64, len(sets))
	drawn := make([][]float64, len(questions))
	for range draws {
		for i, g := range sets {
			weights[i] = gamma(r, float64(g.People)+1/float64(len(sets)))
		}
		for i, q := range questions {
			var of, and float64
			for j := range q.of {
				if q.of[j] {
					of += weights[j]
				}
				if q.and[j] {
					and += weights[j]
				}
			}
			if q.unseen {
				of += weights[len(q.of)]
			}
			drawn[i] = append(drawn[i], and/of)
		}
	}
	for i, q := range questions {
		slices.Sort(drawn[i])
		q.share.Low, q.share.High = quantile(drawn[i], 0.025), quantile(drawn[i], 0.975)
	}
	slices.SortStableFunc(l.Shares, func(a, b Share) int { return cmp.Compare(b.People, a.People) })
	return l
}

// Of is the share of a vendor; its zero value where nobody blames it.
func (l Ledger) Of(vendor string) Share {
	for _, s := range l.Shares {
		if s.Vendor == vendor {
			return s
		}
	}
	return Share{Vendor: vendor}
}
