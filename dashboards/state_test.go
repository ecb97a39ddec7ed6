package dashboards

import (
	"math"
	"testing"
)

func TestState(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		people    uint64 // in five minutes
		earlier   uint64 // in the hour before
		usual     float64
		covered   int
		want      string
		factor    float64 // 0: too few to say
		usualFrom float64
	}{
		"nothing":                         {0, 0, -1, 60, stateQuiet, 0, 0},
		"steady":                          {50, 600, 10, 60, stateQuiet, 1, 1},
		"twice, and more than chance":     {40, 240, -1, 60, stateWatch, 2, 0},
		"twice, but small":                {3, 18, -1, 60, stateQuiet, 2, 0},
		"four times":                      {100, 240, -1, 60, stateSignal, 5, 0},
		"a few after nobody":              {4, 0, -1, 60, stateWatch, 0, 0},
		"many after nobody":               {12, 0, -1, 60, stateSignal, 0, 0},
		"high for hours":                  {100, 1200, 1, 60, stateSignal, 1, 20},
		"high where it was always silent": {100, 1200, 0, 60, stateSignal, 1, 0},
		"just begun to listen":            {100, 5, -1, 12, stateNew, 0, 0},
		"half an hour listened to":        {20, 30, -1, 30, stateSignal, 4, 0},
	} {
		x := comparison{People: c.people, Rate: float64(c.people) / 5, Before: float64(c.earlier) / math.Max(1, float64(c.covered)),
			Usual: c.usual, Covered: c.covered, Earlier: c.earlier}
		if got := x.state(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if f, _ := x.factor(); math.Abs(f-c.factor) > 0.001 {
			t.Errorf("%s: %g times the hour before, want %g", name, f, c.factor)
		}
		if f, _ := x.usualFactor(); math.Abs(f-c.usualFrom) > 0.001 {
			t.Errorf("%s: %g times the median hour, want %g", name, f, c.usualFrom)
		}
	}
}

func TestShareHasWilsonsInterval(t *testing.T) {
	t.Parallel()
	p, margin := share(61, 100)
	if p != 0.61 || math.Abs(margin-0.0939) > 0.0005 {
		t.Errorf("61 of 100 are %.4f ± %.4f, want 0.6100 ± 0.0939", p, margin)
	}
	if p, margin := share(0, 0); p != 0 || margin != 0 {
		t.Errorf("0 of 0 are %g ± %g", p, margin)
	}
	if _, margin := share(10, 10); !(margin > 0.1 && margin < 0.2) {
		t.Errorf("10 of 10 have a margin of %g, want some doubt", margin)
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{rate(214.4), "214"}, {rate(9.94), "9.9"}, {rate(9.96), "10"}, {rate(0.4), "0.4"}, {rate(12345), "12,345"},
		{count(0), "0"}, {count(999), "999"}, {count(1000), "1,000"}, {count(1234567), "1,234,567"},
		{factor(40.4), "×40"}, {factor(2.5), "×2.5"}, {percent(0.614), "61\u202f%"},
		{signed(-0.606), "−0.61"}, {signed(0.2), "+0.20"}, {signed(-0.001), "0.00"},
		{plural(1, "report", "reports"), "1 report"}, {plural(1200, "report", "reports"), "1,200 reports"},
		{ago(-5), "0 s"}, {ago(720e9), "12 min"}, {ago(3 * 3600e9), "3 h"}, {ago(72 * 3600e9), "3 days"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
