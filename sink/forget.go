package sink

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/outcry/outcry/sink/schema"
)

// lookupKeys bounds the numbers in one question: its text must stay under what the
// server reads by default, 256 KiB.
const lookupKeys = 4000

// forget takes the words out of posts that the source has deleted, before they are
// written: deletions may overtake posts, and a replay brings old posts again.
func (w *Worker) forget(ctx context.Context, posts []*entry) error {
	for some := range slices.Chunk(posts, lookupKeys) {
		err := w.retry(ctx, schema.Deletions, func(ctx context.Context) error { return w.forgetSome(ctx, some) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *Worker) forgetSome(ctx context.Context, posts []*entry) error {
	keys, authors := make([]uint64, len(posts)), make([]uint64, len(posts))
	for i, e := range posts {
		keys[i], authors[i] = e.tag.Key(), e.tag.AuthorKey()
	}
	rows, err := w.o.DB.Query(ctx, fmt.Sprintf(
		"SELECT post_key, author_key, deleted_at FROM %s.%s WHERE post_key IN (?) OR (post_key = 0 AND author_key IN (?))",
		w.o.Database, schema.Deletions), keys, authors)
	if err != nil {
		return fmt.Errorf("looking for deletions: %w", err)
	}
	defer func() { _ = rows.Close() }()
	gone, until := map[uint64]bool{}, map[uint64]time.Time{}
	for rows.Next() {
		var key, author uint64
		var at time.Time
		if err := rows.Scan(&key, &author, &at); err != nil {
			return fmt.Errorf("looking for deletions: %w", err)
		}
		if key != 0 {
			gone[key] = true
		} else if at.After(until[author]) {
			until[author] = at
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("looking for deletions: %w", err)
	}
	for i, e := range posts {
		made := e.tag.CreatedAt
		if e.tag.CollectedAt.Before(made) {
			made = e.tag.CollectedAt // the author's clock is ahead
		}
		if gone[keys[i]] || !made.After(until[authors[i]]) {
			e.forget()
		}
	}
	return nil
}

// forget takes the words out. What was counted stays.
func (e *entry) forget() {
	t := &e.tag
	t.Text, t.URL, t.ReplyTo, t.Place, t.Unknown = "", "", "", "", nil
	e.deleted = true
}
