// Package sink writes what the tagger says into ClickHouse. It owns batches,
// retries, and inserts that may be repeated without an effect, and it forgets the
// words of posts that were deleted at their source.
//
// Which tables there are is in package schema, how to reach them in package
// clickhouse. Rollups are not written here: materialized views feed them.
package sink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
	"github.com/outcry/outcry/nlp/tag"
)

// Group is the consumer group of the sink, where none is named.
const Group = "outcry-sink"

// Database is what the sink needs of a ClickHouse connection.
type Database interface {
	PrepareBatch(ctx context.Context, query string, opts ...driver.PrepareBatchOption) (driver.Batch, error)
	Exec(ctx context.Context, query string, args ...any) error
	QueryRow(ctx context.Context, query string, args ...any) driver.Row
}

// Options say what a worker works with.
type Options struct {
	Kafka    *kafka.Client
	Group    string // consumer group; empty means Group
	DB       Database
	Database string
	Config   config.Sink
	Log      *slog.Logger
	Metrics  *Metrics
}

// Worker moves records from the topics tags and dead-letters into tables.
type Worker struct {
	o      Options
	topics kafka.Topics
}

// NewWorker makes a worker that does nothing until Run.
func NewWorker(o Options) *Worker {
	w := &Worker{o: o}
	if w.o.Group == "" {
		w.o.Group = Group
	}
	if o.Kafka != nil {
		w.topics = o.Kafka.Topics()
	}
	return w
}

// Run consumes until ctx ends.
func (w *Worker) Run(ctx context.Context) error {
	return w.o.Kafka.Consume(ctx, kafka.GroupOptions{
		Group: w.o.Group, Topics: []string{w.topics.Tags, w.topics.DeadLetters},
		MaxBatch: w.o.Config.BatchRows, MaxWait: w.o.Config.BatchWait,
	}, w.Handle)
}

// Handle makes the records of one partition durable: nil means that all of them
// are in ClickHouse (Invariant 2: only then is their offset committed).
func (w *Worker) Handle(ctx context.Context, recs []kafka.Record) error {
	started := time.Now()
	w.o.Metrics.received.Add(float64(len(recs)))
	var r rows
	for _, rec := range recs {
		if rec.Topic == w.topics.DeadLetters {
			r.letters = append(r.letters, kafka.ParseDeadLetter(rec))
			continue
		}
		t, err := tag.Decode(rec.Value)
		if err == nil {
			if why := storable(&t); why != "" {
				err = &post.Error{Reason: post.MissingField, Detail: why}
			}
		}
		if err != nil {
			r.letters = append(r.letters, w.refuse(rec, err))
			continue
		}
		r.add(t)
	}
	token := fmt.Sprintf("%s/%d/%d-%d", recs[0].Topic, recs[0].Partition, recs[0].Offset, recs[len(recs)-1].Offset)
	err := errors.Join(
		insert(ctx, w, postsTable, token, r.posts),
		insert(ctx, w, arrivalsTable, token, r.arrivals),
		insert(ctx, w, deletionsTable, token, r.deletions),
		insert(ctx, w, lettersTable, token, r.letters),
	)
	if err != nil {
		return err
	}
	w.o.Metrics.sent.Add(float64(len(recs)))
	w.o.Metrics.duration.Observe(time.Since(started).Seconds())
	return nil
}

// refuse makes a dead letter of a record that is no tag (Invariant 5). It goes
// straight into the table: the topic would only bring it back here.
func (w *Worker) refuse(rec kafka.Record, err error) kafka.DeadLetter {
	d := kafka.DeadLetter{
		Topic: rec.Topic, Position: fmt.Sprintf("%d/%d", rec.Partition, rec.Offset),
		Reason: string(post.BadJSON), Detail: err.Error(), Payload: rec.Value, At: rec.Time,
	}
	var pe *post.Error
	if errors.As(err, &pe) {
		d.Reason, d.Detail = string(pe.Reason), pe.Detail
	}
	w.o.Metrics.dropped.WithLabelValues(d.Reason).Inc() // Invariant 6
	return d
}

const (
	retryFirst    = 200 * time.Millisecond
	retryLast     = 10 * time.Second
	insertTimeout = time.Minute
)

// insert writes the rows into the table and tries again, with the same rows and
// the same token, until the server gives a definite answer or ctx ends: whether a
// failed insert is stored nobody knows, and the token makes a repetition harmless.
// (Invariant 4 does not hang on it: rows and rollups are sets.)
func insert[T any](ctx context.Context, w *Worker, t table[T], token string, all []T) error {
	if len(all) == 0 {
		return nil
	}
	for wait := retryFirst; ; wait = min(2*wait, retryLast) {
		err := insertOnce(ctx, w, t, token+"/"+t.name, all)
		if err == nil || ctx.Err() != nil {
			return err
		}
		w.o.Metrics.errors.WithLabelValues(kind(err)).Inc()
		w.o.Log.Error("insert failed, trying again", "table", t.name, "rows", len(all), "err", err, "wait", wait)
		select {
		case <-ctx.Done():
			return fmt.Errorf("inserting %d rows into %s: %w", len(all), t.name, err)
		case <-time.After(wait):
		}
	}
}

func insertOnce[T any](ctx context.Context, w *Worker, t table[T], token string, all []T) error {
	ctx, cancel := context.WithTimeout(ctx, insertTimeout)
	defer cancel()
	ctx = ch.Context(ctx, ch.WithSettings(ch.Settings{
		"insert_deduplication_token":      token,
		"async_insert":                    0,
		"max_partitions_per_insert_block": 0, // a replay may span decades
	}))
	query := fmt.Sprintf("INSERT INTO %s.%s (`%s`)", w.o.Database, t.name, strings.Join(t.columns, "`, `"))
	batch, err := w.o.DB.PrepareBatch(ctx, query, driver.WithReleaseConnection())
	if err != nil {
		return fmt.Errorf("preparing an insert into %s: %w", t.name, err)
	}
	defer func() { _ = batch.Close() }()
	for i := range all {
		if err := t.append(batch, all[i]); err != nil {
			return fmt.Errorf("inserting into %s: row %d: %w", t.name, i, err)
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("inserting %d rows into %s: %w", len(all), t.name, err)
	}
	return nil
}

// kind names an error for a counter.
func kind(err error) string {
	var server *ch.Exception
	switch {
	case errors.As(err, &server):
		return "refused"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return "connection"
}
