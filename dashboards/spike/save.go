package spike

import (
	"encoding/gob"
	"fmt"
	"io"
	"time"
)

// saved is a detector as it is written down. A detector that was saved and loaded goes
// on as if it had never stopped. Empty places of tables are left out.
type saved struct {
	Minute time.Time
	Expect savedExpectation
	Series []savedSeries
}

type savedExpectation struct {
	Minutes        int32
	Habit, Listens [hours]float64
	Got            [sources]float64
	Last           [sources][alive]float64
	Rate, Time     [sources]float64
	Factor, Share  float64
}

type savedSeries struct {
	Vendor string

	Authors                           []savedSeen
	Clusters, Places                  []savedCopied
	Placed                            savedCopied
	Posts                             [recent]Post
	NewPosts                          int
	Level                             savedLevel
	Minutes                           []savedMinute
	Cusum, CusumGot                   float64
	CusumStart                        int
	State                             State
	QuietFor                          int
	Incident                          *Incident
	Admitted                          time.Time
	Closing                           time.Time // of the incident
	BySource                          [sources]float64
	Top, NotedPeople, SimulatedPeople float64
	OpenedAsNumber                    int
	People, Alone, Reports            float64 // of the minute being counted
	Reactions, Mentions, Simulations  float64
	Repeated                          float64
	NowBySource                       [sources]float64
	NowBlamed                         map[string]float64
	NowFacets                         map[string]int
	NowPosts                          []Post
}

type savedSeen struct {
	Slot   int
	Key    uint64
	Minute int32
	Bits   uint8
}

type savedCopied struct {
	Slot   int
	Key    uint64
	Minute int32
	N      int32
}

type savedLevel struct {
	Reports, Lately, Mentions [2]float64
	Excess, Square            float64
	BlockGot, BlockMean       float64
	BlockLength               int
	Trouble                   float64
}

type savedMinute struct {
	People, Alone, Reports, Reactions, Mentions, Repeats, Exposure float32
	Excluded                                                       bool
}

// Save writes the detector down.
func (d *Detector) Save(w io.Writer) error {
	e := &d.expect
	out := saved{Minute: d.minute, Expect: savedExpectation{
		Minutes: e.minutes, Habit: e.habit, Listens: e.listens, Got: e.got, Last: e.last, Rate: e.rate, Time: e.time, Factor: e.factor, Share: e.share,
	}}
	place := map[*Incident]int{}
	for n, i := range d.opened {
		place[i] = n + 1
	}
	for _, s := range d.order {
		out.Series = append(out.Series, s.save(e.minutes, place[s.incident]))
	}
	if err := gob.NewEncoder(w).Encode(&out); err != nil {
		return fmt.Errorf("writing the detector down: %w", err)
	}
	return nil
}

// Load makes a detector of what Save has written.
func Load(o Options, r io.Reader) (*Detector, error) {
	var in saved
	if err := gob.NewDecoder(r).Decode(&in); err != nil {
		return nil, fmt.Errorf("reading a detector: %w", err)
	}
	d := New(o)
	x := in.Expect
	d.minute = in.Minute.UTC()
	d.expect = expectation{minutes: x.Minutes, habit: x.Habit, listens: x.Listens, got: x.Got, last: x.Last, rate: x.Rate, time: x.Time, factor: x.Factor, share: x.Share}
	open := make([]*Incident, len(in.Series)+1)
	for k := range in.Series {
		s := in.Series[k].load()
		d.vendors[s.vendor] = s
		d.order = append(d.order, s)
		if n := in.Series[k].OpenedAsNumber; n > 0 && n < len(open) {
			open[n] = s.incident
		}
	}
	for _, i := range open {
		if i != nil {
			d.opened = append(d.opened, i)
		}
	}
	return d, nil
}

func (s *series) save(minute int32, number int) savedSeries {
	f := &s.now
	out := savedSeries{
		Vendor: s.vendor, Posts: s.posts, NewPosts: s.last, Cusum: s.cusum, CusumGot: s.cusumGot, CusumStart: s.cusumStart,
		State: s.state, QuietFor: s.quietFor, Incident: s.incident, Admitted: s.admitted, OpenedAsNumber: number,
		Placed: savedCopied{0, s.placed.key, s.placed.minute, s.placed.n},
		People: f.people, Alone: f.alone, Reports: f.reports, Reactions: f.reactions, Mentions: f.mentions, Repeated: f.repeats, Simulations: f.simulated,
		NowBySource: f.bySource, NowBlamed: f.blamed, NowFacets: f.facets, NowPosts: f.posts,
	}
	for k, a := range s.authors {
		if a.key != 0 && minute-a.minute < again {
			out.Authors = append(out.Authors, savedSeen{k, a.key, a.minute, a.bits})
		}
	}
	out.Clusters = saveCopied(s.clusters[:], minute)
	out.Places = saveCopied(s.places[:], minute)
	l := &s.level
	out.Level = savedLevel{
		[2]float64{l.reports.events, l.reports.time}, [2]float64{l.lately.events, l.lately.time}, [2]float64{l.mentions.events, l.mentions.time},
		l.excess, l.square, l.blockGot, l.blockMean, l.blockLength, l.trouble,
	}
	for i := s.filled - 1; i >= 0; i-- {
		m := s.minutes[(s.at-i+kept)%kept]
		out.Minutes = append(out.Minutes, savedMinute{m.people, m.alone, m.reports, m.reactions, m.mentions, m.repeats, m.exposure, m.excluded})
	}
	if i := s.incident; i != nil {
		out.Closing, out.BySource, out.Top, out.NotedPeople, out.SimulatedPeople = i.closing, i.bySource, i.top, i.noted, i.simulated
	}
	return out
}

func (in *savedSeries) load() *series {
	s := &series{vendor: in.Vendor, state: in.State, quietFor: in.QuietFor, incident: in.Incident, admitted: in.Admitted.UTC()}
	s.posts, s.last = in.Posts, in.NewPosts
	s.placed = copied{in.Placed.Key, in.Placed.Minute, in.Placed.N}
	s.now = frame{
		people: in.People, alone: in.Alone, reports: in.Reports, reactions: in.Reactions, mentions: in.Mentions, repeats: in.Repeated, simulated: in.Simulations,
		bySource: in.NowBySource, blamed: in.NowBlamed, facets: in.NowFacets, posts: in.NowPosts,
	}
	for _, a := range in.Authors {
		s.authors[a.Slot%authorSlots] = seen{a.Key, a.Minute, a.Bits}
	}
	loadCopied(s.clusters[:], in.Clusters)
	loadCopied(s.places[:], in.Places)
	l := &in.Level
	s.level = level{
		gamma{l.Reports[0], l.Reports[1]}, gamma{l.Lately[0], l.Lately[1]}, gamma{l.Mentions[0], l.Mentions[1]},
		l.Excess, l.Square, l.BlockGot, l.BlockMean, l.BlockLength, l.Trouble,
	}
	for _, m := range in.Minutes {
		s.push(minuteCount{m.People, m.Alone, m.Reports, m.Reactions, m.Mentions, m.Repeats, m.Exposure, m.Excluded})
	}
	s.cusum, s.cusumGot, s.cusumStart = in.Cusum, in.CusumGot, in.CusumStart
	if i := s.incident; i != nil {
		i.closing, i.bySource, i.top, i.noted, i.simulated = in.Closing, in.BySource, in.Top, in.NotedPeople, in.SimulatedPeople
		for _, at := range []*time.Time{&i.OpenedAt, &i.ConfirmedAt, &i.ClosedAt, &i.OfficialAt, &i.closing} {
			*at = at.UTC()
		}
		if i.Blamed == nil {
			i.Blamed = map[string]float64{}
		}
		if i.Facets == nil {
			i.Facets = map[string]int{}
		}
	}
	return s
}

func saveCopied(slots []copied, minute int32) (out []savedCopied) {
	for k, c := range slots {
		if c.key != 0 && minute-c.minute < again {
			out = append(out, savedCopied{k, c.key, c.minute, c.n})
		}
	}
	return out
}

func loadCopied(slots []copied, in []savedCopied) {
	for _, c := range in {
		slots[c.Slot%len(slots)] = copied{c.Key, c.Minute, c.N}
	}
}
