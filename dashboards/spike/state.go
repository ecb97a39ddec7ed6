package spike

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// State is where a vendor stands.
type State string

// States, in the order in which an incident goes through them.
const (
	Quiet      State = "quiet"
	Watching   State = "watch"     // more reports than usual, too few to say
	Signal     State = "signal"    // an incident: this many do not come by chance
	Confirmed  State = "confirmed" // a second kind of evidence agrees
	Recovering State = "recovering"
	Closed     State = "closed"
)

const (
	// watchScore is the evidence, as -log10 of chance, at which a vendor is watched.
	watchScore = 3
	// watchLeast is the fewest people for that.
	watchLeast = 3
	// outageShare is which part of the posts beyond the usual must speak of an outage: a
	// launch or a joke brings many posts and few reports.
	outageShare = 0.3
	// ownVoices is which part of the people must write words of their own: jokes and
	// campaigns are handed on word by word, complaints are not.
	ownVoices = 0.35
	// ownReports is which part of the people must name this vendor alone: of a television
	// on which a service fails people write, too.
	ownReports = 0.3
	// localTimes is how many times the people are needed where all write of one place: a
	// street without a line is no outage of the vendor, a town is.
	localTimes = 2.5
	// learning is for how many minutes a stream is only learned from.
	learning = 120
	// knownTime is how much time, in minutes of exposure, makes a vendor known; before, it
	// needs more evidence.
	knownTime, unknownScore = 12 * 60, 1.5
	// calmMinutes without evidence end the watch, and an incident that recovers.
	calmMinutes = 30
	// admittedFor is for how long what a status page says belongs to a spike.
	admittedFor = 3 * time.Hour
	// newNormal is after how many minutes an incident is taken for the new habit.
	newNormal = 24 * 60
)

// Incident is a spike of complaints about one vendor, from its signal on.
type Incident struct {
	// ID is made of the vendor and the minute of the signal.
	ID     string
	Vendor string
	State  State
	// OpenedAt is when it was signalled, ConfirmedAt and ClosedAt when it became so; zero
	// where it did not.
	OpenedAt, ConfirmedAt, ClosedAt time.Time
	// Peak is the highest number of reports a minute, over five minutes, and Expected how
	// many were expected then.
	Peak, Expected float64
	// Authors are the people who reported, each once an hour.
	Authors float64
	// Reactions are the people who only reacted.
	Reactions float64
	// Severity is breadth, the orders of magnitude above the people of a usual hour,
	// times depth, the part of them who report rather than react.
	Severity float64
	// Cause is the supplier whose failure explains it with probability CauseProbability;
	// empty where none does.
	Cause            string
	CauseProbability float64
	// Blamed counts the people who blame a vendor.
	Blamed map[string]float64
	// Reasons are those of its changes of state.
	Reasons []string
	// Misattributed is a vendor that the crowd blames although the evidence points to
	// the cause; empty where the crowd is right or undecided.
	Misattributed string
	// Score is the strongest evidence so far, as -log10 of chance.
	Score float64
	// OfficialAt is when a status page, the vendor's own or that of the cause, first
	// admitted it; zero where none has.
	OfficialAt time.Time
	// Posts are reports, the first ones first.
	Posts []Post
	// Facets count what fails, on what and where: "symptom login".
	Facets map[string]int

	bySource  [sources]float64
	top       float64   // most people of ten minutes, beyond the expected
	noted     float64   // people since it was signalled
	simulated float64   // those of them who do not exist
	closing   time.Time // closed then, if nothing comes
}

// Post names a post within its source.
type Post struct{ Source, ID string }

// Simulated reports whether the people who report do not exist.
func (i *Incident) Simulated() bool { return 2*i.simulated > i.noted }

// Lead is by how much the crowd was before the status page: negative where the page
// was first. ok is false where no page has admitted it.
func (i *Incident) Lead() (lead time.Duration, ok bool) {
	return i.OfficialAt.Sub(i.OpenedAt), !i.OfficialAt.IsZero()
}

// blamers are the people who blame a vendor.
func (i *Incident) blamers() (total float64) {
	for _, n := range i.Blamed {
		total += n
	}
	return total
}

// Crowd is the vendor that most people blame, and their part of all who blame one.
func (i *Incident) Crowd() (vendor string, share float64) {
	total := i.blamers()
	for v, n := range i.Blamed {
		if s := n / total; s > share || s == share && v < vendor {
			vendor, share = v, s
		}
	}
	return vendor, share
}

// Edge is a change of state.
type Edge struct {
	At       time.Time
	Vendor   string
	From, To State
	Reason   string
	// Score is the evidence as -log10 of chance; Observed reports came in Window minutes
	// where Expected were expected.
	Score              float64
	Window             int
	Observed, Expected float64
	// Incident is that of the vendor; nil before a signal.
	Incident *Incident
}

// Threshold is the evidence that a signal needs for a wanted number of false alerts a
// month, as -log10 of chance. Windows that end one after the other share most of their
// minutes, and so do windows of like length: together they count as two tests a minute.
func Threshold(falseAlerts float64) float64 { return math.Log10(2 * 30 * 24 * 60 / falseAlerts) }

// step ends a minute of one vendor.
func (d *Detector) step(s *series, end time.Time) {
	f := s.now
	s.now = frame{}
	old, ok := s.push(minuteCount{
		people: float32(f.people), alone: float32(f.alone), reports: float32(f.reports), reactions: float32(f.reactions), mentions: float32(f.mentions), repeats: float32(f.repeats),
		exposure: float32(d.expect.factor * d.expect.share), excluded: s.incident != nil,
	})
	if ok && !old.excluded {
		s.learn(float64(old.reports), float64(old.mentions), float64(old.exposure))
	}
	s.follow(&s.level)
	if s.incident != nil {
		d.goOn(s, &f, end)
		return
	}
	d.begin(s, &f, end)
}

// least is how many people a signal needs: more of a vendor that has small troubles often.
func (d *Detector) least(s *series) float64 {
	least := float64(d.o.LeastAuthors)
	if n := d.tuning[s.vendor].LeastAuthors; n > 0 {
		least = n
	}
	return min(max(least, 1.5*s.trouble), max(least, 2.5*float64(d.o.LeastAuthors)))
}

// begin looks whether a vendor without an incident has one now.
func (d *Detector) begin(s *series, f *frame, end time.Time) {
	if f.reports == 0 {
		if s.quietFor++; s.state == Watching && s.quietFor >= calmMinutes {
			d.change(s, Quiet, end, finding{}, "nothing unusual for half an hour")
		}
		return
	}
	w := s.find(&s.level, watchLeast+sooner(1, 0))
	if w.score < watchScore {
		s.quietFor++
		return
	}
	s.quietFor = 0
	if s.state == Quiet {
		d.change(s, Watching, end, w, "more reports than usual")
	}
	look := d.signals
	if d.expect.minutes < learning {
		look = d.within
	}
	if found, why := look(s); why != "" {
		d.open(s, f, end, found, why)
	}
}

const (
	// withinMinutes and withinPeople are how long and how many must report where nothing is
	// known from before, withinShare the part of the posts that must speak of an outage.
	withinMinutes = 10
	withinPeople  = 60
	withinShare   = 0.6
)

// within says why a stream that has only begun stands in the middle of an outage: many
// report, and most of what is said of the vendor is about it. No baseline is needed for
// that (the ratio monitor of SPOONS), and a small outage is not found by it.
func (d *Detector) within(s *series) (finding, string) {
	if d.expect.minutes < withinMinutes {
		return finding{}, ""
	}
	f := s.find(&s.level, withinPeople)
	var reports, reactions, mentions float64
	for i := range min(s.filled, withinMinutes) {
		m := &s.minutes[(s.at-i+kept)%kept]
		reports, reactions, mentions = reports+float64(m.reports), reactions+float64(m.reactions), mentions+float64(m.mentions)
	}
	if people := s.peopleOver(withinMinutes); people < withinPeople || reports+reactions < withinShare*mentions || !f.genuine() {
		return finding{}, ""
	}
	f.window, f.got = withinMinutes, s.peopleOver(withinMinutes)
	return f, fmt.Sprintf("%.0f people report trouble in %d minutes, and most posts are about it; posts have been collected for %d minutes only, so nothing says what is usual", f.got, withinMinutes, d.expect.minutes)
}

// signals says why the newest minutes are a signal; empty where they are none.
func (d *Detector) signals(s *series) (finding, string) {
	least, need := d.least(s), d.threshold(s)
	if s.reports.time < knownTime {
		need += unknownScore
	}
	found := s.find(&s.level, least)
	local := s.local(found.got, d.expect.minutes) && found.got < localTimes*least
	if found.genuine() && found.score >= need && found.without(loudest, s.size()) >= need && !local {
		return found, fmt.Sprintf("%.0f people report trouble in %d minutes, %.2g were expected", found.got, found.window, found.expected)
	}
	if s.cusum < need*math.Ln10 || s.cusumGot < 2*least {
		return finding{}, ""
	}
	reports, exposure := s.over(windows[len(windows)-1])
	expected := s.rate() * exposure
	if local || reports < 1.8*expected || found.score > 0 && !found.genuine() {
		return finding{}, ""
	}
	slow := finding{score: s.cusum / math.Ln10, window: s.cusumStart, got: s.cusumGot, expected: expected}
	return slow, fmt.Sprintf("%.0f people have reported trouble in %d minutes, steadily more than usual", slow.got, slow.window)
}

// genuine reports whether the posts look like an outage: reports among them, in words of
// their own, about this vendor.
func (f *finding) genuine() bool {
	return f.share >= outageShare && f.voices >= ownVoices && f.alone >= ownReports
}

func (d *Detector) open(s *series, f *frame, end time.Time, found finding, why string) {
	i := &Incident{ID: s.vendor + "-" + end.Format("20060102T1504"), Vendor: s.vendor, OpenedAt: end, Score: found.score, Blamed: map[string]float64{}, Facets: map[string]int{}}
	if end.Sub(s.admitted) <= admittedFor {
		i.OfficialAt = s.admitted
	}
	for n := max(0, s.last-recent); n < s.last; n++ {
		i.Posts = append(i.Posts, s.posts[n%recent])
	}
	s.incident = i
	s.exclude()
	d.opened = append(d.opened, i)
	i.Authors = s.peopleOver(found.window) - f.people // those of this minute are added below
	d.change(s, Signal, end, found, why)
	s.note(f)
}

// note adds a minute to the incident.
func (s *series) note(f *frame) {
	i := s.incident
	i.Authors += f.people
	i.Reactions += f.reactions
	i.noted += f.people
	i.simulated += f.simulated
	i.Score = max(i.Score, s.find(&s.level, 1).score)
	for k, n := range f.bySource {
		i.bySource[k] += n
	}
	for v, n := range f.blamed {
		i.Blamed[v] += n
	}
	for k, n := range f.facets {
		if _, ok := i.Facets[k]; ok || len(i.Facets) < 200 {
			i.Facets[k] += n
		}
	}
	for _, p := range f.posts {
		if len(i.Posts) < 20 && !slices.Contains(i.Posts, p) {
			i.Posts = append(i.Posts, p)
		}
	}
	_, exposure := s.over(5)
	if r := s.peopleOver(5) / 5; r > i.Peak {
		i.Peak, i.Expected = r, s.rate()*exposure/5
	}
	usual := max(1, s.rate()*60)
	i.Severity = math.Log10(1+i.Authors/usual) * i.Authors / max(1, i.Authors+0.5*i.Reactions)
}

// fewAtTop are so few people in the busiest ten minutes that chance makes calm of a third.
const fewAtTop = 30

// calmer reports whether the last half hour, too, had fewer people than the busiest
// minutes: of a small incident ten minutes say little.
func (s *series) calmer(i *Incident) bool {
	if i.top >= fewAtTop {
		return true
	}
	_, exposure := s.over(calmMinutes)
	return s.peopleOver(calmMinutes)-s.rate()*exposure < 0.3*calmMinutes/10*i.top
}

// goOn takes an incident one minute further.
func (d *Detector) goOn(s *series, f *frame, end time.Time) {
	i := s.incident
	s.note(f)
	age := end.Sub(i.OpenedAt)
	_, exposure := s.over(10)
	ten := s.peopleOver(10)
	expected := s.rate() * exposure
	i.top = max(i.top, ten-expected)
	switch i.State {
	case Signal:
		if why := d.confirms(s, age); why != "" {
			i.ConfirmedAt = end
			d.change(s, Confirmed, end, finding{window: 10, got: ten, expected: expected}, why)
			return
		}
		fallthrough
	case Confirmed:
		if age >= 10*time.Minute && ten-expected < 0.3*i.top && s.calmer(i) {
			i.closing = end.Add(calmMinutes * time.Minute)
			d.change(s, Recovering, end, finding{window: 10, got: ten, expected: expected}, "reports have fallen below a third of their peak")
		}
	case Recovering:
		if ten-expected >= 0.6*i.top && ten >= d.least(s) {
			to := Signal
			if !i.ConfirmedAt.IsZero() {
				to = Confirmed
			}
			d.change(s, to, end, finding{window: 10, got: ten, expected: expected}, "relapse: reports rise again")
			return
		}
		thirty, exposure := s.over(calmMinutes)
		if surprise(thirty, s.rate()*exposure, s.size()) >= watchScore && thirty > d.least(s)/2 {
			i.closing = end.Add(calmMinutes * time.Minute)
		}
		if !end.Before(i.closing) {
			d.close(s, end, "half an hour of calm")
		}
	}
	if s.incident != nil && age >= newNormal*time.Minute {
		for k := range s.minutes {
			s.minutes[k].excluded = false
		}
		d.close(s, end, "a day long: taken for the new usual")
	}
}

func (d *Detector) close(s *series, end time.Time, why string) {
	s.incident.ClosedAt = end
	d.change(s, Closed, end, finding{}, why)
	d.opened = slices.DeleteFunc(d.opened, func(i *Incident) bool { return i == s.incident })
	s.incident = nil
	s.state, s.quietFor = Quiet, 0
	s.cusum, s.cusumGot, s.cusumStart = 0, 0, 0
}

// confirms says which second kind of evidence agrees with a signal.
func (d *Detector) confirms(s *series, age time.Duration) string {
	i := s.incident
	platforms := 0
	for _, n := range i.bySource {
		if n >= 3 {
			platforms++
		}
	}
	switch {
	case platforms >= 2:
		return fmt.Sprintf("people on %d platforms report it", platforms)
	case !i.OfficialAt.IsZero():
		return "a status page says so"
	case i.Cause != "":
		return "customers of one supplier spike together"
	case age >= 5*time.Minute && i.Authors >= 4*d.least(s) && i.Authors >= 5*s.rate()*age.Minutes():
		return fmt.Sprintf("%.0f people report it and it lasts", i.Authors)
	}
	return ""
}

// change writes down a change of state.
func (d *Detector) change(s *series, to State, at time.Time, f finding, why string) {
	e := Edge{At: at, Vendor: s.vendor, From: s.state, To: to, Reason: why, Score: f.score, Window: f.window, Observed: f.got, Expected: f.expected, Incident: s.incident}
	s.state = to
	if s.incident != nil {
		s.incident.State = to
		s.incident.Reasons = append(s.incident.Reasons, fmt.Sprintf("%s %s: %s", at.Format("15:04"), to, why))
	}
	d.edges = append(d.edges, e)
}
