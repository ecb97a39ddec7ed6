package scenario

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
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

var leftOver = regexp.MustCompile(`[{}\[\]\x00-\x1f]|  |\| `)

func TestTextsAreWhole(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed <= 3; seed++ {
		for _, x := range tell(t, seed) {
			if leftOver.MatchString(x.Text) {
				t.Errorf("template %s leaves something over: %q", x.Template, x.Text)
			}
			if n := utf8.RuneCountInString(x.Text); x.Post.Source == "x" && n > maxX {
				t.Errorf("template %s: %d characters, the network took %d: %q", x.Template, n, maxX, x.Text)
			}
			if x.Echo == "" && strings.Contains(x.Text, "://") && !strings.Contains(x.Text, "http://t.example/") {
				t.Errorf("template %s links to a real place: %q", x.Template, x.Text)
			}
		}
	}
}

// TestEveryTemplateRenders fills each template, also those that a seed may not draw.
func TestEveryTemplateRenders(t *testing.T) {
	t.Parallel()
	s := load(t)
	r := rand.New(rand.NewPCG(1, 2))
	n := 0
	for _, th := range s.themes {
		for _, tpl := range th.templates {
			n++
			short := 0
			for range 30 {
				d := draft{s: s, r: r, taken: map[string]string{}, m: moment{at: naming, trouble: s.Trouble, zone: -5}}
				text := mend(d.fill(tpl.text))
				if leftOver.MatchString(text) || text == "" {
					t.Fatalf("template %s leaves something over: %q", tpl.id, text)
				}
				if fits(tpl.source, text) {
					short++
				}
			}
			if short < 15 {
				t.Errorf("template %s is nearly always too long: %q", tpl.id, tpl.text)
			}
		}
	}
	if n < 1000 {
		t.Errorf("%d templates, want more than 1000", n)
	}
}

func TestVariety(t *testing.T) {
	t.Parallel()
	posts := tell(t, 1)
	texts, templates, byText := map[string]bool{}, map[string]bool{}, map[string]int{}
	own := 0
	for _, x := range posts {
		texts[x.Text], templates[x.Template] = true, true
		if x.Echo == "" && !x.Spam {
			own++
			byText[strings.ToLower(x.Text)]++
		}
	}
	if share := float64(len(texts)) / float64(len(posts)); share < 0.9 {
		t.Errorf("%.1f %% of the texts are distinct, want more than 90 %%", 100*share)
	}
	if len(templates) < 1000 {
		t.Errorf("%d templates are used, want more than 1000", len(templates))
	}
	for text, n := range byText {
		if n > 12 {
			t.Errorf("%d people write %q", n, text)
		}
	}
}

func TestCrowdHasAHeavyTail(t *testing.T) {
	t.Parallel()
	press := map[string]bool{}
	for _, th := range load(t).themes {
		for _, a := range th.authors {
			press[a] = true
		}
	}
	posts := map[string]int{}
	sources := map[string]string{}
	n := 0
	for _, x := range tell(t, 1) {
		if press[x.Author] || x.Theme == "statement" {
			continue
		}
		n++
		posts[x.Author]++
		sources[x.Author] = x.Post.Source
	}
	once, most := 0, 0
	for author, k := range posts {
		if k == 1 {
			once++
		}
		most = max(most, k)
		if limit := map[string]int{"x": 15, "reddit": 20, "facebook": 15}[sources[author]]; len(author) <= limit {
			t.Errorf("handle %q could be somebody's on %s", author, sources[author])
		}
	}
	if share := float64(once) / float64(len(posts)); share < 0.6 || share > 0.85 {
		t.Errorf("%.0f %% of the authors post once, want most of them", 100*share)
	}
	if most < 8 || most > n/100 {
		t.Errorf("the busiest author posts %d times, want a few times ten", most)
	}
}

func TestStatements(t *testing.T) {
	t.Parallel()
	s := load(t)
	kinds := []string{"deny", "diminish", "apologise", "instruct", "explain", "blame supplier", "humour", "compensate"}
	texts := map[string]string{}
	for _, x := range tell(t, 5) {
		texts[x.Post.ID] = fmt.Sprint(x.CreatedAt, x.Text)
	}
	var last time.Time
	var got []string
	for _, st := range s.Statements() {
		got = append(got, st.At.Format("02 15:04")+" "+st.Precision+" "+st.By+" "+st.Kind)
		if st.At.Before(last) || st.Gist == "" || st.Place == "" || !slices.Contains(kinds, st.Kind) {
			t.Errorf("statement %s is out of order or lacks something", st.ID)
		}
		if st.Posted && texts[st.PostID] != fmt.Sprint(st.At, st.Text) {
			t.Errorf("statement %s is not the post %s: %q", st.ID, st.PostID, texts[st.PostID])
		}
		last = st.At
	}
	want := []string{
		"24 21:00 hour netflix explain",
		"25 00:00 hour netflix apologise",
		"25 01:20 day aws explain",
		"25 01:50 day netflix blame supplier",
		"25 02:20 day netflix blame supplier",
		"25 16:45 hour netflix explain",
		"25 18:00 day netflix apologise",
		"31 00:00 day aws explain",
		"31 00:00 day aws apologise",
		"31 00:00 day netflix explain",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("statements (-want +got):\n%s", d)
	}
}

func TestBeats(t *testing.T) {
	t.Parallel()
	s := load(t)
	beats := s.Beats()
	if len(beats) < 10 {
		t.Fatalf("%d beats, want a story", len(beats))
	}
	for i, b := range beats {
		if b.At.Before(s.Start) || b.At.After(s.End) || i > 0 && b.At.Before(beats[i-1].At) || !strings.HasSuffix(b.Sentence, ".") && !strings.HasSuffix(b.Sentence, "?") {
			t.Errorf("beat %d at %s is out of order or no sentence: %q", i, b.At, b.Sentence)
		}
	}
}
