package ingest_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest"
	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/kafka/kafkatest"
	"github.com/outcry/outcry/ingest/post"
)

// client connects to a broker of the test's own, with its topics made.
func client(t *testing.T) *kafka.Client {
	t.Helper()
	cfg := config.Kafka{
		Brokers: []string{kafkatest.Broker(t)}, TopicPrefix: kafkatest.Name(t), Partitions: 2,
		Replication: 1, Retention: time.Hour, ClientID: "test",
	}
	c, err := kafka.Dial(cfg, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.EnsureTopics(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestThroughKafka runs a source on a real broker: twice, as two processes would.
func TestThroughKafka(t *testing.T) {
	t.Parallel()
	c := client(t)
	topics := c.Topics()
	options := func(s ingest.Source) ingest.Options {
		return ingest.Options{
			Sources: []ingest.Source{s}, Posts: c.Writer(topics.Posts), DeadLetters: c.Writer(topics.DeadLetters),
			Cursors:    ingest.NewTopicCursors(c, c.Writer(topics.Cursors), topics.Cursors),
			Pseudonyms: post.NewPseudonymizer([]byte("key")),
		}
	}
	first := once(ingest.Batch{Posts: []post.Post{aPost("1"), aPost("")}, Cursor: "behind 1"})
	if err := ingest.NewRunner(options(first)).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got string
	second := script{"test", func(ctx context.Context, cursor string, emit ingest.Emit) error {
		got = cursor
		return emit(ctx, ingest.Batch{Posts: []post.Post{aPost("2")}, Cursor: "behind 2"})
	}}
	if err := ingest.NewRunner(options(second)).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got != "behind 1" {
		t.Errorf("the second run began at %q", got)
	}
	var seen []string
	read := func(topic string) {
		err := c.ReadAll(t.Context(), topic, func(r kafka.Record) error {
			id := r.Header("outcry-reason")
			if p, err := post.Decode(r.Value); err == nil && id == "" {
				id = p.ID
			}
			seen = append(seen, id)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read(topics.Posts)
	read(topics.DeadLetters)
	if d := cmp.Diff([]string{"1", "2", "missing_field"}, seen); d != "" {
		t.Errorf("in Kafka (-want +got):\n%s", d)
	}
}

func TestCursorTopic(t *testing.T) {
	t.Parallel()
	c := client(t)
	topic := c.Topics().Cursors
	w := c.Writer(topic)
	cursors := ingest.NewTopicCursors(c, w, topic)
	for _, save := range [][2]string{{"a", "1"}, {"b", "9"}, {"a", "2"}, {"gone", "5"}} {
		if err := cursors.Save(t.Context(), save[0], save[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Write(t.Context(), []kafka.Record{{Key: []byte("gone")}}); err != nil {
		t.Fatal(err)
	}
	got, err := cursors.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"a": "2", "b": "9"}, got); d != "" {
		t.Errorf("cursors (-want +got):\n%s", d)
	}

	if err := w.Write(t.Context(), []kafka.Record{{Key: []byte("b"), Value: []byte(`{"cur`)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := cursors.Load(t.Context()); !errors.Is(err, ingest.ErrDamaged) || !strings.Contains(err.Error(), "b at offset") {
		t.Errorf("loading a damaged cursor gave %v", err)
	}
	var h house
	o := h.options(once())
	o.Cursors = cursors
	if err := ingest.NewRunner(o).Run(t.Context()); !errors.Is(err, ingest.ErrDamaged) {
		t.Errorf("running with a damaged cursor gave %v", err)
	}
}
