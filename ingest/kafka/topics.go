package kafka

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// EnsureTopics creates the five topics where they are missing. Topics that exist
// are left as they are: their settings are the cluster owner's from then on.
func (c *Client) EnsureTopics(ctx context.Context) error {
	want := c.topicConfigs()
	var resp *kafkago.CreateTopicsResponse
	err := c.settled(ctx, func() (err error) {
		resp, err = c.admin.CreateTopics(ctx, &kafkago.CreateTopicsRequest{Topics: want})
		return err
	})
	if err != nil {
		return fmt.Errorf("creating topics: %w", err)
	}
	var errs []error
	for _, t := range want {
		switch err := resp.Errors[t.Topic]; {
		case err == nil:
			c.log.Info("topic created", "topic", t.Topic, "partitions", t.NumPartitions, "replication", t.ReplicationFactor)
		case errors.Is(err, kafkago.TopicAlreadyExists):
			if err := c.checkPartitions(ctx, t); err != nil {
				errs = append(errs, err)
			}
		case refused(err):
			// Whoever may not create topics may still use those that are there.
			if _, missing := c.partitions(ctx, t.Topic); missing != nil {
				errs = append(errs, fmt.Errorf("creating topic %s: %w: create it yourself, docs/kafka.md says how", t.Topic, err))
			}
		case errors.Is(err, kafkago.InvalidReplicationFactor):
			return fmt.Errorf("creating topic %s: kafka.replication is %d, but there are fewer brokers: %w", t.Topic, t.ReplicationFactor, err)
		default:
			errs = append(errs, fmt.Errorf("creating topic %s: %w", t.Topic, err))
		}
	}
	return errors.Join(errs...)
}

// checkPartitions says when a topic has other partitions than configured. It does
// not change them: records of one author must stay in one partition.
func (c *Client) checkPartitions(ctx context.Context, t kafkago.TopicConfig) error {
	parts, err := c.partitions(ctx, t.Topic)
	if err != nil {
		return err
	}
	if len(parts) != t.NumPartitions {
		c.log.Warn("topic has other partitions than configured", "topic", t.Topic, "partitions", len(parts), "configured", t.NumPartitions)
	}
	return nil
}

func (c *Client) topicConfigs() []kafkago.TopicConfig {
	streams := map[string]string{
		"cleanup.policy": "delete",
		"retention.ms":   strconv.FormatInt(c.cfg.Retention.Milliseconds(), 10),
		// Retention goes by arrival. With the producer's own times, a replay of old
		// posts would be deleted as it arrives.
		"message.timestamp.type": "LogAppendTime",
	}
	cursors := map[string]string{
		"cleanup.policy": "compact",
		// A cursor has no age: a source may be silent for a year. Apache Kafka keeps
		// compacted topics anyway, the embedded broker only when told so.
		"retention.ms":    "-1",
		"retention.bytes": "-1",
		// Only closed segments are compacted; a small topic would never close one.
		"segment.ms":                strconv.FormatInt((6 * time.Hour).Milliseconds(), 10),
		"min.cleanable.dirty.ratio": "0.1",
	}
	if c.cfg.Replication >= 3 {
		// acks=all means all replicas in sync, which may be one; this asks for two.
		streams["min.insync.replicas"], cursors["min.insync.replicas"] = "2", "2"
	}
	topic := func(name string, partitions int, settings map[string]string) kafkago.TopicConfig {
		t := kafkago.TopicConfig{Topic: name, NumPartitions: partitions, ReplicationFactor: c.cfg.Replication}
		for k, v := range settings {
			t.ConfigEntries = append(t.ConfigEntries, kafkago.ConfigEntry{ConfigName: k, ConfigValue: v})
		}
		return t
	}
	return []kafkago.TopicConfig{
		topic(c.topics.Posts, c.cfg.Partitions, streams),
		topic(c.topics.Tags, c.cfg.Partitions, streams),
		topic(c.topics.DeadLetters, 1, streams),
		topic(c.topics.Cursors, 1, cursors),
		topic(c.topics.Official, 1, streams),
	}
}
