package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/kafka"
)

// groupNames are the consumer groups of the two workers. They carry the prefix of the
// topics, so that two installations on one cluster do not meet in one group.
func groupNames(cfg config.Kafka) (nlp, sink string) {
	prefix := strings.TrimRight(cfg.TopicPrefix, ".-_")
	if prefix == "" {
		prefix = "outcry"
	}
	return prefix + "-nlp", prefix + "-sink"
}

// drain waits until everything that stands in the posts topic now is tagged and
// stored: the tagger has passed the present end of posts, then the sink the end
// that tags and dead letters have after that. report, if any, gets the number of
// records still to go.
func drain(ctx context.Context, c *kafka.Client, cfg config.Kafka, report func(left int64)) error {
	topics := c.Topics()
	groupNLP, groupSink := groupNames(cfg)
	if report == nil {
		report = func(int64) {}
	}
	if err := passed(ctx, c, groupNLP, report, topics.Posts); err != nil {
		return err
	}
	return passed(ctx, c, groupSink, report, topics.Tags, topics.DeadLetters)
}

// passed waits until the group has committed what stands in the topics now.
func passed(ctx context.Context, c *kafka.Client, group string, report func(int64), topics ...string) error {
	goal := map[string]map[int]int64{}
	for _, topic := range topics {
		ends, err := c.EndOffsets(ctx, topic)
		if err != nil {
			return err
		}
		goal[topic] = ends
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var left int64
		for topic, ends := range goal {
			done, err := c.Committed(ctx, group, topic)
			if err != nil {
				return err
			}
			for partition, end := range ends {
				left += max(0, end-max(0, done[partition]))
			}
		}
		report(left)
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s, %d records to go: %w", group, left, ctx.Err())
		case <-tick.C:
		}
	}
}
