package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

// Options are what a Runner needs.
type Options struct {
	Sources []Source
	// Posts and DeadLetters write those two topics.
	Posts, DeadLetters Writer
	// Official writes the topic official; only sources that read status pages need it.
	Official   Writer
	Cursors    Cursors
	Pseudonyms post.Pseudonymizer
	// Backoff is how long a source that stopped is left alone; the zero value is a
	// good one.
	Backoff Backoff
	// CursorEvery is how often a cursor is saved at most, 1 s where it is 0. What
	// is emitted between the last save and a crash is emitted again.
	CursorEvery time.Duration
	Log         *slog.Logger
	Metrics     *Metrics
	// Now is the clock, time.Now where it is nil.
	Now func() time.Time
}

const (
	defaultCursorEvery = time.Second
	// lastSave bounds the saving of a cursor when the runner ends.
	lastSave = 5 * time.Second
	// observeEvery is how often gauges are brought up to date.
	observeEvery = 5 * time.Second
)

// Runner runs sources side by side. One that stops does not stop the others.
type Runner struct {
	o      Options
	boards []*board
}

// NewRunner makes a runner that does nothing yet.
func NewRunner(o Options) *Runner {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.CursorEvery == 0 {
		o.CursorEvery = defaultCursorEvery
	}
	o.Backoff = o.Backoff.orDefault()
	r := &Runner{o: o}
	for _, s := range o.Sources {
		o.Metrics.source(s.Name())
		r.boards = append(r.boards, &board{h: Health{Source: s.Name(), State: Starting, Since: o.Now()}})
	}
	return r
}

// Health says how each source is, in the order of Options.Sources. It may be
// called at any time.
func (r *Runner) Health() []Health {
	all := make([]Health, len(r.boards))
	for i, b := range r.boards {
		all[i] = b.snapshot()
	}
	return all
}

// Run runs the sources until ctx ends or all have come to their end. It returns
// an error only where going on could lose posts.
func (r *Runner) Run(ctx context.Context) error {
	names := map[string]bool{}
	for _, s := range r.o.Sources {
		if names[s.Name()] {
			return fmt.Errorf("two sources are named %s: their cursors would overwrite each other", s.Name())
		}
		names[s.Name()] = true
	}
	cursors, err := r.loadCursors(ctx)
	if err != nil {
		return err
	}
	var sources, gauges sync.WaitGroup
	own, stop := context.WithCancel(ctx)
	gauges.Go(func() { r.observe(own) })
	for i, s := range r.o.Sources {
		f := newFeed(r.o, s, r.boards[i], cursors[s.Name()])
		sources.Go(func() { r.keep(ctx, f) })
	}
	sources.Wait()
	stop()
	gauges.Wait()
	return ctx.Err()
}

// loadCursors waits for Kafka as long as it takes; without cursors nothing may start.
func (r *Runner) loadCursors(ctx context.Context) (map[string]string, error) {
	for attempt := 1; ; attempt++ {
		cursors, err := r.o.Cursors.Load(ctx)
		if err == nil || errors.Is(err, ErrDamaged) || ctx.Err() != nil {
			return cursors, err
		}
		wait := r.o.Backoff.wait(attempt)
		r.o.Log.Warn("loading cursors failed, trying again", "wait", wait, "err", err)
		for _, b := range r.boards {
			b.update(func(h *Health) { h.LastError, h.LastErrorAt = err.Error(), r.o.Now() })
		}
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// keep runs one source and starts it again whenever it stops.
func (r *Runner) keep(ctx context.Context, f *feed) {
	defer f.finish(ctx)
	for attempt := 0; ; {
		began, batches := r.o.Now(), f.batches
		f.board.state(Starting, began)
		err := f.run(ctx)
		if ctx.Err() != nil {
			f.board.state(Stopped, r.o.Now())
			return
		}
		if err == nil {
			f.board.state(Done, r.o.Now())
			r.o.Log.Info("source has come to its end", "source", f.name)
			return
		}
		if f.batches > batches && r.o.Now().Sub(began) >= r.o.Backoff.Reset {
			attempt = 0
		}
		attempt++
		wait := r.o.Backoff.wait(attempt)
		var why *Failure
		if errors.As(err, &why) {
			wait = max(wait, min(why.Wait, maxAskedWait))
		}
		r.o.Metrics.errors.WithLabelValues(f.name, kindOf(err)).Inc()
		r.o.Log.Warn("source stopped, starting it again", "source", f.name, "wait", wait.Round(time.Millisecond), "err", err)
		now := r.o.Now()
		f.board.state(Waiting, now)
		f.board.update(func(h *Health) {
			h.LastError, h.LastErrorAt, h.Retry = err.Error(), now, now.Add(wait)
		})
		if sleep(ctx, wait) != nil {
			f.board.state(Stopped, r.o.Now())
			return
		}
		r.o.Metrics.restarts.WithLabelValues(f.name).Inc()
		f.board.update(func(h *Health) { h.Restarts++ })
	}
}

// observe keeps the gauges moving while a source is silent.
func (r *Runner) observe(ctx context.Context) {
	for {
		for _, h := range r.Health() {
			r.o.Metrics.observe(h, r.o.Now())
		}
		if sleep(ctx, observeEvery) != nil {
			return
		}
	}
}

// kindOf names an error for the metric; the set is small and closed.
func kindOf(err error) string {
	var write *writeError
	var why *Failure
	switch {
	case errors.As(err, &write):
		return "write"
	case errors.As(err, &why) && why.Kind != "":
		return why.Kind
	}
	return "other"
}
