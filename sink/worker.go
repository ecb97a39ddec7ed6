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
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/cespare/xxhash/v2"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
)

// Group is the consumer group of the sink, where none is named.
const Group = "outcry-sink"

// Database is what the sink needs of a ClickHouse connection.
type Database interface {
	PrepareBatch(ctx context.Context, query string, opts ...driver.PrepareBatchOption) (driver.Batch, error)
	Exec(ctx context.Context, query string, args ...any) error
	Query(ctx context.Context, query string, args ...any) (driver.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) driver.Row
}

// Options say what a worker works with.
type Options struct {
	Kafka    *kafka.Client
	Group    string       // consumer group; empty means Group
	Topics   kafka.Topics // names of topics, where there is no Kafka to ask
	DB       Database
	Database string
	Config   config.Sink
	Log      *slog.Logger
	Metrics  *Metrics
}

// Worker moves records from the topics tags, official and dead-letters into tables.
type Worker struct {
	o      Options
	topics kafka.Topics
}

// NewWorker makes a worker that does nothing until Run.
func NewWorker(o Options) *Worker {
	w := &Worker{o: o, topics: o.Topics}
	if w.o.Group == "" {
		w.o.Group = Group
	}
	if o.Kafka != nil {
		w.topics = o.Kafka.Topics()
	}
	return w
}

// Run consumes until ctx ends. RunScrub is to run beside it.
func (w *Worker) Run(ctx context.Context) error {
	return w.o.Kafka.Consume(ctx, kafka.GroupOptions{
		Group: w.o.Group, Topics: []string{w.topics.Tags, w.topics.Official, w.topics.DeadLetters},
		MaxBatch: w.o.Config.BatchRows, MaxWait: w.o.Config.BatchWait,
	}, w.Handle)
}

// Handle makes the records of one partition durable: nil means that all of them
// are in ClickHouse (Invariant 2: only then is their offset committed).
//
// Deletions go in before posts are looked up among them, so that the words of a
// post that is deleted in the same batch, or was before, are not written at all.
func (w *Worker) Handle(ctx context.Context, recs []kafka.Record) error {
	if len(recs) == 0 {
		return nil
	}
	started := time.Now()
	w.o.Metrics.received.WithLabelValues(recs[0].Topic).Add(float64(len(recs)))
	b := w.sort(recs)
	err := w.insert(ctx, b, deletionsTable, b.deletions)
	if err == nil {
		err = w.forget(ctx, b.posts)
	}
	if err == nil {
		err = w.insert(ctx, b, postsTable, b.posts)
	}
	if err == nil {
		err = w.insert(ctx, b, arrivalsTable, b.arrivals)
	}
	if err == nil {
		err = w.insert(ctx, b, officialTable, b.official)
	}
	if err == nil {
		// Last, for the tables above may have added to them.
		err = w.insert(ctx, b, lettersTable, b.letters)
	}
	if err != nil {
		return err
	}
	w.o.Metrics.sent.WithLabelValues(recs[0].Topic).Add(float64(len(recs)))
	w.o.Metrics.duration.Observe(time.Since(started).Seconds())
	w.noteDelay(b)
	return nil
}

// sort decodes the records and says which tables each belongs to.
func (w *Worker) sort(recs []kafka.Record) *batch {
	b := &batch{token: token(recs)}
	for _, rec := range recs {
		if rec.Topic == w.topics.DeadLetters {
			b.letters = append(b.letters, letterOf(rec))
			continue
		}
		if rec.Topic == w.topics.Official {
			e, err := decodeOfficial(rec)
			if err != nil {
				w.refuse(b, rec, err)
				continue
			}
			b.official = append(b.official, e)
			continue
		}
		e, err := decode(rec)
		if err != nil {
			w.refuse(b, rec, err)
			continue
		}
		b.add(e)
	}
	return b
}

// refuse makes a dead letter of a record that cannot be stored (Invariant 5). It
// goes straight into the table: the topic would only bring it back here.
func (w *Worker) refuse(b *batch, rec kafka.Record, err error) {
	d := kafka.DeadLetter{
		Topic: rec.Topic, Position: position(rec), Payload: rec.Value, At: rec.Time,
		Reason: reasonRefused, Detail: err.Error(),
	}
	var bad *post.Error
	if errors.As(err, &bad) {
		d.Reason, d.Detail = string(bad.Reason), bad.Detail
	}
	w.o.Metrics.dropped.WithLabelValues(d.Reason).Inc() // Invariant 6
	b.letters = append(b.letters, &entry{rec: rec, letter: d})
}

// noteDelay measures how old the newest post of the batch is.
func (w *Worker) noteDelay(b *batch) {
	var newest time.Time
	for _, e := range b.arrivals {
		if e.tag.CollectedAt.After(newest) {
			newest = e.tag.CollectedAt
		}
	}
	if !newest.IsZero() {
		w.o.Metrics.delay.Observe(max(0, time.Since(newest).Seconds()))
	}
}

// token names a batch by where it stands and what is in it. The contents belong to
// it because a topic that was made anew counts its offsets from 0 again, and the
// server would take other records under an old name for a repetition.
func token(recs []kafka.Record) string {
	d := xxhash.New()
	for _, rec := range recs {
		_, _ = fmt.Fprintf(d, "%d:%d:", rec.Offset, len(rec.Value))
		_, _ = d.Write(rec.Value)
	}
	first, last := recs[0], recs[len(recs)-1]
	return fmt.Sprintf("%s/%d/%d-%d/%016x", first.Topic, first.Partition, first.Offset, last.Offset, d.Sum64())
}

func position(rec kafka.Record) string { return fmt.Sprintf("%d/%d", rec.Partition, rec.Offset) }
