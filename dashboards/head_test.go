package dashboards

import (
	"testing"
	"time"

	"github.com/outcry/outcry/dashboards/query/querytest"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

// TestHead asks for the head of nothing, of a replay that goes on, and of live posts.
func TestHead(t *testing.T) {
	t.Parallel()
	conn := clickhousetest.Open(t, clickhousetest.Start(t), clickhouse.Writer)
	wall := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	h := NewHead(conn, func() time.Time { return wall })
	at := func() time.Time {
		t.Helper()
		got, err := h.At(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	add := func(id string, made, collected time.Time) {
		querytest.Insert(t, conn, tag.Tag{ID: id, Source: "x", CreatedAt: made, CollectedAt: collected, Outage: tag.None})
	}
	if got := at(); !got.IsZero() {
		t.Errorf("the head of nothing is %s", got)
	}
	old := time.Date(2012, 12, 24, 20, 0, 0, 0, time.UTC)
	add("1", old, wall)
	if got := at(); !got.IsZero() {
		t.Errorf("a replay is complete up to %s at once", got)
	}
	wall = wall.Add(2 * time.Second)
	add("2", old.Add(20*time.Minute), wall)
	at()
	wall = wall.Add(2 * time.Second)
	if got, want := at(), old.Add(time.Minute); !got.Equal(want) {
		t.Errorf("after 4 s the replay is complete up to %s, want %s", got, want)
	}
	for range 2 {
		wall = wall.Add(4 * time.Second)
		if got, want := at(), old.Add(21*time.Minute); !got.Equal(want) {
			t.Errorf("in the end the replay is complete up to %s, want %s", got, want)
		}
	}
	wall = wall.Add(time.Hour)
	add("3", wall.Add(-time.Second), wall)
	if got, want := at(), wall.Add(-liveDelay); !got.Equal(want) {
		t.Errorf("live posts are complete up to %s, want %s", got, want)
	}
}
