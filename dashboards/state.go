package dashboards

import "math"

// States of a vendor. Where the detector has an incident open, its state is shown. Else a
// plain ratio of now to the hour before and to the day's median hour only says where to
// look first.
const (
	stateQuiet  = "quiet"
	stateWatch  = "watch"
	stateSignal = "signal"
	// stateNew: there is nothing to compare with yet.
	stateNew = "new"
	// Of the detector alone:
	stateConfirmed  = "confirmed"
	stateRecovering = "recovering"
	stateClosed     = "closed"
)

const (
	watchPeople  = 3 // people-minutes in the last five minutes, at least
	signalPeople = 10

	watchFactor, watchUsual   = 2, 3
	signalFactor, signalUsual = 4, 6

	// minCovered is how many minutes before must have been listened to.
	minCovered = 20
	// fewPeople is the number under which a ratio says nothing.
	fewPeople = 5
)

// comparison is the people a minute of now against what was before.
type comparison struct {
	People  uint64  // people-minutes now
	Rate    float64 // a minute, now
	Before  float64 // a minute, in the hour before
	Usual   float64 // a minute, in the day's median hour; negative where not known
	Covered int     // minutes of the hour before that were listened to
	// Earlier are the people-minutes of the hour before.
	Earlier uint64
}

// factor says how many times the hour before it is; ok is false where that says nothing.
func (c comparison) factor() (x float64, ok bool) {
	if c.Covered < minCovered || c.Earlier == 0 || c.People+c.Earlier < fewPeople {
		return 0, false
	}
	return c.Rate / c.Before, true
}

// usualFactor says how many times the median hour it is.
func (c comparison) usualFactor() (x float64, ok bool) {
	if c.Usual <= 0 || c.People < fewPeople {
		return 0, false
	}
	return c.Rate / c.Usual, true
}

// state judges the comparison. A rise must also be larger than chance makes of
// small numbers: three standard deviations of a Poisson count, for many vendors are
// compared at once.
func (c comparison) state() string {
	if c.Covered < minCovered {
		return stateNew
	}
	minutes := recentWindow.Minutes()
	best := stateQuiet
	judge := func(base, watch, signal float64) {
		expected := base * minutes
		n := float64(c.People)
		if n-expected < 3*math.Sqrt(expected+1) {
			return
		}
		switch {
		case c.People >= signalPeople && n >= signal*expected:
			best = stateSignal
		case c.People >= watchPeople && n >= watch*expected && best == stateQuiet:
			best = stateWatch
		}
	}
	judge(c.Before, watchFactor, signalFactor)
	if c.Usual >= 0 {
		judge(c.Usual, watchUsual, signalUsual)
	}
	return best
}

// severity orders states.
func severity(state string) int {
	switch state {
	case stateConfirmed:
		return 4
	case stateSignal:
		return 3
	case stateRecovering:
		return 2
	case stateWatch:
		return 2
	case stateNew:
		return 1
	}
	return 0
}

// share is k of n people, with half the width of its 95 % interval after Wilson.
func share(k, n uint64) (p, margin float64) {
	if n == 0 {
		return 0, 0
	}
	const z = 1.96
	p, size := float64(k)/float64(n), float64(n)
	margin = z / (1 + z*z/size) * math.Sqrt(p*(1-p)/size+z*z/(4*size*size))
	return p, margin
}
