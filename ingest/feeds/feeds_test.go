package feeds_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/feeds"
	"github.com/outcry/outcry/ingest/feeds/feedtest"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/ingest/sourcetest"
	"github.com/outcry/outcry/ingest/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func source(t testing.TB, url string, now func() time.Time) *feeds.Source {
	t.Helper()
	client := web.New(web.Options{Timeout: time.Second, MaxBody: 4 << 20})
	t.Cleanup(client.Close)
	s, err := feeds.New(feeds.Options{URL: url, Every: 20 * time.Millisecond, Client: client, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// idOf is the id of the post of an entry that calls itself by an address.
func idOf(guid string) string {
	sum := sha256.Sum256([]byte(guid))
	return hex.EncodeToString(sum[:])[:24]
}

// simulator makes a feed a sourcetest.Simulator.
type simulator struct {
	*feedtest.Server
	guids map[string]string
}

func (s *simulator) Post(n int) []string {
	ids := s.GUIDs(n)
	for i, guid := range ids {
		ids[i] = idOf(guid)
		s.guids[ids[i]] = guid
	}
	return ids
}

func (s *simulator) Delete(id string) { s.Remove(s.guids[id]) }

func TestConformance(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, sourcetest.Harness{
		New: func(t *testing.T, now func() time.Time) (sourcetest.Simulator, func() ingest.Source) {
			s := &simulator{feedtest.Start(t), map[string]string{}}
			return s, func() ingest.Source { return source(t, s.URL(), now) }
		},
		Faults: []sourcetest.Fault{
			sourcetest.Reset, sourcetest.Drop, sourcetest.Stall, sourcetest.Garbage, sourcetest.Busy, sourcetest.Storm,
		},
		Polls: true,
	})
}

// read runs the source from a cursor until enough says so and gives all batches as one.
func read(t *testing.T, s *feeds.Source, cursor string, enough func(all *post.Batch, batches int) bool) post.Batch {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	var all post.Batch
	batches := 0
	err := s.Run(ctx, cursor, func(_ context.Context, b post.Batch) error {
		batches++
		all.Posts = append(all.Posts, b.Posts...)
		for reason, n := range b.Filtered {
			for range n {
				all.Filter(reason)
			}
		}
		if b.Cursor != "" {
			all.Cursor = b.Cursor
		}
		if enough(&all, batches) {
			stop()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Run gave %v; there are %d posts", err, len(all.Posts))
	}
	return all
}

// TestFormats reads one feed of each kind: testdata/NAME, with the same two entries.
func TestFormats(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"rss.xml", "atom.xml", "feed.json"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		s := feedtest.Start(t)
		s.Say(b)
		got := read(t, source(t, s.URL(), nil), "", func(all *post.Batch, _ int) bool { return len(all.Posts) > 0 })
		want := []post.Post{
			{Source: "feed", Kind: post.KindPost, ID: idOf("tag:news.example,2026:1"), URL: "https://news.example/1", Author: "127.0.0.1", Lang: "en",
				CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Text: "Netflix is down\n\nNobody can watch & everybody complains."},
			{Source: "feed", Kind: post.KindPost, ID: idOf("tag:news.example,2026:2"), URL: "https://news.example/2", Author: "Ada@127.0.0.1", Lang: "en",
				CreatedAt: time.Date(2026, 1, 2, 4, 4, 5, 0, time.UTC), Text: "It is back"},
		}
		if d := cmp.Diff(want, got.Posts); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestEntries(t *testing.T) {
	t.Parallel()
	s := feedtest.Start(t)
	s.Add(
		feedtest.Entry{GUID: "7", Title: "a number for a name"},
		feedtest.Entry{Title: "no name at all"},
		feedtest.Entry{GUID: "https://x.example/1", Title: "no time", Date: "yesterday"},
		feedtest.Entry{GUID: "https://x.example/2", Title: "from the future", Date: "Fri, 02 Jan 2099 03:04:05 GMT"},
		feedtest.Entry{GUID: "https://x.example/2", Title: "the same again"},
		feedtest.Entry{GUID: "https://x.example/3"},
		feedtest.Entry{GUID: "https://x.example/4", Title: strings.Repeat("é", 10_000)},
	)
	now := time.Now().UTC().Truncate(time.Second)
	got := read(t, source(t, s.URL(), func() time.Time { return now }), "", func(all *post.Batch, n int) bool { return n > 3 })
	if len(got.Posts) != 5 {
		t.Fatalf("%d posts, want 5: %+v", len(got.Posts), got.Posts)
	}
	if d := cmp.Diff(map[string]int{"empty": 1, "duplicate": 1}, got.Filtered); d != "" {
		t.Errorf("left out (-want +got):\n%s", d)
	}
	ids := map[string]bool{}
	for _, p := range got.Posts {
		ids[p.ID] = true
		if err := p.Validate(now); err != nil || p.CreatedAt.After(now) {
			t.Errorf("post %+v: %v", p, err)
		}
	}
	if ids[idOf("7")] || len(ids) != 5 {
		t.Errorf("the ids are %v: a number is not told apart by feed", ids)
	}
}

// TestWindow holds what happens to entries that are no longer in the feed: those that
// have only grown old stay, one that is missing among others was withdrawn, an edited
// one comes again, and nothing else does.
func TestWindow(t *testing.T) {
	t.Parallel()
	s := feedtest.Start(t)
	guids := s.GUIDs(6)
	src := source(t, s.URL(), nil)
	step := 0
	got := read(t, src, "", func(all *post.Batch, _ int) bool {
		switch {
		case step == 0 && len(all.Posts) == 6:
			step++
			s.Keep(4)
			guids = append(guids, s.GUIDs(1)...)
		case step == 1 && len(all.Posts) == 7:
			step++
			s.Edit(guids[4], "It was <i>not</i> down.")
			s.Remove(guids[5])
		}
		return len(all.Posts) >= 9
	})
	if len(got.Posts) != 9 {
		t.Fatalf("%d posts, want 7, an edit and a deletion", len(got.Posts))
	}
	for _, p := range got.Posts[7:] {
		switch p.ID {
		case idOf(guids[4]):
			if p.Kind != post.KindPost || !strings.Contains(p.Text, "It was not down.") {
				t.Errorf("the edit is %+v", p)
			}
		case idOf(guids[5]):
			if p.Kind != post.KindDelete || p.Author != "127.0.0.1" {
				t.Errorf("the deletion is %+v", p)
			}
		default:
			t.Errorf("%+v came again", p)
		}
	}
	again := read(t, src, got.Cursor, func(_ *post.Batch, n int) bool { return n == 2 })
	if len(again.Posts) > 0 {
		t.Errorf("from its own cursor it brought %+v", again.Posts)
	}
	last := s.Requests()[len(s.Requests())-1]
	if last.Header.Get("If-None-Match") == "" {
		t.Error("it did not ask for changes only")
	}
}

// TestUnordered holds that a feed which is not in order of time has no deletions.
func TestUnordered(t *testing.T) {
	t.Parallel()
	s := feedtest.Start(t)
	s.Add(feedtest.Entry{GUID: "https://x.example/old", Title: "old"})
	guids := s.GUIDs(3)
	s.Add(feedtest.Entry{GUID: "https://x.example/sticky", Title: "read this first", Date: "Fri, 02 Jan 2015 03:04:05 GMT"})
	step := 0
	got := read(t, source(t, s.URL(), nil), "", func(all *post.Batch, n int) bool {
		if step == 0 && len(all.Posts) == 5 {
			s.Remove(guids[1])
			step = n
		}
		return step > 0 && n >= step+3
	})
	if len(got.Posts) != 5 {
		t.Errorf("%d posts, want 5 and no deletion: %+v", len(got.Posts), got.Posts)
	}
}

func TestGone(t *testing.T) {
	t.Parallel()
	s := feedtest.Start(t)
	s.Gone()
	if err := source(t, s.URL(), nil).Run(t.Context(), "", nil); err != nil {
		t.Errorf("a feed that is gone gave %v", err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for url, want := range map[string]string{
		"https://example.org/feed.xml":                   "feed:example.org/feed.xml",
		"https://example.org/":                           "feed:example.org",
		"https://example.org:8443/a":                     "feed:example.org:8443/a",
		"https://example.org/f?a=1":                      "feed:example.org/f-",
		"https://example.org/f?a=2":                      "feed:example.org/f-",
		"https://example.org/é":                          "feed:example.org/_C3_A9-",
		"https://example.org/" + strings.Repeat("a", 90): "feed:example.org/aaaa",
	} {
		name := source(t, url, nil).Name()
		if !strings.HasPrefix(name, want) || len(name) > 60 {
			t.Errorf("%s is named %s, want %s", url, name, want)
		}
		if other, twice := seen[name]; twice {
			t.Errorf("%s and %s are both named %s", url, other, name)
		}
		seen[name] = url
	}
	if _, err := feeds.New(feeds.Options{URL: "example.org/feed"}); err == nil {
		t.Error("an address without http is taken")
	}
}
