package query

import (
	"context"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/outcry/outcry/nlp/tag"
)

// Filter says which posts are wanted; an empty field wants all.
type Filter struct {
	Window
	Vendor    string // named in the post
	Blamed    string // blamed in the post
	Role      string // the part that Vendor plays; nothing is found without Vendor
	Outage    string
	Sentiment string
	Source    string
	Symptom   string
	Device    string
	Place     string   // named in the text; not where the author was
	Text      string   // a piece of its text, in any case
	Keys      []uint64 // these posts and no others
	// Before, if any, is the post after which to go on: those made earlier, or in the same
	// millisecond with a lower key.
	Before *Position
	// Limit is how many are wanted, at most MaxPosts.
	Limit int
}

// Position is where a post stands in the order of posts.
type Position struct {
	At  time.Time
	Key uint64
}

// MaxPosts is the most posts that one question gives.
const MaxPosts = 200

// Post is one tagged post. Spans and marks are as stored: they may lie outside the text.
type Post struct {
	Key       uint64
	AuthorKey uint64
	tag.Tag
}

type postRow struct {
	Key            uint64     `ch:"post_key"`
	AuthorKey      uint64     `ch:"author_key"`
	Source         string     `ch:"source"`
	ID             string     `ch:"id"`
	CreatedAt      time.Time  `ch:"created_at"`
	CollectedAt    time.Time  `ch:"collected_at"`
	Author         string     `ch:"author"`
	Text           string     `ch:"text"`
	URL            string     `ch:"url"`
	Lang           string     `ch:"lang"`
	Place          string     `ch:"place"`
	Simulated      bool       `ch:"simulated"`
	Outage         string     `ch:"outage"`
	OutageScore    float32    `ch:"outage_score"`
	Sentiment      string     `ch:"sentiment"`
	SentimentScore float32    `ch:"sentiment_score"`
	VendorIDs      []string   `ch:"vendor_ids"`
	VendorRoles    []string   `ch:"vendor_roles"`
	VendorFeelings []string   `ch:"vendor_sentiments"`
	VendorScores   []float32  `ch:"vendor_scores"`
	SpanStarts     [][]uint32 `ch:"span_starts"`
	SpanEnds       [][]uint32 `ch:"span_ends"`
	Symptoms       []string   `ch:"symptoms"`
	Devices        []string   `ch:"devices"`
	Intents        []string   `ch:"intents"`
	Unknown        []string   `ch:"unknown"`
	MarkStarts     []uint32   `ch:"mark_starts"`
	MarkEnds       []uint32   `ch:"mark_ends"`
	MarkLabels     []string   `ch:"mark_labels"`
	Model          string     `ch:"model"`
}

// Posts gives the newest posts that the filter wants, newest first. Posts whose
// words must be forgotten are left out; forgotten says how many those were.
func (db *DB) Posts(ctx context.Context, f Filter) (posts []Post, forgotten int, err error) {
	limit := min(max(f.Limit, 1), MaxPosts)
	before := Position{At: f.To.Add(time.Hour), Key: 1<<64 - 1}
	if f.Before != nil {
		before = *f.Before
	}
	rows, err := ask[postRow](ctx, db, "posts", f.args(
		clickhouse.Named("before", before.At.UTC().Truncate(time.Millisecond)), clickhouse.Named("before_key", before.Key),
		clickhouse.Named("vendor", f.Vendor), clickhouse.Named("blamed", f.Blamed), clickhouse.Named("role", f.Role),
		clickhouse.Named("outage", f.Outage), clickhouse.Named("sentiment", f.Sentiment),
		clickhouse.Named("source", f.Source), clickhouse.Named("symptom", f.Symptom), clickhouse.Named("device", f.Device), clickhouse.Named("named_place", f.Place), clickhouse.Named("text", f.Text), clickhouse.Named("keys", append([]uint64{}, f.Keys...)),
		clickhouse.Named("limit", limit), clickhouse.Named("candidates", 2*limit))...)
	if err != nil || len(rows) == 0 {
		return nil, 0, err
	}
	gone, err := db.forgotten(ctx, rows)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range rows {
		if gone[r.Key] {
			forgotten++
			continue
		}
		posts = append(posts, r.post())
	}
	return posts, forgotten, nil
}

// Always is a window that has every post.
func Always() Window {
	return Window{time.Date(1970, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// Post gives one post; ok is false where there is none, or its words must be forgotten.
func (db *DB) Post(ctx context.Context, key uint64) (_ Post, ok bool, err error) {
	posts, _, err := db.Posts(ctx, Filter{Window: Always(), Keys: []uint64{key}, Limit: 1})
	if err != nil || len(posts) == 0 {
		return Post{}, false, err
	}
	return posts[0], true, nil
}

// forgotten says which of the posts were deleted, or belong to a deleted author.
// The words of a post are dropped some time after its deletion has come; until
// then this keeps them from the page.
func (db *DB) forgotten(ctx context.Context, rows []postRow) (map[uint64]bool, error) {
	var keys, authors []uint64
	var sources []string
	for _, r := range rows {
		keys, authors, sources = append(keys, r.Key), append(authors, r.AuthorKey), append(sources, r.Source)
	}
	slices.Sort(sources)
	found, err := ask[struct {
		Post   uint64 `ch:"post_key"`
		Author uint64 `ch:"author_key"`
	}](ctx, db, "forgotten", clickhouse.Named("sources", slices.Compact(sources)),
		clickhouse.Named("keys", keys), clickhouse.Named("authors", authors))
	if err != nil {
		return nil, err
	}
	gone := map[uint64]bool{}
	for _, d := range found {
		for _, r := range rows {
			if d.Post == r.Key || d.Post == 0 && d.Author == r.AuthorKey {
				gone[r.Key] = true
			}
		}
	}
	return gone, nil
}

func (r postRow) post() Post {
	t := tag.Tag{
		ID: r.ID, Source: r.Source, URL: r.URL, Author: r.Author, CreatedAt: r.CreatedAt, CollectedAt: r.CollectedAt,
		Text: r.Text, Lang: r.Lang, Place: r.Place, Simulated: r.Simulated,
		Outage: tag.Outage(r.Outage), OutageScore: float64(r.OutageScore),
		Sentiment: tag.Sentiment(r.Sentiment), SentimentScore: float64(r.SentimentScore),
		Symptoms: r.Symptoms, Devices: r.Devices, Intents: r.Intents, Unknown: r.Unknown, Model: r.Model,
	}
	for i, id := range r.VendorIDs {
		m := tag.Mention{
			Vendor: id, Role: tag.Role(r.VendorRoles[i]), Sentiment: tag.Sentiment(r.VendorFeelings[i]),
			Score: float64(r.VendorScores[i]),
		}
		for j := range r.SpanStarts[i] {
			m.Spans = append(m.Spans, tag.Span{Start: int(r.SpanStarts[i][j]), End: int(r.SpanEnds[i][j])})
		}
		t.Vendors = append(t.Vendors, m)
	}
	for i := range r.MarkStarts {
		t.Marks = append(t.Marks, tag.Mark{Span: tag.Span{Start: int(r.MarkStarts[i]), End: int(r.MarkEnds[i])}, Label: r.MarkLabels[i]})
	}
	return Post{Key: r.Key, AuthorKey: r.AuthorKey, Tag: t}
}
