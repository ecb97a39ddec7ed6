package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/post"
)

// feed is the way of one source into Kafka.
type feed struct {
	Options
	source  Source
	name    string
	board   *board
	cursor  string // behind everything that is acknowledged
	saved   string // what Cursors has
	savedAt time.Time
	batches int
}

func newFeed(o Options, s Source, b *board, cursor string) *feed {
	f := &feed{Options: o, source: s, name: s.Name(), board: b}
	f.advance(cursor)
	f.saved = cursor
	return f
}

// writeError is an error of Kafka, not of the source.
type writeError struct{ err error }

func (e *writeError) Error() string { return e.err.Error() }
func (e *writeError) Unwrap() error { return e.err }

// run runs the source once. A panic is the source's own and ends only this run:
// what it was reading is still there after the pause.
func (f *feed) run(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			f.Log.Error("source panicked", "source", f.name, "panic", p, "stack", string(debug.Stack()))
			err = &Failure{Kind: "panic", Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	return f.source.Run(ctx, f.cursor, f.emit)
}

// emit puts a batch into Kafka, then moves the cursor.
func (f *feed) emit(ctx context.Context, b Batch) error {
	start := f.Now()
	recs, ids, letters := f.sort(&b, start)
	if len(recs) > 0 {
		err := f.Posts.Write(ctx, recs)
		var large *kafka.TooLargeError
		if errors.As(err, &large) {
			for i := len(large.Indexes) - 1; i >= 0; i-- {
				n := large.Indexes[i]
				letters = append(letters, kafka.DeadLetter{
					Position: ids[n], Reason: string(post.TooLarge), Detail: "larger than Kafka takes",
					Source: f.name, ID: ids[n], Payload: recs[n].Value, At: start,
				})
			}
			recs, err = recs[:len(recs)-len(large.Indexes)], nil // only their number counts from here on
		}
		if err != nil {
			return &writeError{err}
		}
	}
	official, err := f.official(ctx, &b, start, &letters)
	if err != nil {
		return err
	}
	if err := f.bury(ctx, letters); err != nil {
		return err
	}
	// Invariant 1: all posts, entries and dead letters of the batch are acknowledged by now,
	// and only now does the cursor move.
	if b.Cursor != "" {
		f.advance(b.Cursor)
		if f.Now().Sub(f.savedAt) >= f.CursorEvery {
			err = f.save(ctx)
		}
	}
	f.count(&b, len(recs)+official, letters, start)
	return err
}

// sort makes records of what is good and dead letters of what is not. ids are
// those of the records.
func (f *feed) sort(b *Batch, now time.Time) (recs []kafka.Record, ids []string, letters []kafka.DeadLetter) {
	recs = make([]kafka.Record, 0, len(b.Posts))
	ids = make([]string, 0, len(b.Posts))
	for i, p := range b.Posts {
		if p.CollectedAt.IsZero() {
			p.CollectedAt = now
		}
		p.Author = f.Pseudonyms.Pseudonym(p.Source, p.Author)
		value, err := f.check(&p, now)
		if err != nil {
			letters = append(letters, f.invalid(&p, err, b.Cursor+"#"+strconv.Itoa(i), now))
			continue
		}
		key := p.Author // one author, one partition: posts and their deletions stay in order
		if key == "" {
			key = p.ID
		}
		recs = append(recs, kafka.Record{Key: []byte(key), Value: value})
		ids = append(ids, p.ID)
	}
	for _, r := range b.Rejects {
		letters = append(letters, f.letter(r, now))
	}
	return recs, ids, letters
}

func (f *feed) check(p *post.Post, now time.Time) ([]byte, error) {
	if err := p.Validate(now); err != nil {
		return nil, err
	}
	return p.Encode()
}

// invalid is the dead letter of a post that could be read and is not valid.
func (f *feed) invalid(p *post.Post, err error, position string, now time.Time) kafka.DeadLetter {
	r := Reject{Position: position, Reason: post.BadJSON, Detail: err.Error(), ID: p.ID, Source: p.Source, Post: p}
	if p.ID != "" {
		r.Position = p.ID
	}
	var why *post.Error
	if errors.As(err, &why) {
		r.Reason, r.Detail = why.Reason, why.Detail
	}
	return f.letter(r, now)
}

func (f *feed) letter(r Reject, now time.Time) kafka.DeadLetter {
	d := kafka.DeadLetter{
		Position: r.Position, Reason: string(r.Reason), Detail: r.Detail,
		Source: r.Source, ID: r.ID, Payload: bytes.Clone(r.Payload), At: now,
	}
	if d.Source == "" {
		d.Source = f.name
	}
	if r.Post != nil {
		p := *r.Post
		p.Author = f.Pseudonyms.Pseudonym(p.Source, p.Author)
		d.Payload = p.Excerpt()
	}
	return d
}

// bury writes dead letters.
func (f *feed) bury(ctx context.Context, letters []kafka.DeadLetter) error {
	if len(letters) == 0 {
		return nil
	}
	recs := make([]kafka.Record, len(letters))
	for i, d := range letters {
		recs[i] = d.Record()
	}
	if err := f.DeadLetters.Write(ctx, recs); err != nil {
		return &writeError{err}
	}
	return nil
}

// advance notes where the source may go on.
func (f *feed) advance(cursor string) {
	f.cursor = cursor
	var at time.Time
	if d, ok := f.source.(Dated); ok && cursor != "" {
		at, _ = d.CursorTime(cursor)
	}
	f.board.update(func(h *Health) { h.Cursor, h.CursorTime = cursor, at })
}

func (f *feed) save(ctx context.Context) error {
	if f.cursor == f.saved {
		return nil
	}
	if err := f.Cursors.Save(ctx, f.name, f.cursor); err != nil {
		return &writeError{err}
	}
	f.saved, f.savedAt = f.cursor, f.Now()
	return nil
}

// finish saves the last cursor, also after ctx has ended.
func (f *feed) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSave)
	defer cancel()
	if err := f.save(ctx); err != nil {
		f.Log.Warn("the last cursor was not saved, some posts will be read again", "source", f.name, "err", err)
	}
}

// count writes down what became of a batch. Invariant 6: whatever was received is
// sent or dropped with a reason.
func (f *feed) count(b *Batch, sent int, letters []kafka.DeadLetter, start time.Time) {
	m, now := f.Metrics, f.Now()
	m.received.WithLabelValues(f.name).Add(float64(b.Received()))
	m.sent.WithLabelValues(f.name).Add(float64(sent))
	for _, d := range letters {
		m.dropped.WithLabelValues(f.name, d.Reason).Inc()
	}
	for reason, n := range b.Filtered {
		m.dropped.WithLabelValues(f.name, reason).Add(float64(n))
	}
	m.writeTime.WithLabelValues(f.name).Observe(now.Sub(start).Seconds())
	if b.Gap > 0 {
		m.gaps.WithLabelValues(f.name).Inc()
		m.gapTime.WithLabelValues(f.name).Add(b.Gap.Seconds())
		f.Log.Warn("source has skipped a stretch of time", "source", f.name, "gap", b.Gap.Round(time.Second))
	}
	if f.batches++; f.batches == 1 {
		f.Log.Info("source runs", "source", f.name)
	}
	f.board.state(Running, now)
	f.board.update(func(h *Health) {
		h.Received += uint64(b.Received())
		h.Sent += uint64(sent)
		h.Rejected += uint64(len(letters))
		h.Filtered += uint64(b.Received() - len(b.Posts) - len(b.Official) - len(b.Rejects))
		h.LastBatch = now
		if sent > 0 {
			h.LastPost = now
		}
		if b.Gap > 0 {
			h.Gaps++
		}
	})
}
