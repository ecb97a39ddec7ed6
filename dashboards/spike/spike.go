// Package spike finds complaint spikes: vendors of which more people report trouble than
// chance and habit explain, told from launches, price rises, jokes, a few loud accounts
// and collectors that stopped. It owns the statistics and the life of an incident.
//
// It is pure: tagged posts go in, in order of their time, and changes of state come out.
// It has no clock and does no input or output, and the memory for a vendor is constant.
//
// How it decides, in the order of the files:
//
//	count.go     people who report, each once an hour; copies and loud accounts discounted
//	expect.go    how many to expect: level × hour of the week × sources that are alive
//	evidence.go  how surprising a count is: a tail test over windows, and a CUSUM
//	state.go     quiet, watch, signal, confirmed, recovering, closed
//	root.go      which supplier's failure explains the spikes of its customers
package spike

import (
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/nlp/tag"
)

// Supply says that a vendor runs on another. Since and Until are dates as in the vendor
// catalogue: a year, a month or a day; empty is unknown, or still so.
type Supply struct{ Customer, Supplier, Since, Until string }

// Options say how the detector works. The zero value is good.
type Options struct {
	// FalseAlerts is how many false alerts a vendor may raise in a month of 30 days;
	// 0 means DefaultFalseAlerts.
	FalseAlerts float64
	// LeastAuthors is the fewest people whose reports can open an incident; 0 means
	// DefaultLeastAuthors.
	LeastAuthors int
	// Supply are the relations that root causes are sought along.
	Supply []Supply
}

// Defaults of Options.
const (
	DefaultFalseAlerts  = 0.1
	DefaultLeastAuthors = 7
)

// Detector watches all vendors of one stream.
type Detector struct {
	o       Options
	supply  map[string][]Supply // by customer
	minute  time.Time           // the minute that posts are counted for; zero before the first
	expect  expectation
	vendors map[string]*series
	order   []*series // by id, so that the same posts have the same edges
	edges   []Edge
	opened  []*Incident // not closed
	tuning  map[string]Tuning
}

// Tuning is what one vendor is watched with in place of the detector's options; 0 is
// the option.
type Tuning struct {
	FalseAlerts, LeastAuthors float64
}

// Tune sets what single vendors are watched with, from the next minute on.
func (d *Detector) Tune(byVendor map[string]Tuning) { d.tuning = byVendor }

func (d *Detector) threshold(s *series) float64 {
	if f := d.tuning[s.vendor].FalseAlerts; f > 0 {
		return Threshold(f)
	}
	return Threshold(d.o.FalseAlerts)
}

// New makes a detector that has seen nothing.
func New(o Options) *Detector {
	if o.FalseAlerts <= 0 {
		o.FalseAlerts = DefaultFalseAlerts
	}
	if o.LeastAuthors <= 0 {
		o.LeastAuthors = DefaultLeastAuthors
	}
	d := &Detector{o: o, supply: map[string][]Supply{}, vendors: map[string]*series{}, expect: newExpectation()}
	for _, s := range o.Supply {
		d.supply[s.Customer] = append(d.supply[s.Customer], s)
	}
	return d
}

// Add counts a tagged post. It gives the changes of state of the minutes that the post's
// time has ended. A post that is older than the minute being counted counts there.
func (d *Detector) Add(t *tag.Tag) []Edge {
	edges := d.Advance(t.CreatedAt)
	d.expect.saw(t.Source)
	if t.Filtered != "" {
		return edges
	}
	for i := range t.Vendors {
		d.series(t.Vendors[i].Vendor).count(t, i, d.expect.minutes)
	}
	return edges
}

// Saw counts posts of a source that Add is not given, such as those that the gate
// stopped: what a source sends shows that it is alive.
func (d *Detector) Saw(source string, posts float64) { d.expect.got[sourceNumber(source)] += posts }

// Admit notes that the status page of a vendor admits a failure.
func (d *Detector) Admit(vendor string, at time.Time) {
	s := d.series(vendor)
	if at.Sub(s.admitted) > admittedFor {
		s.admitted = at
	}
	for _, i := range d.opened {
		if (i.Vendor == vendor || i.Cause == vendor) && i.OfficialAt.IsZero() {
			i.OfficialAt = at
		}
	}
}

// Minute is the minute that posts are counted for; zero before the first post.
func (d *Detector) Minute() time.Time { return d.minute }

// Advance ends all minutes before at and gives their changes of state, in order.
func (d *Detector) Advance(at time.Time) []Edge {
	at = at.UTC().Truncate(time.Minute)
	if d.minute.IsZero() {
		d.minute = at
	}
	d.edges = nil
	for d.minute.Before(at) {
		d.endMinute()
	}
	return d.edges
}

// endMinute closes the minute being counted.
func (d *Detector) endMinute() {
	end := d.minute.Add(time.Minute)
	d.expect.endMinute(d.minute)
	for _, s := range d.order {
		d.step(s, end)
	}
	d.roots(end)
	d.minute = end
}

// series is that of a vendor, new where it has not been named before.
func (d *Detector) series(vendor string) *series {
	if s := d.vendors[vendor]; s != nil {
		return s
	}
	s := newSeries(vendor, &d.expect)
	d.vendors[vendor] = s
	i, _ := slices.BinarySearchFunc(d.order, s, func(a, b *series) int { return strings.Compare(a.vendor, b.vendor) })
	d.order = slices.Insert(d.order, i, s)
	return s
}

// Finish ends the minute being counted and closes what is open, for the end of a file.
// The incidents keep the states that they had.
func (d *Detector) Finish() []Edge {
	if d.minute.IsZero() {
		return nil
	}
	return d.Advance(d.minute.Add(time.Minute))
}

// Open are the incidents that are not closed, in the order in which they opened.
func (d *Detector) Open() []*Incident { return slices.Clone(d.opened) }

// series is what is kept of one vendor.
type series struct {
	vendor string
	counter
	level
	evidence
	state    State
	quietFor int // minutes without evidence
	incident *Incident
	admitted time.Time // when its status page last began to speak of a failure
}

func newSeries(vendor string, e *expectation) *series {
	s := &series{vendor: vendor, state: Quiet}
	s.level.begin(e)
	return s
}
