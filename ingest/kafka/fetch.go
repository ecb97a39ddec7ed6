package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

const (
	fetchBytes = 1 << 20
	fetchWait  = 500 * time.Millisecond
	// fetchTries is how many failures in a row a fetcher bears before it gives up
	// and the whole generation is made anew: some seconds' worth.
	fetchTries = 8
	// lostPause is how long an offset outside of the log is left to itself.
	lostPause = 100 * time.Millisecond
)

// fetcher reads one partition from an offset on. It uses neither kafka-go's Reader,
// which moves on silently when records were deleted before it read them, nor its
// Conn, which ends the process on the empty batches that compaction leaves and
// hands out the markers of transactions as records.
type fetcher struct {
	client    *Client
	topic     string
	partition int
	offset    int64 // next to read; may be kafkago.FirstOffset at the start
	log       *slog.Logger

	beyondWait time.Duration // see GroupOptions.BeyondWait
	onSkip     func(n int64) // records deleted before they were read
	onReset    func(reason string)

	beyondSince time.Time
}

// emit takes what one fetch brought, which may be nothing: next is the offset to
// read next, end the end of the partition. An error ends the reading.
type emit func(recs []Record, next, end int64) error

// run reads until ctx ends (nil), emit fails (its error) or too many attempts in
// a row have failed.
func (f *fetcher) run(ctx context.Context, out emit) error {
	for failures := 0; ; {
		recs, end, err := f.fetch(ctx)
		if errors.Is(err, kafkago.OffsetOutOfRange) {
			err = f.locate(ctx)
		} else if err == nil {
			failures, f.beyondSince = 0, time.Time{}
			if err := out(recs, f.offset, end); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			continue
		}
		failures++
		f.client.failed("fetch", err)
		if failures >= fetchTries {
			return fmt.Errorf("reading %s partition %d at %d: %w", f.topic, f.partition, f.offset, err)
		}
		f.log.Debug("fetching failed, trying again", "topic", f.topic, "partition", f.partition, "offset", f.offset, "err", err)
		if !sleep(ctx, backoff(failures, retryMin, time.Second)) {
			return nil
		}
	}
}

// fetch asks for one answer's worth of records; none is no error.
func (f *fetcher) fetch(ctx context.Context) (recs []Record, end int64, err error) {
	if f.offset < 0 {
		if err := f.locate(ctx); err != nil {
			return nil, 0, err
		}
	}
	resp, err := f.client.admin.Fetch(ctx, &kafkago.FetchRequest{
		Topic: f.topic, Partition: f.partition, Offset: f.offset, MinBytes: 1, MaxBytes: fetchBytes, MaxWait: fetchWait,
	})
	if err == nil {
		err = resp.Error
	}
	if err != nil {
		return nil, 0, err
	}
	recs, err = f.read(resp.Records)
	return recs, resp.HighWatermark, err
}

// read takes the records out of an answer and moves the offset behind them.
func (f *fetcher) read(answer kafkago.RecordReader) (recs []Record, err error) {
	stream, ok := answer.(*protocol.RecordStream)
	if !ok {
		return nil, nil // an answer without records
	}
	next := f.offset
	for _, batch := range stream.Records {
		if b, ok := batch.(interface{ Offset() int64 }); ok {
			next = max(next, b.Offset()) // all before a batch has been seen
		}
		if b, marker := batch.(*protocol.ControlBatch); marker {
			next = max(next, b.BaseOffset+1)
			continue
		}
		for {
			r, err := batch.ReadRecord()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			rec, err := f.record(r)
			if err != nil {
				return nil, err
			}
			if rec.Offset >= f.offset { // a batch may begin before what was asked for
				recs = append(recs, rec)
				next = max(next, rec.Offset+1)
			}
		}
	}
	if next == f.offset && len(stream.Records) > 0 {
		// The batch that covers the offset has no record at it any more: compaction.
		next++
	}
	f.offset = next
	return recs, nil
}

// record copies a record out of kafka-go's buffers.
func (f *fetcher) record(r *protocol.Record) (Record, error) {
	key, err := take(r.Key)
	if err != nil {
		return Record{}, err
	}
	value, err := take(r.Value)
	if err != nil {
		return Record{}, err
	}
	rec := Record{Topic: f.topic, Partition: f.partition, Offset: r.Offset, Key: key, Value: value, Time: r.Time}
	for _, h := range r.Headers {
		rec.Headers = append(rec.Headers, Header{h.Key, string(h.Value)})
	}
	return rec, nil
}

func take(b kafkago.Bytes) ([]byte, error) {
	if b == nil {
		return nil, nil
	}
	defer func() { _ = b.Close() }()
	return kafkago.ReadAll(b)
}

// locate finds where to read when the offset is not known yet, or when Kafka has
// said that it does not have it.
func (f *fetcher) locate(ctx context.Context) error {
	first, last, err := f.client.bounds(ctx, f.topic, f.partition)
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
