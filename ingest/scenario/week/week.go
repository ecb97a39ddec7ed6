// Package week invents a week of public posts about two dozen services: everyday talk of
// very different volume, small troubles, outages with their true times, and decoys that
// only look like one. It is what the spike detector is measured with.
//
// The posts are templates with slots; no person wrote them. The same seed gives the same
// posts.
package week

import (
	"cmp"
	_ "embed"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/ingest/scenario/chance"
)

// Start is the first minute; weeks last Days.
var Start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) // a Monday

// Days is how long a week lasts.
const Days = 7

const dayMinutes = 24 * 60

// Outage is a true one.
type Outage struct {
	Vendor string    `json:"vendor"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	// Peak is the number of posts about it in its busiest minute.
	Peak float64 `json:"peak_per_minute"`
	// Cause is the supplier that failed; empty where the vendor itself did.
	Cause string `json:"cause,omitempty"`
}

// Decoy is a time in which posts look like an outage and there is none.
type Decoy struct {
	Vendor string    `json:"vendor"`
	Kind   string    `json:"kind"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
}

// Truth is what really happened.
type Truth struct {
	Vendors []string `json:"vendors"`
	Outages []Outage `json:"outages"`
	Decoys  []Decoy  `json:"decoys"`
	// Silent is when a source sent nothing.
	Silent Decoy `json:"silent"`
}

//go:embed texts.txt
var textsFile string

//go:embed vendors.txt
var vendorsFile string

// service is a vendor as people name it.
type service struct {
	id, name, handle, hashtag string
	rate                      float64 // posts a minute in everyday talk
	supplier                  string
}

// Week is an invented week, or a drill of some days.
type Week struct {
	Truth
	seed     uint64
	start    time.Time
	minutes  int
	earlier  int // from which minute on clocks show an hour more; 0 is never
	services []service
	texts    map[string][]string
	plans    []plan
}

// plan is a run of posts about one vendor.
type plan struct {
	service  int
	from, to int // minutes
	rate     func(minute int) float64
	mix      []share
	authors  int    // a few loud accounts; 0 is everybody
	words    string // the same for everybody; empty is words of their own
	place    string
	supplier string
}

// share is how often a kind of text comes.
type share struct {
	kind string
	part float64
}

// New invents the week of a seed.
func New(seed uint64) *Week {
	w := empty(seed, Start, Days*dayMinutes)
	rng := rand.New(rand.NewPCG(seed, 1))
	w.everyday(rng)
	w.outages(rng)
	w.decoys(rng)
	slices.SortFunc(w.Outages, func(a, b Outage) int { return a.Start.Compare(b.Start) })
	return w
}

// empty is a time without posts.
func empty(seed uint64, start time.Time, minutes int) *Week {
	w := &Week{seed: seed, start: start, minutes: minutes, texts: readTexts(), services: readServices()}
	for _, s := range w.services {
		w.Vendors = append(w.Vendors, s.id)
	}
	return w
}

// at is the time of a minute.
func (w *Week) at(minute int) time.Time { return w.start.Add(time.Duration(minute) * time.Minute) }

func readTexts() map[string][]string {
	all, section := map[string][]string{}, ""
	for l := range strings.Lines(textsFile) {
		l = strings.TrimSpace(l)
		if name, ok := strings.CutPrefix(l, "["); ok {
			section = strings.TrimSuffix(name, "]")
		} else if l != "" {
			all[section] = append(all[section], l)
		}
	}
	return all
}

func readServices() []service {
	var all []service
	for l := range strings.Lines(vendorsFile) {
		f := strings.Split(strings.TrimSpace(l), "|")
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		rate, err := strconv.ParseFloat(f[4], 64)
		if err != nil {
			panic("reading built-in vendors: " + err.Error())
		}
		all = append(all, service{f[0], f[1], f[2], f[3], rate, f[5]})
	}
	return all
}

// everyday plans the talk that is always there, with some stray reports, and small
// troubles of a street or a town.
func (w *Week) everyday(rng *rand.Rand) {
	for i, s := range w.services {
		drift := wander(rng, w.minutes)
		stray := 0.01 + 0.04*rng.Float64()
		burst := rng.Float64()*0.4 + 0.2
		factors := make([]float64, w.minutes/5)
		for k := range factors {
			factors[k] = chance.Gamma(rng, 1/burst) * burst
		}
		w.plans = append(w.plans, plan{service: i, to: w.minutes, mix: []share{{"chatter", 1 - stray}, {"stray", stray}}, rate: func(m int) float64 {
			return s.rate * w.habit(m) * math.Exp(drift[m/60]) * factors[m/5]
		}})
		for range chance.Poisson(rng, 1.5) {
			at, length := rng.IntN(w.minutes-120), 15+rng.IntN(30)
			rate := (2 + 2*rng.Float64()) / float64(length)
			w.plans = append(w.plans, plan{service: i, from: at, to: at + length, mix: []share{{"local", 1}}, place: pick(rng, w.texts["places"]), rate: func(int) float64 { return rate }})
		}
	}
}

// wander is a slow drift in logarithms, an hour a step.
func wander(rng *rand.Rand, minutes int) []float64 {
	d := make([]float64, minutes/60+1)
	for i := 1; i < len(d); i++ {
		d[i] = 0.95*d[i-1] + 0.1*rng.NormFloat64()
	}
	return d
}

// habit is how much people write at a minute of the week, 1 on average.
func (w *Week) habit(m int) float64 {
	if w.earlier > 0 && m >= w.earlier {
		m += 60
	}
	m += int(w.start.Sub(Start).Minutes()) % (Days * dayMinutes) // counted from a Monday
	hour := float64(m%dayMinutes) / 60
	day := 1 + 0.75*math.Sin((hour-10)/24*2*math.Pi) + 0.2*math.Sin((hour-18)/12*2*math.Pi)
	if weekday := m / dayMinutes % 7; weekday >= 5 {
		day *= 1.15
	}
	return max(0.12, day)
}

var outageMix = []share{{"report", 0.62}, {"reaction", 0.28}, {"news", 0.1}}

// outages plans some twenty, one of them a supplier's with its customers.
func (w *Week) outages(rng *rand.Rand) {
	var taken [][3]int
	free := func(service, from, to int) bool {
		for _, t := range taken {
			if t[0] == service && from < t[2]+360 && to > t[1]-360 {
				return false
			}
		}
		taken = append(taken, [3]int{service, from, to})
		return true
	}
	supplier := slices.IndexFunc(w.services, func(s service) bool { return s.id == "aws" })
	at := dayMinutes + rng.IntN(w.minutes-36*60)
	length := 60 + rng.IntN(180)
	free(supplier, at, at+length)
	w.outage(rng, supplier, at, length, rng.IntN(8), 3+20*rng.Float64(), "")
	var customers []int
	for i, s := range w.services {
		if s.supplier == "aws" {
			customers = append(customers, i)
		}
	}
	rng.Shuffle(len(customers), func(i, j int) { customers[i], customers[j] = customers[j], customers[i] })
	for _, c := range customers[:4+rng.IntN(4)] {
		from := at + rng.IntN(8)
		free(c, from, from+length)
		w.outage(rng, c, from, length-5, rng.IntN(10), (2+6*rng.Float64())*(1+w.services[c].rate), "aws")
	}
	for range 14 {
		for range 20 {
			s := rng.IntN(len(w.services))
			from, length := 12*60+rng.IntN(w.minutes-18*60), 30+rng.IntN(210)
			if !free(s, from, from+length) {
				continue
			}
			peak := 0.7 * math.Pow(150/0.7, rng.Float64())
			peak = min(peak, 8+40*w.services[s].rate)
			w.outage(rng, s, from, length, rng.IntN(41), peak, "")
			break
		}
	}
}

// outage plans one: a rise, a plateau that wears off, and a tail.
func (w *Week) outage(rng *rand.Rand, service, at, length, onset int, peak float64, cause string) {
	o := Outage{Vendor: w.services[service].id, Start: w.at(at), End: w.at(at + length), Peak: peak, Cause: cause}
	w.Outages = append(w.Outages, o)
	mix := outageMix
	if cause != "" {
		mix = []share{{"report", 0.47}, {"supplier", 0.2}, {"reaction", 0.25}, {"news", 0.08}}
	}
	w.plans = append(w.plans, plan{service: service, from: at, to: at + length + 60, mix: mix, supplier: cause, rate: func(m int) float64 {
		t := float64(m - at)
		switch {
		case t < float64(onset):
			return peak * (t + 1) / float64(onset+1)
		case m < at+length:
			return peak * math.Exp(-(t-float64(onset))/float64(length))
		}
		return 0.3 * peak * math.Exp(-float64(m-at-length)/15)
	}})
}

// decoys plans what only looks like an outage, and a source that falls silent.
func (w *Week) decoys(rng *rand.Rand) {
	kinds := []string{"launch", "launch", "price", "price", "shares", "shares", "memory", "memory", "joke", "joke", "loud", "loud", "few", "few"}
	for _, kind := range kinds {
		for range 50 {
			i, at, length := rng.IntN(len(w.services)), 12*60+rng.IntN(w.minutes-18*60), 40+rng.IntN(120)
			from, to := w.at(at), w.at(at+length)
			if slices.ContainsFunc(w.Outages, func(o Outage) bool {
				return o.Vendor == w.services[i].id && o.Start.Before(to.Add(4*time.Hour)) && o.End.After(from.Add(-4*time.Hour))
			}) {
				continue
			}
			w.Decoys = append(w.Decoys, Decoy{w.services[i].id, kind, from, to})
			p := plan{service: i, from: at, to: at + length, mix: []share{{kind, 1}}}
			rate := 1 + 12*rng.Float64()
			switch kind {
			case "loud":
				p.mix, p.authors, rate = []share{{"loud", 1}}, 1, 0.5+2*rng.Float64()
			case "few":
				p.mix, p.authors, rate = []share{{"loud", 0.5}, {"report", 0.5}}, 3+rng.IntN(3), 1+2*rng.Float64()
			}
			p.rate = func(m int) float64 { return rate * min(1, float64(m-at+5)/20) }
			w.plans = append(w.plans, p)
			break
		}
	}
	at, length := dayMinutes+rng.IntN(w.minutes-40*60), 120+rng.IntN(360)
	w.Silent = Decoy{Kind: "silent source bluesky", Start: w.at(at), End: w.at(at + length)}
}

// Posts gives the posts of the week in order of time.
func (w *Week) Posts() iter.Seq[post.Post] {
	return func(yield func(post.Post) bool) {
		rng := rand.New(rand.NewPCG(w.seed, 2))
		n := 0
		for m := range w.minutes {
			var batch []post.Post
			for i := range w.plans {
				p := &w.plans[i]
				if m < p.from || m >= p.to {
					continue
				}
				for range chance.Poisson(rng, p.rate(m)) {
					at := w.at(m).Add(time.Duration(rng.IntN(60_000)) * time.Millisecond)
					x := w.write(rng, p, i, at)
					if w.Silent.Kind == "silent source "+x.Source && !at.Before(w.Silent.Start) && at.Before(w.Silent.End) {
						continue
					}
					batch = append(batch, x)
				}
			}
			slices.SortStableFunc(batch, func(a, b post.Post) int { return a.CreatedAt.Compare(b.CreatedAt) })
			for _, x := range batch {
				n++
				x.ID = fmt.Sprintf("w%d-%d", w.seed, n)
				if !yield(x) {
					return
				}
			}
		}
	}
}

// write writes one post.
func (w *Week) write(rng *rand.Rand, p *plan, number int, at time.Time) post.Post {
	kind, r := p.mix[len(p.mix)-1].kind, rng.Float64()
	for _, s := range p.mix {
		if r -= s.part; r < 0 {
			kind = s.kind
			break
		}
	}
	s := w.services[p.service]
	name := s.name
	if rng.IntN(3) == 0 {
		name = strings.ToLower(name)
	}
	supplier := p.supplier
	if supplier == "aws" {
		supplier = pick(rng, []string{"AWS", "aws", "Amazon's servers", "us-east-1"})
	}
	place := p.place
	if place == "" {
		place = pick(rng, w.texts["places"])
	}
	text := strings.NewReplacer(
		"{v}", name, "{h}", "@"+s.handle, "{h2}", fmt.Sprintf("user%d", rng.IntN(900)), "{tag}", s.hashtag, "{s}", supplier,
		"{p}", place, "{d}", pick(rng, w.texts["devices"]), "{t}", fmt.Sprintf("%d:%02d", 1+rng.IntN(12), rng.IntN(60)),
		"{n}", strconv.Itoa(400+rng.IntN(200)), "{m}", strconv.Itoa(3+rng.IntN(40)),
	).Replace(cmp.Or(p.words, pick(rng, w.texts[kind])))
	bare := kind == "news" || p.words != "" // said as it is
	if !bare && rng.IntN(4) == 0 {
		text = pick(rng, w.texts["before"]) + " " + text
	}
	if !bare && kind != "chatter" && rng.IntN(4) == 0 {
		text += " " + pick(rng, w.texts["after"])
	}
	x := post.Post{Source: "x", Author: fmt.Sprintf("person-%d", rng.IntN(2_000_000)), CreatedAt: at, CollectedAt: at.Add(2 * time.Second), Text: text, Kind: post.KindPost, Simulated: true, Lang: "en"}
	if rng.Float64() < 0.35 {
		x.Source = "bluesky"
	}
	if p.authors > 0 {
		x.Author = fmt.Sprintf("loud-%d-%d", number, rng.IntN(p.authors))
	}
	return x
}

func pick(rng *rand.Rand, list []string) string { return list[rng.IntN(len(list))] }
