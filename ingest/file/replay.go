package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/outcry/outcry/ingest/post"
)

const (
	// batchPosts is how many records are emitted at once, at most.
	batchPosts = 500
	// batchWait is how long a record waits for others where the input is slow.
	batchWait = 100 * time.Millisecond
	// queue is how many records may be read ahead.
	queue = 2 * batchPosts
)

// Stats are what became of a file.
type Stats struct {
	Records, Posts, Rejects int
	// Reasons counts the rejects by reason.
	Reasons map[post.Reason]int
	// First and Last are the earliest and latest created_at, as emitted.
	First, Last time.Time
}

// Replay reads a file to its end and emits its posts in the order they stand
// there, at the speed that o asks for. It ends with the end of the file, of ctx,
// with an error of emit, or where the file cannot be read on; what was read before
// is emitted then.
//
// Bad records are emitted as rejects. Nothing is retried: emit does that.
func Replay(ctx context.Context, o Options, emit post.Emit) (Stats, error) {
	r, err := Open(o)
	if err != nil {
		return Stats{}, err
	}
	p := newPlayer(r, emit)
	err = p.play(ctx)
	return p.stats, err
}

// player emits what a reader gives.
type player struct {
	r     *Reader
	emit  post.Emit
	batch post.Batch
	last  Record // the last one in batch
	stats Stats
	clock clock
	base  rebase
}

func newPlayer(r *Reader, emit post.Emit) *player {
	return &player{
		r: r, emit: emit, stats: Stats{Reasons: map[post.Reason]int{}},
		clock: clock{speed: r.o.Speed, now: r.o.Now}, base: rebase{on: r.o.Rebase},
	}
}

// result is what one call of Next gave.
type result struct {
	rec Record
	err error
}

// play emits everything and closes the reader.
func (p *player) play(ctx context.Context) error {
	own, stop := context.WithCancel(ctx)
	results := make(chan result, queue)
	go p.readAhead(own, results)
	defer func() {
		stop()
		p.r.in.interrupt()
		p.r.release(results)
	}()
	timer := time.NewTimer(batchWait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			if err := p.flush(ctx); err != nil {
				return err
			}
		case got := <-results:
			if got.err != nil {
				if errors.Is(got.err, io.EOF) {
					got.err = nil
				}
				return errors.Join(p.flush(ctx), got.err)
			}
			if len(p.batch.Posts)+len(p.batch.Rejects) == 0 {
				timer.Reset(batchWait)
			}
			if err := p.take(ctx, got.rec); err != nil {
				return err
			}
		}
	}
}

// readAhead reads in a goroutine of its own, so that a slow input, such as a pipe,
// does not hold back what is read already.
func (p *player) readAhead(ctx context.Context, results chan<- result) {
	defer close(results)
	for {
		rec, err := p.r.Next()
		select {
		case results <- result{rec, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// release closes the reader when nobody reads it any more. A read from standard
// input cannot be ended from here: where one is under way it is left alone.
func (r *Reader) release(results <-chan result) {
	patience := make(<-chan time.Time)
	if r.o.Path == Stdin {
		t := time.NewTimer(batchWait)
		defer t.Stop()
		patience = t.C
	}
	for {
		select {
		case _, ok := <-results:
			if !ok {
				_ = r.Close() // it was only read
				return
			}
		case <-patience:
			return
		}
	}
}

// take puts a record into the batch, when its time has come.
func (p *player) take(ctx context.Context, rec Record) error {
	if rec.Reject == nil {
		p.base.apply(&rec.Post, p.r.o.Now())
		if d := p.clock.until(&rec.Post); d > 0 {
			if err := p.flush(ctx); err != nil {
				return err
			}
			if err := sleep(ctx, d); err != nil {
				return err
			}
		}
		if err := rec.Post.Validate(p.r.o.Now()); err != nil { // a rebase may have moved it too far
			rec.Reject = p.r.reject(rec.Line, err, nil)
			rec.Reject.Post, rec.Reject.ID, rec.Reject.Source = &rec.Post, rec.Post.ID, rec.Post.Source
		}
	}
	p.stats.add(&rec)
	p.last = rec
	if rec.Reject != nil {
		p.batch.Rejects = append(p.batch.Rejects, *rec.Reject)
	} else {
		p.batch.Posts = append(p.batch.Posts, rec.Post)
	}
	if len(p.batch.Posts)+len(p.batch.Rejects) < batchPosts {
		return nil
	}
	return p.flush(ctx)
}

// flush emits the batch.
func (p *player) flush(ctx context.Context) error {
	if len(p.batch.Posts)+len(p.batch.Rejects) > 0 {
		p.batch.Cursor = place{p.last.End, p.last.EndLine, p.base}.String()
		if err := p.emit(ctx, p.batch); err != nil {
			return err
		}
		p.batch = post.Batch{}
	}
	if p.r.o.Progress != nil {
		read, total := p.r.Bytes()
		p.r.o.Progress(Progress{Bytes: read, Total: total, Posts: p.stats.Posts, Rejects: p.stats.Rejects})
	}
	return nil
}

func (s *Stats) add(rec *Record) {
	s.Records++
	if rec.Reject != nil {
		s.Rejects++
		s.Reasons[rec.Reject.Reason]++
		return
	}
	s.Posts++
	at := rec.Post.CreatedAt
	if at.IsZero() {
		return
	}
	if s.First.IsZero() || at.Before(s.First) {
		s.First = at
	}
	if at.After(s.Last) {
		s.Last = at
	}
}

// clock says when a post is due.
type clock struct {
	speed       float64 // 0 is as fast as possible
	now         func() time.Time
	first, from time.Time
}

// until is how long it is until the post is to be emitted.
func (c *clock) until(p *post.Post) time.Duration {
	if c.speed == 0 || p.CreatedAt.IsZero() {
		return 0
	}
	now := c.now()
	if c.first.IsZero() {
		c.first, c.from = p.CreatedAt, now
	}
	due := float64(p.CreatedAt.Sub(c.first))/c.speed - float64(now.Sub(c.from))
	return time.Duration(min(due, float64(maxPause)))
}

// maxPause bounds one pause, far above any that makes sense.
const maxPause = 1000 * time.Hour

// rebase moves posts in time. The first post that it sees sets by how much.
type rebase struct {
	on    bool
	first time.Time // created_at of the first post, as it was
	base  time.Time // and as it is now
}

func (b *rebase) apply(p *post.Post, now time.Time) {
	if !b.on {
		return
	}
	if b.first.IsZero() {
		if p.CreatedAt.IsZero() {
			return // a deletion before any post says nothing about time
		}
		b.first, b.base = p.CreatedAt.Truncate(time.Microsecond), now.UTC().Truncate(time.Millisecond)
	}
	if !p.CreatedAt.IsZero() {
		p.CreatedAt = b.base.Add(p.CreatedAt.Sub(b.first))
	}
	p.CollectedAt = time.Time{} // what it was then would lie before the post
	suffix := "@" + strconv.FormatInt(b.base.Unix(), 10)
	if p.ID != "" {
		p.ID += suffix
	}
	if p.ReplyTo != "" {
		p.ReplyTo += suffix
	}
}

// place is a cursor: where the next record begins, and by how much times are moved.
type place struct {
	offset int64
	line   int
	base   rebase
}

func (c place) String() string {
	s := fmt.Sprintf("%d:%d", c.offset, c.line)
	if c.base.on && !c.base.first.IsZero() {
		s += fmt.Sprintf("@%d:%d", c.base.first.UnixMicro(), c.base.base.UnixMicro())
	}
	return s
}

func parsePlace(s string) (place, error) {
	var c place
	where, base, rebased := strings.Cut(s, "@")
	if _, err := fmt.Sscanf(where, "%d:%d", &c.offset, &c.line); err != nil || c.offset < 0 || c.line < 1 {
		return c, fmt.Errorf("cursor %q is not one of a file: delete it to begin anew", s)
	}
	if rebased {
		var first, now int64
		if _, err := fmt.Sscanf(base, "%d:%d", &first, &now); err != nil {
			return c, fmt.Errorf("cursor %q is not one of a file: delete it to begin anew", s)
		}
		c.base = rebase{on: true, first: time.UnixMicro(first).UTC(), base: time.UnixMicro(now).UTC()}
	}
	return c, nil
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
