package query_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/dashboards/query"
	"github.com/outcry/outcry/dashboards/query/querytest"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/sink/clickhouse"
	"github.com/outcry/outcry/sink/clickhouse/clickhousetest"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// start gives questions as the pages ask them, with the reader's rights, over the tags.
func start(t *testing.T, tags ...tag.Tag) (*query.DB, writer) {
	t.Helper()
	cfg := clickhousetest.Start(t)
	w := clickhousetest.Open(t, cfg, clickhouse.Writer)
	if len(tags) > 0 {
		querytest.Insert(t, w, tags...)
	}
	return query.New(clickhousetest.Open(t, cfg, clickhouse.Reader), nil), writer{w}
}

func at(minutes float64) time.Time { return noon.Add(time.Duration(minutes * float64(time.Minute))) }

func report(id string, author int, when time.Time, vendors ...tag.Mention) tag.Tag {
	return tag.Tag{
		ID: id, Source: "bluesky", Author: querytest.Pseudonym(author), CreatedAt: when,
		Text: "netflix is down again", Outage: tag.Report, OutageScore: 0.9,
		Sentiment: tag.Negative, SentimentScore: -0.5, Vendors: vendors, Model: "test",
	}
}

func mention(vendor string, role tag.Role) tag.Mention {
	return tag.Mention{Vendor: vendor, Role: role, Sentiment: tag.Negative, Score: 1, Spans: []tag.Span{{Start: 0, End: 7}}}
}

func TestVendorsComparesNowWithBefore(t *testing.T) {
	t.Parallel()
	reaction := report("r", 9, at(-1), mention("netflix", tag.Affected))
	reaction.Outage = tag.Reaction
	spam := report("s", 10, at(-1), mention("netflix", tag.Affected))
	spam.Spam = 0.9
	simulated := report("hulu", 11, at(-2), mention("hulu", tag.Mentioned))
	simulated.Outage, simulated.Simulated = tag.None, true
	simulated.Vendors[0].Sentiment = tag.Positive
	db, _ := start(t,
		report("a", 1, at(-1), mention("netflix", tag.Affected)),
		report("b", 1, at(-0.9), mention("netflix", tag.Affected)), // the same person in the same minute
		report("c", 1, at(-2), mention("netflix", tag.Affected)),   // and in another
		report("d", 2, at(-2), mention("netflix", tag.Affected)),
		report("e", 3, at(-30), mention("netflix", tag.Affected)),
		report("old", 4, at(-66), mention("netflix", tag.Affected)),
		report("next", 5, at(0), mention("netflix", tag.Affected)),
		reaction, spam, simulated)
	got, err := db.Vendors(t.Context(), query.Window{From: at(-65), To: noon}, at(-5))
	if err != nil {
		t.Fatal(err)
	}
	want := []query.Vendor{
		{Vendor: "netflix", Reports: 3, Reactions: 1, ReportsBefore: 1, Posts: 6, Negative: 6,
			Minutes: []uint16{35, 63, 64}, People: []uint64{1, 2, 2}},
		{Vendor: "hulu", Posts: 1, Positive: 1, Simulated: true, Minutes: []uint16{63}, People: []uint64{0}},
	}
	for i := range got {
		sortMinutes(&got[i])
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("vendors (-want +got):\n%s", d)
	}
}
