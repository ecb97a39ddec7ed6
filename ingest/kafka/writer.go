package kafka

import (
	"context"
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
		RequiredAcks: kafkago.RequireAll, // Invariant 1 rests on it; kafka-go's own default asks for none
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
		w.client.failed("write", err)
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
		// Invariant 6: what is left out is counted, and named to the caller.
		w.client.metrics.tooLarge.WithLabelValues(w.topic).Add(float64(len(b.tooLarge)))
		return &TooLargeError{Topic: w.topic, Indexes: b.tooLarge}
	}
	return nil
}

func (w *Writer) acknowledged(n int) {
	w.client.metrics.written.WithLabelValues(w.topic).Add(float64(n))
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
