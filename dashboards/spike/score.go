package spike

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Alert is a vendor and the minute of its signal.
type Alert struct {
	Vendor string
	At     time.Time
	Cause  string
}

// Outage is one that truly happened.
type Outage struct {
	Vendor string    `json:"vendor"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Peak   float64   `json:"peak_per_minute"`
	Cause  string    `json:"cause"`
}

// Decoy is a time in which posts about a vendor only looked like an outage.
type Decoy struct {
	Vendor string    `json:"vendor"`
	Kind   string    `json:"kind"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
}

// Truth is what alerts are held against.
type Truth struct {
	Vendors []string `json:"vendors"`
	Outages []Outage `json:"outages"`
	Decoys  []Decoy  `json:"decoys"`
}

const (
	// early is how much before its start an alert may belong to an outage.
	early = 5 * time.Minute
	// LargePeak is the number of posts a minute from which on an outage is large.
	LargePeak = 4
	// latest is the longest time to detect that counts.
	latest = time.Hour
)

// Scores say how well alerts fit the truth. Recalls are by minutes since the start of
// an outage: 5, 15, 30, 60.
type Scores struct {
	Large, Small Recall
	// Detect are the minutes to detect large outages: the median, and what 95 of 100
	// stay below.
	DetectMedian, DetectP95 float64
	// FalseAlerts are those that belong to no outage, a vendor and week.
	FalseAlerts float64
	Alerts      int
	// Decoys is the part of the decoys in which there was an alert.
	Decoys float64
	// Causes is the part of the outages with a cause, of those found, whose cause was named.
	Causes float64
}

// Recall is the part of the outages that were found in time.
type Recall struct {
	Outages               int
	In5, In15, In30, In60 float64
}

// Score matches alerts and outages one to one: the first alert of a vendor that comes no
// earlier than five minutes before the start of an outage and no later than an hour
// after is that outage's. Every other alert is a false one, also a second one.
func Score(t Truth, alerts []Alert, weeks float64) Scores {
	alerts = slices.Clone(alerts)
	slices.SortStableFunc(alerts, func(a, b Alert) int { return a.At.Compare(b.At) })
	used := make([]bool, len(alerts))
	var s Scores
	var delays []float64
	caused, named := 0, 0
	for _, o := range t.Outages {
		r := &s.Small
		if o.Peak >= LargePeak {
			r = &s.Large
		}
		r.Outages++
		for i, a := range alerts {
			if used[i] || a.Vendor != o.Vendor || a.At.Before(o.Start.Add(-early)) || a.At.After(o.Start.Add(latest)) {
				continue
			}
			used[i] = true
			delay := max(0, a.At.Sub(o.Start).Minutes())
			r.found(delay)
			if o.Peak >= LargePeak {
				delays = append(delays, delay)
			}
			if o.Cause != "" {
				caused++
				if a.Cause == o.Cause {
					named++
				}
			}
			break
		}
	}
	s.Large.finish()
	s.Small.finish()
	s.DetectMedian, s.DetectP95 = quantile(delays, 0.5), quantile(delays, 0.95)
	s.Alerts = len(alerts)
	lost := 0
	for _, u := range used {
		if !u {
			lost++
		}
	}
	s.FalseAlerts = float64(lost) / max(1, float64(len(t.Vendors))*weeks)
	fooled := 0
	for _, d := range t.Decoys {
		if slices.ContainsFunc(alerts, func(a Alert) bool {
			return a.Vendor == d.Vendor && !a.At.Before(d.Start) && !a.At.After(d.End.Add(10*time.Minute))
		}) {
			fooled++
		}
	}
	s.Decoys = float64(fooled) / max(1, float64(len(t.Decoys)))
	s.Causes = float64(named) / max(1, float64(caused))
	return s
}

func (r *Recall) found(minutes float64) {
	for _, x := range []struct {
		limit float64
		n     *float64
	}{{5, &r.In5}, {15, &r.In15}, {30, &r.In30}, {60, &r.In60}} {
		if minutes <= x.limit {
			*x.n++
		}
	}
}

func (r *Recall) finish() {
	for _, n := range []*float64{&r.In5, &r.In15, &r.In30, &r.In60} {
		*n /= max(1, float64(r.Outages))
	}
}

// quantile is by the nearest rank; NaN of nothing.
func quantile(x []float64, q float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	x = slices.Clone(x)
	slices.SortFunc(x, cmp.Compare)
	return x[min(len(x)-1, int(math.Ceil(q*float64(len(x))))-1)]
}
