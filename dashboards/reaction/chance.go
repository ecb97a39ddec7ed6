package reaction

import (
	"math"
	"math/rand/v2"
)

// gamma draws from the gamma distribution of that shape and scale 1, after Marsaglia
// and Tsang (ACM Transactions on Mathematical Software 26, 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(r, shape+1) * math.Pow(1-r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(1-r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// student gives the quantile of Student's t for a probability of 0.975 and df degrees
// of freedom, by the expansion of Cornish and Fisher; within 0.1 % from 4 degrees on.
func student(df float64) float64 {
	const z = 1.959963985
	if df < 1 {
		return math.Inf(1)
	}
	z3, z5, z7 := z*z*z, z*z*z*z*z, z*z*z*z*z*z*z
	z9 := z7 * z * z
	return z + (z3+z)/(4*df) + (5*z5+16*z3+3*z)/(96*df*df) + (3*z7+19*z5+17*z3-15*z)/(384*df*df*df) +
		(79*z9+776*z7+1482*z5-1920*z3-945*z)/(92160*df*df*df*df)
}
