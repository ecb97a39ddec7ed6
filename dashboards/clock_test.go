package dashboards

import (
	"testing"
	"time"

	"github.com/outcry/outcry/dashboards/query"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(minutes float64) time.Time { return noon.Add(time.Duration(minutes * float64(time.Minute))) }

func TestTellTime(t *testing.T) {
	t.Parallel()
	christmas := time.Date(2012, 12, 25, 1, 40, 0, 0, time.UTC)
	arrived := func(pairs ...time.Time) (all []query.Arrival) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, query.Arrival{Minute: pairs[i], Collected: pairs[i+1]})
		}
		return all
	}
	story := func(from time.Time) (all []query.Arrival) { // 400 minutes within a minute, newest first
		for i := range 400 {
			all = append(all, query.Arrival{Minute: from.Add(-time.Duration(i) * time.Minute), Collected: noon.Add(-time.Duration(i) * 150 * time.Millisecond)})
		}
		return all
	}
	for name, c := range map[string]struct {
		arrivals []query.Arrival
		want     clock
	}{
		"nothing": {nil, clock{Mode: modeEmpty, Now: noon}},
		"live":    {arrived(at(-1), at(-0.5), at(-2), at(-1)), clock{modeLive, noon, at(-0.5)}},
		"live, with wrong dates and an archive that is imported": {
			arrived(at(700), at(-0.5), at(-1), at(-0.6), christmas, at(-0.6), at(-99999), at(-0.7)), clock{modeLive, noon, at(-0.5)}},
		"live, and silent since":        {arrived(at(-31), at(-30)), clock{modeLive, noon, at(-30)}},
		"nothing newer for a day":       {arrived(at(-2000), at(-1999)), clock{modePast, at(-1999), at(-1999)}},
		"a replay of another year":      {story(christmas), clock{modeReplay, christmas.Add(time.Minute), noon}},
		"a replay while live is silent": {append(story(christmas), arrived(at(-200), at(-199))...), clock{modeReplay, christmas.Add(time.Minute), noon}},
		"a replay that runs ahead":      {story(at(900)), clock{modeReplay, at(901), noon}},
		"a collector that catches up":   {arrived(at(-180), at(-0.5), at(-181), at(-0.6)), clock{modeBehind, at(-179), at(-0.5)}},
	} {
		if got := tellTime(c.arrivals, noon); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestCoverageTellsCalmFromDeaf(t *testing.T) {
	t.Parallel()
	w := query.Window{From: noon, To: at(60)}
	var seen []query.Seen
	for _, m := range []float64{5, 8, 14, 40, 41} { // quiet gaps of 2 and 5 minutes, a deaf one of 25
		seen = append(seen, query.Seen{Minute: at(m), Posts: 1})
	}
	c := newCoverage(w, seen)
	for _, x := range []struct {
		from, to float64
		want     int
	}{{0, 60, 12}, {0, 5, 0}, {5, 15, 10}, {15, 40, 0}, {40, 60, 2}} {
		if got := c.minutes(query.Window{From: at(x.from), To: at(x.to)}); got != x.want {
			t.Errorf("%d minutes of [%g, %g) were listened to, want %d", got, x.from, x.to, x.want)
		}
	}
	if !c.deaf(query.Window{From: at(20), To: at(22)}) || c.deaf(query.Window{From: at(6), To: at(7)}) || c.empty() {
		t.Error("deaf and calm minutes are mixed up")
	}
	if !newCoverage(w, nil).empty() {
		t.Error("no post, but somebody listened")
	}
}

func TestMedianHourLeavesDeafHoursOut(t *testing.T) {
	t.Parallel()
	day := query.Window{From: noon, To: at(5 * 60)}
	var seen []query.Seen
	for m := range 5 * 60 {
		if m < 180 || m >= 240 { // the fourth hour is deaf
			seen = append(seen, query.Seen{Minute: at(float64(m)), Posts: 3})
		}
	}
	got := medianHours([]query.Hour{
		{Vendor: "netflix", Hour: at(0), Reports: 120}, {Vendor: "netflix", Hour: at(60), Reports: 60}, {Vendor: "netflix", Hour: at(240), Reports: 600},
	}, newCoverage(day, seen), day)
	if len(got) != 1 || got["netflix"] != 1 { // 0, 1, 2 and 10 a minute: the lower middle
		t.Errorf("median hours are %v, want netflix 1", got)
	}
	if got := medianHours([]query.Hour{{Vendor: "netflix", Hour: noon, Reports: 1}}, newCoverage(day, seen[:100]), day); len(got) != 0 {
		t.Errorf("median hours of two hours are %v, want none", got)
	}
}
