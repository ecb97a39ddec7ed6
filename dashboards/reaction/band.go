package reaction

import (
	"math"
	"slices"
)

// Band is how many reports a step are expected, and between which bounds 95 % of calm
// steps lie.
type Band struct {
	Expected float64 `json:"expected"`
	High     float64 `json:"high"`
	// Hours is how many calm hours it rests on.
	Hours int `json:"hours"`
}

// NewBand reads the ordinary from hours before an incident: reports a minute in each.
// Hours are over-dispersed, so the bound is that of a negative binomial whose variance is
// found in them; with fewer than three the bound is that of a Poisson count, and a page
// should say that it rests on little. The median stands for the mean: an earlier outage
// among the hours must not become the ordinary.
func NewBand(hours []float64) Band {
	b := Band{Hours: len(hours)}
	if len(hours) == 0 {
		return b
	}
	sorted := slices.Sorted(slices.Values(hours))
	b.Expected = quantile(sorted, .5)
	spread := make([]float64, len(sorted))
	for i, h := range sorted {
		spread[i] = math.Abs(h - b.Expected)
	}
	slices.Sort(spread)
	between := 1.4826 * quantile(spread, .5) // of hours, as a standard deviation
	b.High = b.Expected + 1.96*math.Sqrt(b.Expected+between*between) + .5
	return b
}
