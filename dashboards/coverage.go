package dashboards

import (
	"slices"
	"time"

	"github.com/outcry/outcry/dashboards/query"
)

// coverage says in which minutes somebody listened. A minute without a post is
// taken for calm where posts stand near it, and for deafness where a long run of
// minutes has none (Invariant 9).
type coverage struct {
	from  time.Time
	heard []bool // by minute
}

// deafAfter is how long a run without any post must be to count as deaf.
const deafAfter = 10 * time.Minute

func newCoverage(w query.Window, seen []query.Seen) coverage {
	c := coverage{from: w.From, heard: make([]bool, int(w.Length()/time.Minute))}
	for _, s := range seen {
		if i := int(s.Minute.Sub(w.From) / time.Minute); i >= 0 && i < len(c.heard) && s.Posts > 0 {
			c.heard[i] = true
		}
	}
	for i := 0; i < len(c.heard); i++ {
		if c.heard[i] {
			continue
		}
		end := i
		for end < len(c.heard) && !c.heard[end] {
			end++
		}
		// Before the first post nobody is known to have listened, however short it was.
		if i > 0 && end-i < int(deafAfter/time.Minute) {
			for j := i; j < end; j++ {
				c.heard[j] = true
			}
		}
		i = end
	}
	return c
}

// minutes is how many minutes of the window were listened to.
func (c coverage) minutes(w query.Window) int {
	n := 0
	for i, ok := range c.heard {
		if at := c.from.Add(time.Duration(i) * time.Minute); ok && !at.Before(w.From) && at.Before(w.To) {
			n++
		}
	}
	return n
}

// empty says whether nobody listened at all.
func (c coverage) empty() bool { return !slices.Contains(c.heard, true) }

// deaf says whether nobody listened in the whole window.
func (c coverage) deaf(w query.Window) bool { return c.minutes(w) == 0 }

// minHourCovered is how much of an hour must be covered to compare with it.
const minHourCovered = 30

// medianHours gives the people a minute in the median hour of each vendor. Hours
// in which nobody listened do not count, hours in which nobody reported do.
func medianHours(hours []query.Hour, heard coverage, day query.Window) map[string]float64 {
	type key struct {
		vendor string
		hour   int64
	}
	reports := map[key]uint64{}
	vendors := map[string]float64{}
	for _, h := range hours {
		reports[key{h.Vendor, h.Hour.Unix()}] = h.Reports
		vendors[h.Vendor] = 0
	}
	for v := range vendors {
		var rates []float64
		for at := day.From; at.Before(day.To); at = at.Add(time.Hour) {
			if n := heard.minutes(query.Window{From: at, To: at.Add(time.Hour)}); n >= minHourCovered {
				rates = append(rates, float64(reports[key{v, at.Unix()}])/float64(n))
			}
		}
		if len(rates) < 3 {
			delete(vendors, v)
			continue
		}
		slices.Sort(rates)
		vendors[v] = rates[(len(rates)-1)/2] // the lower one of two: a rate that was there
	}
	return vendors
}
