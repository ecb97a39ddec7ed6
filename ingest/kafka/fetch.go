package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

const (
	fetchBytes = 1 << 20
	fetchWait  = 500 * time.Millisecond
	// fetchSlack is how much longer than fetchWait an answer may take before the
	// connection counts as dead.
	fetchSlack = 10 * time.Second
	// fetchTries is how many failures in a row a fetcher bears before it gives up
	// and the whole generation is made anew.
	fetchTries = 5
	// lostPause is how long an offset outside of the log is left to itself.
	lostPause = 100 * time.Millisecond
)

// fetcher reads one partition from an offset on. It uses kafka-go's Conn rather
// than its Reader, which moves on silently when records were deleted before it
// read them and retries without end or sign.
type fetcher struct {
	client    *Client
	dialer    *kafkago.Dialer
	topic     string
	partition int
	offset    int64 // next to read; may be kafkago.FirstOffset at the start
	log       *slog.Logger

	beyondWait time.Duration       // see GroupOptions.BeyondWait
	onSkip     func(n int64)       // records deleted before they were read
	onReset    func(reason string) // the offset was not in the log

	lost        bool // the last fetch was answered with OffsetOutOfRange
	beyondSince time.Time
}

// emit takes what one fetch brought, which may be nothing: next is the offset to
// read next, end the end of the partition. An error ends the reading.
type emit func(recs []Record, next, end int64) error

// run reads until ctx ends (nil), emit fails (its error) or too many attempts in
// a row have failed.
func (f *fetcher) run(ctx context.Context, out emit) error {
	for failures := 0; ; {
		fetches, emitErr, err := f.connected(ctx, out)
		if emitErr != nil || ctx.Err() != nil {
			return emitErr
		}
		if fetches > 0 {
			failures = 0
		}
		if f.lost = errors.Is(err, kafkago.OffsetOutOfRange); f.lost {
			continue // the next connection finds the place
		}
		failures++
		f.client.metrics.errors.WithLabelValues("fetch", kind(err)).Inc()
		if failures >= fetchTries {
			return fmt.Errorf("reading %s partition %d at %d: %w", f.topic, f.partition, f.offset, err)
		}
		f.log.Debug("fetching failed, trying again", "topic", f.topic, "partition", f.partition, "offset", f.offset, "err", err)
		if !sleep(ctx, backoff(failures, retryMin, time.Second)) {
			return nil
		}
	}
}

// connected reads over one connection to the partition's leader until that or
// emit fails, and counts the fetches that went well. After an error in a fetch's
// answer kafka-go has lost its place in the stream, so no error is mended on the
// same connection.
func (f *fetcher) connected(ctx context.Context, out emit) (fetches int, emitErr, err error) {
	conn, err := f.dial(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer conn.Close()
	// kafka-go's Conn knows no context: closing it is what ends a read.
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if f.lost || f.offset < 0 {
		if err := f.locate(ctx, conn); err != nil {
			return 0, nil, err
		}
	}
	if _, err := conn.Seek(f.offset, kafkago.SeekAbsolute|kafkago.SeekDontCheck); err != nil {
		return 0, nil, err
	}
	for ; ; fetches++ {
		recs, end, err := f.fetch(conn)
		if err != nil {
			return fetches, nil, err
		}
		f.beyondSince = time.Time{}
		if err := out(recs, f.offset, end); err != nil {
			return fetches, err, nil
		}
	}
}

func (f *fetcher) dial(ctx context.Context) (conn *kafkago.Conn, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	err = f.client.anyBroker(ctx, func(addr string) (err error) {
		conn, err = f.dialer.DialLeader(ctx, "tcp", addr, f.topic, f.partition)
		return err
	})
	return conn, err
}

// fetch asks for one answer's worth of records; none is no error.
func (f *fetcher) fetch(conn *kafkago.Conn) (recs []Record, end int64, err error) {
	if err := conn.SetDeadline(time.Now().Add(fetchWait + fetchSlack)); err != nil {
		return nil, 0, err
	}
	b := conn.ReadBatchWith(kafkago.ReadBatchConfig{MinBytes: 1, MaxBytes: fetchBytes, MaxWait: fetchWait})
	end = b.HighWaterMark()
	for {
		m, err := b.ReadMessage()
		if errors.Is(err, io.EOF) || errors.Is(err, kafkago.RequestTimedOut) {
			break
		}
		if err != nil {
			_ = b.Close()
			return nil, 0, err
		}
		recs = append(recs, record(m))
	}
	// Compaction leaves gaps, so the next offset is the batch's, not the last
	// record's plus one.
	next := b.Offset()
	if err := b.Close(); err != nil && !errors.Is(err, kafkago.RequestTimedOut) {
		return nil, 0, err
	}
	f.offset = max(f.offset, next)
	return recs, end, nil
}

// locate finds where to read when the offset is not known yet, or when Kafka has
// said that it does not have it.
func (f *fetcher) locate(ctx context.Context, conn *kafkago.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(requestTimeout)); err != nil {
		return err
	}
	first, last, err := conn.ReadOffsets()
	if err != nil {
		return err
	}
	log := f.log.With("topic", f.topic, "partition", f.partition, "offset", f.offset, "first", first, "last", last)
	switch {
	case f.offset < 0: // nothing committed yet
	case f.offset < first:
		// Invariant 6: what retention took is counted.
		log.Error("records were deleted before they were read", "skipped", first-f.offset)
		f.onSkip(first - f.offset)
		f.onReset("before_start")
	case f.offset <= last || f.stillBelieved():
		sleep(ctx, lostPause)
		return nil // ask once more
	default:
		// The topic was made anew or has lost its end. From the start nothing is
		// missed, and what comes twice changes nothing (Invariant 4).
		log.Error("the committed offset is behind the end of the partition, reading it from its start")
		f.onReset("beyond_end")
	}
	f.offset, f.beyondSince = first, time.Time{}
	return nil
}

// stillBelieved tells whether an offset behind the end has to stay so for a while
// yet before it is given up.
func (f *fetcher) stillBelieved() bool {
	if f.beyondSince.IsZero() {
		f.beyondSince = time.Now()
	}
	return time.Since(f.beyondSince) < f.beyondWait
}

func record(m kafkago.Message) Record {
	r := Record{Topic: m.Topic, Partition: m.Partition, Offset: m.Offset, Key: m.Key, Value: m.Value, Time: m.Time}
	for _, h := range m.Headers {
		r.Headers = append(r.Headers, Header{h.Key, string(h.Value)})
	}
	return r
}
