package spike

import (
	"math"
	"time"
)

const (
	// sources is how many sources are told apart; further ones share a number.
	sources = 8
	hours   = 168
	// known is how many posts of an hour of the week make its own habit count as much as
	// that of the hour of the day.
	known = 60
	// alive is how many minutes a source is listened to before it is called silent.
	alive = 12
	// expectedAlive is how many posts a source should have sent in that time for its
	// silence to mean something.
	expectedAlive = 8
)

// sourceNumber gives a source its number: names are few, and equal ones are equal.
func sourceNumber(name string) int { return int(hashOf(name) % sources) }

// expectation is what holds for all vendors: the habit of the week, and which sources
// are alive.
type expectation struct {
	minutes int32 // since the first

	habit   [hours]float64 // posts seen, by hour of the week
	listens [hours]float64 // minutes seen

	got  [sources]float64        // posts in this minute
	last [sources][alive]float64 // posts in the last minutes
	rate [sources]float64        // posts a minute of habit 1, slowly forgotten
	time [sources]float64        // minutes that rate is made of

	// Of the minute that ended last:
	factor float64 // habit, mean 1
	share  float64 // share of the posts that should come that the living sources send
}

func newExpectation() expectation { return expectation{factor: 1, share: 1} }

func (e *expectation) saw(source string) { e.got[sourceNumber(source)]++ }

// slow forgets half in two days.
var slow = math.Pow(0.5, 1.0/(2*24*60))

// endMinute learns from the minute that begins at m.
func (e *expectation) endMinute(m time.Time) {
	e.factor = e.habitAt(m)
	h := hourOfWeek(m)
	total, sent, should := 0.0, 0.0, 0.0
	for s := range sources {
		total += e.got[s]
		e.last[s][e.minutes%alive] = e.got[s]
		recent := 0.0
		for _, n := range e.last[s] {
			recent += n
		}
		usual := 0.0
		if e.time[s] > 60 {
			usual = e.rate[s] / e.time[s] * e.factor
		}
		silent := usual*alive >= expectedAlive && recent < 0.1*usual*alive
		should += usual
		if !silent {
			sent += usual
			e.rate[s] = e.rate[s]*slow + e.got[s]
			e.time[s] = e.time[s]*slow + e.factor
		}
		e.got[s] = 0
	}
	e.share = 1
	if should > 0 {
		e.share = max(0.02, sent/should)
	}
	if e.share > 0.9 { // habits are learned while all listen
		e.habit[h] += total
		e.listens[h]++
	}
	if m.Minute() == 0 && m.Hour() == 0 { // a week counts half after four more
		for i := range hours {
			e.habit[i] *= 0.975
			e.listens[i] *= 0.975
		}
	}
	e.minutes++
}

func hourOfWeek(m time.Time) int { return (int(m.Weekday())*24 + m.Hour()) % hours }

// habitAt is how busy the minute m is by habit, 1 on average: between two hours their
// mean. An hour of the week that is little known yet follows its hour of the day.
func (e *expectation) habitAt(m time.Time) float64 {
	h := hourOfWeek(m)
	part := (float64(m.Minute()) - 30) / 60
	other := (h + 1) % hours
	if part < 0 {
		other, part = (h+hours-1)%hours, -part
	}
	return e.hour(h)*(1-part) + e.hour(other)*part
}

func (e *expectation) hour(h int) float64 {
	posts, minutes := 0.0, 0.0
	dayPosts, dayMinutes := 0.0, 0.0
	for i := range hours {
		posts += e.habit[i]
		minutes += e.listens[i]
		if i%24 == h%24 {
			dayPosts += e.habit[i]
			dayMinutes += e.listens[i]
		}
	}
	if minutes < 12*60 || posts < 500 {
		return 1 // too little to have a habit
	}
	mean := posts / minutes
	day := (dayPosts + known) / (dayMinutes*mean + known)
	return (e.habit[h] + known*day) / (e.listens[h]*mean + known)
}

// level is how many reports a vendor usually has, a minute of habit 1 with all sources.
type level struct {
	reports  gamma // slowly forgotten
	lately   gamma // of some hours
	mentions gamma
	// excess and square are what over-dispersion is estimated from, over blocks.
	excess, square float64
	blockGot       float64
	blockMean      float64
	blockLength    int
	// trouble is the largest excess of a block of the calm, slowly forgotten.
	trouble float64
}

// gamma is a rate: events and the time they came in.
type gamma struct{ events, time float64 }

func (g *gamma) add(events, time, keep float64) {
	g.events, g.time = g.events*keep+events, g.time*keep+time
}

const (
	// firstEvents in firstTime are what is believed of a vendor before it is known.
	firstEvents, firstTime = 0.5, 60
	// usualDispersion is the variance of a level in units of its square.
	usualDispersion = 0.12
	// dispersionWeight is how many expected events squared weigh as much as that.
	dispersionWeight = 400
	blockMinutes     = 30
)

// fast forgets half in six hours.
var fast = math.Pow(0.5, 1.0/(6*60))

// begin begins a vendor that was not named since the stream began: it had its time, too.
func (l *level) begin(e *expectation) {
	before := min(float64(e.minutes), 2*24*60/math.Ln2)
	l.reports = gamma{firstEvents, firstTime + before}
	l.mentions = gamma{firstEvents, firstTime + before}
	l.lately = gamma{0, 0}
}

// learn takes a minute that is no part of an incident; exposure is its habit and share.
func (l *level) learn(reports, mentions, exposure float64) {
	expected := l.rate() * exposure
	l.reports.add(reports, exposure, slow)
	l.lately.add(reports, exposure, fast)
	l.mentions.add(mentions, exposure, slow)
	l.blockGot += reports
	l.blockMean += expected
	if l.blockLength++; l.blockLength == blockMinutes {
		d := l.blockGot - l.blockMean
		l.excess = l.excess*0.99 + d*d - l.blockMean
		l.square = l.square*0.99 + l.blockMean*l.blockMean
		l.trouble = max(l.trouble*0.995, l.blockGot-2*l.blockMean)
		l.blockGot, l.blockMean, l.blockLength = 0, 0, 0
	}
}

// rate is the expected number of reports a minute of exposure 1: the long memory, or the
// short one where that is higher, drawn to the long one as far as it knows little.
func (l *level) rate() float64 {
	long := l.reports.events / l.reports.time
	const drawn = 180
	short := (l.lately.events + long*drawn) / (l.lately.time + drawn)
	return max(long, short)
}

// size is the size parameter of the negative binomial: the smaller, the more scattered.
func (l *level) size() float64 {
	dispersion := (l.excess + usualDispersion*dispersionWeight) / (l.square + dispersionWeight)
	dispersion = min(max(dispersion, 0.02), 1)
	return 1 / (dispersion + 1/max(l.reports.events, 1))
}

func (l *level) mentionRate() float64 { return l.mentions.events / l.mentions.time }
