package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/outcry/outcry/ingest/scenario/chance"
)

// curve is a rate over time: straight lines between points, nothing outside them.
type curve []point

type point struct {
	at    time.Time
	value float64
}

// parseCurve reads points such as "24 20:30": 40, by day of the month and UTC time.
func parseCurve(points map[string]float64, start time.Time) (curve, error) {
	c := make(curve, 0, len(points))
	for key, v := range points {
		at, err := clock(key, start)
		if err != nil {
			return nil, err
		}
		if v < 0 {
			return nil, fmt.Errorf("rate %v at %q is negative", v, key)
		}
		c = append(c, point{at, v})
	}
	slices.SortFunc(c, func(a, b point) int { return a.at.Compare(b.at) })
	return c, nil
}

// clock reads "24 20:30" in the month of start.
func clock(s string, start time.Time) (time.Time, error) {
	t, err := time.Parse("2 15:04", s)
	if err != nil {
		return t, fmt.Errorf("time %q: want day of the month, hour and minute, such as \"24 20:30\"", s)
	}
	return time.Date(start.Year(), start.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC), nil
}

// at gives the value at t.
func (c curve) at(t time.Time) float64 {
	i, exact := slices.BinarySearchFunc(c, t, func(p point, t time.Time) int { return p.at.Compare(t) })
	switch {
	case exact:
		return c[i].value
	case i == 0 || i == len(c):
		return 0
	}
	a, b := c[i-1], c[i]
	share := t.Sub(a.at).Seconds() / b.at.Sub(a.at).Seconds()
	return a.value + float64(share*(b.value-a.value))
}

// Counts of public posts vary more than chance alone allows, so the rate itself is
// drawn: once a minute and, more quietly, once in ten minutes.
const (
	minuteShape = 5.0
	blockShape  = 30.0
	blockLength = 10 * time.Minute
)

// times draws the moments of a Poisson process whose rate an hour is c times noise,
// so that the counts are over-dispersed, as those of real posts are.
func (c curve) times(r *rand.Rand, start, end time.Time) []time.Time {
	var out []time.Time
	block := 1.0
	for t := start; t.Before(end); t = t.Add(time.Minute) {
		if t.Sub(start)%blockLength == 0 {
			block = chance.Gamma(r, blockShape) / blockShape
		}
		rate := c.at(t) / 60 * block * chance.Gamma(r, minuteShape) / minuteShape
		for range chance.Poisson(r, rate) {
			at := t.Add(time.Duration(r.Int64N(60_000)) * time.Millisecond)
			if at.Before(end) {
				out = append(out, at)
			}
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}
