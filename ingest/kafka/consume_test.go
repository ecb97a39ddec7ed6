package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outcry/outcry/ingest/kafka"
	"github.com/outcry/outcry/ingest/kafka/kafkatest"
)

func TestConsumeNeedsGroupAndTopic(t *testing.T) {
	t.Parallel()
	n := dial(t, settings(t, "127.0.0.1:1"))
	f := func(opt kafka.GroupOptions, want string) {
		t.Helper()
		if err := n.Consume(t.Context(), opt, nil); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f(kafka.GroupOptions{Topics: []string{"x"}}, "consuming: no group is named")
	f(kafka.GroupOptions{Group: "g"}, "consuming as g: no topic is named")
}

func TestBatchesKeepTheirBounds(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic, group := n.Topics().Posts, n.cfg.TopicPrefix+"g"
	write(t, n, topic, numbered(0, 500, 500))
	opt := quick(group, topic)
	opt.MaxBatch = 7
	var mu sync.Mutex
	next := map[int]int64{}
	consume(t, n, opt, func(_ context.Context, recs []kafka.Record) error {
		mu.Lock()
		defer mu.Unlock()
		if len(recs) == 0 || len(recs) > 7 {
			t.Errorf("a batch has %d records", len(recs))
		}
		for _, r := range recs {
			if r.Partition != recs[0].Partition {
				t.Error("a batch has records of two partitions")
			}
			if r.Offset != next[r.Partition] {
				t.Errorf("offset %d of partition %d comes at %d", r.Offset, r.Partition, next[r.Partition])
			}
			next[r.Partition]++
		}
		return nil
	})
	caughtUp(t, n, group, topic)
}

func TestConsumeSeveralTopics(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	group := n.cfg.TopicPrefix + "g"
	write(t, n, n.Topics().Tags, numbered(0, 30, 30))
	write(t, n, n.Topics().DeadLetters, numbered(30, 5, 5))
	c := consume(t, n, quick(group, n.Topics().Tags, n.Topics().DeadLetters), nil)
	caughtUp(t, n, group, n.Topics().Tags)
	caughtUp(t, n, group, n.Topics().DeadLetters)
	if got := len(c.values()); got != 35 {
		t.Errorf("%d records came, want 35", got)
	}
}

func TestHandlerErrorBringsTheRecordsAgain(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic, group := n.Topics().Posts, n.cfg.TopicPrefix+"g"
	write(t, n, topic, numbered(0, 100, 1)) // one key, one partition
	var calls atomic.Int64
	c := consume(t, n, quick(group, topic), func(ctx context.Context, recs []kafka.Record) error {
		if calls.Add(1) > 3 {
			return nil
		}
		// Invariant 2: what has failed is not committed.
		done, err := n.Committed(ctx, group, topic)
		if err != nil || len(done) != 0 {
			t.Errorf("committed before success: %v (%v)", done, err)
		}
		if recs[0].Offset != 0 {
			t.Errorf("offset %d comes while 0 is not done", recs[0].Offset)
		}
		return errors.New("the next hop is away")
	})
	caughtUp(t, n, group, topic)
	c.stop()
	if got := len(c.values()); got != 100 {
		t.Errorf("%d records were handled, want 100", got)
	}
	if got := n.metric(t, "outcry_kafka_errors_total", "op=handle"); got != 3 {
		t.Errorf("errors_total{op=handle} is %v, want 3", got)
	}
}

// Members come and go while records are written; each record is handled, and in
// the end all is committed.
func TestRebalanceLosesNothing(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic, group := n.Topics().Posts, n.cfg.TopicPrefix+"g"
	opt := quick(group, topic)
	opt.MaxBatch = 20
	a := consume(t, n, opt, nil)

	const total = 3000
	written := make(chan error, 1)
	var reached atomic.Int64
	go func() {
		w := n.Writer(topic)
		for i := 0; i < total; i += 50 {
			if err := w.Write(t.Context(), numbered(i, 50, 97)); err != nil {
				written <- err
				return
			}
			reached.Store(int64(i))
		}
		written <- nil
	}()

	until(t, "the first records", func() bool { return len(a.values()) > 0 })
	b := consume(t, n, opt, nil)
	until(t, "records of the second member", func() bool { return len(b.values()) > 0 })
	c := consume(t, n, opt, nil)
	until(t, "records of the third member", func() bool { return len(c.values()) > 0 || reached.Load() >= total-50 })
	a.stop()
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	caughtUp(t, n, group, topic)
	b.stop()
	c.stop()

	seen := map[string]int{}
	for _, m := range []*consumer{a, b, c} {
		for v, k := range m.values() {
			seen[v] += k
		}
	}
	twice := 0
	for i := range total {
		switch k := seen[fmt.Sprintf("value-%d", i)]; {
		case k == 0:
			t.Errorf("record %d was never handled", i)
		case k > 1:
			twice++
		}
	}
	t.Logf("%d of %d records came more than once", twice, total)
}

// A member that is still at work when its partition has gone to another does its
// work in vain: the coordinator refuses its commit (Invariant 3).
func TestStaleGenerationCannotCommit(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic, group := n.Topics().DeadLetters, n.cfg.TopicPrefix+"g" // one partition
	write(t, n, topic, numbered(0, 100, 1))

	slow := quick(group, topic)
	slow.MaxBatch = 1
	slow.Rebalance = 500 * time.Millisecond
	entered, release := make(chan struct{}, 1), make(chan struct{})
	var calls atomic.Int64
	a := consume(t, n, slow, func(context.Context, []kafka.Record) error {
		if calls.Add(1) == 1 {
			entered <- struct{}{}
			<-release // deaf to its context, as a handler should not be
		}
		return nil
	})
	<-entered

	fast := quick(group, topic)
	fast.Rebalance = 500 * time.Millisecond
	b := consume(t, n, fast, nil)
	caughtUp(t, n, group, topic)
	if got := len(b.values()); got != 100 {
		t.Fatalf("the second member handled %d records, want 100", got)
	}
	close(release)
	until(t, "the refusal", func() bool { return n.metric(t, "outcry_kafka_errors_total", "op=commit") == 1 })
	done, err := n.Committed(t.Context(), group, topic)
	if err != nil || done[0] != 100 {
		t.Errorf("committed is %v (%v), want 100", done, err)
	}
	a.stop()
	b.stop()
	if calls.Load() != 1 {
		t.Errorf("the first member went on with records of its lost partition: %d calls", calls.Load())
	}
}

// What is under way when Consume is to end may finish, and is committed.
func TestWorkBegunIsFinished(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic, group := n.Topics().DeadLetters, n.cfg.TopicPrefix+"g"
	write(t, n, topic, numbered(0, 10, 1))
	entered, release := make(chan struct{}), make(chan struct{})
	c := consume(t, n, quick(group, topic), func(ctx context.Context, _ []kafka.Record) error {
		close(entered)
		<-release
		return ctx.Err() // still alive
	})
	<-entered
	stopped := make(chan struct{})
	go func() {
		c.stop()
		close(stopped)
	}()
	close(release)
	<-stopped
	lag, err := n.Lag(t.Context(), group, topic)
	if err != nil || lag != 0 {
		t.Errorf("lag is %d (%v): what was finished is not committed", lag, err)
	}
}

// A handler that does not come to an end is cut off after Drain, and its records
// are not committed.
func TestDrainIsBounded(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic, group := n.Topics().DeadLetters, n.cfg.TopicPrefix+"g"
	write(t, n, topic, numbered(0, 10, 1))
	opt := quick(group, topic)
	opt.Drain = 50 * time.Millisecond
	entered := make(chan struct{}, 1)
	c := consume(t, n, opt, func(ctx context.Context, _ []kafka.Record) error {
		entered <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	<-entered
	c.stop()
	lag, err := n.Lag(t.Context(), group, topic)
	if err != nil || lag != 10 {
		t.Errorf("lag is %d (%v), want 10", lag, err)
	}
}

func TestNewPartitionsAreRead(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic, group := n.Topics().DeadLetters, n.cfg.TopicPrefix+"g"
	c := consume(t, n, quick(group, topic), nil)
	until(t, "the assignment", func() bool { return n.metric(t, "outcry_kafka_assigned_partitions") == 1 })
	_, err := n.Admin().CreatePartitions(t.Context(), &kafkago.CreatePartitionsRequest{
		Topics: []kafkago.TopicPartitionsConfig{{Name: topic, Count: 3}},
	})
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the new assignment", func() bool { return n.metric(t, "outcry_kafka_assigned_partitions") == 3 })
	producer := other(t, n, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	for p := range int32(3) {
		if err := producer.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Partition: p, Value: []byte("x")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "records of all partitions", func() bool { return len(c.records()) == 3 })
}

// An offset from which retention has taken the records away.
func TestRecordsDeletedBeforeTheyWereRead(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic, group := n.Topics().DeadLetters, n.cfg.TopicPrefix+"g"
	write(t, n, topic, numbered(0, 10, 1))
	c := consume(t, n, quick(group, topic), nil)
	caughtUp(t, n, group, topic)
	c.stop()
	write(t, n, topic, numbered(10, 90, 1))
	deleteRecords(t, n, topic, 50)

	c = consume(t, n, quick(group, topic), nil)
	caughtUp(t, n, group, topic)
	got := c.records()
	if len(got) != 50 || got[0].Offset != 50 {
		t.Errorf("%d records came, the first at %d; want 50 from 50", len(got), got[0].Offset)
	}
	if got := n.metric(t, "outcry_kafka_skipped_records_total"); got != 40 {
		t.Errorf("skipped_records_total is %v, want 40", got)
	}
	if got := n.metric(t, "outcry_kafka_offset_resets_total", "reason=before_start"); got != 1 {
		t.Errorf("offset_resets_total is %v, want 1", got)
	}
}

// The topic was deleted and made anew: the committed offset lies behind its end.
func TestTopicMadeAnew(t *testing.T) {
	t.Parallel()
	n := on(t, kafkatest.Broker(t))
	topic, group := n.Topics().DeadLetters, n.cfg.TopicPrefix+"g"
	write(t, n, topic, numbered(0, 5, 1))
	var resp *kafkago.OffsetCommitResponse
	until(t, "the coordinator", func() (ok bool) {
		var err error
		resp, err = n.Admin().OffsetCommit(t.Context(), &kafkago.OffsetCommitRequest{
			GroupID: group, GenerationID: -1,
			Topics: map[string][]kafkago.OffsetCommit{topic: {{Partition: 0, Offset: 1000}}},
		})
		return err == nil && resp.Topics[topic][0].Error == nil
	})
	c := consume(t, n, quick(group, topic), nil)
	until(t, "all records", func() bool { return len(c.records()) == 5 })
	if got := n.metric(t, "outcry_kafka_offset_resets_total", "reason=beyond_end"); got != 1 {
		t.Errorf("offset_resets_total is %v, want 1", got)
	}
	caughtUp(t, n, group, topic)
	done, err := n.Committed(t.Context(), group, topic)
	if err != nil || done[0] != 5 {
		t.Errorf("committed is %v (%v), want 5", done, err)
	}
}

func TestConsumeEndsWhereThereIsNoBroker(t *testing.T) {
	t.Parallel()
	n := dial(t, settings(t, "127.0.0.1:1"))
	c := consume(t, n, quick("g", "topic"), nil)
	until(t, "an attempt", func() bool { return n.metric(t, "outcry_kafka_errors_total", "op=join") > 1 })
	c.stop()
}
