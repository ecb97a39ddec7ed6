package dashboards

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/reaction"
)

// Card is a statement and what it changed.
type Card struct {
	query.Statement
	VendorName string `json:"vendor_name"`
	// After are minutes from the first signal.
	After float64 `json:"minutes_after_first_signal"`
	// Effects are by what is watched; Together names statements within the hour after or
	// before, whose effects cannot be told from this one's.
	Effects  []EffectOf `json:"effects"`
	Together []string   `json:"together_with,omitempty"`
	Echo     *EchoOf    `json:"echo,omitempty"`
}

// EffectOf is the impact on one share.
type EffectOf struct {
	What   string `json:"what"` // negative, blame, choice
	Vendor string `json:"vendor,omitempty"`
	Name   string `json:"-"`
	reaction.Impact
}

// EchoOf is how far a statement was repeated in the hours after it.
type EchoOf struct {
	Share   float64 `json:"echo_share"`
	People  uint64  `json:"people"`
	Mockery float64 `json:"mocking_share_of_echo"`
	// Reach are minutes until somebody repeated it.
	Reach  float64  `json:"minutes_to_first_echo"`
	Mocked []uint64 `json:"-"`
}

const (
	// horizon is how long after a statement its effect is looked for.
	horizon = time.Hour
	// behind is how long before it the course of things is read.
	behind = 4 * time.Hour
	// echoWindow is how long echoes are counted.
	echoWindow = 3 * time.Hour
	maxCards   = 20
)

func (s *Server) fillStatements(ctx context.Context, d *Dossier, w query.Window, beside []query.Incident, speakers, suppliers []string) error {
	all, err := s.db.Statements(ctx, speakers, w, maxCards)
	if err != nil {
		return err
	}
	slices.Reverse(all)
	d.Silence = Silence{Minutes: d.To.Sub(d.From).Minutes()}
	firstWord := d.To
	for _, st := range all {
		if st.Vendor == d.Vendor {
			firstWord = st.At
			d.Silence.Minutes, d.Silence.Broken = st.At.Sub(d.From).Minutes(), true
			break
		}
	}
	step := 5 * time.Minute
	if len(all) > 0 && all[0].At.Sub(d.From) < 12*step {
		step = 2 * time.Minute
	}
	newcomers, err := s.db.Newcomers(ctx, d.Vendor, w, step)
	if err != nil {
		return err
	}
	for _, m := range newcomers {
		if m.At.Before(firstWord) {
			d.Silence.Negative += m.Negative
		}
	}
	if len(all) == 0 {
		return nil
	}
	series, err := s.shares(ctx, d, w, step, suppliers, newcomers)
	if err != nil {
		return err
	}
	donors, err := s.donors(ctx, d, w, beside, step)
	if err != nil {
		return err
	}
	names := []string{d.VendorName}
	for _, v := range speakers {
		names = append(names, s.name(v))
	}
	for i, st := range all {
		c := Card{Statement: st, VendorName: s.name(st.Vendor), After: st.At.Sub(d.From).Minutes()}
		for j, other := range all {
			if j != i && other.At.Sub(st.At).Abs() < horizon {
				c.Together = append(c.Together, other.ID)
			}
		}
		at := int(st.At.Sub(w.From) / step)
		from, to := max(0, at-int(behind/step)), at+int(horizon/step)
		if i+1 < len(all) { // what comes after the next statement is not this one's doing
			if next := int(all[i+1].At.Sub(w.From) / step); next-at >= reaction.MinStepsAfter {
				to = min(to, next)
			}
		}
		for _, x := range series {
			end := min(to, len(x.series))
			if at >= end {
				continue
			}
			var beside []reaction.Series
			if x.what == "negative" {
				for _, don := range donors {
					beside = append(beside, don[from:min(end, len(don))])
				}
			}
			c.Effects = append(c.Effects, EffectOf{x.what, x.vendor, s.name(x.vendor), reaction.Measure(x.series[from:end], at-from, beside)})
		}
		if c.Echo, err = s.echo(ctx, d, st, names); err != nil {
			return err
		}
		d.Statements = append(d.Statements, c)
	}
	return nil
}

// watched is one share over time.
type watched struct {
	what, vendor string
	series       reaction.Series
}

// shares are what a statement may change: the negative among those who first speak up,
// blame of the vendor, of the supplier that is most blamed, and for the choice of it.
func (s *Server) shares(ctx context.Context, d *Dossier, w query.Window, step time.Duration, suppliers []string, newcomers []query.Mood) ([]watched, error) {
	n := int((w.Length() + step - 1) / step)
	index := func(at time.Time) int { return min(n-1, max(0, int(at.Sub(w.From)/step))) }
	reports := make([]uint64, n)
	points, err := s.db.Series(ctx, d.Vendor, w, time.Minute)
	if err != nil {
		return nil, err
	}
	for _, p := range points {
		reports[index(p.At)] += p.Reports
	}
	empty := func() reaction.Series {
		x := make(reaction.Series, n)
		for i := range x {
			x[i].Reports = reports[i]
		}
		return x
	}
	feeling := empty()
	for _, m := range newcomers {
		b := &feeling[index(m.At)]
		b.Of, b.Hit = b.Of+m.People, b.Hit+m.Negative
	}
	_, rows, err := s.db.Guilt(ctx, d.Vendor, suppliers, w, step)
	if err != nil {
		return nil, err
	}
	supplier, most := "", uint64(0)
	blamed := map[string]uint64{}
	for _, r := range rows {
		for _, b := range r.Blamed {
			if blamed[b] += r.People; slices.Contains(suppliers, b) && blamed[b] > most {
				supplier, most = b, blamed[b]
			}
		}
	}
	count := func(hit func(query.Guilt) bool) reaction.Series {
		x := empty()
		for _, r := range rows {
			if b := &x[index(r.At)]; len(r.Blamed) > 0 {
				b.Of += r.People
				if hit(r) {
					b.Hit += r.People
				}
			}
		}
		return x
	}
	all := []watched{{"negative", "", feeling}, {"blame", d.Vendor, count(func(g query.Guilt) bool { return slices.Contains(g.Blamed, d.Vendor) })}}
	if supplier != "" {
		all = append(all, watched{"blame", supplier, count(func(g query.Guilt) bool { return slices.Contains(g.Blamed, supplier) })},
			watched{"choice", d.Vendor, count(func(g query.Guilt) bool { return g.Choice })})
	}
	return all, nil
}

// donors are the feelings about others that fell with the same cause and said nothing
// while this incident went on.
func (s *Server) donors(ctx context.Context, d *Dossier, w query.Window, incidents []query.Incident, step time.Duration) ([]reaction.Series, error) {
	if d.Cause == "" {
		return nil, nil
	}
	var all []reaction.Series
	for _, i := range incidents {
		if i.Cause != d.Cause || i.Vendor == d.Vendor || i.Vendor == d.Cause || len(all) == 5 {
			continue
		}
		if said, err := s.db.Statements(ctx, []string{i.Vendor}, w, 1); err != nil || len(said) > 0 {
			if err != nil {
				return nil, err
			}
			continue
		}
		moods, err := s.db.Newcomers(ctx, i.Vendor, w, step)
		if err != nil {
			return nil, err
		}
		x := make(reaction.Series, int((w.Length()+step-1)/step))
		for _, m := range moods {
			if n := int(m.At.Sub(w.From) / step); n >= 0 && n < len(x) {
				x[n].Of, x[n].Hit = m.People, m.Negative
			}
		}
		all = append(all, x)
	}
	return all, nil
}

func (s *Server) echo(ctx context.Context, d *Dossier, st query.Statement, names []string) (*EchoOf, error) {
	words := reaction.KeyWords(st.Text, names)
	if len(words) < 4 {
		return nil, nil
	}
	w := query.Window{From: st.At, To: earlier(st.At.Add(echoWindow), d.To)}
	if !w.To.After(w.From) {
		return nil, nil
	}
	e, err := s.db.Echo(ctx, d.Vendor, w, words, reaction.EchoWords(len(words)))
	if err != nil || e.People == 0 {
		return nil, err
	}
	x := &EchoOf{Share: float64(e.Echoing) / float64(e.People), People: e.Echoing, Mocked: e.Mockers}
	if e.Echoing > 0 {
		x.Mockery = float64(e.Mocking) / float64(e.Echoing)
		x.Reach = math.Max(0, e.First.Sub(st.At).Minutes())
	}
	return x, nil
}
