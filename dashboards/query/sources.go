package query

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// Source is what became of the posts of one source.
type Source struct {
	Source  string `ch:"source"`
	Outcome string `ch:"outcome"` // stored, or why the gate stopped them
	// Recent and Hour count posts made since the times that were asked for.
	Recent uint64 `ch:"recent_posts"`
	Hour   uint64 `ch:"hour_posts"`
	// LastMinute is when the newest post was made, LastCollected when a collector saw one.
	LastMinute    time.Time `ch:"last_minute"`
	LastCollected time.Time `ch:"collected"`
	Simulated     bool      `ch:"simulated"`
}

// Sources gives each source and outcome with posts in the window, counted since
// recent and since hour.
func (db *DB) Sources(ctx context.Context, w Window, recent, hour time.Time) ([]Source, error) {
	return ask[Source](ctx, db, "sources", w.args(
		clickhouse.Named("recent", recent.UTC()), clickhouse.Named("hour", hour.UTC()))...)
}

// DeadLetter is how many records could not be used, and why.
type DeadLetter struct {
	Topic   string    `ch:"topic"`
	Reason  string    `ch:"reason"`
	Records uint64    `ch:"records"`
	Last    time.Time `ch:"last"`
}

// DeadLetters counts the records that were found unusable since a time.
func (db *DB) DeadLetters(ctx context.Context, since time.Time) ([]DeadLetter, error) {
	return ask[DeadLetter](ctx, db, "dead_letters", clickhouse.Named("since", since.UTC().Truncate(time.Millisecond)))
}

// Letter is one record that could not be used.
type Letter struct {
	Topic    string    `ch:"topic" json:"topic"`
	Position string    `ch:"position" json:"position"`
	Reason   string    `ch:"reason" json:"reason"`
	Detail   string    `ch:"detail" json:"detail"`
	Payload  string    `ch:"payload" json:"payload"`
	FailedAt time.Time `ch:"failed_at" json:"failed_at"`
}

// Letters gives the newest dead letters.
func (db *DB) Letters(ctx context.Context, limit int) ([]Letter, error) {
	return ask[Letter](ctx, db, "letters", clickhouse.Named("limit", uint32(limit)))
}
