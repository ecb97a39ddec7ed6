package scenario

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", "2012-12-"+s)
	if err != nil {
		panic(err)
	}
	return t
}

// naming is when Netflix names Amazon's cloud.
var naming = at("25 01:50")

func TestCountsFollowTheStory(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed <= 3; seed++ {
		posts := tell(t, seed)
		if n := len(posts); n < 18_000 || n > 24_000 {
			t.Errorf("seed %d: %d posts, want some 20,000", seed, n)
		}
		perHour := func(from, to string, keep func(told) bool) float64 {
			n := 0
			for _, x := range posts {
				if !x.CreatedAt.Before(at(from)) && x.CreatedAt.Before(at(to)) && keep(x) {
					n++
				}
			}
			return float64(n) / at(to).Sub(at(from)).Hours()
		}
		reports := func(x told) bool { return x.Outage == "report" && x.has("netflix", "affected") }
		relief := func(x told) bool { return x.Theme == "relief" }
		for _, c := range []struct {
			what, from, to string
			keep           func(told) bool
			min, max       float64
		}{
			{"ordinary chatter at noon", "24 18:00", "24 20:00", func(x told) bool { return x.Outage == "none" }, 250, 420},
			{"reports on Netflix before", "24 18:00", "24 20:30", reports, 0, 0},
			{"reports in the first half hour", "24 20:30", "24 21:00", reports, 10, 50},
			{"reports in the afternoon", "24 22:00", "24 23:00", reports, 150, 320},
			{"reports at the peak", "25 01:00", "25 04:00", reports, 350, 650},
			{"reports when most are back", "25 08:00", "25 10:00", reports, 5, 60},
			{"reports after all clear", "25 18:00", "25 20:30", reports, 0, 3},
			{"relief before it comes back", "24 20:30", "25 02:30", relief, 0, 0},
			{"relief when it comes back", "25 06:00", "25 08:00", relief, 45, 120},
			{"relief after all clear", "25 16:45", "25 17:45", relief, 15, 60},
		} {
			if got := perHour(c.from, c.to, c.keep); got < c.min || got > c.max {
				t.Errorf("seed %d: %s: %.0f an hour, want %.0f to %.0f", seed, c.what, got, c.min, c.max)
			}
		}
	}
}

// TestDocsTellTheCounts keeps docs/scenarios.md true.
func TestDocsTellTheCounts(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	authors, templates := map[string]bool{}, map[string]bool{}
	posts := tell(t, 1)
	for _, x := range posts {
		authors[x.Author] = true
	}
	for _, th := range load(t).themes {
		for _, tpl := range th.templates {
			templates[tpl.id] = true
		}
	}
	p := message.NewPrinter(language.English)
	want := p.Sprintf("Seed 1 has %d posts by %d people, 75 %% of whom post once, from %d templates", len(posts), len(authors), len(templates))
	if !strings.Contains(string(b), want) {
		t.Errorf("docs/scenarios.md lacks %q", want)
	}
}

func (x told) has(vendor, role string) bool {
	return slices.ContainsFunc(x.Vendors, func(v Vendor) bool { return v.ID == vendor && v.Role == role })
}

func TestBlameTurnsToTheCloud(t *testing.T) {
	t.Parallel()
	var before, after [2]map[string]bool // authors who blame Netflix, and the cloud
	for _, m := range []*[2]map[string]bool{&before, &after} {
		m[0], m[1] = map[string]bool{}, map[string]bool{}
	}
	for _, x := range tell(t, 1) {
		m := &before
		if x.CreatedAt.After(naming.Add(15 * time.Minute)) {
			m = &after
		} else if x.CreatedAt.After(naming) {
			continue
		}
		if x.has("netflix", "blamed") {
			m[0][x.Author] = true
		}
		if x.has("aws", "blamed") || x.has("amazon", "blamed") {
			m[1][x.Author] = true
		}
	}
	share := func(m [2]map[string]bool) float64 { return float64(len(m[1])) / float64(len(m[0])+len(m[1])) }
	if got := share(before); got > 0.12 {
		t.Errorf("before it is named, %.0f %% of those who blame blame the cloud, want few", 100*got)
	}
	if got := share(after); got < 0.55 || got > 0.75 {
		t.Errorf("once it is named, %.0f %% of those who blame blame the cloud, want some 60 %%", 100*got)
	}
}

func TestDevicesAndRegions(t *testing.T) {
	t.Parallel()
	clear := at("25 17:40")
	fails := map[string]int{}
	for _, x := range tell(t, 1) {
		netflix := x.has("netflix", "affected") && x.Theme != "passed-on"
		if slices.Contains(x.Fails, "pc") {
			t.Errorf("computers fail in %q", x.Text)
		}
		if netflix && x.Outage == "report" && (x.Region == "eu" || x.CreatedAt.After(clear)) && x.Theme != "reply-clear" {
			t.Errorf("Netflix fails in region %s at %s: %q", x.Region, x.CreatedAt, x.Text)
		}
		if netflix && x.Outage == "report" && x.CreatedAt.Before(at("25 02:30")) && x.Region != "eu" {
			for _, d := range x.Works {
				if d != "pc" {
					t.Errorf("a %s works in the middle of it: %q", d, x.Text)
				}
			}
		}
		for _, d := range x.Fails {
			fails[d]++
		}
		if x.Lang != "en" && x.Region != "latam" && x.Region != "us" {
			t.Errorf("%s in region %s: %q", x.Lang, x.Region, x.Text)
		}
	}
	for _, d := range []string{"console", "tv", "set-top-box", "blu-ray", "phone", "tablet"} {
		if fails[d] < 50 {
			t.Errorf("%d posts say that a %s fails, want more", fails[d], d)
		}
	}
}

func TestNothingIsBlamedOnTheCloudBeforeItIsNamed(t *testing.T) {
	t.Parallel()
	experts := []string{"tech-talk", "other-customers", "reply-aws", "statement", "chat-tech", "passed-on"}
	for _, x := range tell(t, 1) {
		if x.CreatedAt.After(naming) || slices.Contains(experts, x.Theme) {
			continue
		}
		for _, v := range x.Vendors {
			if v.ID == "aws" {
				t.Errorf("%s (%s) speaks of the cloud too early: %q", x.Theme, x.CreatedAt, x.Text)
			}
		}
	}
}
