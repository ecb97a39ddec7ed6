package spike

import (
	"math"
	"strings"
	"time"

	"github.com/outcry/outcry/nlp/tag"
)

// Rivals are the simple ways in which others alert, for comparison on the same posts.
// Each has one threshold, so that it can be set to as few false alerts as wanted.
//
//	words     posts with "down" or another plain word of trouble in ten minutes
//	mean+SD   people with such a word in five minutes, against mean and standard
//	          deviation of the last day
//	SPOONS    the same count against mean and standard deviation of the same quarter
//	          hour of the days and weeks before; values beyond six deviations do not
//	          enter (weekly-offset windowed SD)
var Rivals = []Rival{
	{"words", []float64{2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200}},
	{"mean+SD", []float64{3, 4, 6, 8, 10, 15, 20, 30, 50}},
	{"SPOONS", []float64{2, 3, 4, 6, 8, 10, 15, 20, 30, 50}},
}

// Rival is one of them with the thresholds that it is tried with.
type Rival struct {
	Name       string
	Thresholds []float64
}

// RivalAlerts are the alerts of all rivals at all their thresholds.
type RivalAlerts struct {
	minute  time.Time
	n       int
	vendors map[string]*rivalSeries
	// Alerts has a list for each rival and threshold.
	Alerts [][][]Alert
}

type rivalSeries struct {
	now     int
	authors map[uint64]bool
	last    [1440]float32 // people by minute
	slots   [672][]float32
	until   [][]time.Time // no new alert before
	quarter float64
}

// NewRivals begins a comparison.
func NewRivals() *RivalAlerts {
	r := &RivalAlerts{vendors: map[string]*rivalSeries{}}
	for _, k := range Rivals {
		r.Alerts = append(r.Alerts, make([][]Alert, len(k.Thresholds)))
	}
	return r
}

var plainWords = []string{"down", "outage", "not working", "isn't working", "won't load", "can't log", "error", "broken", "offline", "crash"}

// Add counts a post.
func (r *RivalAlerts) Add(t *tag.Tag) {
	at := t.CreatedAt.UTC().Truncate(time.Minute)
	if r.minute.IsZero() {
		r.minute = at
	}
	for r.minute.Before(at) {
		r.endMinute()
	}
	lower := strings.ToLower(t.Text)
	hit := false
	for _, w := range plainWords {
		hit = hit || strings.Contains(lower, w)
	}
	if !hit {
		return
	}
	for _, v := range t.Vendors {
		s := r.vendors[v.Vendor]
		if s == nil {
			s = &rivalSeries{authors: map[uint64]bool{}}
			for _, k := range Rivals {
				s.until = append(s.until, make([]time.Time, len(k.Thresholds)))
			}
			r.vendors[v.Vendor] = s
		}
		if key := t.AuthorKey(); !s.authors[key] {
			s.authors[key] = true
			s.now++
		}
	}
}

func (r *RivalAlerts) endMinute() {
	end := r.minute.Add(time.Minute)
	for v, s := range r.vendors {
		r.step(v, s, end)
	}
	r.minute = end
	r.n++
}

func (r *RivalAlerts) step(vendor string, s *rivalSeries, end time.Time) {
	s.last[r.n%1440] = float32(s.now)
	s.quarter += float64(s.now)
	s.now = 0
	if r.n%5 == 4 {
		clear(s.authors)
	}
	if r.n < 180 {
		return
	}
	ten, five := s.sum(r.n, 10), s.sum(r.n, 5)
	if r.n%5 == 4 {
		mean, sd := s.day(r.n)
		for i, k := range Rivals[1].Thresholds {
			r.alert(1, i, vendor, s, end, five >= 2 && five > mean+k*sd)
		}
	}
	if r.n%15 == 14 {
		r.spoons(vendor, s, end)
	}
	for i, k := range Rivals[0].Thresholds {
		r.alert(0, i, vendor, s, end, ten >= k)
	}
}

// spoons compares a quarter of an hour with the same one of days and weeks before.
func (r *RivalAlerts) spoons(vendor string, s *rivalSeries, end time.Time) {
	x := s.quarter
	s.quarter = 0
	slot := &s.slots[int(end.Unix()/900)%96] // by day: a week has too few to compare
	n, sum, square := 0.0, 0.0, 0.0
	for _, v := range *slot {
		n++
		sum += float64(v)
		square += float64(v) * float64(v)
	}
	if n < 2 {
		*slot = append(*slot, float32(x))
		return
	}
	mean := sum / n
	sd := math.Sqrt(max(square/n-mean*mean, 0.25))
	for i, k := range Rivals[2].Thresholds {
		r.alert(2, i, vendor, s, end, x >= 2 && x > mean+k*sd)
	}
	if math.Abs(x-mean) <= 6*sd {
		*slot = append(*slot, float32(x))
		if len(*slot) > 10 {
			*slot = (*slot)[1:]
		}
	}
}

// alert notes an alert where there is none within the last two hours.
func (r *RivalAlerts) alert(rival, threshold int, vendor string, s *rivalSeries, end time.Time, fires bool) {
	if !fires {
		return
	}
	if u := &s.until[rival][threshold]; !end.Before(*u) {
		r.Alerts[rival][threshold] = append(r.Alerts[rival][threshold], Alert{Vendor: vendor, At: end})
	}
	s.until[rival][threshold] = end.Add(2 * time.Hour)
}

func (s *rivalSeries) sum(at, minutes int) float64 {
	t := 0.0
	for i := range minutes {
		if at-i >= 0 {
			t += float64(s.last[(at-i)%1440])
		}
	}
	return t
}

// day is the mean and standard deviation of five-minute sums of the last day.
func (s *rivalSeries) day(at int) (mean, sd float64) {
	n, sum, square := 0.0, 0.0, 0.0
	for i := 10; i+5 <= min(at, 1435); i += 5 {
		x := 0.0
		for k := range 5 {
			x += float64(s.last[(at-i-k+1440)%1440])
		}
		n++
		sum += x
		square += x * x
	}
	if n == 0 {
		return 0, 1
	}
	mean = sum / n
	return mean, math.Sqrt(max(square/n-mean*mean, 0.04))
}
