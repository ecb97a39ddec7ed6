// Package querytest puts posts into the tables as the sink would, for tests of the
// questions and of the pages. The posts are ours: no person wrote them.
package querytest

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/nlp/tag"
	"github.com/outcry/outcry/sink/schema"
)

const postColumns = `post_key, source, id, created_at, collected_at, author, author_key, text, url, lang, reply_to, place,
	simulated, outage, outage_score, sentiment, sentiment_score, vendors.id, vendors.role, vendors.sentiment, vendors.score,
	vendors.spans, symptoms, devices, places, intents, unknown, spam, cluster, marks.start, marks.end, marks.label, model, version`

// Insert stores the tags: rows in posts and arrivals, or in arrivals alone where
// the gate stopped the post. The rollups follow by the views.
func Insert(t testing.TB, conn driver.Conn, tags ...tag.Tag) {
	t.Helper()
	if err := insert(t.Context(), conn, tags); err != nil {
		t.Fatal(err)
	}
}

func insert(ctx context.Context, conn driver.Conn, tags []tag.Tag) error {
	posts, err := conn.PrepareBatch(ctx, "INSERT INTO "+schema.Posts+" ("+postColumns+")")
	if err != nil {
		return fmt.Errorf("preparing posts: %w", err)
	}
	arrivals, err := conn.PrepareBatch(ctx, "INSERT INTO "+schema.Arrivals+" (post_key, source, created_at, collected_at, outcome, simulated)")
	if err != nil {
		return fmt.Errorf("preparing arrivals: %w", err)
	}
	for _, g := range tags {
		if g.CollectedAt.IsZero() {
			g.CollectedAt = g.CreatedAt.Add(time.Second)
		}
		outcome := schema.OutcomeStored
		if g.Filtered != "" {
			outcome = g.Filtered
		} else if err := appendPost(posts, g); err != nil {
			return fmt.Errorf("appending post %s/%s: %w", g.Source, g.ID, err)
		}
		if err := arrivals.Append(g.Key(), g.Source, g.CreatedAt, g.CollectedAt, outcome, g.Simulated); err != nil {
			return fmt.Errorf("appending arrival of %s/%s: %w", g.Source, g.ID, err)
		}
	}
	if posts.Rows() > 0 {
		if err := posts.Send(); err != nil {
			return fmt.Errorf("sending posts: %w", err)
		}
	}
	if err := arrivals.Send(); err != nil {
		return fmt.Errorf("sending arrivals: %w", err)
	}
	return nil
}

func appendPost(b driver.Batch, g tag.Tag) error {
	var (
		ids, roles, feelings, labels []string
		scores                       []float32
		spans                        = [][][]any{}
		starts, ends                 []uint32
	)
	for _, v := range g.Vendors {
		ids, roles, feelings = append(ids, v.Vendor), append(roles, string(v.Role)), append(feelings, string(v.Sentiment))
		scores = append(scores, float32(v.Score))
		own := [][]any{}
		for _, s := range v.Spans {
			own = append(own, []any{uint32(s.Start), uint32(s.End)})
		}
		spans = append(spans, own)
	}
	for _, m := range g.Marks {
		starts, ends, labels = append(starts, uint32(m.Start)), append(ends, uint32(m.End)), append(labels, m.Label)
	}
	return b.Append(g.Key(), g.Source, g.ID, g.CreatedAt, g.CollectedAt, g.Author, g.AuthorKey(), g.Text, g.URL, g.Lang, g.ReplyTo, g.Place,
		g.Simulated, string(g.Outage), float32(g.OutageScore), string(g.Sentiment), float32(g.SentimentScore), ids, roles, feelings, scores,
		spans, g.Symptoms, g.Devices, g.Places, g.Intents, g.Unknown, float32(g.Spam), uint64(g.Cluster), starts, ends, labels, g.Model,
		uint64(g.CollectedAt.UnixMilli()))
}

// Delete records that a post, or with an empty id all posts of an author, must be forgotten.
func Delete(t testing.TB, conn driver.Conn, source, id, author string, at time.Time) {
	t.Helper()
	g := tag.Tag{Source: source, ID: id, Author: author}
	key, authorKey := g.Key(), uint64(0)
	if id == "" {
		key, authorKey = 0, g.AuthorKey()
	}
	if err := conn.Exec(t.Context(), "INSERT INTO "+schema.Deletions+" (source, post_key, author_key, deleted_at) VALUES (?, ?, ?, ?)",
		source, key, authorKey, at); err != nil {
		t.Fatal(err)
	}
}

// DeadLetter records that something could not be used.
func DeadLetter(t testing.TB, conn driver.Conn, topic, position, reason string, at time.Time) {
	t.Helper()
	if err := conn.Exec(t.Context(), "INSERT INTO "+schema.DeadLetters+" (topic, position, reason, detail, post_key, payload, failed_at) VALUES (?, ?, ?, '', 0, '', ?)",
		topic, position, reason, at); err != nil {
		t.Fatal(err)
	}
}

// Pseudonym makes the name of the nth author.
func Pseudonym(n int) string {
	var b [12]byte
	binary.BigEndian.PutUint64(b[4:], uint64(n)*0x9E3779B97F4A7C15)
	return fmt.Sprintf("p_%x", b)
}
