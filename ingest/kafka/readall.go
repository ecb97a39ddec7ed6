package kafka

import (
	"context"
	"errors"
	"fmt"

	kafkago "github.com/segmentio/kafka-go"
)

// errEnd says that a reader has come to where the topic ended when it began.
var errEnd = errors.New("end of topic")

// ReadAll gives every record of a topic, partition by partition, from the first
// to the end as it stands now, outside of any group. An error of f ends it and is
// returned.
func (c *Client) ReadAll(ctx context.Context, topic string, f func(Record) error) error {
	parts, err := c.partitions(ctx, topic)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := c.readPartition(ctx, topic, p.ID, f); err != nil {
			return fmt.Errorf("reading %s partition %d: %w", topic, p.ID, err)
		}
	}
	return nil
}

func (c *Client) readPartition(ctx context.Context, topic string, partition int, f func(Record) error) error {
	r := &fetcher{
		client: c, topic: topic, partition: partition, offset: kafkago.FirstOffset, log: c.log,
		// Compaction may move the start while we read; what it took was superseded.
		onSkip:  func(int64) {},
		onReset: func(string) {},
	}
	ends, err := c.EndOffsets(ctx, topic)
	if err != nil {
		return err
	}
	end := ends[partition]
	if end == 0 {
		return nil
	}
	err = r.run(ctx, func(recs []Record, next, _ int64) error {
		for _, rec := range recs {
			if rec.Offset >= end {
				return errEnd
			}
			if err := f(rec); err != nil {
				return err
			}
		}
		// Compaction may have taken the last records before the end: none comes,
		// but the place moves on.
		if next >= end {
			return errEnd
		}
		return nil
	})
	switch {
	case errors.Is(err, errEnd):
		return nil
	case err == nil:
		return ctx.Err()
	}
	return err
}
