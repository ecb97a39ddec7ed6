// Package reaction turns counts of posts into what they say about an outage: whom
// people blame, who is supplier and rival at once, what a statement changed, which
// stories go round, how severe it was.
//
// It is pure: counts and words in, numbers out; no clock, no database, no chance that
// is not drawn from a seed. Each formula says where it comes from and what it cannot say.
package reaction

import "math"

// Interval is an estimate with the bounds of its 95 % interval.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Excludes reports whether x lies outside the interval.
func (i Interval) Excludes(x float64) bool { return x < i.Low || x > i.High }

// quantile gives the q-quantile of sorted values, between neighbours in proportion.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	x := q * float64(len(sorted)-1)
	i := int(x)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (x-float64(i))*(sorted[i+1]-sorted[i])
}
