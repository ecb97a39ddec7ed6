package dashboards

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/reaction"
)

// Dossier is all that is known of one incident: what its page, its report and the API
// show.
type Dossier struct {
	query.Incident
	VendorName string `json:"vendor_name"`
	CauseName  string `json:"cause_name,omitempty"`
	// From and To bound what is counted: from the first signal to an hour after the end,
	// or to now.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// People and Said are those who speak of the vendor meanwhile, and their posts.
	People uint64 `json:"people"`
	Said   uint64 `json:"posts_said"`

	Changes    []query.Change     `json:"changes"`
	Official   []query.Official   `json:"official_events"`
	Timeline   []Moment           `json:"timeline"`
	Step       int                `json:"step_seconds"`
	Band       reaction.Band      `json:"expected_band"`
	Blame      reaction.Ledger    `json:"blame"`
	BlameSteps []BlameStep        `json:"blame_over_time"`
	Standings  []StandingBlame    `json:"blame_by_relation"`
	Pairs      []reaction.Pair    `json:"relations"`
	Statements []Card             `json:"statements"`
	Silence    Silence            `json:"silence"`
	Narratives []Story            `json:"narratives"`
	SampledOne int                `json:"narratives_of_one_post_in"`
	Facets     map[string][]Facet `json:"facets_by_kind"`
	Earlier    []query.Earlier    `json:"earlier_incidents"`
	Alike      []reaction.Past    `json:"past_outages_alike"`
	Members    []query.Incident   `json:"incidents_of_the_same_cause"`
}

// Moment is one step of the time line; rates are people a minute.
type Moment struct {
	At        time.Time `json:"at"`
	Reports   float64   `json:"reports_per_minute"`
	Reactions float64   `json:"reactions_per_minute"`
	People    uint64    `json:"people"`
	// Sentiment is the share of positive less that of negative people; nil where too few
	// speak.
	Sentiment *reaction.Interval `json:"sentiment,omitempty"`
	Deaf      bool               `json:"deaf,omitempty"`
}

// BlameStep is the ledger of one step, of the most blamed vendors only.
type BlameStep struct {
	At     time.Time        `json:"at"`
	People uint64           `json:"people_blaming"`
	Shares []reaction.Share `json:"shares"`
	Choice reaction.Share   `json:"choice"`
}

// StandingBlame is the blame on vendors that stand in one relation to the failing one.
type StandingBlame struct {
	Standing string  `json:"relation"`
	People   uint64  `json:"people"`
	Share    float64 `json:"share"`
}

// Facet is one kind of trouble, device, place or platform, with the people who named it.
type Facet struct {
	Value  string  `json:"value"`
	People uint64  `json:"people"`
	Share  float64 `json:"share"`
}

// Story is a narrative with its quotes.
type Story struct {
	reaction.Narrative
	HalfLifeMinutes float64    `json:"half_life_minutes,omitempty"`
	Quotes          []postView `json:"quotes"`
}

// Silence is how long a vendor said nothing.
type Silence struct {
	// Minutes run from the first signal to the first word, or to now.
	Minutes float64 `json:"minutes"`
	Broken  bool    `json:"broken"`
	// Negative are the people who first spoke up meanwhile, with a negative post.
	Negative uint64 `json:"people_negative_meanwhile"`
}

const (
	// before and after are what is shown round an incident.
	shownBefore = time.Hour
	shownAfter  = time.Hour
	// maxSaid is how many posts narratives are made of; of more a sample is read.
	maxSaid   = 10000
	topBlamed = 3
	// dossierAge is how long a dossier is kept.
	dossierAge = 10 * time.Second
)

// Dossier gathers what is known of an incident at a time, zero for now; ok is false where
// there is none of that name.
func (s *Server) Dossier(ctx context.Context, id string, at time.Time) (_ *Dossier, ok bool, err error) {
	d, err := memo(s.memos, fmt.Sprint("dossier ", id, at.Unix()), dossierAge, func() (*Dossier, error) {
		return s.askDossier(context.WithoutCancel(ctx), id, at)
	})
	return d, d != nil && err == nil, err
}

func (s *Server) askDossier(ctx context.Context, id string, at time.Time) (*Dossier, error) {
	i, ok, err := s.db.Incident(ctx, id)
	if err != nil || !ok {
		return nil, err
	}
	now := at
	if now.IsZero() {
		if now, err = Now(ctx, s.db, s.o.Now()); err != nil {
			return nil, err
		}
	}
	d := &Dossier{Incident: i, VendorName: s.name(i.Vendor), From: i.OpenedAt.Truncate(time.Minute), To: now.Truncate(time.Minute)}
	if i.Cause != "" {
		d.CauseName = s.name(i.Cause)
	}
	if i.ClosedAt != nil {
		d.To = earlier(d.To, i.ClosedAt.Add(shownAfter))
	}
	if !d.To.After(d.From) {
		d.To = d.From.Add(time.Minute)
	}
	own := query.Window{From: d.From, To: d.To}
	shown := query.Window{From: d.From.Add(-shownBefore), To: d.To}
	suppliers := s.graph.Suppliers(i.Vendor, i.OpenedAt)
	if i.Cause != "" && i.Cause != i.Vendor && !slices.Contains(suppliers, i.Cause) {
		suppliers = append(suppliers, i.Cause)
	}
	speakers := append([]string{i.Vendor}, suppliers...)

	beside, err := s.db.Incidents(ctx, own)
	if err != nil {
		return nil, err
	}
	d.members(beside)

	var g gather
	ask := g.ask
	ask(func() (err error) { d.Changes, err = s.db.Changes(ctx, id); return })
	ask(func() (err error) { d.Official, err = s.db.Official(ctx, speakers, shown); return })
	ask(func() (err error) { d.Earlier, err = s.db.Worst(ctx, i.Vendor, i.OpenedAt); return })
	ask(func() error { return s.fillTimeline(ctx, d, shown) })
	ask(func() error { return s.fillBlame(ctx, d, own, suppliers) })
	ask(func() error { return s.fillStatements(ctx, d, own, beside, speakers, suppliers) })
	ask(func() error { return s.fillNarratives(ctx, d, own) })
	ask(func() error { return s.fillFacets(ctx, d, own) })
	if err := g.wait(); err != nil {
		return nil, err
	}
	d.Blame.Speaking = d.People
	d.Pairs = s.graph.Around(i.Vendor, i.OpenedAt)
	d.Alike = reaction.Alike(i.Vendor, i.Cause, i.OpenedAt)
	return d, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// steps of time lines: the first that needs at most 180 of them.
func stepOf(length time.Duration) time.Duration {
	for _, step := range []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 6 * time.Hour} {
		if length/step <= 180 {
			return step
		}
	}
	return 24 * time.Hour
}

func (s *Server) fillTimeline(ctx context.Context, d *Dossier, w query.Window) error {
	step := stepOf(w.Length())
	d.Step = int(step / time.Second)
	w.From = w.From.Truncate(step)
	points, err := s.db.Series(ctx, d.Vendor, w, step)
	if err != nil {
		return err
	}
	moods, err := s.db.Moods(ctx, d.Vendor, w, step)
	if err != nil {
		return err
	}
	seen, err := s.db.SeenMinutes(ctx, w)
	if err != nil {
		return err
	}
	heard := newCoverage(query.Window{From: w.From, To: w.To}, seen)
	if d.Band, err = s.band(ctx, d.Vendor, d.From); err != nil {
		return err
	}
	byPoint, byMood := map[int64]query.Point{}, map[int64]query.Mood{}
	for _, p := range points {
		byPoint[p.At.Unix()] = p
	}
	for _, m := range moods {
		byMood[m.At.Unix()] = m
	}
	for at := w.From; at.Before(w.To); at = at.Add(step) {
		end := earlier(at.Add(step), w.To)
		own := query.Window{From: at, To: end}
		p, m, minutes := byPoint[at.Unix()], byMood[at.Unix()], own.Length().Minutes()
		x := Moment{At: at, Reports: float64(p.Reports) / minutes, Reactions: float64(p.Reactions) / minutes, People: m.People, Deaf: heard.deaf(own)}
		if m.People >= enoughPosts {
			x.Sentiment = balance(m)
		}
		d.Timeline = append(d.Timeline, x)
	}
	return nil
}

// balance is the share of positive less that of negative people, with the interval of a
// difference of two shares of the same people.
func balance(m query.Mood) *reaction.Interval {
	n := float64(m.People)
	p, q := float64(m.Positive)/n, float64(m.Negative)/n
	margin := 1.96 * math.Sqrt(math.Max(0, p+q-(p-q)*(p-q)+1/n)/n)
	return &reaction.Interval{Value: p - q, Low: math.Max(-1, p-q-margin), High: math.Min(1, p-q+margin)}
}

// bandDays is how far back the ordinary is looked for.
const bandDays = 7

// band reads what is ordinary for a vendor from the week before: the same time of day
// where enough days are known, else the last day.
func (s *Server) band(ctx context.Context, vendor string, opened time.Time) (reaction.Band, error) {
	week := query.Last(bandDays*24*time.Hour, opened.Truncate(time.Hour))
	hours, err := s.db.Hours(ctx, []string{vendor}, week)
	if err != nil {
		return reaction.Band{}, err
	}
	seen, err := s.db.SeenMinutes(ctx, week)
	if err != nil {
		return reaction.Band{}, err
	}
	heard := newCoverage(week, seen)
	reports := map[int64]uint64{}
	for _, h := range hours {
		reports[h.Hour.Unix()] = h.Reports
	}
	var same, all []float64
	for at := week.From; at.Before(week.To); at = at.Add(time.Hour) {
		n := heard.minutes(query.Window{From: at, To: at.Add(time.Hour)})
		if n < minHourCovered {
			continue
		}
		rate := float64(reports[at.Unix()]) / float64(n)
		if apart := (at.Hour() - opened.Hour() + 36) % 24; apart >= 11 && apart <= 13 {
			same = append(same, rate)
		}
		if at.After(opened.Add(-lookBack)) {
			all = append(all, rate)
		}
	}
	if len(same) >= 9 {
		return reaction.NewBand(same), nil
	}
	return reaction.NewBand(all), nil
}

func guilt(rows []query.Guilt) []reaction.Guilt {
	all := make([]reaction.Guilt, len(rows))
	for i, r := range rows {
		all[i] = reaction.Guilt{Blamed: r.Blamed, Choice: r.Choice, People: r.People}
	}
	return all
}

func (s *Server) fillBlame(ctx context.Context, d *Dossier, w query.Window, suppliers []string) error {
	step := max(10*time.Minute, stepOf(w.Length()*3))
	whole, rows, err := s.db.Guilt(ctx, d.Vendor, suppliers, w, step)
	if err != nil {
		return err
	}
	all := guilt(whole)
	d.Blame = reaction.NewLedger(all, d.Vendor, suppliers, seed(d.ID))
	for standing, people := range s.graph.Split(all, d.Vendor, d.OpenedAt) {
		d.Standings = append(d.Standings, StandingBlame{standing, people, float64(people) / math.Max(1, float64(d.Blame.Blaming))})
	}
	slices.SortFunc(d.Standings, func(a, b StandingBlame) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Standing, b.Standing))
	})
	var top []string
	for _, share := range d.Blame.Shares[:min(topBlamed, len(d.Blame.Shares))] {
		top = append(top, share.Vendor)
	}
	for len(rows) > 0 {
		n := 0
		for n < len(rows) && rows[n].At.Equal(rows[0].At) {
			n++
		}
		ledger := reaction.NewLedger(onlyTop(rows[:n], top), d.Vendor, suppliers, seed(d.ID)+uint64(rows[0].At.Unix()))
		b := BlameStep{At: rows[0].At, People: ledger.Blaming, Choice: ledger.Choice}
		for _, v := range top {
			b.Shares = append(b.Shares, ledger.Of(v))
		}
		d.BlameSteps = append(d.BlameSteps, b)
		rows = rows[n:]
	}
	return nil
}

// onlyTop counts those who are not of the top as one.
func onlyTop(rows []query.Guilt, top []string) []reaction.Guilt {
	sum := map[string]*reaction.Guilt{}
	var order []string
	for _, r := range rows {
		var blamed []string
		for _, b := range r.Blamed {
			if !slices.Contains(top, b) {
				b = "others"
			}
			if !slices.Contains(blamed, b) {
				blamed = append(blamed, b)
			}
		}
		key := fmt.Sprint(blamed, r.Choice)
		if sum[key] == nil {
			sum[key] = &reaction.Guilt{Blamed: blamed, Choice: r.Choice}
			order = append(order, key)
		}
		sum[key].People += r.People
	}
	all := make([]reaction.Guilt, len(order))
	for i, key := range order {
		all[i] = *sum[key]
	}
	return all
}

// seed makes draws of an incident the same each time.
func seed(id string) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range []byte(id) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}

func (s *Server) fillNarratives(ctx context.Context, d *Dossier, w query.Window) error {
	amount, err := s.db.Amount(ctx, d.Vendor, w)
	if err != nil {
		return err
	}
	d.People, d.Said = amount.People, amount.Posts
	d.SampledOne = 1 + int(amount.Posts/maxSaid)
	said, err := s.db.Said(ctx, d.Vendor, w, uint32(d.SampledOne), 2*maxSaid)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(s.o.Vendors)) // that one vendor is named beside another is no story
	for _, name := range s.o.Vendors {
		names = append(names, name)
	}
	n := reaction.NewNarratives(names)
	for _, p := range said {
		n.Add(reaction.Said{Post: p.Post, Author: p.Author, At: p.CreatedAt, Text: p.Text, Negative: p.Negative})
	}
	top := n.Top(6)
	var keys []uint64
	for _, x := range top {
		keys = append(keys, x.Quotes...)
	}
	quotes, err := s.quotes(ctx, w, keys)
	if err != nil {
		return err
	}
	for _, x := range top {
		story := Story{Narrative: x, HalfLifeMinutes: x.HalfLife.Minutes()}
		for _, key := range x.Quotes {
			if q, ok := quotes[key]; ok {
				story.Quotes = append(story.Quotes, q)
			}
		}
		d.Narratives = append(d.Narratives, story)
	}
	return nil
}

// quotes gives posts by their keys, as pages show them.
func (s *Server) quotes(ctx context.Context, w query.Window, keys []uint64) (map[uint64]postView, error) {
	all := map[uint64]postView{}
	if len(keys) == 0 {
		return all, nil
	}
	slices.Sort(keys)
	posts, _, err := s.db.Posts(ctx, query.Filter{Window: query.Window{From: w.From.Add(-shownBefore), To: w.To.Add(shownAfter)}, Keys: slices.Compact(keys), Limit: query.MaxPosts})
	if err != nil {
		return nil, err
	}
	for _, p := range posts {
		all[p.Key] = s.postView(p)
	}
	return all, nil
}

// Kinds of facets, in the order of the page.
var facetKinds = []string{"symptom", "device", "place", "platform"}

// enoughFacet is how many people a facet needs to be shown.
const enoughFacet = 3

func (s *Server) fillFacets(ctx context.Context, d *Dossier, w query.Window) error {
	d.Facets = map[string][]Facet{}
	for key, n := range d.Incident.Facets {
		kind, value, _ := strings.Cut(key, " ")
		if n >= enoughFacet {
			d.Facets[kind] = append(d.Facets[kind], Facet{value, uint64(n), float64(n) / math.Max(1, float64(d.Authors))})
		}
	}
	platforms, err := s.db.Platforms(ctx, d.Vendor, w)
	if err != nil {
		return err
	}
	total := uint64(0)
	for _, p := range platforms {
		total += p.People
	}
	for _, p := range platforms {
		d.Facets["platform"] = append(d.Facets["platform"], Facet{p.Source, p.People, float64(p.People) / float64(total)})
	}
	for _, all := range d.Facets {
		slices.SortFunc(all, func(a, b Facet) int { return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Value, b.Value)) })
	}
	return nil
}

// members finds what else fell with the same cause.
func (d *Dossier) members(beside []query.Incident) {
	root := cmp.Or(d.Cause, d.Vendor)
	for _, i := range beside {
		if i.ID != d.ID && (i.Cause == root || i.Vendor == root) {
			d.Members = append(d.Members, i)
		}
	}
}
