package alert

import (
	"iter"
	"math"
	"time"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/spike"
)

// action is what was done of a kind about an incident; nil if nothing.
func action(all []query.Action, kind, incident string) *query.Action {
	for k := range all {
		if a := &all[k]; a.Kind == kind && a.Incident == incident {
			return a
		}
	}
	return nil
}

// isSilenced reports whether somebody has silenced a vendor, or all.
func isSilenced(s *situation, vendor string) bool {
	for _, a := range s.actions {
		if a.Kind == query.Silence && (a.Vendor == "" || a.Vendor == vendor) && !s.now.Before(a.StartsAt) && (a.EndsAt == nil || s.now.Before(*a.EndsAt)) {
			return true
		}
	}
	return false
}

const (
	// marksCount is for how long a false alarm counts; it weighs less as it gets older.
	marksCount = 180 * 24 * time.Hour
	// marksHalve is after how long it weighs half.
	marksHalve = 60 * 24 * time.Hour
)

// falseAlarms gives the false alarms of a vendor that count, with their ages.
func falseAlarms(all []query.Action, vendor string, now time.Time) iter.Seq2[*query.Action, time.Duration] {
	return func(yield func(*query.Action, time.Duration) bool) {
		for k := range all {
			a := &all[k]
			age := now.Sub(a.StartsAt)
			if a.Kind == query.FalseAlarm && a.Vendor == vendor && age >= 0 && age < marksCount && !yield(a, age) {
				return
			}
		}
	}
}

// strictness is by how many times the false alerts of a vendor have been more frequent
// than wanted: the mean of a Gamma posterior with a prior of one event in the time in
// which one is expected. wanted is false alerts a month. It is never below 1: that
// nobody marks alerts as false does not show that they are right.
func strictness(all []query.Action, vendor string, wanted float64, now time.Time) float64 {
	marks := 0.0
	for _, age := range falseAlarms(all, vendor, now) {
		marks += math.Pow(0.5, age.Hours()/marksHalve.Hours())
	}
	months := marksHalve.Hours() / 24 / 30 / math.Ln2 // the time that weights of one and less add up to
	return max(1, (1+marks)/(1+wanted*months))
}

// tuning says how the detector is to watch single vendors: as sensitively as the most
// sensitive rule about each asks for, and more strictly where it has been wrong.
func (f *File) tuning(c Catalogue, actions []query.Action, now time.Time) map[string]spike.Tuning {
	all := map[string]spike.Tuning{}
	for vendor := range c.Names {
		var t spike.Tuning
		for k := range f.Rules {
			r := &f.Rules[k]
			if !r.about(vendor, c) {
				continue
			}
			t.FalseAlerts = max(t.FalseAlerts, r.Sensitivity)
			if t.LeastAuthors == 0 || float64(r.MinAuthors) < t.LeastAuthors {
				t.LeastAuthors = float64(r.MinAuthors)
			}
		}
		if t.FalseAlerts == 0 {
			continue // no rule is about it: the detector's own
		}
		t.FalseAlerts /= strictness(actions, vendor, t.FalseAlerts, now)
		for a, age := range falseAlarms(actions, vendor, now) {
			if age < marksHalve {
				// As many people again are no alarm, up to a crowd that nobody would call chance.
				t.LeastAuthors = max(t.LeastAuthors, min(float64(a.Authors)+1, 3*spike.DefaultLeastAuthors))
			}
		}
		all[vendor] = t
	}
	return all
}
