package sink_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/sink"
	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

// TestOfficialEntries holds that entries of status pages are stored once, that an
// edited one replaces itself, and that a wrong one becomes a dead letter.
func TestOfficialEntries(t *testing.T) {
	t.Parallel()
	cfg := clickhousetest.Start(t)
	conn := clickhousetest.Open(t, cfg, clickhouse.Writer)
	w := sink.NewWorker(sink.Options{
		DB: conn, Database: cfg.Database, Config: config.Sink{BatchRows: 1000, BatchWait: time.Millisecond},
		Log: slog.New(slog.DiscardHandler), Metrics: sink.NewMetrics(nil), Topics: kafka.Topics{Official: "official", DeadLetters: "dead-letters"},
	})
	entry := post.Official{Vendor: "aws", EventID: "1", At: start, Status: "investigating", Impact: "major", Title: "ELB", Text: "We look.", URL: "https://x", CollectedAt: start.Add(time.Minute)}
	edited := entry
	edited.Text, edited.CollectedAt = "We look closely.", start.Add(2*time.Minute)
	solved := entry
	solved.Status, solved.At = "resolved", start.Add(time.Hour)
	var recs []kafka.Record
	for i, o := range []post.Official{entry, edited, entry, solved, {Vendor: "aws", At: start}} {
		b, err := o.Encode()
		if err != nil {
			t.Fatal(err)
		}
		recs = append(recs, kafka.Record{Topic: "official", Offset: int64(i), Value: b, Time: time.Now()})
	}
	for range 2 {
		if err := w.Handle(t.Context(), recs); err != nil {
			t.Fatal(err)
		}
	}
	got := column(t, conn, "SELECT concat(vendor, ' ', event_id, ' ', status, ' ', impact, ' ', title, ' ', text, ' ', url) FROM official_events FINAL ORDER BY at")
	if d := cmp.Diff([]string{"aws 1 investigating major ELB We look closely. https://x", "aws 1 resolved major ELB We look. https://x"}, got); d != "" {
		t.Errorf("official_events (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"official 0/4 missing_field"}, letters(t, conn)); d != "" {
		t.Errorf("dead letters (-want +got):\n%s", d)
	}
}
