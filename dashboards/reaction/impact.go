package reaction

import (
	"math"
	"slices"
)

// Bin is one step of a share that is watched over time, as people.
type Bin struct {
	// Of is how many people were asked, so to speak; Hit how many of them did it.
	Of, Hit uint64
	// Reports are people who report that it still fails: the recovery curve.
	Reports uint64
}

// Series is a share in steps of equal length.
type Series []Bin

// Impact is what a statement changed in a share: observed less predicted, averaged over
// the steps after it, in percentage points.
//
// It is an interrupted time series (Wagner and others, Journal of Clinical Pharmacy and
// Therapeutics 27, 2002) on the logit of the share: intercept, trend, the logarithm of
// fresh reports as the recovery curve, the mean of the donors where there are any, and a
// step at the statement. Complaints fall by themselves when the service returns: without
// the recovery curve that would be taken for the statement's doing. Steps weigh by their
// people; errors follow an autoregression of order one, after Prais and Winsten, and are
// as wide as they are seen to be. The placebo test moves the statement to every earlier
// step that leaves room and asks how often the step found there is as large.
//
// What happened at the same minute as the statement, a first press report for example,
// cannot be told from it.
type Impact struct {
	// Points is the effect; Verdict says what may be said of it.
	Points  Interval `json:"points"`
	Verdict string   `json:"verdict"`
	// Before, After and Predicted are shares: of the steps before, of those after, and of
	// those after as they would have been without the statement.
	Before    float64 `json:"before"`
	After     float64 `json:"after"`
	Predicted float64 `json:"predicted"`
	// Placebo is the part of earlier moments with a step as large; Placebos how many
	// there were. Under MinPlacebos the part says little, and the interval decides alone.
	Placebo  float64 `json:"placebo"`
	Placebos int     `json:"placebos"`
	Donors   int     `json:"donors"`
	Steps    int     `json:"steps"`
}

// Verdicts.
const (
	Effect   = "effect"
	NoEffect = "no effect found"
	// Unclear: the interval is clear of zero, but moments without a statement show as much.
	Unclear = "a change, but other moments show as large ones"
	TooFew  = "too few to say"
)

const (
	// minStepsBefore and MinStepsAfter are the steps that each side needs, minPeople the
	// people a side.
	minStepsBefore = 12
	MinStepsAfter  = 6
	minPeople      = 30
	// MinPlacebos is how many earlier moments make the placebo test count.
	MinPlacebos = 19
	// strict is how much wider than its 95 % interval an effect must be clear of zero to
	// be called one: two questions are asked of each statement and more of each incident.
	strict = 1.25
)

// Measure asks what changed in a series at the step in which a statement was made. The
// steps from there on are those after it. Donors are series of the same steps for vendors
// that fell with the same cause and said nothing meanwhile.
func Measure(s Series, at int, donors []Series) Impact {
	var i Impact
	i.Steps = len(s) - at
	var before, after Bin
	for n, b := range s {
		if n < at {
			before.Of, before.Hit = before.Of+b.Of, before.Hit+b.Hit
		} else {
			after.Of, after.Hit = after.Of+b.Of, after.Hit+b.Hit
		}
	}
	i.Before, i.After = ratio(before), ratio(after)
	i.Verdict = TooFew
	if at < minStepsBefore || len(s)-at < MinStepsAfter || before.Of < minPeople || after.Of < minPeople {
		return i
	}
	var control []float64
	if control, i.Donors = donorCurve(s, donors); i.Donors == 0 {
		control = nil
	}
	f, ok := fitStep(s, at, control)
	if !ok {
		return i
	}
	i.Points, i.Predicted = f.points(s, at)
	larger := 0
	length := len(s) - at
	for p := minStepsBefore; p+min(length, MinStepsAfter) <= at; p++ {
		end := min(at, p+length)
		g, ok := fitStep(s[:end], p, cutTo(control, end))
		if !ok {
			continue
		}
		i.Placebos++
		if math.Abs(g.step/g.stepError) >= math.Abs(f.step/f.stepError) {
			larger++
		}
	}
	i.Placebo = float64(larger+1) / float64(i.Placebos+1)
	clear := math.Abs(f.step) > strict*f.t*f.stepError
	i.Verdict = NoEffect
	switch {
	case clear && (i.Placebos < MinPlacebos || i.Placebo <= 0.05):
		i.Verdict = Effect
	case clear:
		i.Verdict = Unclear
	}
	return i
}

func cutTo(x []float64, n int) []float64 {
	if x == nil {
		return nil
	}
	return x[:n]
}

func ratio(b Bin) float64 {
	if b.Of == 0 {
		return 0
	}
	return float64(b.Hit) / float64(b.Of)
}

// logit of a share, with half a person on each side so that it is finite.
func logit(b Bin) float64 {
	return math.Log((float64(b.Hit) + .5) / (float64(b.Of-b.Hit) + .5))
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// donorCurve is the mean logit of the donors, less the mean of each. A donor counts if
// people speak of it in most steps; where one is silent for a step the others stand in.
func donorCurve(s Series, donors []Series) (curve []float64, used int) {
	curve = make([]float64, len(s))
	n := make([]float64, len(s))
	for _, d := range donors {
		if len(d) != len(s) {
			continue
		}
		var mean, steps float64
		for _, b := range d {
			if b.Of > 0 {
				mean += logit(b)
				steps++
			}
		}
		if steps < .8*float64(len(s)) {
			continue
		}
		used++
		for i, b := range d {
			if b.Of > 0 {
				curve[i] += logit(b) - mean/steps
				n[i]++
			}
		}
	}
	for i := range curve {
		if n[i] > 0 {
			curve[i] /= n[i]
		}
	}
	return curve, used
}

// fit is a segmented regression.
type fit struct {
	beta            []float64
	rows            [][]float64
	step, stepError float64
	t               float64 // the quantile for 95 %
}

// fitStep fits the regression with the step at a place.
func fitStep(s Series, at int, control []float64) (fit, bool) {
	n := len(s)
	mean := Bin{}
	for _, b := range s {
		mean.Of, mean.Hit = mean.Of+b.Of, mean.Hit+b.Hit
	}
	p := (float64(mean.Hit) + .5) / (float64(mean.Of) + 1)
	var f fit
	y, w := make([]float64, n), make([]float64, n)
	for i, b := range s {
		x := []float64{1, 0, 2 * float64(i-n/2) / float64(n), math.Log1p(float64(b.Reports))}
		if i >= at {
			x[1] = 1
		}
		if control != nil {
			x = append(x, control[i])
		}
		f.rows = append(f.rows, x)
		y[i] = logit(b)
		w[i] = math.Sqrt(float64(b.Of)*p*(1-p) + .25)
	}
	f.rows = dropFlat(f.rows)
	k := len(f.rows[0])
	// First without, then with the autoregression that the residuals show.
	rho := 0.0
	var residual []float64
	var covariance [][]float64
	for range 6 {
		rows, ys := make([][]float64, n), make([]float64, n)
		for i := range f.rows {
			rows[i] = make([]float64, k)
			keep := math.Sqrt(1 - rho*rho)
			for j := range rows[i] {
				if rows[i][j] = w[i] * f.rows[i][j]; i > 0 {
					rows[i][j] -= rho * w[i-1] * f.rows[i-1][j]
				} else {
					rows[i][j] *= keep
				}
			}
			if ys[i] = w[i] * y[i]; i > 0 {
				ys[i] -= rho * w[i-1] * y[i-1]
			} else {
				ys[i] *= keep
			}
		}
		var ok bool
		if f.beta, covariance, ok = leastSquares(rows, ys); !ok {
			return f, false
		}
		residual = residual[:0]
		for i := range f.rows {
			residual = append(residual, w[i]*(y[i]-dot(f.rows[i], f.beta)))
		}
		var top, bottom, sum float64
		for i := range rows {
			d := ys[i] - dot(rows[i], f.beta)
			sum += d * d
		}
		for i, e := range residual {
			bottom += e * e
			if i > 0 {
				top += e * residual[i-1]
			}
		}
		// Residuals of a fit look less tied together than the errors are: by about k/n.
		next := math.Max(0, math.Min(.9, top/math.Max(bottom, 1e-12)+(1+float64(k))/float64(n)))
		scale := sum / float64(n-k)
		f.step, f.stepError = f.beta[1], math.Sqrt(covariance[1][1]*scale)
		if math.Abs(next-rho) < 1e-3 {
			break
		}
		rho = next
	}
	f.t = student(float64(n-k) * (1 - rho) / (1 + rho/2))
	return f, !math.IsNaN(f.stepError) && f.stepError > 0
}

// points turns the step into percentage points, averaged over the steps after it.
func (f fit) points(s Series, at int) (_ Interval, predicted float64) {
	var effect, low, high, people float64
	for i := at; i < len(s); i++ {
		w := float64(s[i].Of)
		base := dot(f.rows[i], f.beta) - f.step
		p := logistic(base)
		predicted += w * p
		effect += w * (logistic(base+f.step) - p)
		low += w * (logistic(base+f.step) - logistic(base+f.t*f.stepError))
		high += w * (logistic(base+f.step) - logistic(base-f.t*f.stepError))
		people += w
	}
	bounds := []float64{100 * low / people, 100 * high / people}
	slices.Sort(bounds)
	return Interval{100 * effect / people, bounds[0], bounds[1]}, predicted / people
}

// dropFlat drops columns, but the first two, that are the same in all rows.
func dropFlat(rows [][]float64) [][]float64 {
	var keep []int
	for j := range rows[0] {
		flat := true
		for _, r := range rows {
			if math.Abs(r[j]-rows[0][j]) > 1e-9 {
				flat = false
				break
			}
		}
		if j < 2 || !flat {
			keep = append(keep, j)
		}
	}
	out := make([][]float64, len(rows))
	for i, r := range rows {
		for _, j := range keep {
			out[i] = append(out[i], r[j])
		}
	}
	return out
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// leastSquares solves the normal equations and gives the inverse of their matrix; ok is
// false where the columns are not independent.
func leastSquares(x [][]float64, y []float64) (beta []float64, inverse [][]float64, ok bool) {
	k := len(x[0])
	a := make([][]float64, k) // the matrix, with the identity beside it
	b := make([]float64, k)
	for i := range a {
		a[i] = make([]float64, 2*k)
		a[i][k+i] = 1
		for n, row := range x {
			b[i] += row[i] * y[n]
			for j := range k {
				a[i][j] += row[i] * row[j]
			}
		}
	}
	for c := range k {
		pivot := c
		for r := c + 1; r < k; r++ {
			if math.Abs(a[r][c]) > math.Abs(a[pivot][c]) {
				pivot = r
			}
		}
		if math.Abs(a[pivot][c]) < 1e-9 {
			return nil, nil, false
		}
		a[c], a[pivot] = a[pivot], a[c]
		scale := a[c][c]
		for j := range a[c] {
			a[c][j] /= scale
		}
		for r := range k {
			if factor := a[r][c]; r != c && factor != 0 {
				for j := range a[r] {
					a[r][j] -= factor * a[c][j]
				}
			}
		}
	}
	beta, inverse = make([]float64, k), make([][]float64, k)
	for i := range k {
		inverse[i] = a[i][k:]
		beta[i] = dot(inverse[i], b)
	}
	return beta, inverse, true
}
