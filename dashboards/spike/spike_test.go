package spike

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/nlp/tag"
)

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// stage plays posts into a detector, minute by minute.
type stage struct {
	d     *Detector
	rng   *rand.Rand
	now   time.Time
	n     int
	edges []Edge
}

func newStage(o Options) *stage {
	return &stage{d: New(o), rng: rand.New(rand.NewPCG(1, 1)), now: monday}
}

// say adds a post of somebody new.
func (s *stage) say(vendor string, outage tag.Outage, change ...func(*tag.Tag)) {
	s.n++
	t := tag.Tag{
		ID: fmt.Sprint(s.n), Source: []string{"x", "bluesky"}[s.n%2], Author: fmt.Sprintf("a%d", s.n), CreatedAt: s.now, Outage: outage, OutageScore: 0.9,
		Text: "words of one's own", Cluster: tag.Hash(s.n),
		Vendors: []tag.Mention{{Vendor: vendor, Role: tag.Affected}},
	}
	if outage == tag.None {
		t.Vendors[0].Role = tag.Mentioned
	}
	for _, f := range change {
		f(&t)
	}
	s.edges = append(s.edges, s.d.Add(&t)...)
}

// play plays minutes with chatter about a vendor and what each adds.
func (s *stage) play(minutes int, vendor string, chatter float64, each func(minute int)) {
	for m := range minutes {
		for range draw(s.rng, chatter) {
			s.say(vendor, tag.None)
		}
		if each != nil {
			each(m)
		}
		s.now = s.now.Add(time.Minute)
		s.edges = append(s.edges, s.d.Advance(s.now)...)
	}
}

func draw(rng *rand.Rand, mean float64) int {
	n, p, limit := 0, rng.Float64(), math.Exp(-mean)
	for p > limit {
		n++
		p *= rng.Float64()
	}
	return n
}

// states are the states that a vendor went through.
func (s *stage) states(vendor string) string {
	var all []string
	for _, e := range s.edges {
		if e.Vendor == vendor {
			all = append(all, string(e.To))
		}
	}
	return strings.Join(all, " ")
}

func (s *stage) reports(vendor string, rate float64) func(int) {
	return func(int) {
		for range draw(s.rng, rate) {
			s.say(vendor, tag.Report)
		}
	}
}

// TestLife plays an outage from its first report to the calm after.
func TestLife(t *testing.T) {
	t.Parallel()
	s := newStage(Options{})
	s.play(24*60, "netflix", 2, nil)
	started := s.now
	s.play(60, "netflix", 2, s.reports("netflix", 5))
	s.play(120, "netflix", 2, nil)
	if got, want := s.states("netflix"), "watch signal confirmed recovering closed"; got != want {
		t.Fatalf("the states are %q, want %q", got, want)
	}
	for _, e := range s.edges {
		if e.To == Signal && e.At.Sub(started) > 4*time.Minute {
			t.Errorf("the signal took %s", e.At.Sub(started))
		}
	}
	i := s.edges[1].Incident
	if i.Authors < 200 || i.Peak < 4 || i.Expected > 0.2 || i.Severity <= 1 || len(i.Posts) != 20 || len(i.Reasons) != 4 || i.ClosedAt.IsZero() || len(s.d.Open()) != 0 {
		t.Errorf("the incident is %+v", i)
	}
}

// TestRelapse lets reports fall and rise again: it is one incident.
func TestRelapse(t *testing.T) {
	t.Parallel()
	s := newStage(Options{})
	s.play(24*60, "netflix", 1, nil)
	s.play(40, "netflix", 1, s.reports("netflix", 5))
	s.play(20, "netflix", 1, nil)
	s.play(40, "netflix", 1, s.reports("netflix", 5))
	s.play(120, "netflix", 1, nil)
	if got, want := s.states("netflix"), "watch signal confirmed recovering confirmed recovering closed"; got != want {
		t.Errorf("the states are %q, want %q", got, want)
	}
}

// TestNoIncident plays what is none.
func TestNoIncident(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(*stage){
		"a launch": func(s *stage) {
			s.play(90, "netflix", 60, s.reports("netflix", 0.4))
		},
		"one loud account": func(s *stage) {
			s.play(90, "netflix", 2, func(int) { s.say("netflix", tag.Report, func(t *tag.Tag) { t.Author, t.Source = "loud", "x" }) })
		},
		"a handful of accounts": func(s *stage) {
			s.play(90, "netflix", 2, func(m int) {
				s.say("netflix", tag.Report, func(t *tag.Tag) { t.Author, t.Source = fmt.Sprint("loud", m%5), "x" })
			})
		},
		"a campaign": func(s *stage) {
			s.play(60, "netflix", 2, func(int) {
				s.say("netflix", tag.Report, func(t *tag.Tag) { t.Cluster, t.Text = 7, strings.Repeat("the same long text ", 9) })
			})
		},
		"spam": func(s *stage) {
			s.play(60, "netflix", 2, func(int) { s.say("netflix", tag.Report, func(t *tag.Tag) { t.Spam = 0.9 }) })
		},
		"one street": func(s *stage) {
			s.play(30, "netflix", 2, func(m int) {
				if m%4 == 0 {
					s.say("netflix", tag.Report, func(t *tag.Tag) { t.Places = []string{"Leeds"} })
				}
			})
		},
		"reactions without reports": func(s *stage) {
			s.play(60, "netflix", 2, func(int) { s.say("netflix", tag.Reaction) })
		},
		"the stream's first hour": func(s *stage) {
			s.d, s.edges = New(Options{}), nil
			s.play(60, "netflix", 2, s.reports("netflix", 3))
		},
	} {
		s := newStage(Options{})
		s.play(24*60, "netflix", 2, nil)
		play(s)
		s.play(30, "netflix", 2, nil)
		if got := s.states("netflix"); strings.Contains(got, "signal") {
			t.Errorf("%s goes through %q", name, got)
		}
	}
}

// TestHabit has a vendor whose reports follow the hour of the day: its evenings are no
// incidents, and an outage in the night is found at a rate that is nothing at noon.
func TestHabit(t *testing.T) {
	t.Parallel()
	s := newStage(Options{})
	for range 4 {
		for h := range 24 {
			rate := 0.2
			if h >= 18 {
				rate = 2
			}
			s.play(60, "netflix", 10*rate, s.reports("netflix", rate))
		}
	}
	if got := s.states("netflix"); strings.Contains(got, "signal") {
		t.Errorf("four days of habit go through %q", got)
	}
	s.play(3*60, "netflix", 2, s.reports("netflix", 0.2))
	s.play(15, "netflix", 2, s.reports("netflix", 3))
	if got := s.states("netflix"); !strings.Contains(got, "signal") {
		t.Errorf("an outage at three in the morning goes through %q", got)
	}
}

// TestSilentSource stops one of two sources for hours: its return is no incident.
func TestSilentSource(t *testing.T) {
	t.Parallel()
	s := newStage(Options{})
	half := func(on bool, rate float64) func(int) {
		return func(int) {
			for range draw(s.rng, rate) {
				if s.n++; on || s.n%2 == 0 {
					s.say("netflix", tag.Report, func(t *tag.Tag) { t.Source = []string{"x", "bluesky"}[s.n%2] })
				}
			}
		}
	}
	s.play(24*60, "facebook", 6, half(true, 1))
	s.play(6*60, "facebook", 0, func(m int) {
		for range 3 {
			s.say("facebook", tag.None, func(t *tag.Tag) { t.Source = "x" })
		}
		half(false, 1)(m)
	})
	s.play(6*60, "facebook", 6, half(true, 1))
	if got := s.states("netflix"); strings.Contains(got, "signal") {
		t.Errorf("the states are %q", got)
	}
}

// TestCascade fails a supplier: its customers' incidents name it, and a customer that
// fails alone on another day does not.
func TestCascade(t *testing.T) {
	t.Parallel()
	var supply []Supply
	customers := []string{"netflix", "slack", "ring", "venmo", "hulu", "reddit"}
	for _, c := range customers {
		supply = append(supply, Supply{Customer: c, Supplier: "aws", Since: "2010"})
	}
	supply = append(supply, Supply{Customer: "netflix", Supplier: "gone", Until: "2012"})
	s := newStage(Options{Supply: supply})
	s.play(24*60, "netflix", 1, func(int) {
		for _, c := range append(customers[1:], "aws") {
			if s.rng.IntN(4) == 0 {
				s.say(c, tag.None)
			}
		}
	})
	s.play(40, "netflix", 1, s.reports("netflix", 3))
	alone := s.d.Open()
	s.play(5*60, "netflix", 1, nil)
	s.play(40, "netflix", 1, func(m int) {
		for _, c := range []string{"netflix", "slack", "ring", "venmo", "aws"} {
			s.reports(c, 2)(m)
		}
	})
	if len(alone) != 1 || alone[0].Cause != "" {
		t.Errorf("an outage of netflix alone has the incidents %+v", alone)
	}
	for _, i := range s.d.Open() {
		want := "aws"
		if i.Vendor == "aws" {
			want = ""
		}
		if i.Cause != want {
			t.Errorf("the cause of %s is %q with probability %.2f, want %q", i.Vendor, i.Cause, i.CauseProbability, want)
		}
	}
	if len(s.d.Open()) != 5 {
		t.Errorf("%d incidents are open, want 5", len(s.d.Open()))
	}
}

// TestSame plays the same posts twice.
func TestSame(t *testing.T) {
	t.Parallel()
	run := func() []string {
		s := newStage(Options{})
		s.play(12*60, "a", 1, s.reports("b", 0.1))
		s.play(60, "a", 1, func(m int) { s.reports("b", 3)(m); s.reports("c", 2)(m) })
		var all []string
		for _, e := range s.edges {
			e.Incident = nil
			all = append(all, fmt.Sprint(e))
		}
		return all
	}
	if d := cmp.Diff(run(), run()); d != "" {
		t.Errorf("the same posts have other edges:\n%s", d)
	}
}

// TestSurprise compares with sums of the probabilities themselves.
func TestSurprise(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ got, mean, size float64 }{{1, 0.1, 5}, {5, 1, 3}, {20, 4, 8}, {60, 40, 10}, {8, 0.02, 1}, {300, 100, 50}} {
		tail, p := 0.0, x.mean/(x.mean+x.size)
		for k := x.got; k < x.got+4000; k++ {
			a, _ := math.Lgamma(k + x.size)
			b, _ := math.Lgamma(x.size)
			c, _ := math.Lgamma(k + 1)
			tail += math.Exp(a - b - c + k*math.Log(p) + x.size*math.Log1p(-p))
		}
		if got, want := surprise(x.got, x.mean, x.size), -math.Log10(tail); math.Abs(got-want) > 1e-6*want {
			t.Errorf("surprise(%v, %v, %v) is %v, want %v", x.got, x.mean, x.size, got, want)
		}
	}
	if surprise(3, 5, 2) != 0 {
		t.Error("fewer than expected surprise")
	}
}

func TestScore(t *testing.T) {
	t.Parallel()
	at := func(m int) time.Time { return monday.Add(time.Duration(m) * time.Minute) }
	truth := Truth{
		Vendors: []string{"a", "b"},
		Outages: []Outage{{"a", at(100), at(200), 10, "s"}, {"b", at(100), at(200), 1, ""}, {"b", at(900), at(990), 8, ""}},
		Decoys:  []Decoy{{"a", "joke", at(500), at(560)}, {"b", "launch", at(600), at(660)}},
	}
	got := Score(truth, []Alert{{"a", at(96), "s"}, {"a", at(140), ""}, {"b", at(128), ""}, {"a", at(510), ""}, {"b", at(970), ""}}, 0.5)
	want := Scores{
		Large: Recall{2, 0.5, 0.5, 0.5, 0.5}, Small: Recall{1, 0, 0, 1, 1},
		DetectMedian: 0, DetectP95: 0, FalseAlerts: 3, Alerts: 5, Decoys: 0.5, Causes: 1,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("scores (-want +got)\n%s", d)
	}
}

// BenchmarkMinute is a minute of one vendor of which somebody reports something now and
// then; 5,000 vendors have 50 million of them a week.
func BenchmarkMinute(b *testing.B) {
	d := New(Options{})
	d.Advance(monday)
	var all []*series
	for i := range 100 {
		all = append(all, d.series(fmt.Sprint("v", i)))
	}
	rng := rand.New(rand.NewPCG(1, 1))
	n := 0
	for b.Loop() {
		s := all[n%len(all)]
		if rng.IntN(20) == 0 {
			s.now.reports, s.now.people, s.now.mentions = 1, 1, 1
		}
		d.step(s, monday)
		if n++; n%len(all) == 0 {
			d.expect.endMinute(monday.Add(time.Duration(n/len(all)) * time.Minute))
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "minutes/s")
}

// A stream that begins in the middle of an outage finds it, though nothing is known from
// before; one that begins on a busy evening with some trouble does not.
func TestWithin(t *testing.T) {
	t.Parallel()
	s := newStage(Options{})
	s.play(30, "netflix", 10, func(int) {
		for range 25 {
			s.say("netflix", tag.Report)
		}
	})
	if got := s.states("netflix"); got != "watch signal confirmed" {
		t.Errorf("in the middle of an outage: %q", got)
	}
	if w := s.edges[1]; !strings.Contains(w.Reason, "nothing says what is usual") || w.At.Sub(monday) > 11*time.Minute {
		t.Errorf("it says %q at %s", w.Reason, w.At)
	}
	s = newStage(Options{})
	s.play(100, "netflix", 30, func(int) {
		for range draw(s.rng, 3) {
			s.say("netflix", tag.Report)
		}
	})
	if got := s.states("netflix"); strings.Contains(got, "signal") {
		t.Errorf("on a busy evening: %q", got)
	}
}
