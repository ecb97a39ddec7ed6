package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// offsetsOf asks for one offset of each partition: kafkago.FirstOffset or LastOffset.
func (c *Client) offsetsOf(ctx context.Context, topic string, which int64) (map[int]int64, error) {
	parts, err := c.partitions(ctx, topic)
	if err != nil {
		return nil, err
	}
	req := make([]kafkago.OffsetRequest, len(parts))
	for i, p := range parts {
		req[i] = kafkago.OffsetRequest{Partition: p.ID, Timestamp: which}
	}
	out := make(map[int]int64, len(parts))
	err = c.settled(ctx, func() error {
		resp, err := c.admin.ListOffsets(ctx, &kafkago.ListOffsetsRequest{Topics: map[string][]kafkago.OffsetRequest{topic: req}})
		if err != nil {
			return err
		}
		for _, p := range resp.Topics[topic] {
			if p.Error != nil {
				return fmt.Errorf("partition %d: %w", p.Partition, p.Error)
			}
			out[p.Partition] = p.LastOffset
			if which == kafkago.FirstOffset {
				out[p.Partition] = p.FirstOffset
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the offsets of %s: %w", topic, err)
	}
	return out, nil
}

// bounds gives the first offset of one partition and the one behind its last.
func (c *Client) bounds(ctx context.Context, topic string, partition int) (first, last int64, err error) {
	resp, err := c.admin.ListOffsets(ctx, &kafkago.ListOffsetsRequest{Topics: map[string][]kafkago.OffsetRequest{
		topic: {kafkago.FirstOffsetOf(partition), kafkago.LastOffsetOf(partition)},
	}})
	if err != nil {
		return 0, 0, err
	}
	for _, p := range resp.Topics[topic] {
		if p.Partition == partition {
			return p.FirstOffset, p.LastOffset, p.Error
		}
	}
	return 0, 0, kafkago.UnknownTopicOrPartition
}

// freshBounds is bounds over a connection made for it.
func (c *Client) freshBounds(ctx context.Context, topic string, partition int) (first, last int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	err = c.anyBroker(ctx, func(addr string) error {
		conn, err := c.dialer.DialLeader(ctx, "tcp", addr, topic, partition)
		if err != nil {
			return err
		}
		defer conn.Close()
		// kafka-go's Conn knows no context: closing it is what ends a request.
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		first, last, err = conn.ReadOffsets()
		return err
	})
	return first, last, err
}

// settled repeats f while leaders and coordinators are being found, on the side of
// the cluster after it has started, on ours because the shared transport's view of
// it may be metadataTTL old; and after a network error, which is how a connection
// kept from before a broker's restart shows.
func (c *Client) settled(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, 2*metadataTTL)
	defer cancel()
	for attempt := 1; ; attempt++ {
		err := f()
		if err == nil {
			return nil
		}
		switch kind(err) {
		case "leader", "unknown_topic":
			c.lookAgain()
		case "network":
		default:
			return err
		}
		if !sleep(ctx, backoff(attempt, retryMin, time.Second)) {
			return err
		}
	}
}

// sleep waits for d and tells whether ctx was still alive at its end.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// EndOffsets gives the offset behind the last record of each partition.
func (c *Client) EndOffsets(ctx context.Context, topic string) (map[int]int64, error) {
	return c.offsetsOf(ctx, topic, kafkago.LastOffset)
}

// Committed gives a group's committed offset of each partition; partitions it has
// never committed are absent.
func (c *Client) Committed(ctx context.Context, group, topic string) (map[int]int64, error) {
	parts, err := c.partitions(ctx, topic)
	if err != nil {
		return nil, err
	}
	ids := make([]int, len(parts))
	for i, p := range parts {
		ids[i] = p.ID
	}
	var resp *kafkago.OffsetFetchResponse
	err = c.settled(ctx, func() (err error) {
		resp, err = c.admin.OffsetFetch(ctx, &kafkago.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: ids}})
		if err != nil {
			return err
		}
		return resp.Error
	})
	if errors.Is(err, kafkago.GroupIdNotFound) {
		return map[int]int64{}, nil // nobody has ever joined
	}
	if err != nil {
		return nil, fmt.Errorf("reading what %s has committed of %s: %w", group, topic, err)
	}
	out := make(map[int]int64, len(ids))
	for _, p := range resp.Topics[topic] {
		if p.Error != nil {
			return nil, fmt.Errorf("reading what %s has committed of %s partition %d: %w", group, topic, p.Partition, p.Error)
		}
		if p.CommittedOffset >= 0 {
			out[p.Partition] = p.CommittedOffset
		}
	}
	return out, nil
}

// Lag gives the number of records of a topic that the group has not committed.
// A partition without a commit counts from its first record, as Consume reads it.
func (c *Client) Lag(ctx context.Context, group, topic string) (int64, error) {
	done, err := c.Committed(ctx, group, topic)
	if err != nil {
		return 0, err
	}
	first, err := c.offsetsOf(ctx, topic, kafkago.FirstOffset)
	if err != nil {
		return 0, err
	}
	end, err := c.EndOffsets(ctx, topic)
	if err != nil {
		return 0, err
	}
	var lag int64
	for p, e := range end {
		from := max(done[p], first[p]) // what retention took away cannot be read
		lag += max(0, e-from)
	}
	return lag, nil
}
