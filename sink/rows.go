package sink

import (
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/sink/schema"
)

// reasonRefused marks records that the server does not take.
const reasonRefused = "refused"

// entry is one record on its way into tables: a tag, an entry of a status page, or
// a dead letter.
type entry struct {
	rec      kafka.Record
	tag      tag.Tag
	official post.Official
	letter   kafka.DeadLetter
	// deleted says that the words were taken out because the source deleted them.
	deleted bool
}

// batch is what records become, by table.
type batch struct {
	token                                         string
	posts, arrivals, deletions, official, letters []*entry
}

// add puts a tag to the tables that it belongs to.
func (b *batch) add(e *entry) {
	switch {
	case e.tag.Kind == post.KindDelete || e.tag.Kind == post.KindDeleteAuthor:
		b.deletions = append(b.deletions, e)
	case e.tag.Filtered != "":
		b.arrivals = append(b.arrivals, e)
	default:
		b.posts = append(b.posts, e)
		b.arrivals = append(b.arrivals, e)
	}
}

// latest is the last time that the minutes of the rollups can hold, with a day to spare.
var latest = time.Date(2106, 2, 6, 0, 0, 0, 0, time.UTC)

// decode reads a tag and makes its times ones that columns can hold.
func decode(rec kafka.Record) (*entry, error) {
	t, err := tag.Decode(rec.Value)
	if err != nil {
		return nil, err
	}
	p := post.Post{Source: t.Source, ID: t.ID, Kind: t.Kind, Author: t.Author, CreatedAt: t.CreatedAt}
	if err := p.Validate(latest); err != nil {
		return nil, err
	}
	t.CreatedAt = inRange(t.CreatedAt, rec.Time)
	t.CollectedAt = inRange(t.CollectedAt, t.CreatedAt)
	return &entry{rec: rec, tag: t}, nil
}

// inRange gives the first time that a column can hold.
func inRange(times ...time.Time) time.Time {
	for _, at := range times {
		if !at.Before(post.EarliestTime) && !at.After(latest) {
			return at
		}
	}
	return post.EarliestTime
}

func letterOf(rec kafka.Record) *entry {
	d := kafka.ParseDeadLetter(rec)
	d.At = inRange(d.At, rec.Time)
	if d.Topic == "" {
		d.Topic = d.Source // it came from outside
	}
	if d.Topic == "" {
		d.Topic = rec.Topic
	}
	if d.Position == "" {
		d.Position = position(rec)
	}
	return &entry{rec: rec, letter: d}
}

// table is how entries go into ClickHouse.
type table struct {
	name    string
	columns []string
	append  func(driver.Batch, *entry) error
	// size is about how many bytes an entry takes, beside a row's usual ones.
	size func(*entry) int
}

var postsTable = table{schema.Posts, []string{
	"post_key", "source", "id", "created_at", "collected_at", "author", "author_key", "text", "url", "lang",
	"reply_to", "place", "simulated", "outage", "outage_score", "sentiment", "sentiment_score", "emotion",
	"vendors.id", "vendors.role", "vendors.sentiment", "vendors.score", "vendors.spans",
	"symptoms", "devices", "places", "intents", "unknown", "spam", "cluster",
	"marks.start", "marks.end", "marks.label", "model", "version", "deleted",
}, appendPost, func(e *entry) int { return len(e.rec.Value) }}

func appendPost(b driver.Batch, e *entry) error {
	t := &e.tag
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
		t.ReplyTo, t.Place, t.Simulated, string(t.Outage), float32(t.OutageScore), string(t.Sentiment), float32(t.SentimentScore), string(t.Emotion),
		ids, roles, feelings, scores, spans,
		list(t.Symptoms), list(t.Devices), list(t.Places), list(t.Intents), list(t.Unknown), float32(t.Spam), uint64(t.Cluster),
		starts, ends, labels, t.Model, uint64(t.CollectedAt.UnixMilli()), e.deleted)
}

var arrivalsTable = table{schema.Arrivals, []string{
	"post_key", "source", "created_at", "collected_at", "outcome", "simulated",
}, func(b driver.Batch, e *entry) error {
	outcome := e.tag.Filtered
	if outcome == "" {
		outcome = schema.OutcomeStored
	}
	return b.Append(e.tag.Key(), e.tag.Source, e.tag.CreatedAt, e.tag.CollectedAt, outcome, e.tag.Simulated)
}, nothing}

var deletionsTable = table{schema.Deletions, []string{
	"source", "post_key", "author_key", "deleted_at",
}, func(b driver.Batch, e *entry) error {
	if e.tag.Kind == post.KindDeleteAuthor {
		return b.Append(e.tag.Source, uint64(0), e.tag.AuthorKey(), e.tag.CollectedAt)
	}
	return b.Append(e.tag.Source, e.tag.Key(), uint64(0), e.tag.CollectedAt)
}, nothing}

var lettersTable = table{schema.DeadLetters, []string{
	"topic", "position", "reason", "detail", "post_key", "payload", "failed_at",
}, func(b driver.Batch, e *entry) error {
	d := e.letter
	var key uint64
	if d.Source != "" && d.ID != "" {
		key = post.Key(d.Source, d.ID)
	}
	return b.Append(d.Topic, d.Position, d.Reason, text(d.Detail), key, text(string(d.Payload[:min(len(d.Payload), maxPayload)])), inRange(d.At))
}, func(e *entry) int { return min(len(e.letter.Payload), maxPayload) + len(e.letter.Detail) }}

// maxPayload is how much of a bad record is kept.
const maxPayload = 4 << 10

func nothing(*entry) int { return 0 }

func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// list gives an empty list for none: the driver refuses nil.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (t table) insertInto(database string) string {
	return fmt.Sprintf("INSERT INTO %s.%s (`%s`)", database, t.name, strings.Join(t.columns, "`, `"))
}
