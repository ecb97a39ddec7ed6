package sink

import (
	"context"
	"errors"
	"fmt"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/outcry/outcry/ingest/kafka"
)

const (
	retryFirst    = 200 * time.Millisecond
	retryLast     = 10 * time.Second
	insertTimeout = time.Minute
	// retryFor is how long one batch is tried before it is given back to the group,
	// which brings it again. It stays well below overlap: what was looked up for the
	// batch must not grow old (see Scrub).
	retryFor = 5 * time.Minute
	// pieceBytes bounds one insert, which the server holds in memory whole.
	pieceBytes = 32 << 20
	rowBytes   = 256 // of an entry without its words
)

// insert makes the entries durable in a table, in pieces.
func (w *Worker) insert(ctx context.Context, b *batch, t table, all []*entry) error {
	for n := 0; len(all) > 0; n++ {
		size, bytes := 0, 0
		for size < len(all) && (size == 0 || bytes < pieceBytes) {
			bytes += rowBytes + t.size(all[size])
			size++
		}
		if err := w.insertPiece(ctx, b, t, fmt.Sprintf("%s/%s/%d", b.token, t.name, n), all[:size]); err != nil {
			return err
		}
		all = all[size:]
	}
	return nil
}

// insertPiece makes entries durable and tries again, with the same rows and the
// same token, until the server gives a definite answer: whether a failed insert is
// stored nobody knows, and the token makes a repetition harmless. (Invariant 4 does
// not hang on it: rows and rollups are sets.) Rows that the server refuses for what
// is in them are found by halving, and become dead letters.
func (w *Worker) insertPiece(ctx context.Context, b *batch, t table, token string, piece []*entry) error {
	err := w.retry(ctx, t.name, func(ctx context.Context) error { return w.insertOnce(ctx, t, token, piece) })
	var refused *refusedError
	if !errors.As(err, &refused) {
		return err
	}
	if len(piece) == 1 {
		return w.poison(ctx, b, t, token, piece[0], refused)
	}
	half := len(piece) / 2
	if err := w.insertPiece(ctx, b, t, token+"a", piece[:half]); err != nil {
		return err
	}
	return w.insertPiece(ctx, b, t, token+"b", piece[half:])
}

// poison puts a row that the server refuses to the dead letters.
func (w *Worker) poison(ctx context.Context, b *batch, t table, token string, e *entry, refused *refusedError) error {
	w.o.Log.Warn("row refused", "table", t.name, "topic", e.rec.Topic, "position", position(e.rec), "err", refused)
	if t.name != lettersTable.name {
		e.tag.Filtered = reasonRefused // what arrivals will say of it
		w.refuse(b, e.rec, refused)
		return nil
	}
	w.o.Metrics.dropped.WithLabelValues("dead_letter").Inc() // Invariant 6: its words, or all of it
	if e.letter.Payload == nil && e.letter.Detail == "" {
		return nil
	}
	bare := *e
	bare.letter = kafka.DeadLetter{Topic: e.rec.Topic, Position: position(e.rec), Reason: reasonRefused, At: e.rec.Time}
	return w.insertPiece(ctx, b, t, token+"z", []*entry{&bare})
}

func (w *Worker) insertOnce(ctx context.Context, t table, token string, piece []*entry) error {
	ctx = ch.Context(ctx, ch.WithSettings(ch.Settings{
		"insert_deduplication_token":                         token,
		"deduplicate_blocks_in_dependent_materialized_views": 1,
		"async_insert":                    0,
		"max_partitions_per_insert_block": 0, // a replay may span decades
	}))
	batch, err := w.o.DB.PrepareBatch(ctx, t.insertInto(w.o.Database), driver.WithReleaseConnection())
	if err != nil {
		return fmt.Errorf("preparing an insert into %s: %w", t.name, err)
	}
	defer func() { _ = batch.Close() }()
	for _, e := range piece {
		if err := t.append(batch, e); err != nil {
			// Nothing has gone over the network yet: the driver cannot write this row.
			return &refusedError{fmt.Errorf("converting a row for %s: %w", t.name, err)}
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("inserting %d rows into %s: %w", len(piece), t.name, err)
	}
	return nil
}
