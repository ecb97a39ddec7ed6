package nlp

import (
	"testing"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/nlp/corpus"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/nlp/vendor"
)

// first are the posts with which outcry began.
func first(t testing.TB) []corpus.Post {
	t.Helper()
	posts, err := corpus.ReadFile("corpus/posts/first.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return posts
}

func builtin(t testing.TB, ner bool) *Tagger {
	t.Helper()
	c, err := vendor.Load(config.VendorsYAML, nil)
	if err != nil {
		t.Fatal(err)
	}
	tagger, err := New(Options{Vendors: c, NER: ner})
	if err != nil {
		t.Fatal(err)
	}
	return tagger
}

// TestCorpus holds the baseline to what it reaches on posts that it was written
// with: it says that nothing got worse, not how good the tagger is.
func TestCorpus(t *testing.T) {
	t.Parallel()
	tagger := builtin(t, false)
	posts := first(t)
	var outage, roles, named, tagged, both, judged int
	for _, l := range posts {
		p := l.Record()
		got := tagger.Tag(&p)
		if got.Filtered != "" {
			got.Outage = tag.None
		}
		if (got.Outage != tag.None) == (l.Outage != tag.None) {
			outage++
		}
		found := map[string]tag.Role{}
		for _, m := range got.Vendors {
			found[m.Vendor] = m.Role
		}
		named += len(l.Vendors)
		tagged += len(found)
		for _, m := range l.Vendors {
			role, ok := found[m.ID]
			if !ok {
				continue
			}
			both++
			if l.Outage != tag.None {
				judged++
				if role == m.Role {
					roles++
				}
			}
		}
	}
	for _, c := range []struct {
		what        string
		part, whole int
		floor       float64
	}{
		{"outage or not", outage, len(posts), 0.91},
		{"vendors found", both, named, 0.93},
		{"vendors right", both, tagged, 0.97},
		{"roles", roles, judged, 0.85},
	} {
		share := float64(c.part) / float64(c.whole)
		t.Logf("%s: %d of %d, %.3f", c.what, c.part, c.whole, share)
		if share < c.floor {
			t.Errorf("%s: %.3f, at least %.2f was reached", c.what, share, c.floor)
		}
	}
}

// TestGateStopsNothingThatMatches: whatever the vendor matcher finds something in
// goes through the gate.
func TestGateStopsNothingThatMatches(t *testing.T) {
	t.Parallel()
	tagger := builtin(t, false)
	for _, l := range first(t) {
		w := new(work)
		w.doc.Parse(l.Text)
		w.find(tagger.known.Load())
		if reason := tagger.known.Load().gate.Check(&w.doc); reason != "" && len(w.vendors) > 0 {
			t.Errorf("%q names a vendor and is stopped: %s", l.Text, reason)
		}
	}
}

// TestOrderDoesNotMatter tags the corpus forwards, backwards and side by side.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	tagger := builtin(t, true)
	posts := first(t)
	want := make([]string, len(posts))
	for i := range posts {
		want[i] = encoded(t, tagger, &posts[i])
	}
	done := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := len(posts) - 1; i >= 0; i-- {
				if got := encoded(t, tagger, &posts[i]); got != want[i] {
					t.Errorf("%q is tagged\n%s, then\n%s", posts[i].Text, want[i], got)
				}
			}
		}()
	}
	for range 4 {
		<-done
	}
}

func encoded(t *testing.T, tagger *Tagger, p *corpus.Post) string {
	record := p.Record()
	out := tagger.Tag(&record)
	b, err := out.Encode()
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// BenchmarkTag tags posts about outages in full; the figure is posts a second on
// one core.
func BenchmarkTag(b *testing.B) {
	tagger, posts := builtin(b, true), first(b)
	n := 0
	for b.Loop() {
		p := posts[n%len(posts)].Record()
		tagger.Tag(&p)
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "posts/s")
}

// BenchmarkGate is the first pass over ordinary posts, reading included.
func BenchmarkGate(b *testing.B) {
	tagger := builtin(b, false)
	texts := []string{
		"lovely weather in the park today, walked the dog for an hour",
		"cannot believe the season is over, what a goal in the last minute!!",
		"new recipe: roast carrots with honey and thyme 🥕 link in bio https://example.org/carrots",
		"my sister had her baby this morning, everybody is well",
	}
	w, n := new(work), 0
	for b.Loop() {
		w.doc.Parse(texts[n%len(texts)])
		tagger.known.Load().gate.Check(&w.doc)
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "posts/s")
}
