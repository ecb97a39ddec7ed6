package sink

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/outcry/outcry/sink/schema"
)

const (
	// scrubEvery is how often deletions are worked through. Views hide words at once.
	scrubEvery = 15 * time.Second
	// overlap is how far before the last scrub deletions are looked at again: rows
	// become visible some time after they were stamped, and a post that was looked
	// up among deletions may be written some time after that. The views say the same.
	overlap = 10 * time.Minute
	// scrubPosts bounds one rewriting of parts.
	scrubPosts = 5000
	// mutationWait is how long the server may take to rewrite parts.
	mutationWait = 10 * time.Minute
)

// RunScrub removes the words of deleted posts until ctx ends.
func (w *Worker) RunScrub(ctx context.Context) error {
	tick := time.NewTicker(scrubEvery)
	defer tick.Stop()
	for {
		if _, err := w.Scrub(ctx); err != nil && ctx.Err() == nil {
			w.o.Metrics.errors.WithLabelValues("scrub").Inc()
			w.o.Log.Error("removing deleted words failed, trying again", "err", err, "wait", scrubEvery)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Scrub removes the words of posts whose deletions have come since the last scrub,
// and returns how many posts there were. Counts, labels and keys stay. Words that
// come again later are taken out before they are written (see forget).
func (w *Worker) Scrub(ctx context.Context) (uint64, error) {
	var since, now time.Time
	var pending uint64
	err := w.o.DB.QueryRow(ctx, w.sql(`
SELECT (SELECT max(up_to) FROM {db}.scrubs) - toIntervalSecond(?) AS since, now64(3, 'UTC') AS now,
       (SELECT count() FROM {db}.deletions WHERE inserted_at >= since) AS pending`), int(overlap.Seconds())).Scan(&since, &now, &pending)
	if err != nil {
		return 0, fmt.Errorf("looking for deletions: %w", err)
	}
	if pending == 0 {
		return 0, nil
	}
	var removed uint64
	for {
		keys, err := w.words(ctx, since)
		if err != nil {
			return removed, err
		}
		if len(keys) == 0 {
			break
		}
		if err := w.rewrite(ctx, schema.Posts, "text = '', url = '', reply_to = '', place = '', unknown = [], deleted = true", keys); err != nil {
			return removed, err
		}
		removed += uint64(len(keys))
		w.o.Metrics.scrubbed.Add(float64(len(keys)))
	}
	if err := w.scrubLetters(ctx, since); err != nil {
		return removed, err
	}
	if err := w.o.DB.Exec(ctx, w.sql("INSERT INTO {db}.scrubs VALUES (?, ?, now64(3, 'UTC'))"), now, removed); err != nil {
		return removed, fmt.Errorf("noting the scrub: %w", err)
	}
	return removed, nil
}

func (w *Worker) sql(text string) string { return strings.ReplaceAll(text, "{db}", w.o.Database) }

// words gives the keys of some posts that are deleted and still have words.
func (w *Worker) words(ctx context.Context, since time.Time) ([]uint64, error) {
	return w.keys(ctx, w.sql(`
SELECT post_key FROM
(
SELECT post_key FROM {db}.posts
WHERE NOT deleted AND post_key IN (SELECT post_key FROM {db}.deletions WHERE post_key != 0 AND inserted_at >= ?)
UNION DISTINCT
SELECT p.post_key FROM {db}.posts AS p
INNER JOIN
(
    SELECT author_key, max(deleted_at) AS until FROM {db}.deletions
    WHERE author_key != 0 AND inserted_at >= ? GROUP BY author_key
) AS d ON p.author_key = d.author_key
WHERE NOT p.deleted AND least(p.created_at, p.collected_at) <= d.until
    AND p.author_key IN (SELECT author_key FROM {db}.deletions WHERE author_key != 0 AND inserted_at >= ?)
)
LIMIT ?`), since, since, since, scrubPosts)
}

// scrubLetters removes what dead letters have of deleted posts.
func (w *Worker) scrubLetters(ctx context.Context, since time.Time) error {
	for {
		keys, err := w.keys(ctx, w.sql(`
SELECT DISTINCT post_key FROM {db}.dead_letters
WHERE payload != '' AND post_key IN (SELECT post_key FROM {db}.deletions WHERE post_key != 0 AND inserted_at >= ?)
LIMIT ?`), since, scrubPosts)
		if err != nil || len(keys) == 0 {
			return err
		}
		if err := w.rewrite(ctx, schema.DeadLetters, "payload = ''", keys); err != nil {
			return err
		}
	}
}

func (w *Worker) keys(ctx context.Context, sql string, args ...any) ([]uint64, error) {
	rows, err := w.o.DB.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("looking for deleted words: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var all []uint64
	for rows.Next() {
		var key uint64
		if err := rows.Scan(&key); err != nil {
			return nil, fmt.Errorf("looking for deleted words: %w", err)
		}
		all = append(all, key)
	}
	return all, rows.Err()
}

// rewrite changes columns of some posts on the disk, and returns when that is done.
// The keys are written out: replicated tables allow no question inside a change.
func (w *Worker) rewrite(ctx context.Context, table, change string, keys []uint64) error {
	ctx, cancel := context.WithTimeout(ctx, mutationWait)
	defer cancel()
	// Another sink may be at it, or this one was before it was stopped.
	if err := w.mutations(ctx, table); err != nil {
		return err
	}
	sql := fmt.Sprintf("ALTER TABLE %s.%s UPDATE %s WHERE post_key IN (?)", w.o.Database, table, change)
	if err := w.o.DB.Exec(ctx, sql, keys); err != nil {
		return fmt.Errorf("removing deleted words from %s: %w", table, err)
	}
	return w.mutations(ctx, table)
}

// mutations waits until no change of the table is under way.
func (w *Worker) mutations(ctx context.Context, table string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		var left uint64
		var why string
		err := w.o.DB.QueryRow(ctx, "SELECT count(), max(latest_fail_reason) FROM system.mutations WHERE database = ? AND table = ? AND NOT is_done", w.o.Database, table).Scan(&left, &why)
		switch {
		case err != nil:
			return fmt.Errorf("waiting for changes of %s: %w", table, err)
		case left == 0:
			return nil
		case why != "":
			return fmt.Errorf("waiting for changes of %s: %s", table, why)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for changes of %s: %w", table, ctx.Err())
		case <-tick.C:
		}
	}
}
