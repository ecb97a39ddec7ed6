package sink_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/sink"
	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

func TestMain(m *testing.M) { clickhousetest.Main(m) }

var start = time.Date(2026, 3, 4, 5, 0, 0, 0, time.UTC)

// example is the i-th post of a made-up hour: two in three name netflix, half of
// those aws too; every tenth is stopped by the gate.
func example(i int) tag.Tag {
	t := tag.Tag{
		ID: fmt.Sprint(i), Source: "x", Kind: post.KindPost, Author: fmt.Sprintf("author-%d", i%700),
		CreatedAt: start.Add(time.Duration(i) * 300 * time.Millisecond), CollectedAt: start.Add(time.Hour),
		Text: fmt.Sprintf("netflix is down, says post %d 🎄", i), Lang: "en",
		Outage: tag.Report, OutageScore: 0.9, Sentiment: tag.Negative, SentimentScore: -0.4,
		Symptoms: []string{"playback"}, Cluster: tag.Hash(i), Model: "test",
		Marks: []tag.Mark{{Span: tag.Span{Start: 8, End: 15}, Label: "report"}},
	}
	if i%10 == 0 {
		return tag.Tag{ID: t.ID, Source: t.Source, Kind: t.Kind, Author: t.Author, CreatedAt: t.CreatedAt, CollectedAt: t.CollectedAt, Filtered: "no_match"}
	}
	if i%3 != 0 {
		t.Vendors = append(t.Vendors, tag.Mention{Vendor: "netflix", Role: tag.Affected, Sentiment: tag.Negative, Score: 1, Spans: []tag.Span{{Start: 0, End: 7}}})
		if i%2 == 0 {
			t.Vendors = append(t.Vendors, tag.Mention{Vendor: "aws", Role: tag.Blamed, Sentiment: tag.Negative, Score: 0.9})
		}
	}
	return t
}

// records puts tags onto a partition of the topic, from an offset on.
func records(t *testing.T, topic string, offset int64, tags ...tag.Tag) []kafka.Record {
	t.Helper()
	recs := make([]kafka.Record, len(tags))
	for i := range tags {
		b, err := tags[i].Encode()
		if err != nil {
			t.Fatal(err)
		}
		recs[i] = kafka.Record{Topic: topic, Offset: offset + int64(i), Value: b, Time: start}
	}
	return recs
}

func examples(n int) []tag.Tag {
	all := make([]tag.Tag, n)
	for i := range all {
		all[i] = example(i)
	}
	return all
}

func worker(db sink.Database, cfg config.ClickHouse) *sink.Worker {
	return sink.NewWorker(sink.Options{
		DB: db, Database: cfg.Database, Config: config.Sink{BatchRows: 1000, BatchWait: time.Millisecond},
		Log: slog.New(slog.DiscardHandler), Metrics: sink.NewMetrics(nil),
	})
}

// numbers are all counts that a page could show.
func numbers(t *testing.T, conn driver.Conn, db string) map[string]uint64 {
	t.Helper()
	all := map[string]uint64{}
	for name, sql := range map[string]string{
		"posts":           "SELECT count() FROM %s.posts FINAL",
		"arrivals":        "SELECT count() FROM %s.arrivals FINAL",
		"filtered":        "SELECT count() FROM %s.arrivals FINAL WHERE outcome = 'no_match'",
		"mentions":        "SELECT count() FROM %s.mentions FINAL",
		"netflix":         "SELECT uniqCombined64Merge(20)(posts) FROM %s.vendor_minutes WHERE vendor = 'netflix'",
		"aws by minute":   "SELECT sum(n) FROM (SELECT uniqCombined64Merge(20)(posts) AS n FROM %s.vendor_minutes WHERE vendor = 'aws' GROUP BY minute)",
		"netflix authors": "SELECT uniqCombined64Merge(20)(authors) FROM %s.vendor_minutes WHERE vendor = 'netflix'",
		"seen":            "SELECT sum(seen) FROM %s.v_source_minutes",
		"stored":          "SELECT sum(stored) FROM %s.v_source_minutes",
	} {
		all[name] = clickhousetest.Count(t, conn, fmt.Sprintf(sql, db))
	}
	return all
}

// column gives the first column of a result.
func column(t *testing.T, conn driver.Conn, sql string) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRepetitionsChangeNothing(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	const n = 10_000
	all := examples(n)
	deliver := func(cut int) {
		w := worker(conn, cfg)
		for at := 0; at < n; at += cut {
			if err := w.Handle(t.Context(), records(t, "tags", int64(at), all[at:min(n, at+cut)]...)); err != nil {
				t.Fatal(err)
			}
		}
	}
	deliver(1000)
	first := numbers(t, conn, cfg.Database)
	netflix, aws := uint64(0), uint64(0)
	for i := range n {
		if i%10 != 0 && i%3 != 0 {
			netflix++
			if i%2 == 0 {
				aws++
			}
		}
	}
	want := map[string]uint64{
		"posts": n - n/10, "arrivals": n, "filtered": n / 10, "mentions": netflix + aws,
		"netflix": netflix, "aws by minute": aws, "netflix authors": 630, "seen": n, "stored": n - n/10,
	}
	if d := cmp.Diff(want, first); d != "" {
		t.Errorf("after the first delivery (-want +got):\n%s", d)
	}
	deliver(1000) // the same batches
	deliver(377)  // others
	if d := cmp.Diff(first, numbers(t, conn, cfg.Database)); d != "" {
		t.Errorf("after two repetitions (-first +now):\n%s", d)
	}
}

func TestALaterVersionHolds(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	w := worker(conn, cfg)
	older, newer := example(1), example(1)
	newer.Text, newer.CollectedAt = "netflix is back", older.CollectedAt.Add(time.Minute)
	for i, version := range []tag.Tag{newer, older} { // in the wrong order
		if err := w.Handle(t.Context(), records(t, "tags", int64(i), version)); err != nil {
			t.Fatal(err)
		}
	}
	var text string
	if err := conn.QueryRow(t.Context(), "SELECT text FROM v_posts").Scan(&text); err != nil || text != newer.Text {
		t.Errorf("text is %q (error %v), want %q", text, err, newer.Text)
	}
	if n := clickhousetest.Count(t, conn, "SELECT sum(reports) FROM v_vendor_minutes WHERE vendor = 'netflix'"); n != 1 {
		t.Errorf("two versions count %d times, want once", n)
	}
}

// lossy loses the answer of the first insert into each table: the rows are in, and
// the worker does not know it.
type lossy struct {
	driver.Conn
	lost map[string]bool
}

var errAnswerLost = errors.New("the answer was lost")

func (l *lossy) PrepareBatch(ctx context.Context, query string, opts ...driver.PrepareBatchOption) (driver.Batch, error) {
	b, err := l.Conn.PrepareBatch(ctx, query, opts...)
	if err != nil || l.lost[query] {
		return b, err
	}
	l.lost[query] = true
	return lossyBatch{b}, nil
}

type lossyBatch struct{ driver.Batch }

func (b lossyBatch) Send() error {
	if err := b.Batch.Send(); err != nil {
		return err
	}
	return errAnswerLost
}

func TestALostAnswerStoresNothingTwice(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	db := &lossy{conn, map[string]bool{}}
	if err := worker(db, cfg).Handle(t.Context(), records(t, "tags", 0, examples(100)...)); err != nil {
		t.Fatal(err)
	}
	if len(db.lost) != 2 {
		t.Fatalf("answers of %d inserts were lost, want 2: the fault did not happen", len(db.lost))
	}
	// Without FINAL: the token kept the repetition out altogether.
	for table, want := range map[string]uint64{"posts": 90, "arrivals": 100} {
		if n := clickhousetest.Count(t, conn, "SELECT count() FROM "+table); n != want {
			t.Errorf("%s has %d rows, want %d", table, n, want)
		}
	}
}

// A topic that was made anew counts its offsets from 0 again: other records under
// the places of old ones.
func TestATopicMadeAnew(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	w := worker(conn, cfg)
	for from := range 3 {
		all := examples(30)
		if err := w.Handle(t.Context(), records(t, "tags", 0, all[10*from:10*from+10]...)); err != nil {
			t.Fatal(err)
		}
	}
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM arrivals FINAL"); n != 30 {
		t.Errorf("%d posts arrived, want all 30", n)
	}
}

// One insert holds what the server can hold in memory, however large the batch is.
func TestLargeBatches(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	all := examples(1200)
	for i := range all {
		if all[i].Filtered == "" {
			all[i].Text = strings.Repeat(fmt.Sprintf("%d ", i), 15_000)
		}
	}
	recs := records(t, "tags", 0, all...)
	for range 2 {
		if err := worker(conn, cfg).Handle(t.Context(), recs); err != nil {
			t.Fatal(err)
		}
	}
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM posts"); n != 1080 {
		t.Errorf("posts has %d rows without FINAL, want 1080: the pieces' tokens keep repetitions out", n)
	}
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM system.parts WHERE active AND database = ? AND table = 'posts'", cfg.Database); n < 2 {
		t.Errorf("the batch went in in %d pieces, want more", n)
	}
}
