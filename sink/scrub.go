package sink

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/sink/schema"
)

// scrubEvery is how long deleted words may stay on disk. Views hide them at once.
const scrubEvery = 30 * time.Second

// RunScrub removes the words of deleted posts until ctx ends. It looks at all
// deletions each time: a replay may bring the words of an old one back.
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

// Scrub removes the words of all deleted posts that still have them and returns
// how many there were. Counts, labels and keys stay.
func (w *Worker) Scrub(ctx context.Context) (uint64, error) {
	posts, deletions := w.o.Database+"."+schema.Posts, w.o.Database+"."+schema.Deletions
	var any uint8
	if err := w.o.DB.QueryRow(ctx, "SELECT toUInt8(count() > 0) FROM "+deletions).Scan(&any); err != nil {
		return 0, fmt.Errorf("looking for deletions: %w", err)
	}
	if any == 0 {
		return 0, nil
	}
	deleted := fmt.Sprintf(`text != '' AND (post_key IN (SELECT post_key FROM %[1]s WHERE post_key != 0)
    OR author_key IN (SELECT author_key FROM %[1]s WHERE author_key != 0))`, deletions)
	var n uint64
	if err := w.o.DB.QueryRow(ctx, "SELECT uniqExact(post_key) FROM "+posts+" WHERE "+deleted).Scan(&n); err != nil {
		return 0, fmt.Errorf("looking for deleted posts with words: %w", err)
	}
	if n == 0 {
		return 0, nil
	}
	// mutations_sync waits until the parts are rewritten, so an answer means gone.
	err := w.o.DB.Exec(ctx, "ALTER TABLE "+posts+" UPDATE text = '', url = '', place = '', unknown = [] WHERE "+deleted+" SETTINGS mutations_sync = 1")
	if err != nil {
		return 0, fmt.Errorf("removing the words of %d deleted posts: %w", n, err)
	}
	w.o.Metrics.scrubbed.Add(float64(n))
	return n, nil
}
