package hackernews_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/hackernews"
	"github.com/outcry/outcry/ingest/hackernews/hackernewstest"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/ingest/sourcetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func source(t testing.TB, s *hackernewstest.Server, now func() time.Time) *hackernews.Source {
	t.Helper()
	src, err := hackernews.New(hackernews.Options{
		HackerNews: config.HackerNews{URL: s.URL(), Every: 20 * time.Millisecond},
		Timeout:    time.Second, Patience: 300 * time.Millisecond, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestConformance(t *testing.T) {
	t.Parallel()
	sourcetest.Run(t, sourcetest.Harness{
		New: func(t *testing.T, now func() time.Time) (sourcetest.Simulator, func() ingest.Source) {
			s := hackernewstest.Start(t)
			return s, func() ingest.Source { return source(t, s, now) }
		},
		Faults: []sourcetest.Fault{
			sourcetest.Reset, sourcetest.Drop, sourcetest.Stall, sourcetest.Garbage, sourcetest.Busy, sourcetest.Storm,
		},
		Polls: true,
	})
}

// read runs the source from a cursor until enough says so, and gives all batches as
// one, with the last cursor.
func read(t *testing.T, s *hackernewstest.Server, cursor string, enough func(all *post.Batch) bool) post.Batch {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	var all post.Batch
	err := source(t, s, nil).Run(ctx, cursor, func(_ context.Context, b post.Batch) error {
		all.Posts = append(all.Posts, b.Posts...)
		all.Rejects = append(all.Rejects, b.Rejects...)
		for reason, n := range b.Filtered {
			for range n {
				all.Filter(reason)
			}
		}
		all.Cursor = b.Cursor
		if enough(&all) {
			stop()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Run gave %v; there are %d posts, %d rejects, %v left out", err, len(all.Posts), len(all.Rejects), all.Filtered)
	}
	return all
}

func from(id int64) string { return strconv.FormatInt(id, 10) }

func TestMeaning(t *testing.T) {
	t.Parallel()
	s := hackernewstest.Start(t)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	story := s.Add(map[string]any{"type": "story", "by": "pg", "time": at.Unix(), "title": "Netflix &amp; chill is down", "url": "https://example.org/a?b=1&c=2"})
	comment := s.Add(map[string]any{"by": "jl", "time": at.Unix(), "parent": story, "text": "It&#x27;s AWS again.<p>See <a href=\"https:&#x2F;&#x2F;example.org&#x2F;a&#x2F;long&#x2F;way\" rel=\"nofollow\">https:&#x2F;&#x2F;example.org&#x2F;a&#x2F;lo...</a>"})
	s.Add(map[string]any{"type": "job", "title": "Work with us"})
	s.Add(map[string]any{"dead": true, "text": "spam"})
	bad := s.Add(nil)
	s.Say(bad, `{"id":"not a number"}`)
	wrong := s.Add(nil)
	s.Say(wrong, `{"id":7,"type":"comment"}`)

	got := read(t, s, from(hackernewstest.First), func(all *post.Batch) bool { return all.Received() >= 6 })
	want := []post.Post{
		{ID: from(story), Source: "hackernews", Kind: post.KindPost, Author: "pg", CreatedAt: at, URL: "https://news.ycombinator.com/item?id=" + from(story),
			Text: "Netflix & chill is down\n\nhttps://example.org/a?b=1&c=2"},
		{ID: from(comment), Source: "hackernews", Kind: post.KindPost, Author: "jl", CreatedAt: at, URL: "https://news.ycombinator.com/item?id=" + from(comment),
			ReplyTo: from(story), Text: "It's AWS again.\n\nSee https://example.org/a/long/way"},
	}
	if d := cmp.Diff(want, got.Posts); d != "" {
		t.Errorf("posts (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string]int{"other_type": 1, "deleted": 1}, got.Filtered); d != "" {
		t.Errorf("left out (-want +got):\n%s", d)
	}
	if len(got.Rejects) != 2 || got.Rejects[0].ID != from(bad) || got.Rejects[1].Detail != "item "+from(wrong)+" says that it is 7" {
		t.Errorf("rejects are %+v", got.Rejects)
	}
}

// TestLate gives out a number before its item: the cursor waits for it, and a number
// that never gets one is given up.
func TestLate(t *testing.T) {
	t.Parallel()
	s := hackernewstest.Start(t)
	late, never := s.Add(nil), s.Add(nil)
	last := s.Add(map[string]any{"text": "in time"})
	waited := false
	got := read(t, s, from(hackernewstest.First), func(all *post.Batch) bool {
		if all.Cursor == from(late-1) && len(all.Posts) == 1 && !waited {
			waited = true
			s.Set(late, map[string]any{"text": "late"})
		}
		return all.Cursor == from(last)
	})
	if !waited {
		t.Error("the cursor did not wait for the item")
	}
	if len(got.Posts) != 2 || got.Posts[1].ID != from(late) || got.Filtered["never_came"] != 1 {
		t.Errorf("got %+v, left out %v; %d never gets an item", got.Posts, got.Filtered, never)
	}
}

// TestChanges holds that an edit comes as a post, a deletion once and with the author
// of the post, and that what only got a point does not come again.
func TestChanges(t *testing.T) {
	t.Parallel()
	s := hackernewstest.Start(t)
	edited := s.Add(map[string]any{"text": "netflix"})
	pointed := s.Add(map[string]any{"text": "hulu", "score": 1})
	gone := s.Add(map[string]any{"text": "max", "by": "somebody"})
	done := false
	got := read(t, s, from(hackernewstest.First), func(all *post.Batch) bool {
		if len(all.Posts) == 3 && !done {
			done = true
			s.Set(edited, map[string]any{"text": "netflix is back"})
			s.Set(pointed, map[string]any{"text": "hulu", "score": 2})
			s.Delete(from(gone))
		}
		return len(all.Posts) >= 5 && all.Filtered["unchanged"] > 6
	})
	if len(got.Posts) != 5 {
		t.Fatalf("%d posts came, want 3, an edit and a deletion: %+v", len(got.Posts), got.Posts)
	}
	if p := got.Posts[3]; p.ID != from(edited) || p.Text != "netflix is back" || p.Kind != post.KindPost {
		t.Errorf("the edit is %+v", p)
	}
	if p := got.Posts[4]; p.ID != from(gone) || p.Kind != post.KindDelete || p.Author != "somebody" {
		t.Errorf("the deletion is %+v", p)
	}
}

func TestBadCursor(t *testing.T) {
	t.Parallel()
	err := source(t, hackernewstest.Start(t), nil).Run(t.Context(), "yesterday", nil)
	var f *post.Failure
	if !errors.As(err, &f) || f.Kind != "cursor" {
		t.Errorf("Run gave %v", err)
	}
}
