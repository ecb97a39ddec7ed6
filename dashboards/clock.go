package dashboards

import (
	"time"

	"github.com/outcry/outcry/dashboards/query"
)

// Modes of a clock.
const (
	// modeLive: posts are collected as they are made, so now is the wall's time.
	modeLive = "live"
	// modeReplay: posts of another time are being collected, so now is their time.
	modeReplay = "replay"
	// modeBehind: as modeReplay, but of the last day: collectors are catching up.
	modeBehind = "behind"
	// modePast: nothing was collected for a day, so now is the time of the last posts.
	modePast = "past"
	// modePinned: the reader chose a time.
	modePinned = "pinned"
	// modeEmpty: there is no post at all.
	modeEmpty = "empty"
)

// clock says which time a page shows.
type clock struct {
	Mode string    `json:"mode"`
	Now  time.Time `json:"now"`
	// Collected is when the last post came in, by the wall.
	Collected time.Time `json:"collected,omitzero"`
}

const (
	// liveSlack is how far apart the times of making and collecting may be in live data.
	liveSlack = 10 * time.Minute
	// collectedTogether is the span of arrivals that are looked at together.
	collectedTogether = time.Minute
	// pastAfter is how long silence is taken for silence; after it, for the end of the data.
	pastAfter = 24 * time.Hour
)

// tellTime finds the time that the data are at. What arrived last decides, not
// what is dated last: some networks let people date their posts as they like.
//
// A silent collector does not stop the clock: the page must show the silence
// (Invariant 9). Only data that were collected at another time than they were made
// move it away from the wall.
func tellTime(arrivals []query.Arrival, wall time.Time) clock {
	if len(arrivals) == 0 {
		return clock{Mode: modeEmpty, Now: wall}
	}
	last := arrivals[0].Collected
	var present, future time.Time
	var presents, futures int
	for _, a := range arrivals {
		if last.Sub(a.Collected) > collectedTogether {
			break
		}
		if a.Minute.After(a.Collected.Add(liveSlack)) {
			futures++
			future = later(future, a.Minute)
		} else {
			presents++
			present = later(present, a.Minute)
		}
	}
	head := present
	if futures > 4*presents { // a story that runs ahead of the wall, not a wrong date here and there
		head = future
	}
	c := clock{Mode: modeReplay, Now: head.Add(time.Minute), Collected: last}
	switch apart := last.Sub(head); {
	case apart > pastAfter || apart < -liveSlack:
	case apart > liveSlack:
		c.Mode = modeBehind
	case wall.Sub(last) > pastAfter:
		c.Mode = modePast
	default:
		c.Mode, c.Now = modeLive, wall
	}
	return c
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
