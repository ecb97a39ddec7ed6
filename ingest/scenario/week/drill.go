package week

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// drill is one thing that a detector must get right, in a day and a half of everyday talk.
type drill struct {
	name, title string
	start       time.Time // Start where zero
	minutes     int       // drillMinutes where 0
	plan        func(w *Week, rng *rand.Rand)
}

const (
	// drillMinutes is how long a drill lasts, and drillAt when it happens.
	drillMinutes, drillAt = 36 * 60, 27 * 60
)

// drills are all of them, in the order in which they are listed.
var drills = []drill{
	{name: "small-outage", title: "A small service fails for an hour and a half: some two posts a minute", plan: func(w *Week, rng *rand.Rand) {
		w.outage(rng, w.service("duolingo"), drillAt, 90, 5, 1.6, "")
	}},
	{name: "large-outage", title: "A large service fails for two hours, at once and for everybody", plan: func(w *Week, rng *rand.Rand) {
		w.outage(rng, w.service("netflix"), drillAt, 120, 2, 80, "")
	}},
	{name: "slow-burn", title: "A service fails for more and more people over forty minutes", plan: func(w *Week, rng *rand.Rand) {
		w.outage(rng, w.service("verizon"), drillAt, 150, 40, 5, "")
	}},
	{name: "supplier-cascade", title: "A cloud fails, and six of its customers with it", plan: func(w *Week, rng *rand.Rand) {
		w.outage(rng, w.service("aws"), drillAt, 120, 6, 12, "")
		for k, id := range []string{"netflix", "reddit", "venmo", "coinbase", "hulu", "duolingo"} {
			w.outage(rng, w.service(id), drillAt+k, 110, 4, 4+4*rng.Float64(), "aws")
		}
	}},
	{name: "relapse", title: "A service fails, comes back, and fails again after twenty minutes", plan: func(w *Week, rng *rand.Rand) {
		w.outage(rng, w.service("spotify"), drillAt, 45, 3, 15, "")
		w.outage(rng, w.service("spotify"), drillAt+65, 45, 3, 15, "")
	}},
	{name: "launch", title: "A launch that everybody talks about; nothing fails", plan: func(w *Week, _ *rand.Rand) { w.decoy("roblox", "launch", 30) }},
	{name: "price-rise", title: "A price rise that everybody is angry about; nothing fails", plan: func(w *Week, _ *rand.Rand) { w.decoy("netflix", "price", 20) }},
	{name: "brigading", title: "Hundreds of accounts post the same complaint; nothing fails", plan: func(w *Week, _ *rand.Rand) {
		w.decoy("coinbase", "report", 12)
		w.plans[len(w.plans)-1].words = "{v} is down again and they are hiding it from all of us, share this before they delete it"
	}},
	{name: "spam-flood", title: "Advertisers ride on the word down; nothing fails", plan: func(w *Week, _ *rand.Rand) { w.decoy("instagram", "spam", 10) }},
	{name: "dead-collector", title: "A collector dies for six hours, and a service fails while it is dead", plan: func(w *Week, rng *rand.Rand) {
		w.Silent = Decoy{Kind: "silent source x", Start: w.at(drillAt - 120), End: w.at(drillAt + 240)}
		w.outage(rng, w.service("facebook"), drillAt, 90, 4, 40, "")
	}},
	{name: "quiet-vendor", title: "A service that nobody speaks of fails for the first time", plan: func(w *Week, rng *rand.Rand) {
		w.services = append(w.services, service{id: "pagerduty", name: "PagerDuty", handle: "pagerduty", hashtag: "pagerduty"})
		w.Vendors = append(w.Vendors, "pagerduty")
		w.outage(rng, len(w.services)-1, drillAt, 80, 5, 3, "")
	}},
	{name: "daylight-saving", title: "The night in which clocks go forward: the habits of the week come an hour early", start: Start.AddDate(0, 0, 20), minutes: 10 * dayMinutes, plan: func(w *Week, _ *rand.Rand) {
		w.earlier = 7*dayMinutes + 60 // 2026-03-29, 01:00 UTC
	}},
	{name: "new-week", title: "A service fails from Sunday's last minutes into Monday", start: Start.AddDate(0, 0, 5), minutes: 54 * 60, plan: func(w *Week, rng *rand.Rand) {
		w.outage(rng, w.service("whatsapp"), 48*60-15, 90, 4, 20, "")
	}},
}

// Drills names the drills with their titles, in order.
func Drills() (names, titles []string) {
	for _, d := range drills {
		names, titles = append(names, d.name), append(titles, d.title)
	}
	return names, titles
}

// UnknownError says that there is no drill of that name.
type UnknownError struct{ Name string }

func (e *UnknownError) Error() string { return fmt.Sprintf("there is no drill %q", e.Name) }

// Drill invents a drill of a seed.
func Drill(name string, seed uint64) (*Week, error) {
	k := slices.IndexFunc(drills, func(d drill) bool { return d.name == name })
	if k < 0 {
		return nil, &UnknownError{name}
	}
	d := drills[k]
	if d.start.IsZero() {
		d.start = Start
	}
	if d.minutes == 0 {
		d.minutes = drillMinutes
	}
	w := empty(seed, d.start, d.minutes)
	rng := rand.New(rand.NewPCG(seed, uint64(k)+100))
	w.everyday(rng)
	d.plan(w, rng)
	return w, nil
}

func (w *Week) service(id string) int {
	return slices.IndexFunc(w.services, func(s service) bool { return s.id == id })
}

// decoy plans two hours of a kind of posts about a vendor that does not fail.
func (w *Week) decoy(vendor, kind string, rate float64) {
	at, to := drillAt, drillAt+120
	w.Decoys = append(w.Decoys, Decoy{vendor, kind, w.at(at), w.at(to)})
	w.plans = append(w.plans, plan{service: w.service(vendor), from: at, to: to, mix: []share{{kind, 1}}, rate: func(m int) float64 { return rate * min(1, float64(m-at+5)/20) }})
}
