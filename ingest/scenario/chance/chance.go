// Package chance draws numbers for invented posts: the same ones from the same seed, on
// every machine. Products are rounded before they are added, because some processors
// would otherwise do both at once and round less.
package chance

import (
	"math"
	"math/rand/v2"
)

// Gamma draws from the gamma distribution with the given shape, at least 1, and
// scale 1, by the method of Marsaglia and Tsang.
func Gamma(r *rand.Rand, shape float64) float64 {
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-r.Float64()) < float64(x*x/2)+d-float64(d*v)+float64(d*math.Log(v)) {
			return d * v
		}
	}
}

// Poisson draws a count with the given mean by multiplying uniform numbers.
func Poisson(r *rand.Rand, mean float64) int {
	n := 0
	for mean > 20 {
		n += Poisson(r, 20)
		mean -= 20
	}
	limit, p := math.Exp(-mean), r.Float64()
	for p > limit {
		n++
		p *= r.Float64()
	}
	return n
}
