package reaction

import (
	"math"
	"math/rand/v2"
	"testing"
)

// reactionTo invents steps of five minutes: complaints that fall as the service returns,
// a share that follows them, errors that hang together, and a planted step.
func reactionTo(r *rand.Rand, before, after int, people, step, rho, noise float64) (Series, float64) {
	var s Series
	e, truth, weight := 0.0, 0.0, 0.0
	for i := range before + after {
		e = rho*e + noise*math.Sqrt(1-rho*rho)*r.NormFloat64()
		recovery := math.Exp(-math.Pow(math.Max(0, float64(i)-float64(before)*.6)/float64(after), 2))
		reports := float64(drawPoisson(r, people*recovery*.5))
		of := drawPoisson(r, people)
		x := -.6 + .35*math.Log1p(reports) - .2*float64(i)/float64(before+after) + e
		p := logistic(x)
		if i >= before {
			with := logistic(x + step)
			truth += float64(of) * (with - p)
			weight += float64(of)
			p = with
		}
		b := Bin{Of: of, Reports: uint64(reports)}
		for range of {
			if r.Float64() < p {
				b.Hit++
			}
		}
		s = append(s, b)
	}
	return s, 100 * truth / weight
}

func drawPoisson(r *rand.Rand, mean float64) uint64 {
	if mean > 200 {
		return uint64(math.Max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	limit, p, n := math.Exp(-mean), 1.0, uint64(0)
	for {
		if p *= r.Float64(); p < limit {
			return n
		}
		n++
	}
}

// With a known effect planted the interval covers it in 95 ± 3 % of runs; with none at
// most 5 % are called an effect; a large one is found.
func TestImpactBySimulation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		before, after int
		people        float64
		rho, noise    float64
	}{
		{"few people", 24, 12, 25, 0, 0},
		{"many people", 36, 12, 200, 0, 0},
		{"errors hang together", 36, 12, 200, .4, .15},
		{"a long evening", 60, 18, 80, .3, .15},
		{"unsteady", 30, 12, 60, 0, .3},
	} {
		const runs = 200
		covered, called, found := 0, 0, 0
		r := rand.New(rand.NewPCG(11, uint64(c.people)))
		for range runs {
			s, truth := reactionTo(r, c.before, c.after, c.people, -.7, c.rho, c.noise)
			i := Measure(s, c.before, nil)
			if !i.Points.Excludes(truth) {
				covered++
			}
			if i.Verdict == Effect {
				found++
			}
			s, _ = reactionTo(r, c.before, c.after, c.people, 0, c.rho, c.noise)
			if Measure(s, c.before, nil).Verdict == Effect {
				called++
			}
		}
		t.Logf("%s: covered %.3f, called without a cause %.3f, found %.3f", c.name, float64(covered)/runs, float64(called)/runs, float64(found)/runs)
		if share := float64(covered) / runs; share < .92 || share > .98 {
			t.Errorf("%s: the interval covers the planted effect in %.3f of runs, want 0.95 ± 0.03", c.name, share)
		}
		if share := float64(called) / runs; share > .05 {
			t.Errorf("%s: %.3f of the runs without an effect are called one, want at most 0.05", c.name, share)
		}
	}
}

func TestImpactOfFewPeople(t *testing.T) {
	t.Parallel()
	if i := Measure(make(Series, 40), 20, nil); i.Verdict != TooFew {
		t.Errorf("of nobody is said %q, want %q", i.Verdict, TooFew)
	}
	s, _ := reactionTo(rand.New(rand.NewPCG(1, 1)), 5, 10, 100, 0, 0, 0)
	if i := Measure(s, 5, nil); i.Verdict != TooFew {
		t.Errorf("with five steps before is said %q, want %q", i.Verdict, TooFew)
	}
}

// Donors take out what happened to all of them at once.
func TestImpactWithDonors(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	const runs = 100
	alone, beside := 0, 0
	for range runs {
		common := make([]float64, 48)
		for i := range common {
			if i > 0 {
				common[i] = .8*common[i-1] + .25*r.NormFloat64()
			}
			if i == 36 {
				common[i] -= 1 // a press report for all
			}
		}
		draw := func() Series {
			var s Series
			for i := range common {
				b := Bin{Of: 200, Reports: 50}
				for range b.Of {
					if r.Float64() < logistic(common[i]) {
						b.Hit++
					}
				}
				s = append(s, b)
			}
			return s
		}
		s, donors := draw(), []Series{draw(), draw(), draw()}
		if Measure(s, 36, nil).Verdict == Effect {
			alone++
		}
		i := Measure(s, 36, donors)
		if i.Verdict == Effect {
			beside++
		}
		if i.Donors != 3 {
			t.Fatalf("%d donors were used, want 3", i.Donors)
		}
	}
	t.Logf("called an effect: %d of %d alone, %d with donors", alone, runs, beside)
	if beside > 5 || beside > alone {
		t.Errorf("with donors %d of %d runs are called an effect, without %d", beside, runs, alone)
	}
}
