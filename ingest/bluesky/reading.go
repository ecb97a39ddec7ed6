package bluesky

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/klauspost/compress/zstd"

	"github.com/outcry/outcry/ingest/post"
)

const (
	// batchFrames is how many frames are emitted at once, at most.
	batchFrames = 500
	// batchWait is how long a frame waits for others.
	batchWait = 200 * time.Millisecond
	// queue is how many frames may wait to be decoded. When it is full, because
	// Kafka is slow, the connection is not read: nothing is lost, the host waits or
	// ends the connection, and the cursor brings us back.
	queue = 2 * batchFrames
	// maxPayload is how much of a bad frame is kept.
	maxPayload = 4 << 10
)

// errIdle says that nothing came for too long. Jetstream has connections that
// stall and are never closed.
var errIdle = errors.New("nothing came")

// frame is one message of the connection.
type frame struct {
	data   []byte
	packed bool
	size   int64 // more than len(data) where the frame was too large
}

// reading is one connection while it is read.
type reading struct {
	source *Source
	conn   *websocket.Conn
	unpack *zstd.Decoder // nil without a dictionary

	batch  post.Batch
	frames int   // in batch
	cursor int64 // the largest time of an event so far
	asked  int64 // the cursor at the beginning, 0 where there was none
	first  bool  // an event has come
	odd    int   // frames without a time since cursor moved, to tell them apart
}

// run reads frames until the connection or ctx ends. What has come until then is
// emitted, unless it is ctx that ended.
func (r *reading) run(ctx context.Context, emit post.Emit) error {
	if r.source.dict != nil {
		d, err := r.source.decoder()
		if err != nil {
			return fmt.Errorf("reading the dictionary: %w", err)
		}
		defer d.Close()
		r.unpack = d
	}
	own, stop := context.WithCancelCause(ctx)
	frames := make(chan frame, queue)
	var end error // why the connection ended; set before frames is closed
	var group sync.WaitGroup
	group.Go(func() {
		defer close(frames)
		end = r.receive(own, stop, frames)
	})
	group.Go(func() { r.ping(own) })
	defer group.Wait()
	defer func() {
		stop(nil)
		_ = r.conn.CloseNow() // the host needs no goodbye
	}()

	timer := time.NewTimer(batchWait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			if err := r.flush(ctx, emit); err != nil {
				return err
			}
		case f, ok := <-frames:
			if !ok {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err := r.flush(ctx, emit); err != nil {
					return err
				}
				return end
			}
			if r.frames == 0 {
				timer.Reset(batchWait)
			}
			r.take(f)
			if r.frames >= batchFrames {
				if err := r.flush(ctx, emit); err != nil {
					return err
				}
			}
		}
	}
}

// receive reads frames into the queue and watches that they come. The watchdog
// runs only while it waits for the host, not while it waits for us.
func (r *reading) receive(ctx context.Context, stop context.CancelCauseFunc, frames chan<- frame) error {
	idle := r.source.o.IdleTimeout
	dog := time.AfterFunc(idle, func() { stop(errIdle) })
	defer dog.Stop()
	for {
		dog.Reset(idle)
		f, err := r.next(ctx)
		dog.Stop()
		if err != nil {
			return r.failure(ctx, err)
		}
		select {
		case frames <- f:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *reading) failure(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errIdle) {
		return &post.Failure{Kind: "idle", Err: fmt.Errorf("%w from %s for %s", errIdle, r.source.url.Host, r.source.o.IdleTimeout)}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &post.Failure{Kind: "closed", Err: fmt.Errorf("connection to %s ended: %w", r.source.url.Host, err)}
}

// next reads one message. Of one that is too large it keeps the beginning.
func (r *reading) next(ctx context.Context) (frame, error) {
	kind, in, err := r.conn.Reader(ctx)
	if err != nil {
		return frame{}, err
	}
	var buf bytes.Buffer
	n, err := io.Copy(&buf, io.LimitReader(in, maxFrame+1))
	if err != nil {
		return frame{}, err
	}
	f := frame{data: buf.Bytes(), packed: kind == websocket.MessageBinary, size: n}
	if n > maxFrame {
		rest, err := io.Copy(io.Discard, in)
		if err != nil {
			return frame{}, err
		}
		f.data, f.size = f.data[:maxPayload], n+rest
	}
	return f, nil
}

// ping keeps the connection open in whatever stands between us and the host, and
// finds out sooner than the watchdog that it is gone. It judges nothing: a pong
// may be late because we are slow ourselves.
func (r *reading) ping(ctx context.Context) {
	every := time.NewTicker(max(r.source.o.IdleTimeout/3, time.Millisecond))
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		once, cancel := context.WithTimeout(ctx, r.source.o.IdleTimeout)
		_ = r.conn.Ping(once)
		cancel()
	}
}

// take puts a frame into the batch. Each frame is in it once: as a post, a
// deletion, a reject, or counted with the reason why it is left out.
func (r *reading) take(f frame) {
	r.frames++
	data, err := r.open(f)
	if err != nil {
		r.reject(event{}, err, f.data)
		return
	}
	e, m, err := r.source.decode(data, r.source.o.Now())
	r.follow(e.TimeUS)
	switch {
	case err != nil:
		r.reject(e, err, data)
	case m.post != nil:
		r.batch.Posts = append(r.batch.Posts, *m.post)
	default:
		r.batch.Filter(m.ignore)
	}
}

// open undoes the compression of a frame.
func (r *reading) open(f frame) ([]byte, error) {
	switch {
	case f.size > int64(len(f.data)):
		return nil, &post.Error{Reason: post.TooLarge, Detail: fmt.Sprintf("frame has %d bytes, at most %d are read", f.size, maxFrame)}
	case !f.packed:
		return f.data, nil
	case r.unpack == nil:
		return nil, &post.Error{Reason: post.BadFrame, Detail: "a binary frame, and compression was not asked for"}
	}
	data, err := r.unpack.DecodeAll(f.data, nil)
	if err != nil {
		return nil, &post.Error{Reason: post.BadFrame, Detail: "unpacking: " + err.Error()}
	}
	return data, nil
}

// follow moves the cursor to the time of an event, if it has one, and looks at the
// first one for a gap: a host begins without a word with the oldest event that it
// has where the cursor is older.
func (r *reading) follow(us int64) {
	if us <= 0 {
		return
	}
	if !r.first {
		r.first = true
		if gap := time.Duration(us-r.asked) * time.Microsecond; r.asked > 0 && gap > gapMin {
			r.batch.Gap = gap
		}
	}
	if us > r.cursor {
		r.cursor, r.odd = us, 0
	}
}

func (r *reading) reject(e event, err error, data []byte) {
	j := post.Reject{Reason: post.BadFrame, Detail: err.Error(), Source: Name, Payload: data[:min(len(data), maxPayload)]}
	var why *post.Error
	if errors.As(err, &why) {
		j.Reason, j.Detail = why.Reason, why.Detail
	}
	if e.TimeUS > 0 {
		j.Position = strconv.FormatInt(e.TimeUS, 10)
	} else {
		r.odd++
		j.Position = fmt.Sprintf("%d+%d", r.cursor, r.odd)
	}
	r.batch.Rejects = append(r.batch.Rejects, j)
}

// flush emits the batch.
func (r *reading) flush(ctx context.Context, emit post.Emit) error {
	if r.frames == 0 {
		return nil
	}
	if r.cursor > 0 {
		r.batch.Cursor = strconv.FormatInt(r.cursor, 10)
	}
	if err := emit(ctx, r.batch); err != nil {
		return err
	}
	r.batch, r.frames = post.Batch{}, 0
	return nil
}
