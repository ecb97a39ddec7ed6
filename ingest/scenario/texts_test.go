package scenario

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

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
