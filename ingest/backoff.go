package ingest

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is how long a source that stopped is left alone.
type Backoff struct {
	// Min is the first pause; each further one is twice as long, up to Max. Up to
	// half of a pause is taken off at random, so that many processes do not come
	// back at once.
	Min, Max time.Duration
	// Reset is how long a source must have run, and brought something, to begin
	// with Min again.
	Reset time.Duration
}

// maxAskedWait bounds what a server may ask for with Retry-After.
const maxAskedWait = time.Hour

func (b Backoff) orDefault() Backoff {
	if b.Min <= 0 {
		b.Min = time.Second
	}
	if b.Max <= 0 {
		b.Max = time.Minute
	}
	b.Max = max(b.Max, b.Min)
	if b.Reset <= 0 {
		b.Reset = 10 * time.Second
	}
	return b
}

// wait is the pause before the attempt-th new start, the first being 1.
func (b Backoff) wait(attempt int) time.Duration {
	d := b.Max
	if shift := max(attempt-1, 0); shift < 30 {
		d = min(b.Max, b.Min<<shift)
	}
	return d - rand.N(d/2+1)
}

// sleep waits for d or the end of ctx, and then says so.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
