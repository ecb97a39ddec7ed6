package sink_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

// letters gives topic, position and reason of all dead letters.
func letters(t *testing.T, conn driver.Conn) []string {
	t.Helper()
	return column(t, conn, "SELECT topic || ' ' || position || ' ' || reason FROM dead_letters FINAL ORDER BY topic, position")
}

func TestWrongRecordsBecomeDeadLetters(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	w := worker(conn, cfg)
	recs := records(t, "tags", 0, example(1), tag.Tag{Source: "x", CreatedAt: start}, tag.Tag{Source: "x", ID: "old", CreatedAt: time.Date(9, 1, 1, 0, 0, 0, 0, time.UTC)})
	recs = append(recs, kafka.Record{Topic: "tags", Offset: 3, Value: []byte(`{"id": "a`)})
	for i := range recs {
		recs[i].Time = time.Now() // dead letters are kept for 30 days from then
	}
	if err := w.Handle(t.Context(), recs); err != nil {
		t.Fatal(err)
	}
	letter := kafka.DeadLetter{Topic: "posts", Position: "2/7", Reason: "bad_time", Detail: "year 1", Source: "x", ID: "q", Payload: []byte("{\xff}"), At: time.Now()}.Record()
	letter.Topic = "" // this worker has no topics: the empty name is that of its dead letters
	if err := w.Handle(t.Context(), []kafka.Record{letter}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"{\uFFFD}"}, column(t, conn, "SELECT payload FROM dead_letters WHERE topic = 'posts'")); d != "" {
		t.Errorf("payload (-want +got):\n%s", d)
	}
	want := []string{"posts 2/7 bad_time", "tags 0/1 missing_field", "tags 0/2 bad_time", "tags 0/3 bad_json"}
	if d := cmp.Diff(want, letters(t, conn)); d != "" {
		t.Errorf("dead letters (-want +got):\n%s", d)
	}
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM posts"); n != 1 {
		t.Errorf("%d posts are stored, want the good one", n)
	}
}

func TestAStoppedServerHoldsTheBatchBack(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	if err := conn.Exec(t.Context(), "DROP TABLE arrivals SYNC"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if err := worker(conn, cfg).Handle(ctx, records(t, "tags", 0, example(1))); err == nil {
		t.Error("a batch that could not be stored is reported as durable")
	}
}

// Rows that the server refuses are found among good ones, whatever table refuses
// them; the good ones are stored and the stream goes on.
func TestPoisonedRows(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	if err := conn.Exec(t.Context(), "ALTER TABLE posts ADD CONSTRAINT bitter CHECK text NOT LIKE '%arsenic%'"); err != nil {
		t.Fatal(err)
	}
	all := examples(100)
	all[3].Text, all[57].Text, all[58].Text = "arsenic", "old lace and arsenic", "arsenic"
	recs := records(t, "tags", 0, all...)
	for i := range recs {
		recs[i].Time = time.Now()
	}
	for range 2 { // and again
		if err := worker(conn, cfg).Handle(t.Context(), recs); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]string{"tags 0/3 refused", "tags 0/57 refused", "tags 0/58 refused"}, letters(t, conn)); d != "" {
		t.Errorf("dead letters (-want +got):\n%s", d)
	}
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM posts FINAL"); n != 87 {
		t.Errorf("%d posts are stored, want the 87 good ones", n)
	}
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM arrivals FINAL WHERE outcome = 'refused'"); n != 3 {
		t.Errorf("%d arrivals say that they were refused, want 3", n)
	}
}

// A dead letter that cannot be stored as it is leaves its place and nothing else.
func TestPoisonedDeadLetters(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	if err := conn.Exec(t.Context(), "ALTER TABLE dead_letters ADD CONSTRAINT bitter CHECK payload NOT LIKE '%arsenic%'"); err != nil {
		t.Fatal(err)
	}
	var recs []kafka.Record
	for i, payload := range []string{"sugar", "arsenic", "salt"} {
		r := kafka.DeadLetter{Topic: "posts", Position: fmt.Sprint("0/", i), Reason: "bad_json", Payload: []byte(payload)}.Record()
		r.Offset, r.Time = int64(i), time.Now() // and no topic, which is that of this worker's dead letters
		recs = append(recs, r)
	}
	if err := worker(conn, cfg).Handle(t.Context(), recs); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{" 0/1 refused", "posts 0/0 bad_json", "posts 0/2 bad_json"}, letters(t, conn)); d != "" {
		t.Errorf("dead letters (-want +got):\n%s", d)
	}
}

// Times that no column can hold, or that are missing, do not hold a batch up.
func TestTimesThatNoColumnHolds(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	never, far, none := example(1), example(2), example(4)
	never.CollectedAt = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	far.CollectedAt = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)
	none.CollectedAt = time.Time{}
	recs := records(t, "tags", 0, never, far, none, tag.Tag{Kind: "delete", Source: "x", ID: "7"})
	recs[3].Time = time.Time{}
	if err := worker(conn, cfg).Handle(t.Context(), recs); err != nil {
		t.Fatal(err)
	}
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM posts WHERE collected_at = created_at"); n != 3 {
		t.Errorf("%d posts count as collected when they were made, want 3", n)
	}
	if n := clickhousetest.Count(t, conn, "SELECT count() FROM deletions"); n != 1 {
		t.Errorf("%d deletions are stored, want 1", n)
	}
}
