package kafka

import (
	"context"
	"errors"
	"fmt"

	kafkago "github.com/segmentio/kafka-go"
)

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

// unacknowledged reports what is in doubt, with the cause of the last attempt
// where the context's own end says too little.
func (b *batch) unacknowledged(topic string, err error) error {
	if b.lastErr != nil && !errors.Is(b.lastErr, err) && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		err = fmt.Errorf("%w after: %w", err, b.lastErr)
	}
	return &UnacknowledgedError{Topic: topic, Missing: len(b.pending), Total: len(b.msgs), Err: err}
}
