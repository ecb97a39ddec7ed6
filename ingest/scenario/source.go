package scenario

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

// Source emits the posts of a scenario as a collector would. Its cursor is the
// number of posts emitted, with name and seed.
type Source struct {
	Scenario *Scenario
	Seed     uint64
	// Speed is how many times faster than it happened the story is told; 0 is as
	// fast as the posts are taken.
	Speed float64
	// Progress, where it is set, is called with each batch's last moment.
	Progress func(at time.Time)
}

// batchSize is the most posts that are emitted at once.
const batchSize = 500

// tick is how long posts are gathered before they are emitted together.
const tick = 100 * time.Millisecond

// Name is simulation.
func (s *Source) Name() string { return "simulation" }

// Run tells the story from behind cursor and returns nil at its end.
func (s *Source) Run(ctx context.Context, cursor string, emit post.Emit) error {
	done, err := s.position(cursor)
	if err != nil {
		return &post.Failure{Kind: "cursor", Err: err}
	}
	t := telling{Source: s, emit: emit}
	for p := range s.Scenario.Posts(s.Seed) {
		if t.n < done {
			t.n++
			continue
		}
		if wait := t.due(p.CreatedAt); wait > 0 {
			if err := t.send(ctx); err != nil {
				return err
			}
			if err := sleep(ctx, max(wait, tick)); err != nil {
				return err
			}
		}
		t.batch = append(t.batch, p)
		t.n++
		if len(t.batch) == batchSize {
			if err := t.send(ctx); err != nil {
				return err
			}
		}
	}
	return t.send(ctx)
}

// telling is one run of a Source.
type telling struct {
	*Source
	emit  post.Emit
	n     int // posts emitted or in batch
	batch []post.Post
	from  time.Time // when the telling began
	first time.Time // the moment of the story that it began with
}

// due is how long it is until a post of the moment at is to be emitted.
func (t *telling) due(at time.Time) time.Duration {
	if t.Speed <= 0 {
		return 0
	}
	if t.from.IsZero() {
		t.from, t.first = time.Now(), at
	}
	return time.Until(t.from.Add(time.Duration(float64(at.Sub(t.first)) / t.Speed)))
}

// send emits the batch and begins a new one.
func (t *telling) send(ctx context.Context) error {
	if len(t.batch) == 0 {
		return ctx.Err()
	}
	at := t.batch[len(t.batch)-1].CreatedAt
	if err := t.emit(ctx, post.Batch{Posts: t.batch, Cursor: t.cursor(t.n)}); err != nil {
		return err
	}
	t.batch = nil
	if t.Progress != nil {
		t.Progress(at)
	}
	return ctx.Err()
}

func (s *Source) cursor(n int) string {
	return fmt.Sprintf("%s/%d/%d", s.Scenario.Name, s.Seed, n)
}

// position is how many posts lie before cursor. Another story's cursor is none of ours.
func (s *Source) position(cursor string) (int, error) {
	rest, ours := strings.CutPrefix(cursor, fmt.Sprintf("%s/%d/", s.Scenario.Name, s.Seed))
	if !ours {
		return 0, nil
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("cursor %q: want %s/%d/ and a number", cursor, s.Scenario.Name, s.Seed)
	}
	return n, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
