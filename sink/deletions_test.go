package sink_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

var (
	deletedAt    = start.Add(2 * time.Hour)
	deletePost1  = tag.Tag{Kind: post.KindDelete, Source: "x", ID: "1", CollectedAt: deletedAt}
	deleteAuthor = tag.Tag{Kind: post.KindDeleteAuthor, Source: "x", Author: "author-2", CollectedAt: deletedAt}
)

func TestDeletionsTakeWordsAndLeaveCounts(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	w := worker(conn, cfg)
	all := examples(2000)
	all[1].URL, all[1].Place, all[1].Unknown, all[1].ReplyTo = "https://x/1", "Leeds", []string{"Frobnicloud"}, "0"
	letter := kafka.DeadLetter{Topic: "posts", Position: "0/9", Reason: "too_large", Source: "x", ID: "1", Payload: []byte("netflix is down"), At: time.Now()}.Record()
	if err := w.Handle(t.Context(), records(t, "tags", 0, all...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Handle(t.Context(), []kafka.Record{letter}); err != nil {
		t.Fatal(err)
	}
	before := numbers(t, conn, cfg.Database)
	if n, err := w.Scrub(t.Context()); err != nil || n != 0 {
		t.Errorf("scrubbing before any deletion did %d posts with error %v", n, err)
	}
	if err := w.Handle(t.Context(), records(t, "tags", 2000, deletePost1, deleteAuthor)); err != nil {
		t.Fatal(err)
	}
	const gone = 1 + 3 // post 1, and posts 2, 702 and 1402 of the author
	hidden := "SELECT count() FROM v_posts WHERE deleted AND text = '' AND url = '' AND place = '' AND reply_to = '' AND unknown = [] AND outage = 'report'"
	if n := clickhousetest.Count(t, conn, hidden); n != gone {
		t.Errorf("the view hides the words of %d posts at once, want %d", n, gone)
	}
	if n, err := w.Scrub(t.Context()); err != nil || n != gone {
		t.Errorf("scrubbing did %d posts with error %v, want %d", n, err, gone)
	}
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM posts WHERE deleted AND text = '' AND url = '' AND place = '' AND reply_to = '' AND unknown = []"); n != gone {
		t.Errorf("words of %d posts are gone from the disk, want %d", n, gone)
	}
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM dead_letters WHERE payload != ''"); n != 0 {
		t.Error("the dead letter still has the words of the deleted post")
	}
	if n := clickhousetest.Count(t, conn, hidden); n != gone {
		t.Errorf("the view shows %d deleted posts, want %d", n, gone)
	}
	if d := cmp.Diff(before, numbers(t, conn, cfg.Database)); d != "" {
		t.Errorf("counts have changed (-before +after):\n%s", d)
	}
	if n, err := w.Scrub(t.Context()); err != nil || n != 0 {
		t.Errorf("scrubbing again did %d posts with error %v, want none", n, err)
	}
}

// Words that come again, or after their deletion, are never written.
func TestDeletedWordsDoNotComeBack(t *testing.T) {
	t.Parallel()
	for name, batches := range map[string][][]tag.Tag{
		"delivered again":        {{example(1)}, {deletePost1}, {example(1)}},
		"deletion first":         {{deletePost1}, {example(1)}},
		"in one batch":           {{example(1), deletePost1}},
		"author gone":            {{example(2)}, {deleteAuthor}, {example(2), example(702)}},
		"author gone, one batch": {{deleteAuthor, example(2)}},
	} {
		cfg := clickhousetest.Start(t)
		conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
		w := worker(conn, cfg)
		for i, b := range batches {
			if err := w.Handle(t.Context(), records(t, "tags", int64(10*i), b...)); err != nil {
				t.Fatal(err)
			}
			if i == 1 {
				if _, err := w.Scrub(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n := clickhousetest.Count(t, conn, "SELECT count() FROM posts WHERE text != ''"); n != 0 {
			t.Errorf("%s: %d rows have words", name, n)
		}
		if n := clickhousetest.Count(t, conn, "SELECT count() FROM v_posts WHERE deleted"); n == 0 {
			t.Errorf("%s: the post is not there, or not marked", name)
		}
	}
}

func TestAnAuthorWhoComesBackIsHeard(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	w := worker(conn, cfg)
	later := example(2)
	later.ID, later.CreatedAt, later.CollectedAt = "later", deletedAt.Add(time.Minute), deletedAt.Add(time.Hour)
	ahead := example(2) // the author's clock is ahead; it was collected before the deletion
	ahead.ID, ahead.CreatedAt, ahead.CollectedAt = "ahead", deletedAt.Add(time.Minute), deletedAt.Add(-time.Minute)
	for i, b := range [][]tag.Tag{{example(2), ahead}, {deleteAuthor}, {later}} {
		if err := w.Handle(t.Context(), records(t, "tags", int64(10*i), b...)); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := w.Scrub(t.Context()); err != nil || n != 2 {
		t.Errorf("scrubbing did %d posts with error %v, want 2", n, err)
	}
	if d := cmp.Diff([]string{"later"}, column(t, conn, "SELECT id FROM posts WHERE text != ''")); d != "" {
		t.Errorf("posts with words (-want +got):\n%s", d)
	}
}

// The lookup among deletions and the scrub take more keys than one question holds.
func TestManyDeletions(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	w := worker(conn, cfg)
	const n = 9000
	var posts, deletions []tag.Tag
	for i := range n {
		p := example(1)
		p.ID = fmt.Sprint("many-", i)
		posts = append(posts, p)
		deletions = append(deletions, tag.Tag{Kind: post.KindDelete, Source: "x", ID: p.ID, CollectedAt: deletedAt})
	}
	for i, b := range [][]tag.Tag{posts, deletions} {
		if err := w.Handle(t.Context(), records(t, "tags", int64(n*i), b...)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := w.Scrub(t.Context()); err != nil || got != n {
		t.Errorf("scrubbing did %d posts with error %v, want %d", got, err, n)
	}
	if err := w.Handle(t.Context(), records(t, "tags", 2*n, posts...)); err != nil {
		t.Fatal(err)
	}
	if got := clickhousetest.Count(t, conn, "SELECT count() FROM posts WHERE text != ''"); got != 0 {
		t.Errorf("%d rows have words", got)
	}
}
