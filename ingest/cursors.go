package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/outcry/outcry/ingest/kafka"
)

// ErrDamaged says that a stored cursor cannot be read.
var ErrDamaged = errors.New("cursor is damaged")

// TopicReader reads a topic from its start to its present end.
type TopicReader interface {
	ReadAll(ctx context.Context, topic string, f func(kafka.Record) error) error
}

// TopicCursors keep cursors in a compacted topic, keyed by source.
type TopicCursors struct {
	reader TopicReader
	writer Writer
	topic  string
}

// NewTopicCursors reads topic with r and writes it with w.
func NewTopicCursors(r TopicReader, w Writer, topic string) *TopicCursors {
	return &TopicCursors{reader: r, writer: w, topic: topic}
}

// savedCursor is the value of a record of the topic.
type savedCursor struct {
	Cursor  string    `json:"cursor"`
	SavedAt time.Time `json:"saved_at"`
}

// Load reads the whole topic; compaction keeps it short.
func (c *TopicCursors) Load(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	err := c.reader.ReadAll(ctx, c.topic, func(r kafka.Record) error {
		name := string(r.Key)
		if len(r.Value) == 0 { // a tombstone: somebody wants the source to begin anew
			delete(all, name)
			return nil
		}
		var s savedCursor
		if err := json.Unmarshal(r.Value, &s); err != nil {
			// Only we write this topic. Going on without the cursor could lose posts.
			return fmt.Errorf("%w: %s at offset %d: %w: write a good one, or an empty value to begin anew, under the key %s", ErrDamaged, name, r.Offset, err, name)
		}
		all[name] = s.Cursor
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("loading cursors from %s: %w", c.topic, err)
	}
	return all, nil
}

// Save writes one record.
func (c *TopicCursors) Save(ctx context.Context, source, cursor string) error {
	b, err := json.Marshal(savedCursor{cursor, time.Now().UTC()})
	if err != nil {
		return fmt.Errorf("saving the cursor of %s: %w", source, err)
	}
	if err := c.writer.Write(ctx, []kafka.Record{{Key: []byte(source), Value: b}}); err != nil {
		return fmt.Errorf("saving the cursor of %s: %w", source, err)
	}
	return nil
}
