package chance

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestGammaAndPoisson(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	const n = 40_000
	check := func(name string, draw func() float64, mean, variance float64) {
		var sum, squares float64
		for range n {
			x := draw()
			sum += x
			squares += x * x
		}
		m := sum / n
		v := squares/n - m*m
		if math.Abs(m-mean) > 0.03*mean || math.Abs(v-variance) > 0.06*variance {
			t.Errorf("%s: mean %.3f and variance %.3f, want %.3f and %.3f", name, m, v, mean, variance)
		}
	}
	check("gamma 5", func() float64 { return Gamma(r, 5) }, 5, 5)
	check("gamma 30", func() float64 { return Gamma(r, 30) }, 30, 30)
	check("poisson 0.4", func() float64 { return float64(Poisson(r, 0.4)) }, 0.4, 0.4)
	check("poisson 57", func() float64 { return float64(Poisson(r, 57)) }, 57, 57)
}
