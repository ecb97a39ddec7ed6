package kafka_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/outcry/outcry/config"
	"github.com/outcry/outcry/ingest/kafka"
)

func TestSmoke(t *testing.T) {
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	e, err := kafka.StartEmbedded(t.TempDir(), 0, log)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	c, err := kafka.Dial(config.Kafka{Brokers: []string{e.Addr()}, TopicPrefix: "x.", Partitions: 4, Replication: 1, Retention: time.Hour}, log, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := t.Context()
	if err := c.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.EnsureTopics(ctx); err != nil {
		t.Fatal(err)
	}
	w := c.Writer("x.posts")
	var recs []kafka.Record
	for i := range 100000 {
		recs = append(recs, kafka.Record{Key: fmt.Append(nil, "k", i%100), Value: fmt.Append(nil, "v", i)})
	}
	start := time.Now()
	if err := w.Write(ctx, recs); err != nil {
		t.Fatal(err)
	}
	t.Log("written", time.Since(start))
	start = time.Now()
	cctx, cancel := context.WithCancel(ctx)
	var mu sync.Mutex
	n := 0
	err = c.Consume(cctx, kafka.GroupOptions{Group: "g", Topics: []string{"x.posts"}}, func(ctx context.Context, recs []kafka.Record) error {
		mu.Lock()
		defer mu.Unlock()
		n += len(recs)
		if n == 100000 {
			cancel()
		}
		return nil
	})
	t.Log(n, err, time.Since(start))
	lag, err := c.Lag(ctx, "g", "x.posts")
	t.Log(lag, err)
	n = 0
	err = c.ReadAll(ctx, "x.posts", func(kafka.Record) error { n++; return nil })
	t.Log(n, err)
}
