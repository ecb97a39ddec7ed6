package spike

import "math"

// kept is how many minutes a vendor's counts are kept.
const kept = 64

// windows are the lengths, in minutes, over which counts are tested. A long one finds
// small steady rises, a short one large sudden ones.
var windows = [...]int{1, 2, 3, 5, 8, 13, 21, 34, 55}

// evidence keeps the last minutes and says how surprising they are.
type evidence struct {
	minutes [kept]minuteCount
	at      int // of the newest
	filled  int

	cusum      float64
	cusumStart int // minutes since cusum was 0
	cusumGot   float64
}

// minuteCount is one minute: what came, and what was expected.
type minuteCount struct {
	people, alone, reports, reactions, mentions, repeats float32
	exposure                                             float32
	excluded                                             bool // belongs to an incident
}

// finding is the strongest evidence of a minute.
type finding struct {
	// Score is -log10 of the probability that as many reports come by chance.
	score    float64
	window   int
	got      float64 // reports
	expected float64
	// share is which part of the posts beyond the usual speak of an outage.
	share float64
	// voices is the part of the people whose words are their own.
	voices float64
	// alone is the part of the people who name no other vendor that fails.
	alone float64
}

// loudest is the part of the people without whom a signal must still be one: each
// counts once an hour, so the loudest ones are as good as any.
const loudest = 0.05

// without is the evidence without a part of the people.
func (f *finding) without(part, size float64) float64 {
	return surprise((1-part)*f.got, f.expected, size)
}

// rise is how many times the usual a CUSUM looks for.
const rise = 3

// push adds a minute and gives back the one that drops out, which is old enough to be
// learned from.
func (e *evidence) push(m minuteCount) (old minuteCount, ok bool) {
	e.at = (e.at + 1) % kept
	old, ok = e.minutes[e.at], e.filled == kept
	e.minutes[e.at] = m
	if !ok {
		e.filled++
	}
	return old, ok
}

// find tests the windows that end now.
func (e *evidence) find(l *level, least float64) finding {
	var best finding
	rate, size, mentionRate := l.rate(), l.size(), l.mentionRate()
	people, alone, reports, reactions, mentions, repeats, exposure := 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
	w := 0
	for i := range min(e.filled, windows[len(windows)-1]) {
		m := &e.minutes[(e.at-i+kept)%kept]
		people += float64(m.people)
		alone += float64(m.alone)
		reports += float64(m.reports)
		reactions += float64(m.reactions)
		mentions += float64(m.mentions)
		repeats += float64(m.repeats)
		exposure += float64(m.exposure)
		if i+1 != windows[w] {
			continue
		}
		w++
		expected := rate * exposure
		if reports < least-sooner(i+1, repeats) || reports < 2*expected {
			continue
		}
		if s := surprise(reports, expected, size); s > best.score {
			beyond := max(mentions-mentionRate*exposure, reports-expected, 1)
			best = finding{score: s, window: i + 1, got: reports, expected: expected, share: (reports - expected + 0.7*reactions) / beyond, voices: reports / max(people, 1), alone: alone / max(people, 1)}
		}
	}
	return best
}

// sooner is how many people fewer are enough in a short window: small troubles trickle,
// and a few loud accounts repeat themselves.
func sooner(window int, repeats float64) float64 {
	switch {
	case window <= 3 && repeats == 0:
		return 3
	case window <= 3:
		return 2
	case window <= 13:
		return 1
	}
	return 0
}

// follow moves the CUSUM on by the newest minute: the evidence that reports come at
// rise times the usual rate, gathered since it last was for nothing.
func (e *evidence) follow(l *level) {
	m := &e.minutes[e.at]
	expected := l.rate() * float64(m.exposure) * (1 + math.Sqrt(1/l.size()))
	e.cusum += float64(m.reports)*math.Log(rise) - (rise-1)*expected
	e.cusumGot += float64(m.reports)
	e.cusumStart++
	if e.cusum <= 0 {
		e.cusum, e.cusumGot, e.cusumStart = 0, 0, 0
	}
}

// over gives the reports of the last n minutes and their exposure.
func (e *evidence) over(n int) (reports, exposure float64) {
	for i := range min(e.filled, n) {
		m := &e.minutes[(e.at-i+kept)%kept]
		reports += float64(m.reports)
		exposure += float64(m.exposure)
	}
	return reports, exposure
}

// peopleOver gives the people who reported in the last n minutes.
func (e *evidence) peopleOver(n int) float64 {
	sum := 0.0
	for i := range min(e.filled, n) {
		sum += float64(e.minutes[(e.at-i+kept)%kept].people)
	}
	return sum
}

// exclude keeps the last minutes from being learned.
func (e *evidence) exclude() {
	for i := range e.minutes {
		e.minutes[i].excluded = true
	}
}

// surprise is -log10 of the probability of got or more, where mean are expected and the
// counts are negative binomial of that size.
func surprise(got, mean, size float64) float64 {
	if got <= mean {
		return 0
	}
	// P(X >= got) = I_p(got, size) with p = mean / (mean + size).
	return -logBeta(mean/(mean+size), got, size) / math.Ln10
}

// logBeta is the logarithm of the regularised incomplete beta function I_x(a, b), by its
// continued fraction (modified Lentz), good where x is below a/(a+b).
func logBeta(x, a, b float64) float64 {
	if x <= 0 {
		return math.Inf(-1)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := lab - la - lb + a*math.Log(x) + b*math.Log1p(-x) - math.Log(a)
	const tiny = 1e-300
	c, d := 1.0, 1-(a+b)*x/(a+1)
	if math.Abs(d) < tiny {
		d = tiny
	}
	d = 1 / d
	f := d
	for m := 1.0; m <= 300; m++ {
		for _, n := range [2]float64{m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)), -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))} {
			d = 1 + n*d
			if math.Abs(d) < tiny {
				d = tiny
			}
			c = 1 + n/c
			if math.Abs(c) < tiny {
				c = tiny
			}
			d = 1 / d
			f *= c * d
		}
		if math.Abs(c*d-1) < 1e-10 {
			break
		}
	}
	return front + math.Log(f)
}
