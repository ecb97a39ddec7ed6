package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/scenario"
)

const (
	storyBatch = 200                    // posts at once
	storyTick  = 100 * time.Millisecond // how often the story goes on
)

// newStory makes a source of the posts of a scenario, told speed times faster than
// they were made, or as fast as they are taken for 0. Rebased, the story begins now
// and its posts are others. told, if any, hears how far the story is.
func newStory(name string, seed uint64, speed float64, rebase bool, told func(at time.Time)) (*bringing, error) {
	s, err := scenario.Load(name)
	var unknown *scenario.UnknownError
	if errors.As(err, &unknown) {
		return nil, usageError{err}
	}
	if err != nil {
		return nil, err
	}
	return newBringing("simulation", func(ctx context.Context, emit ingest.Emit) error {
		var (
			begun = time.Now()
			shift time.Duration
			batch ingest.Batch
		)
		if rebase {
			shift = begun.Sub(s.Start)
		}
		flush := func() error {
			if len(batch.Posts) == 0 {
				return nil
			}
			err := emit(ctx, batch)
			batch = ingest.Batch{}
			return err
		}
		for p := range s.Posts(seed) {
			for speed > 0 {
				due := begun.Add(time.Duration(float64(p.CreatedAt.Sub(s.Start)) / speed))
				wait := time.Until(due)
				if wait <= 0 {
					break
				}
				if err := flush(); err != nil {
					return err
				}
				if told != nil {
					told(s.Start.Add(time.Duration(float64(time.Since(begun)) * speed)))
				}
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(min(wait, storyTick)):
				}
			}
			at := p.CreatedAt
			if rebase {
				p.ID = fmt.Sprintf("%s@%d", p.ID, begun.Unix())
				if p.ReplyTo != "" {
					p.ReplyTo = fmt.Sprintf("%s@%d", p.ReplyTo, begun.Unix())
				}
				p.CreatedAt = p.CreatedAt.Add(shift)
			}
			batch.Posts = append(batch.Posts, p)
			if len(batch.Posts) >= storyBatch {
				if err := flush(); err != nil {
					return err
				}
				if told != nil && speed == 0 {
					told(at)
				}
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if told != nil {
			defer told(s.End)
		}
		return flush()
	}), nil
}
