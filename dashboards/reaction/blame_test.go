package reaction

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLedger(t *testing.T) {
	t.Parallel()
	l := NewLedger([]Guilt{
		{People: 400},
		{Blamed: []string{"aws"}, People: 60},
		{Blamed: []string{"netflix"}, People: 25},
		{Blamed: []string{"netflix"}, Choice: true, People: 9},
		{Blamed: []string{"aws", "netflix"}, People: 6},
	}, "netflix", []string{"aws", "amazon"}, 1)
	if l.Speaking != 500 || l.Blaming != 100 {
		t.Errorf("%d speak and %d blame, want 500 and 100", l.Speaking, l.Blaming)
	}
	got := map[string]float64{"choice": l.Choice.Value, "deflection": l.Deflection.Value}
	for _, s := range l.Shares {
		got[s.Vendor] = s.Value
	}
	if d := cmp.Diff(map[string]float64{"aws": .66, "netflix": .40, "choice": .09, "deflection": .66}, got); d != "" {
		t.Errorf("shares (-want +got):\n%s", d)
	}
	if l.Shares[0].Vendor != "aws" || l.Shares[0].People != 66 {
		t.Errorf("most blamed is %+v, want aws with 66 people", l.Shares[0])
	}
	again := NewLedger([]Guilt{{Blamed: []string{"aws"}, People: 3}}, "netflix", nil, 1)
	if s := again.Of("aws"); s.Low > .75 || s.High < .99 {
		t.Errorf("three of three blame aws: %+v, want an interval from well below 1 to 1", s)
	}
	if empty := NewLedger(nil, "netflix", nil, 1); empty.Blaming != 0 || empty.HasDeflected {
		t.Errorf("a ledger of nothing is %+v", empty)
	}
}

// The intervals hold what they promise: of 200 samples from known shares 95 ± 3 % cover
// the share, averaged over the vendors and sizes that pages show.
func TestLedgerCoverage(t *testing.T) {
	t.Parallel()
	sets := []Guilt{{Blamed: []string{"aws"}}, {Blamed: []string{"netflix"}}, {Blamed: []string{"netflix"}, Choice: true}, {Blamed: []string{"aws", "netflix"}}, {Blamed: []string{"sony"}}}
	shares := []float64{.52, .27, .09, .07, .05}
	truth := map[string]float64{"aws": .59, "netflix": .43, "sony": .05, "choice": .09, "deflection": .59 / .95}
	for _, n := range []int{30, 100, 1000} {
		covered := map[string]int{}
		r := rand.New(rand.NewPCG(uint64(n), 7))
		const runs = 200
		for run := range runs {
			drawn := make([]Guilt, len(sets))
			copy(drawn, sets)
			for range n {
				x := r.Float64()
				for i, p := range shares {
					if x -= p; x < 0 || i == len(shares)-1 {
						drawn[i].People++
						break
					}
				}
			}
			l := NewLedger(drawn, "netflix", []string{"aws"}, uint64(run))
			for name, want := range truth {
				got := l.Of(name).Interval
				switch name {
				case "choice":
					got = l.Choice.Interval
				case "deflection":
					got = l.Deflection
				}
				// A vendor that nobody of the sample blames has no row: nothing is claimed of it.
				if !got.Excludes(want) || got == (Interval{}) {
					covered[name]++
				}
			}
		}
		all := 0
		for name, k := range covered {
			all += k
			if share := float64(k) / runs; share < .90 {
				t.Errorf("%d people: the interval of %s covers in %.3f of runs", n, name, share)
			}
		}
		share := float64(all) / float64(runs*len(truth))
		t.Logf("%d people: covered %.3f; %v", n, share, covered)
		if share < .92 || share > .98 {
			t.Errorf("%d people: intervals cover in %.3f of runs, want 0.95 ± 0.03", n, share)
		}
	}
}
