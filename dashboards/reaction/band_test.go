package reaction

import (
	"math/rand/v2"
	"testing"
)

// Most calm steps lie within the band, whether hours differ or not.
func TestBand(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	for _, spread := range []float64{0, .4} {
		within, all := 0, 0
		for range 200 {
			rate := func() float64 { return 6 * gamma(r, 1/(spread*spread+1e-6)) * (spread*spread + 1e-6) }
			var hours []float64
			for range 20 {
				sum := uint64(0)
				m := rate()
				for range 60 {
					sum += drawPoisson(r, m)
				}
				hours = append(hours, float64(sum)/60)
			}
			b := NewBand(hours)
			for range 20 {
				if float64(drawPoisson(r, rate())) <= b.High {
					within++
				}
				all++
			}
		}
		share := float64(within) / float64(all)
		t.Logf("hours that differ by %.0f %%: %.3f of minutes lie under the bound", 100*spread, share)
		if share < .93 || share > .995 {
			t.Errorf("hours that differ by %.0f %%: %.3f of minutes lie under the bound, want about 0.975", 100*spread, share)
		}
	}
	if b := NewBand(nil); b.Hours != 0 || b.Expected != 0 {
		t.Errorf("of no hours is expected %+v", b)
	}
	if b := NewBand([]float64{1, 1.2, .8, 90}); b.Expected > 1.2 {
		t.Errorf("an earlier outage became the ordinary: %+v", b)
	}
}
