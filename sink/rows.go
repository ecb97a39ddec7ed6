package sink

import (
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/sink/schema"
)

// rows are what one batch of records becomes, by table.
type rows struct {
	posts     []tag.Tag
	arrivals  []tag.Tag
	deletions []tag.Tag
	letters   []kafka.DeadLetter
}

// add sorts one tag into the tables that it belongs to.
func (r *rows) add(t tag.Tag) {
	switch {
	case t.Kind == post.KindDelete || t.Kind == post.KindDeleteAuthor:
		r.deletions = append(r.deletions, t)
	case t.Filtered != "":
		r.arrivals = append(r.arrivals, t)
	default:
		r.posts = append(r.posts, t)
		r.arrivals = append(r.arrivals, t)
	}
}

// table is how rows of one kind go into ClickHouse.
type table[T any] struct {
	name    string
	columns []string
	append  func(driver.Batch, T) error
}

var postsTable = table[tag.Tag]{schema.Posts, []string{
	"post_key", "source", "id", "created_at", "collected_at", "author", "author_key", "text", "url", "lang",
	"reply_to", "place", "simulated", "outage", "outage_score", "sentiment", "sentiment_score",
	"vendors.id", "vendors.role", "vendors.sentiment", "vendors.score", "vendors.spans",
	"symptoms", "devices", "places", "intents", "unknown", "spam", "cluster",
	"marks.start", "marks.end", "marks.label", "model", "version",
}, func(b driver.Batch, t tag.Tag) error {
	n := len(t.Vendors)
	ids, roles, feelings := make([]string, n), make([]string, n), make([]string, n)
	scores, spans := make([]float32, n), make([][][]any, n)
	for i, v := range t.Vendors {
		ids[i], roles[i], feelings[i], scores[i] = v.Vendor, string(v.Role), string(v.Sentiment), float32(v.Score)
		spans[i] = make([][]any, len(v.Spans))
		for j, s := range v.Spans {
			spans[i][j] = []any{uint32(s.Start), uint32(s.End)}
		}
	}
	starts, ends, labels := make([]uint32, len(t.Marks)), make([]uint32, len(t.Marks)), make([]string, len(t.Marks))
	for i, m := range t.Marks {
		starts[i], ends[i], labels[i] = uint32(m.Start), uint32(m.End), m.Label
	}
	return b.Append(t.Key(), t.Source, t.ID, t.CreatedAt, t.CollectedAt, t.Author, t.AuthorKey(), t.Text, t.URL, t.Lang,
		t.ReplyTo, t.Place, t.Simulated, string(t.Outage), float32(t.OutageScore), string(t.Sentiment), float32(t.SentimentScore),
		ids, roles, feelings, scores, spans,
		list(t.Symptoms), list(t.Devices), list(t.Places), list(t.Intents), list(t.Unknown), float32(t.Spam), uint64(t.Cluster),
		starts, ends, labels, t.Model, version(t))
}}

var arrivalsTable = table[tag.Tag]{schema.Arrivals, []string{
	"post_key", "source", "created_at", "collected_at", "outcome", "simulated",
}, func(b driver.Batch, t tag.Tag) error {
	outcome := t.Filtered
	if outcome == "" {
		outcome = schema.OutcomeStored
	}
	return b.Append(t.Key(), t.Source, t.CreatedAt, t.CollectedAt, outcome, t.Simulated)
}}

var deletionsTable = table[tag.Tag]{schema.Deletions, []string{
	"source", "post_key", "author_key", "deleted_at",
}, func(b driver.Batch, t tag.Tag) error {
	at := t.CollectedAt
	if at.IsZero() {
		at = t.CreatedAt
	}
	if t.Kind == post.KindDeleteAuthor {
		return b.Append(t.Source, uint64(0), t.AuthorKey(), at)
	}
	return b.Append(t.Source, t.Key(), uint64(0), at)
}}

var lettersTable = table[kafka.DeadLetter]{schema.DeadLetters, []string{
	"topic", "position", "reason", "detail", "post_key", "payload", "failed_at",
}, func(b driver.Batch, d kafka.DeadLetter) error {
	place := d.Topic
	if place == "" {
		place = d.Source
	}
	var key uint64
	if d.Source != "" && d.ID != "" {
		key = post.Key(d.Source, d.ID)
	}
	return b.Append(place, d.Position, d.Reason, strings.ToValidUTF8(d.Detail, "\uFFFD"), key, strings.ToValidUTF8(string(d.Payload), "\uFFFD"), d.At)
}}

// version decides between two rows of one post: the later collected holds.
func version(t tag.Tag) uint64 {
	at := t.CollectedAt
	if at.IsZero() {
		return 0
	}
	return uint64(max(0, at.UnixMilli()))
}

// list gives an empty list for none: the driver refuses nil.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// storable says what of a tag no column can hold, or "".
func storable(t *tag.Tag) string {
	if t.Source == "" || t.ID == "" && t.Kind != post.KindDeleteAuthor {
		return "source or id is empty"
	}
	if t.Kind == post.KindPost && (t.CreatedAt.Before(post.EarliestTime) || t.CreatedAt.After(latest)) {
		return "created_at is out of range: " + t.CreatedAt.Format(time.RFC3339)
	}
	return ""
}

// latest is the last time that the minutes of the rollups can hold, with a day to spare.
var latest = time.Date(2106, 2, 6, 0, 0, 0, 0, time.UTC)
