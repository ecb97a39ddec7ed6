package scenario

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	seen := map[string]int{}
	for range 400 {
		seen[choose(r, "a[b|c[d|e]]f[|g]")]++
	}
	for _, want := range []string{"abf", "abfg", "acdf", "acdfg", "acef", "acefg"} {
		if seen[want] == 0 {
			t.Errorf("%q never comes up in %v", want, seen)
		}
	}
	if len(seen) != 6 {
		t.Errorf("got %v, want six texts", seen)
	}
}

func TestArticles(t *testing.T) {
	t.Parallel()
	s := &Scenario{slots: map[string][]filler{"box": {{text: "apple tv"}}, "tv": {{text: "tv"}}}}
	for text, want := range map[string]string{
		"just got a {box} today": "just got an apple tv today",
		"just got a {tv}":        "just got a tv",
		"my {box}, my  {box}":    "my apple tv, my apple tv",
	} {
		d := draft{s: s, r: rand.New(rand.NewPCG(1, 1)), taken: map[string]string{}}
		if got := mend(d.fill(text)); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestReword(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	list := []synonym{{"netflix", []string{"NFLX"}}, {"christmas eve", []string{"xmas eve"}}, {"people", []string{"ppl"}}}
	for text, want := range map[string]string{
		"netflix is down":               "NFLX is down",
		"Netflix, netflix. Netflix":     "NFLX, NFLX. NFLX",
		"@netflix #netflix netflix.com": "@netflix #netflix netflix.com",
		"netflix's netflixing":          "netflix's netflixing",
		"on CHRISTMAS EVE":              "on XMAS EVE",
		"People of mypeople, people":    "Ppl of mypeople, ppl",
		"é netflix é":                   "é NFLX é",
		"no such word":                  "no such word",
	} {
		if got := reword(r, text, list); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestVoice(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	keep := map[string]bool{"netflix": true}
	for _, c := range []struct {
		voice      voice
		text, want string
	}{
		{voice{apostrophes: true}, "I'm at Home", "I'm at Home"},
		{voice{}, "I'm sure it isn't Mom's", "Im sure it isnt Moms"},
		{voice{lower: true, apostrophes: true}, "My PS3 and AWS. NINE times! @NetflixHelps http://T.example/A", "my ps3 and aws. NINE times! @NetflixHelps http://T.example/A"},
		{voice{clumsy: true}, "netflix", "netflix"},
		{voice{clumsy: true, lower: true}.formal(), "Netflix", "Netflix"},
	} {
		if got := c.voice.speak(r, c.text, keep); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.voice, got, c.want)
		}
	}
	short := voice{short: true, apostrophes: true}
	seen := false
	for range 50 {
		seen = seen || strings.Contains(short.speak(r, "are you there?", keep), "u there?")
	}
	if !seen {
		t.Error("a voice that shortens words never writes u")
	}
	if got := typo(r, "working"); got == "working" || len(got) != 7 || got[0] != 'w' {
		t.Errorf("typo gave %q", got)
	}
}

// TestRates draws many counts and compares mean and spread with what they stand for.
func TestRates(t *testing.T) {
	t.Parallel()
	start := time.Date(2012, 12, 24, 0, 0, 0, 0, time.UTC)
	c := curve{{start, 0}, {start.Add(10 * time.Hour), 600}, {start.Add(20 * time.Hour), 600}}
	if got := c.at(start.Add(5 * time.Hour)); got != 300 {
		t.Errorf("half way up the rate is %v, want 300", got)
	}
	if before, after := c.at(start.Add(-time.Second)), c.at(start.Add(21*time.Hour)); before != 0 || after != 0 {
		t.Errorf("outside the curve the rate is %v and %v, want 0", before, after)
	}
	r := rand.New(rand.NewPCG(3, 4))
	minutes := make([]float64, 600)
	n := 0
	for range 20 {
		for _, at := range c.times(r, start, start.Add(20*time.Hour)) {
			n++
			if m := int(at.Sub(start).Minutes()) - 600; m >= 0 {
				minutes[m]++
			}
		}
	}
	if mean := float64(n) / 20; mean < 8700 || mean > 9300 {
		t.Errorf("%.0f events, want 9000", mean)
	}
	// Twenty summed minutes have mean 200; chance alone gives them the variance 200.
	mean, sum := 0.0, 0.0
	for _, k := range minutes {
		mean += k / 600
	}
	for _, k := range minutes {
		sum += (k - mean) * (k - mean) / 600
	}
	if ratio := sum / mean; ratio < 1.8 || ratio > 5 {
		t.Errorf("variance over mean is %.2f, want counts that are over-dispersed", ratio)
	}
}
