package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
)

const (
	// batchBytes bounds one produce request before compression. It stays under
	// the 1 MiB that brokers take by default, headers and framing included.
	batchBytes = 900 << 10
	// maxRecord is the largest key, value and headers that one record may have.
	maxRecord = 800 << 10
	// linger is how long a record waits for others of its partition.
	linger = 5 * time.Millisecond

	retryMin = 100 * time.Millisecond
	retryMax = 5 * time.Second
	// closeWait bounds Close: kafka-go's own waits for retries that nothing can
	// cancel.
	closeWait = 10 * time.Second
)

// Writer writes records of one topic. It is safe for concurrent use, and writes
// from several goroutines share produce requests.
type Writer struct {
	topic   string
	w       *kafkago.Writer
	client  *Client
	closing chan struct{}
}

// Writer makes a writer for a topic. Close it, or the client, when done.
func (c *Client) Writer(topic string) *Writer {
	w := &Writer{topic: topic, client: c, closing: make(chan struct{})}
	w.w = &kafkago.Writer{
		Addr:         c.admin.Addr,
		Topic:        topic,
		Transport:    c.transport,
		Balancer:     kafkago.Murmur2Balancer{}, // what Java clients use: a key has one partition whoever writes it
		Compression:  compress.Zstd,
		RequiredAcks: kafkago.RequireAll, // kafka-go's own default asks for no acknowledgement at all
		BatchSize:    10_000,
		BatchBytes:   batchBytes,
		BatchTimeout: linger,
		ReadTimeout:  requestTimeout,
		WriteTimeout: requestTimeout,
		MaxAttempts:  1, // retries are made here, where a context can end them
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writers = append(c.writers, w)
	return w
}

// Write returns nil once Kafka has acknowledged every record. It retries, with
// back-off, only the records that failed, until ctx ends or the broker refuses
// for good; then an UnacknowledgedError says how many records are in doubt. A
// retry may write a record twice and may put it behind a later one of its key.
// Records too large for Kafka are left out and reported by a TooLargeError after
// all others are acknowledged.
//
// The keys and values must not change until Write has returned nil.
func (w *Writer) Write(ctx context.Context, recs []Record) error {
	if len(recs) == 0 {
		return nil
	}
	start := time.Now()
	b := w.newBatch(recs)
	for attempt := 0; len(b.pending) > 0; attempt++ {
		if attempt > 0 {
			if err := w.pause(ctx, attempt); err != nil {
				return b.unacknowledged(w.topic, err)
			}
		}
		err := w.attempt(ctx, b)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return b.unacknowledged(w.topic, ctx.Err())
		}
		w.client.metrics.errors.WithLabelValues("write", kind(err)).Inc()
		if refused(err) {
			return b.unacknowledged(w.topic, err)
		}
		level := slog.LevelWarn
		if kind(err) == "leader" && attempt == 0 {
			level = slog.LevelDebug // a leader has moved; the next attempt finds it
		}
		w.client.log.Log(ctx, level, "writing to kafka failed, trying again", "topic", w.topic, "records", len(b.pending), "attempt", attempt+1, "err", err)
	}
	w.client.metrics.writeTime.WithLabelValues(w.topic).Observe(time.Since(start).Seconds())
	if len(b.tooLarge) > 0 {
		slices.Sort(b.tooLarge)
		w.client.metrics.tooLarge.WithLabelValues(w.topic).Add(float64(len(b.tooLarge)))
		return &TooLargeError{Topic: w.topic, Indexes: b.tooLarge}
	}
	return nil
}

// batch follows the records of one Write.
type batch struct {
	msgs     []kafkago.Message
	pending  []int // not acknowledged yet
	tooLarge []int
	alone    bool // the broker found a request too large: send records one by one
	lastErr  error
}

func (w *Writer) newBatch(recs []Record) *batch {
	b := &batch{msgs: make([]kafkago.Message, len(recs))}
	for i, r := range recs {
		// The time is left to kafka-go: retention goes by it, see topicConfigs.
		m := kafkago.Message{Key: r.Key, Value: r.Value}
		size := len(r.Key) + len(r.Value)
		for _, h := range r.Headers {
			m.Headers = append(m.Headers, kafkago.Header{Key: h.Key, Value: []byte(h.Value)})
			size += len(h.Key) + len(h.Value)
		}
		b.msgs[i] = m
		if size > maxRecord {
			b.tooLarge = append(b.tooLarge, i)
		} else {
			b.pending = append(b.pending, i)
		}
	}
	return b
}

// attempt sends what is pending once and keeps what is not acknowledged. It gives
// the first error, or nil where the only trouble was size.
func (w *Writer) attempt(ctx context.Context, b *batch) error {
	if b.alone {
		return w.oneByOne(ctx, b)
	}
	msgs := make([]kafkago.Message, len(b.pending))
	for i, n := range b.pending {
		msgs[i] = b.msgs[n]
	}
	err := w.w.WriteMessages(ctx, msgs...)
	if err == nil {
		w.acknowledged(len(b.pending))
		b.pending = nil
		return nil
	}
	var each kafkago.WriteErrors
	if !errors.As(err, &each) || len(each) != len(msgs) {
		b.lastErr = err
		return err
	}
	var failed []int
	var first error
	for i, e := range each {
		switch {
		case e == nil:
			continue
		case tooLarge(e):
			b.alone = true
		case first == nil:
			first = e
		}
		failed = append(failed, b.pending[i])
	}
	w.acknowledged(len(b.pending) - len(failed))
	b.pending, b.lastErr = failed, first
	return first
}

// oneByOne finds the record that makes a request too large. It is slow and rare:
// it runs only where a topic's max.message.bytes is below Kafka's default.
func (w *Writer) oneByOne(ctx context.Context, b *batch) error {
	for len(b.pending) > 0 {
		n := b.pending[0]
		err := w.w.WriteMessages(ctx, b.msgs[n])
		var each kafkago.WriteErrors
		if errors.As(err, &each) && len(each) == 1 {
			err = each[0]
		}
		switch {
		case err == nil:
			w.acknowledged(1)
		case tooLarge(err):
			b.tooLarge = append(b.tooLarge, n)
		default:
			b.lastErr = err
			return err
		}
		b.pending = b.pending[1:]
	}
	return nil
}

func (w *Writer) acknowledged(n int) {
	w.client.metrics.written.WithLabelValues(w.topic).Add(float64(n))
}

// unacknowledged reports what is in doubt, with the cause of the last attempt
// where the context's own end says too little.
func (b *batch) unacknowledged(topic string, err error) error {
	if b.lastErr != nil && !errors.Is(b.lastErr, err) && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		err = fmt.Errorf("%w after: %w", err, b.lastErr)
	}
	return &UnacknowledgedError{Topic: topic, Missing: len(b.pending), Total: len(b.msgs), Err: err}
}

// pause waits before an attempt: exponential, with jitter, ended by ctx or Close.
func (w *Writer) pause(ctx context.Context, attempt int) error {
	t := time.NewTimer(backoff(attempt, retryMin, retryMax))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closing:
		return errClosed
	case <-t.C:
		return nil
	}
}

// backoff doubles from low to high and takes off up to half at random, so that
// many processes do not come back at once.
func backoff(attempt int, low, high time.Duration) time.Duration {
	d := high
	if attempt < 20 {
		d = min(high, low<<max(attempt-1, 0))
	}
	return d - rand.N(d/2+1)
}

// Close ends retries and waits for produce requests under way, at most closeWait.
// Stop the callers of Write before. It may be called twice.
func (w *Writer) Close() error {
	w.client.mu.Lock()
	select {
	case <-w.closing:
		w.client.mu.Unlock()
		return nil
	default:
		close(w.closing)
	}
	w.client.writers = slices.DeleteFunc(w.client.writers, func(x *Writer) bool { return x == w })
	w.client.mu.Unlock()
	done := make(chan error, 1)
	go func() { done <- w.w.Close() }()
	t := time.NewTimer(closeWait)
	defer t.Stop()
	select {
	case err := <-done:
		return err
	case <-t.C:
		return fmt.Errorf("closing the writer of %s: requests still under way after %s", w.topic, closeWait)
	}
}
